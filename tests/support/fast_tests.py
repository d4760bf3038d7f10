"""Which test files start no server, process or Dagster and stage no whole site: read from their imports.

Nobody marks them. A file is fast where neither it, nor a module of the tests that it imports, nor a conftest whose
fixture it names, imports what starts one. What the program itself imports does not count.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
STARTERS = (
    *("dagster", "sandbox", "subprocess", "multiprocessing", "uvicorn", "http.server", "playwright", "hypothesis"),
    "staged_site",
)
"""What takes long: the last is a site that is read, mapped and staged anew in each test, half a second."""
PROGRAM_STARTERS = (
    "migration_assets.build",
    "migration_assets.cli",
    "migration_assets.definitions",
    "migration_assets.orchestration.runs",
)
"""Modules of the program that make a code location, a run or a command."""
_PLAINLY = re.compile(rf"^\s*(?:from|import)\s+(?:{'|'.join(map(re.escape, STARTERS))})\b", re.MULTILINE)
"""What most of the slow files say in a line of their own."""
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n#]+)|import[ \t]+([^\n#]+))", re.MULTILINE
)
_FUNCTION = re.compile(r"^def (\w+)", re.MULTILINE)
_WORD = re.compile(r"\w+")


def is_fast(path: Path) -> bool:
    text = path.read_text("utf-8")
    if _PLAINLY.search(text) or _starts(path):
        return False
    folders = [folder for folder in path.parents if folder.is_relative_to(TESTS) and folder != TESTS]
    slow = [file for folder in folders if (file := folder / "conftest.py").exists() and _starts(file)]
    # Parsing a file takes as long as ten tests of it, so only one that says the name somewhere is parsed.
    words = set(_WORD.findall(text)) if slow else set()
    return not any(words & _fixtures(file) and _fixtures(file) & _named(path) for file in slow)


def _named(path: Path) -> set[str]:
    """Arguments of functions, and texts, which may name a fixture as well."""
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    arguments = {arg.arg for node in nodes if isinstance(node, ast.FunctionDef) for arg in node.args.args}
    return arguments | {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


@cache
def _fixtures(path: Path) -> frozenset[str]:
    return frozenset(_FUNCTION.findall(path.read_text("utf-8")))


@cache
def _starts(path: Path) -> bool:
    for name in _imports(path):
        if any(name == one or name.startswith(f"{one}.") for one in (*STARTERS, *PROGRAM_STARTERS)):
            return True
        if (beside := _of_tests(path, name)) is not None and _starts(beside):
            return True
    return False


def _imports(path: Path) -> Iterator[str]:
    """Full names of what a file imports, wherever in it."""
    for module, names, plain in _IMPORT.findall(path.read_text("utf-8")):
        yield from (f"{module}.{name.split()[0]}" for name in names.strip("()").split(",") if name.strip())
        yield from (name.split()[0] for name in plain.split(",") if name.strip())


def _of_tests(path: Path, name: str) -> Path | None:
    first = name.split(".", maxsplit=1)[0]
    places = (path.parent / f"{first}.py", TESTS / "support" / f"{first}.py")
    return next((place for place in places if place.exists() and place != path), None)
