"""Whatever the code, the tests and the documents point to is in the repository: a document and its section, a module,
an assumption's code, a setting, a make target, a module that is run.

It belongs here: what is written in comments as well, so files are read as text. It does not: commands of `migrate`,
jobs, assets and checks (test_references.py).
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from migration_assets.settings import Settings
from sandbox.__main__ import main as sandbox
from sandbox.gorgias.switches import NUMBER
from sandbox.gorgias.switches import SWITCHES as OF_GORGIAS
from sandbox.ivinex.switches import SWITCHES as OF_IVINEX
from sandbox.truth import behaviours

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ("migration_assets", "resources", "checks", "sandbox")
FOLDERS = (*PROGRAM, "benchmarks", "docs", "tests")
SAMPLES = {"A-99", "G-99"}
"""What tests of wrong switches name."""
NOT_SETTINGS = {"LEDGER_TEST_POSTGRES_URL"}
WRITTEN_BY_TESTS = "tests/"

_DOCUMENT = re.compile(r"(?<![\w.*{}/…-])((?:[\w.-]+/)*(?:[A-Z]+|[a-z][a-z0-9_-]*)\.md)(?!\.?\w)(?:</code>|`)?")
_NUMBER = r"\d+(?:\.\d+)*(?![\w.]*\w)"
_SECTIONS = re.compile(rf"[ ]({_NUMBER}(?:(?:, | and | to ){_NUMBER})*)(?:, row (\d+))?")
_HEADING = re.compile(r',? "([A-Z][^"]+)"')
_MODULE = re.compile(r"(?<![\w.*{}/…-])((?:\w+/)*[a-z_]\w*\.py)\b(?![\"'])")
_CODE = re.compile(r"(?<![\w-])[AG]-\d\d(?!\w)")
_SETTING = re.compile(r"(?<![\w*])(?:MIGRATION|IVINEX|GORGIAS|LEDGER|FILES?)_[A-Z_]*[A-Z](?![\w*])")
_DEFINED = re.compile(r"(?:^ *(?:[A-Z_]+, )*|\bas )([A-Z][A-Z0-9_]+)\b(?: *[:=]|$)", re.MULTILINE)
_MAKE = re.compile(r"(?:`|^|\n)make ([a-z-]+)")
_RUN = re.compile(r"python -m ([a-z_.]+)([^`\n]*)")


@cache
def files() -> dict[str, str]:
    """Path -> text; a line break inside of a paragraph, a comment or a string is a space."""
    beside = [ROOT / "Makefile", ROOT / "pyproject.toml", ROOT / ".ci/run", *ROOT.glob("*.md"), *ROOT.glob(".*.yaml")]
    paths = [path for folder in FOLDERS for kind in ("py", "md", "j2") for path in (ROOT / folder).rglob(f"*.{kind}")]
    own = Path(__file__).resolve()
    return {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in (*beside, *paths) if path != own}


def joined(text: str) -> str:
    return re.sub(r"[\"']?\n[ #*]*(?:f?[\"'])?", " ", text)


def document(name: str, pointing: str) -> Path | None:
    """A path from the root, from where it is named, or a name in docs/; a template's name stands for what it makes."""
    places = (ROOT, (ROOT / pointing).parent, ROOT / "docs", ROOT / "docs" / "reference")
    found = next((place / name for place in places if (place / name).is_file()), None)
    made = ROOT / "migration_assets" / "templates" / f"{Path(name).name}.j2"
    return found or (made if made.is_file() else None)


@cache
def sections(path: Path) -> tuple[frozenset[str], frozenset[str], dict[str, set[str]]]:
    """Numbers of sections, with those of the items of their numbered lists; headings; section -> rows of its table."""
    numbers, headings, rows, at = set(), set(), defaultdict(set), ""
    for line in path.read_text("utf-8").splitlines():
        if heading := re.match(r"#+ (?:(\d+(?:\.\d+)*)\.? )?(.*)", line):
            at = heading[1] or ""
            headings.add(heading[2])
            numbers.add(at)
        elif item := re.match(r"(\d+)\. ", line):
            numbers.add(f"{at}.{item[1]}")
        elif row := re.match(r"\| (\d+) \|", line):
            rows[at].add(row[1])
    return frozenset(numbers - {""}), frozenset(headings), rows


