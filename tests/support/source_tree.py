"""The program's source as syntax trees: what imports, calls and defines what."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ("migration_assets", "resources", "checks")


@cache
def modules(*packages: str) -> dict[str, ast.Module]:
    """Path below the root -> syntax tree."""
    if len(packages) > 1:
        return {path: tree for package in packages for path, tree in modules(package).items()}
    paths = sorted(path for package in packages for path in (ROOT / package).rglob("*.py"))
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text("utf-8")) for path in paths}


@cache
def nodes(tree: ast.Module) -> list[ast.AST]:
    return list(ast.walk(tree))


def statements(tree: ast.Module) -> Iterator[ast.AST]:
    """Those of all depths, without their expressions, which are nine tenths of a tree."""
    rest: list[ast.AST] = [tree]
    while rest:
        node = rest.pop()
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            rest += getattr(node, part, ())
        yield node


@cache
def imports(path: str, tree: ast.Module) -> tuple[str, ...]:
    """Every imported name in full, `package.module.name`, wherever in the file; relative ones resolved."""
    return tuple(_imports(Path(path).with_suffix("").parts, tree))


def _imports(here: tuple[str, ...], tree: ast.Module) -> Iterator[str]:
    for node in statements(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = ".".join(here[: len(here) - node.level]) if node.level else ""
            module = ".".join(part for part in (above, node.module) if part)
            yield from (f"{module}.{alias.name}" for alias in node.names)


def importers(package: str, *where: str) -> set[str]:
    return {
        path
        for path, tree in modules(*where).items()
        if any(name == package or name.startswith(f"{package}.") for name in imports(path, tree))
    }


def calls(name: str, *where: str) -> set[str]:
    """Files that call something of this name, however they came to it."""
    return {
        path
        for path, tree in modules(*where).items()
        for node in nodes(tree)
        if isinstance(node, ast.Call) and name in {getattr(node.func, "id", None), getattr(node.func, "attr", None)}
    }


@cache
def defines_assets(tree: ast.Module) -> bool:
    decorators = [
        ast.unparse(decorator)
        for node in statements(tree)
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
    ]
    return any(text.startswith(("dg.asset", "dg.multi_asset", "asset(")) for text in decorators)
