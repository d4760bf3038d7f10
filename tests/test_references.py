"""Whatever a message or a document tells a person to run or to look at is there, and the command is complete.

Read from the source: every string of the program, every template, README.md and its neighbours, docs/. A command must
be one that could be typed as it stands, with its required options; jobs, sensors, schedules, assets and checks must be
those of the code location. What else is pointed to: test_document_references.py.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

import click
import pytest

from migration_assets.build import STAGES, build_definitions
from migration_assets.cli import main
from migration_assets.settings_source import load_settings

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ("migration_assets", "resources", "checks", "sandbox")
UNKNOWN = "…"
"""What an expression inside an f-string becomes."""
GATES_WITHOUT_A_CHECK = {"gorgias/canary:assumptions"}
"""Results that the ledger keeps under a name of their own."""
NAMES_OF_BEFORE = "resources/ledger/renamed_gates.py"

_COMMAND = re.compile(r"`migrate\s+([^`]*)`")
_OPEN = re.compile(r"`migrate\s+[^`]*$")
_ELLIPSIS = re.compile(r"`\.\.\.\s+[^`]*`")
_KIND = re.compile(r"\b(job|sensor|schedule)(s?)\s+(`?)([a-z]\w*)\b\3")
_NEXT = re.compile(r"(,?\s+and\s+|,?\s+or\s+|,\s+)(?!and\b|or\b)(`?)([a-z]\w*)\b\2")
_IN_THE_UI = re.compile(r"\bin the UI,?\s+the\s+$", re.IGNORECASE)
_ASSET = re.compile(rf"(?<![\w/.…-])((?:{'|'.join(STAGES)})/[a-z_]+)(?::([a-z_*]+))?(?![\w/*-]|\.\w)")


@dataclass(frozen=True)
class Text:
    """A string that a person may read.

    Attributes:
        about: it says what a file holds, so a command in it is a name and no instruction.
    """

    where: str
    words: str
    about: bool = False


@cache
def texts() -> list[Text]:
    documents = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
    templates = sorted((ROOT / "migration_assets").rglob("*.j2"))
    found = [Text(str(path.relative_to(ROOT)), _marked(path.read_text("utf-8"))) for path in (*documents, *templates)]
    for path in sorted(path for package in PROGRAM for path in (ROOT / package).rglob("*.py")):
        found += _strings(str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8")))
    return found


def _marked(page: str) -> str:
    """HTML's marks of code as those of Markdown."""
    return page.replace("<code>", "`").replace("</code>", "`")


