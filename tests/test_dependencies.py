"""What the code imports is what pyproject.toml asks for: a package that only this machine holds fails elsewhere."""

import sys
import tomllib
from importlib.metadata import packages_distributions
from itertools import chain

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from source_tree import PROGRAM, ROOT, imports, modules

OWN = {*PROGRAM, "sandbox", "tests", "benchmarks", "docs"} | {path.stem for path in (ROOT / "tests").rglob("*.py")}
COME_WITH = {
    "dagster_shared": "dagster",
    "httpcore": "httpx",
    "markupsafe": "jinja2",
    "numpy": "pandas",
    "packaging": "pytest",
    "requests": "dagster",
}
"""Part of what is asked for, in every release of it."""


def asked_for(*extras: str) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    optional = project["optional-dependencies"]
    lines = chain(project["dependencies"], *(optional[extra] for extra in extras))
    return {canonicalize_name(Requirement(line).name) for line in lines}


def imported(*places: str) -> dict[str, str]:
    """Top-level name of every import of somebody else's package -> a file that imports it."""
    return {
        top: path
        for path, tree in modules(*places).items()
        for name in imports(path, tree)
        if (top := name.partition(".")[0]) not in sys.stdlib_module_names and top not in OWN
    }


@pytest.mark.parametrize(
    ("places", "extras"),
    [
        ((*PROGRAM, "sandbox"), ("postgres", "semantic")),
        (("tests", "benchmarks"), ("postgres", "semantic", "dev", "bench")),
    ],
    ids=["the program", "tests and benchmarks"],
)
def test_every_package_that_is_imported_is_asked_for(places: tuple[str, ...], extras: tuple[str, ...]):
    known, distributions = asked_for(*extras), packages_distributions()
    unasked = {
        name: path
        for name, path in imported(*places).items()
        if not known & {canonicalize_name(one) for one in distributions.get(name, [name])}
        and canonicalize_name(COME_WITH.get(name, "")) not in known
    }
    assert unasked == {}
