"""The house: where assets stand, who may import Dagster and whom, and which words no name may use any more.

Lists of exceptions only shrink: one that is no longer needed fails. Layers and circles are contracts of import-linter
in pyproject.toml; what points to documents, commands and jobs is in test_document_references.py and test_references.py.
"""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from importlinter.cli import lint_imports
from source_tree import PROGRAM, ROOT, defines_assets, importers, modules, nodes, statements

ADAPTERS = re.compile(
    r"migration_assets/(\w+/)?(assets|checks|jobs|partitions|schedules|sensors|build|definitions)\.py"
    r"|migration_assets/(orchestration|cli)/.*"
    r"|migration_assets/(component|project|run_config|run_resources|settings_resource|asset_labels|expected_failures|own_results|outage_retries|shared_instance)\.py"
    r"|resources/\w+/resource\.py|resources/notifier\.py"
    r"|checks/(step_check|event_batch|event_transaction|metadata|refusal)\.py"
)
"""What puts the code location together, what runs it, the resource classes, and how a check and a refusal are made."""

DAGSTER_BELOW = {
    "migration_assets/gorgias/preflight/loading.py": "asks the instance whether another load is at work",
    "resources/warehouse/table.py": "a table's columns as the catalog shows them",
}

OLD_WORDS = {
    "asked": set[str](),
    "booked": set[str](),
    "books": set[str](),
    "chapter": set[str](),
    "chosen": set[str](),
    "doubt": set[str](),
    "driver": set[str](),
    "exits": set[str](),
    "fate": set[str](),
    "folded": set[str](),
    "fence": set[str](),
    "flight": set[str](),
    "fly": set[str](),
    "held": {"LeaseHeld", "held", "held_for_command", "is_held"},
    "house": set[str](),
    "landing": set[str](),
    "left": {
        "LeftBase",
        "LeftBases",
        "_keep_left_over",
        "_left",
        "add_left",
        "as_left",
        "base_as_left",
        "has_left",
        "is_left",
        "left",
        "left_files",
        "part_as_left",
        "settle_left",
    },
    "lose": {"lose"},
    "nobody": set[str](),
    "patience": {"OutOfPatience", "Patience", "patience"},
    "pictures": set[str](),
    "room": {"room"},
    "said": {"SaidNo", "_said", "said", "said_between", "said_of"},
    "seen": {"_seen", "export_seen", "seen", "tabs_seen"},
    "settlement": set[str](),
    "survey": set[str](),
    "harvest": set[str](),
    "sweep": {"sweep_proved"},
    "swept": set[str](),
    "told": {"told", "told_plainly"},
    "triage": set[str](),
    "twin": set[str](),
    "withdraw": set[str](),
}
"""Word of before -> names that still hold it: asset keys and other names that are kept in homes, a library's or the
trade's word (a lease is held), and what is to be renamed yet. The words of today: docs/glossary.md."""


VARIABLES = {
    **{"told": 195, "held": 110, "asked": 95, "said": 85, "left": 85, "seen": 45, "chosen": 25},
    **{"fence": 22, "patience": 24, "booked": 22, "fate": 16, "landing": 12, "flight": 12, "sweep": 10, "doubt": 10},
    **{"swept": 8, "nobody": 6, "room": 6, "books": 5, "pictures": 3, "survey": 2},
}
"""Word of before -> how many variables and parameters may still be called by it. A few more than there are, so that two
changes side by side do not meet here; lower a number after renaming. What is asked, held, told or left stands in short
functions mostly; a fence is the name of a column; patience and room are words of the trade or of a setting."""


def test_assets_stand_in_the_assets_module_of_their_stage_and_nowhere_else():
    found = {path for path, tree in modules("migration_assets").items() if defines_assets(tree)}
    assert len(found) == 6
    assert {path for path in found if Path(path).name != "assets.py"} == set()


def test_an_assets_module_defines_functions_of_assets_and_their_builders_only():
    """It is the stage's table of contents."""
    for path, tree in modules("migration_assets").items():
        if Path(path).name == "assets.py":
            helpers = {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and not node.decorator_list}
            builders = re.compile(r"_.*|build_\w+_assets?")
            assert {name for name in helpers if not builders.fullmatch(name)} == set(), path


def test_dagster_is_imported_where_it_is_adapted_and_not_below():
    inside = {path for path in importers("dagster", *PROGRAM) if not ADAPTERS.fullmatch(path)}
    assert inside - set(DAGSTER_BELOW) == set(), "take plain values, or raise checks.refusal.refusal"
    assert set(DAGSTER_BELOW) - inside == set(), "no exception any more: take it off the list"


def test_layers_are_kept_and_no_imports_go_in_circles(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    monkeypatch.chdir(ROOT)
    # Its command sets up logging for a process of its own, which would silence every logger that there is.
    monkeypatch.setattr("logging.config.dictConfig", lambda _: None)
    assert lint_imports(no_cache=True) == 0, capsys.readouterr().out


def names(path: str, tree: ast.Module) -> set[str]:
    """Of the module, its classes and functions; of a package, that of its folder."""
    defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    own = Path(path).parent.name if Path(path).stem == "__init__" else Path(path).stem
    return {own, *(node.name for node in statements(tree) if isinstance(node, defined))}


def words(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


@pytest.mark.parametrize(("name", "expected"), [("settle_left", {"settle", "left"}), ("_HTMLBooks", {"html", "books"})])
def test_a_name_is_read_word_by_word(name: str, expected: set[str]):
    assert words(name) == expected


@cache
def names_by_word() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name in {name for path, tree in modules(*PROGRAM).items() for name in names(path, tree)}:
        for word in words(name):
            found.setdefault(word, set()).add(name)
    return found


@pytest.mark.parametrize("word", sorted(OLD_WORDS))
def test_no_module_class_or_function_is_named_by_a_word_of_before(word: str):
    used = names_by_word().get(word, set())
    assert used - OLD_WORDS[word] == set(), "docs/glossary.md says the word of today"
    assert OLD_WORDS[word] - used == set(), "no exception any more: take it off the list"


def variables(tree: ast.Module) -> Counter[str]:
    """Names that are assigned or are parameters, with how often."""
    found: Counter[str] = Counter()
    for node in nodes(tree):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            found[node.id if isinstance(node, ast.Name) else node.attr] += 1
        elif isinstance(node, ast.arg):
            found[node.arg] += 1
    return found


def test_a_variable_is_a_name_that_is_assigned_or_a_parameter():
    tree = ast.parse("def f(told, *, held=1):\n    self.asked = left = told\n    for seen in left: print(said)")
    assert variables(tree) == Counter(["told", "held", "asked", "left", "seen"])


def test_variables_are_named_by_words_of_before_less_and_less():
    """In one pass over all words, because each would read the whole program."""
    found: Counter[str] = Counter()
    for tree in modules(*PROGRAM).values():
        for name, number in variables(tree).items():
            found.update(dict.fromkeys(words(name) & set(OLD_WORDS), number))
    more = {word: number for word, number in found.items() if number > VARIABLES.get(word, 0)}
    assert more == {}, "say what it is: message, reported, remaining, actual, expected (docs/glossary.md)"