def _strings(path: str, tree: ast.Module) -> Iterator[Text]:
    """Each literal and f-string as one text: implicit concatenation is joined by the parser."""
    first = tree.body[0].value if tree.body and isinstance(tree.body[0], ast.Expr) else None
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else UNKNOWN for part in node.values]
            yield Text(f"{path}:{node.lineno}", "".join(map(str, parts)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield Text(f"{path}:{node.lineno}", node.value, about=node is first)


def commands(text: Text) -> Iterator[str]:
    """What follows `migrate` in backticks, and in the blocks of a document."""
    for match in _COMMAND.finditer(text.words):
        yield " ".join(match[1].split())
    if text.where.endswith(".md"):
        for line in text.words.splitlines():
            if line.strip().startswith("migrate "):
                yield line.split("#")[0].strip().removeprefix("migrate ")


def variants(command: str) -> list[list[str]]:
    """`list|resolve ID [--values]` as the commands that it stands for."""
    bare = re.sub(r"[\[\]]", "", command)
    tokens = re.findall(r'"[^"]*"|\S+', bare)
    if tokens[:1] == ["--migration"]:  # an option of the command itself
        tokens = tokens[2:] or [UNKNOWN]
    return [list(chosen) for chosen in product(*map(_alternatives, tokens))]


def _alternatives(token: str) -> list[str]:
    return token.split("|") if not token.startswith('"') else [token]


def _does_something_itself(group: click.Group, tokens: list[str]) -> bool:
    """Whether this is the group's own work: nothing follows its name, or an option of it."""
    return group.invoke_without_command and (not tokens or tokens[0].startswith("-"))


def problem(tokens: list[str], complete: bool) -> str | None:
    """Why this cannot be typed, or None."""
    command: click.Command = main
    path = ["migrate"]
    while isinstance(command, click.Group) and not _does_something_itself(command, tokens):
        if not tokens:
            return f"`{' '.join(path)}` only prints help: name one of {_names(command)}" if complete else None
        if tokens[0] == UNKNOWN:
            return None
        following = command.get_command(click.Context(command), tokens[0])
        if following is None:
            return f"there is no `{' '.join([*path, tokens[0]])}`: there are {_names(command)}"
        command, path, tokens = following, [*path, tokens[0]], tokens[1:]
    try:
        given, left, _ = command.make_parser(click.Context(command)).parse_args(list(tokens))
    except click.UsageError as error:
        return f"`{' '.join(path)}`: {error.format_message()}"
    if left:
        return f"`{' '.join(path)}` takes no {left[0]}"
    for param in command.params:
        value, choices = given.get(param.name or ""), getattr(param.type, "choices", ())
        if complete and param.required and not isinstance(value, str):
            return f"`{' '.join(path)}` wants {param.human_readable_name} as well"
        if choices and isinstance(value, str) and not _placeholder(value) and value not in choices:
            return f"`{' '.join(path)}`: {value} is none of {', '.join(choices)}"
    return None


def _placeholder(value: str) -> bool:
    return value.isupper() or UNKNOWN in value


def _names(group: click.Group) -> str:
    return ", ".join(sorted(group.list_commands(click.Context(group))))


@cache
def location() -> tuple[dict[str, set[str]], set[str], set[str]]:
    """Kind -> names of jobs, sensors and schedules; asset keys; names of checks (`asset:check`)."""
    definitions = build_definitions(load_settings())
    repository, graph = definitions.get_repository_def(), definitions.resolve_asset_graph()
    named = {
        "job": {job.name for job in repository.get_all_jobs() if not job.name.startswith("__")},
        "sensor": {sensor.name for sensor in repository.sensor_defs},
        "schedule": {schedule.name for schedule in repository.schedule_defs},
    }
    checks = {f"{key.asset_key.to_user_string()}:{key.name}" for key in graph.asset_check_keys}
    return named, {key.to_user_string() for key in graph.materializable_asset_keys}, checks | GATES_WITHOUT_A_CHECK


def named_things(text: str) -> Iterator[tuple[str, str]]:
    """(job | sensor | schedule, name): each word in backticks or with an underscore in the list after the kind.

    A plain word may be English ("the job ends"), but is a name after "in the UI the job".
    """
    text = _COMMAND.sub(";", text)
    for first in _KIND.finditer(text):
        kind, plural, quoted, name = first.groups()
        certain, end = bool(_IN_THE_UI.search(text[: first.start()])), first.end()
        if certain or quoted or "_" in name:
            yield kind, name
        while following := _NEXT.match(text, end):
            separator, quoted, name = following.groups()
            if quoted or "_" in name or (certain and plural and "or" not in separator):
                yield kind, name
            end = following.end()


def test_the_texts_are_where_these_tests_look():
    told = {text.where.split(":")[0]: text for text in texts()}
    assert {
        "README.md",
        "docs/cutover.md",
        "checks/quality_gates.py",
        "migration_assets/templates/user_actions.md.j2",
    } <= set(told)
    assert sum(1 for text in texts() for _ in commands(text)) > 100
    assert sum(1 for text in texts() for _ in named_things(text.words)) > 30
    assert sum(1 for text in texts() for _ in _ASSET.finditer(text.words)) > 30


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("In the UI the jobs verify and verify_days, or run `migrate run` of x_y", ["verify", "verify_days"]),
        ("in the UI the jobs discover and handoff, or `migrate discover`", ["discover", "handoff"]),
        ("then in the UI the job discovery, or wait", ["discovery"]),
        ("The job ends, and the next job delta_2 begins", ["delta_2"]),
        ("the sensor `changed_days` or the job\n  `migrate_day`", ["changed_days", "migrate_day"]),
        ("each job of a phase", []),
    ],
)
def test_a_name_is_told_from_a_word(text: str, names: list[str]):
    assert [name for _, name in named_things(text)] == names


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        ("run", None),
        ("mapping confirm --by NAME", None),
        ('mapping confirm --by "Ann Lee"', None),
        ("mapping show|confirm --by NAME", "No such option"),
        ("mapping confirm", "wants by"),
        ("mapping merge", "there is no `migrate mapping merge`"),
        ("mapping", "only prints help"),
        ("discover --record", "No such option"),
        ("run all", "takes no all"),
        ("conflicts list [--values]", None),
        ("conflicts resolve ID --take theirs|ours --by NAME", None),
        ("conflicts resolve ID --take mine --by NAME", "mine is none of theirs, ours"),
        ("conflicts resolve --take ours --by NAME", "wants ID"),
        ("…", None),
    ],
)
def test_a_command_that_could_not_be_typed_is_found(command: str, wrong: str | None):
    found = next(filter(None, (problem(tokens, complete=True) for tokens in variants(command))), None)
    assert (found is None) is (wrong is None), found
    assert (wrong or "").lower() in (found or "").lower()


def test_every_command_that_is_named_can_be_typed_as_it_stands():
    wrong = [
        f"{text.where}: `migrate {command}`: {why}"
        for text in texts()
        for command in commands(text)
        for why in {problem(tokens, complete=not text.about) for tokens in variants(command)} - {None}
    ]
    assert wrong == [], "\n" + "\n".join(wrong)


def test_no_command_is_cut_off_or_left_to_be_guessed():
    wrong = [
        f"{text.where}: {part.group(0)[:60]}: write the whole command into one string"
        for text in texts()
        for part in (*_OPEN.finditer(text.words), *_ELLIPSIS.finditer(text.words))
    ]
    assert wrong == [], "\n" + "\n".join(wrong)


def test_every_job_sensor_and_schedule_that_is_named_is_there():
    named, _, _ = location()
    wrong = [
        f"{text.where}: {kind} {name}: there are {', '.join(sorted(named[kind]))}"
        for text in texts()
        for kind, name in named_things(text.words)
        if name not in named[kind]
    ]
    assert wrong == [], "\n" + "\n".join(wrong)


def test_every_asset_and_check_that_is_named_is_there():
    _, assets, checks = location()
    wrong = [
        f"{text.where}: {match.group(0)}"
        for text in texts()
        for match in _ASSET.finditer(text.words)
        if NAMES_OF_BEFORE not in text.where
        and not (ROOT / "migration_assets" / match[1]).is_dir()
        and (match[1] not in assets or (match[2] not in (None, "*") and match.group(0) not in checks))
    ]
    assert wrong == [], "\n" + "\n".join(wrong)