def dangling(name: str, text: str) -> Iterator[str]:
    """Documents and sections that are not there."""
    for match in _DOCUMENT.finditer(text := joined(text)):
        path, after = document(match[1], name), text[match.end() :]
        numbered, headed = _SECTIONS.match(after), _HEADING.match(after)
        if path is None:
            if numbered or match[1].startswith("docs/") or not name.startswith(WRITTEN_BY_TESTS):
                yield f"{match[1]} is not there"
            continue
        numbers, headings, rows = sections(path)
        for number in re.findall(r"[\d.]+\d|\d", numbered[1]) if numbered else ():
            if number not in numbers:
                yield f"{match[1]} has no section {number}"
            elif numbered and numbered[2] and numbered[2] not in rows[number]:
                yield f"{match[1]} {number} has no row {numbered[2]}"
        if headed and headed[1] not in headings:
            yield f'{match[1]} has no heading "{headed[1]}"'


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("(gorgias-api.md 6.7)", []),
        ("as `ivinex-api.md` 1 to 9 describes", []),
        ("gorgias-api.md 6.7, 7 and 6.99", ["gorgias-api.md has no section 6.99"]),
        ("(gorgias-api.md\n    # 13.99)", ["gorgias-api.md has no section 13.99"]),
        ("gorgias-api.md 13.11 and ivinex-api.md 11.8", []),
        ("ivinex-api.md 10, row 13", []),
        ("ivinex-api.md 10, row 99", ["ivinex-api.md 10 has no row 99"]),
        ("plans.md 4 and docs/plans.md", ["plans.md is not there", "docs/plans.md is not there"]),
        ('(docs/cutover.md, "When it stops")', []),
        ('(docs/cutover.md, "When it starts")', ['docs/cutover.md has no heading "When it starts"']),
        ("the file loss_ledger.md and dg.MetadataValue.md(text)", []),
    ],
)
def test_a_dangling_document_or_section_is_found(text: str, wrong: list[str]):
    assert list(dangling("checks/quality_gates.py", text)) == wrong


def test_every_document_and_section_that_is_named_is_there():
    wrong = [f"{name}: {why}" for name, text in files().items() if ".md" in text for why in dangling(name, text)]
    assert wrong == [], "\n" + "\n".join(wrong)


def test_every_module_that_is_named_is_there():
    known = [f"/{name}" for name in (*files(), str(Path(__file__).relative_to(ROOT))) if name.endswith(".py")]
    wrong = [
        f"{name}: {told}"
        for name, text in files().items()
        for told in _MODULE.findall(text)
        if not any(path.endswith(f"/{told}") for path in known)
    ]
    assert wrong == [], "\n" + "\n".join(wrong)


def test_every_code_of_an_assumption_is_a_switch():
    known = {one.id for one in OF_GORGIAS} | set(OF_IVINEX)
    found = {(name, code) for name, text in files().items() for code in _CODE.findall(text)}
    wrong = sorted(
        f"{name}: {code}"
        for name, code in found
        if code not in known and not (name.startswith("tests/") and code in SAMPLES)
    )
    assert len(found) > 200
    assert wrong == [], "\n" + "\n".join(wrong)


def test_the_page_of_assumptions_says_what_the_switches_say():
    basis = {one.switch: one.basis for one in behaviours()}
    defaults = {one.id: (one.name, one.default) for one in (*OF_GORGIAS, *OF_IVINEX.values())}
    rows = re.findall(r"^\| ([AG]-\d\d) \|.*$", page := files()["docs/reference/assumptions.md"], re.MULTILINE)
    assert rows == list(defaults)
    for code, (name, default) in defaults.items():
        shown = "a number" if default is NUMBER else f"`{json.dumps(default)}`"
        assert f"| {code} | {name} | {shown} | {basis[code]} | " in page


