"""Which test files start no server, no process and no Dagster: read from their imports, so that nobody marks them.

A file is fast where neither it, nor a module of the tests that it imports, nor a conftest whose fixture it names,
imports what starts one. What the program itself imports does not count.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
STARTERS = ("dagster", "sandbox", "subprocess", "multiprocessing", "uvicorn", "http.server", "playwright", "hypothesis")
PROGRAM_STARTERS = (
    "migration_assets.build",
    "migration_assets.cli",
    "migration_assets.definitions",
    "migration_assets.orchestration.runs",
)
"""Modules of the program that make a code location, a run or a command."""
_PLAINLY = re.compile(rf"^\s*(?:from|import)\s+(?:{'|'.join(map(re.escape, STARTERS))})\b", re.MULTILINE)
"""What most of the slow files say in a line of their own, which is seen without parsing them."""


def is_fast(path: Path) -> bool:
    if _PLAINLY.search(path.read_text("utf-8")):
        return False
    folders = [folder for folder in path.parents if folder.is_relative_to(TESTS)]
    conftests = [folder / "conftest.py" for folder in folders if folder != TESTS and (folder / "conftest.py").exists()]
    named = _arguments(path)
    return not any(_starts(one) for one in (path, *(file for file in conftests if _fixtures(file) & named)))


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def _arguments(path: Path) -> set[str]:
    found = {arg.arg for node in ast.walk(_tree(path)) if isinstance(node, ast.FunctionDef) for arg in node.args.args}
    strings = {node.value for node in ast.walk(_tree(path)) if isinstance(node, ast.Constant)}
    return found | {value for value in strings if isinstance(value, str)}


@cache
def _fixtures(path: Path) -> frozenset[str]:
    return frozenset(node.name for node in _tree(path).body if isinstance(node, ast.FunctionDef))


@cache
def _starts(path: Path) -> bool:
    for name in _imports(path):
        if any(name == one or name.startswith(f"{one}.") for one in (*STARTERS, *PROGRAM_STARTERS)):
            return True
        if (beside := _of_tests(path, name)) is not None and _starts(beside):
            return True
    return False


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _of_tests(path: Path, name: str) -> Path | None:
    first = name.split(".", maxsplit=1)[0]
    places = (path.parent / f"{first}.py", TESTS / "support" / f"{first}.py")
    return next((place for place in places if place.exists() and place != path), None)