def test_every_behaviour_of_the_sandbox_names_a_section_as_its_source():
    for one in behaviours():
        numbers, _, _ = sections(ROOT / "docs" / "reference" / f"{one.side.lower()}-api.md")
        assert one.source in numbers, one


def test_every_setting_that_is_named_is_one_and_the_page_tells_them_all():
    known = {field.alias or name.upper() for name, field in Settings.model_fields.items()}
    constants = {name for path, text in files().items() if path.endswith(".py") for name in _DEFINED.findall(text)}
    wrong = [
        f"{path}: {name}"
        for path, text in files().items()
        for name in set(_SETTING.findall(text)) - known - NOT_SETTINGS - constants
    ]
    assert wrong == [], "\n" + "\n".join(wrong)
    assert {name for name in known if not re.search(rf"\b{name}\b", files()["docs/reference/settings.md"])} == set()


def test_every_make_target_that_is_named_is_there():
    targets = set(re.findall(r"^([a-z-]+):", files()["Makefile"], re.MULTILINE))
    told = {(path, name) for path, text in files().items() if path.endswith(".md") for name in _MAKE.findall(text)}
    assert len(told) > 3
    assert [f"{path}: make {name}" for path, name in sorted(told) if name not in targets] == []


def test_every_option_that_is_named_by_itself_is_one_of_some_command():
    code = "".join(text for path, text in files().items() if path.startswith((*PROGRAM, "benchmarks")))
    told = {
        (path, option)
        for path, text in files().items()
        if path.endswith((".md", ".j2"))
        for option in re.findall(r"`(--[a-z-]+)", text)
    }
    assert len(told) > 5
    assert [f"{path}: {option}" for path, option in sorted(told) if f'"{option}"' not in code] == []


def test_every_table_of_the_warehouse_that_is_named_is_declared():
    code = "".join(text for path, text in files().items() if path.startswith(PROGRAM) and path.endswith(".py"))
    told = {
        (path, table)
        for path, text in files().items()
        if path.endswith((".md", ".j2"))
        for table in re.findall(r"`((?:ivinex|mapping|staging|gorgias|reconciliation)\.(?!json|yaml)[a-z_]+)`", text)
    }
    assert len(told) > 10
    assert [f"{path}: {table}" for path, table in sorted(told) if f'"{table}"' not in code] == []


def test_every_module_that_is_run_is_there_and_takes_its_options():
    wrong = []
    for path, text in files().items():
        for module, arguments in _RUN.findall(text) if path.endswith(".md") else ():
            parts = module.rstrip(".").split(".")
            base = ROOT.joinpath(*parts)
            if parts[0] in FOLDERS and not (base.with_suffix(".py").is_file() or (base / "__main__.py").is_file()):
                wrong.append(f"{path}: python -m {module}")
            if module == "sandbox":
                wrong += [f"{path}: python -m sandbox{arguments}: {why}" for why in _sandbox_problem(arguments.split())]
    assert wrong == [], "\n" + "\n".join(wrong)


def _sandbox_problem(words: list[str]) -> Iterator[str]:
    for name in words[0].split("|") if words else ():
        command = sandbox.commands.get(name)
        if command is None:
            yield f"there is no {name}"
            continue
        options = {option for param in command.params if isinstance(param, click.Option) for option in param.opts}
        yield from (
            f"{name} takes no {word}"
            for word in map(lambda w: w.strip("[]`"), words)
            if word.startswith("--") and word not in options
        )


def test_the_picture_of_the_packages_shows_those_that_there_are():
    picture = (ROOT / "docs" / "packages.svg").read_text("utf-8")
    shown = set(re.findall(r'class="package"[^>]*>([a-z_/]+)<', picture))
    there = {path.removesuffix("/__init__") for path in (name.removesuffix(".py") for name in files())}
    folders = {
        f"{top}/{path.name}"
        for top in ("migration_assets", "resources")
        for path in (ROOT / top).iterdir()
        if (path / "__init__.py").is_file()
    }
    assert shown <= there, "draw it again: python docs/draw_packages.py"
    assert folders <= shown, "draw it again: python docs/draw_packages.py"
