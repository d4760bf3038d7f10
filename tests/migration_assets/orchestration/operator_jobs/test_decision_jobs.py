"""What a person decides in the UI: the ledger's rows are those of the command, and what cannot be is said plainly."""

import re
from collections.abc import Callable
from typing import Any

import dagster as dg
import pytest

from migration_assets.mapping import mapping_file
from resources.ledger.conflicts import conflict_id

GATE = "staging/tickets:schema"
DAY = "2024-05-01"
CONFLICT = conflict_id("tickets", "ivinex:1:7", "subject")
BY = ("--by", "Ann Lee")
DECIDED = [
    (
        ("mapping", "confirm", *BY, "--note", "read it twice"),
        ("confirm_mapping", {"by": "Ann Lee", "note": "read it twice"}),
    ),
    (
        ("preflight", "decide", "missing_users", "fallback", *BY, "--reason", "no seats"),
        ("decide_preflight", {"topic": "missing_users", "choice": "fallback", "by": "Ann Lee", "reason": "no seats"}),
    ),
    (
        ("gates", "override", GATE, DAY, *BY, "--reason", "cut by hand"),
        ("override_gate", {"check": GATE, "partition": DAY, "by": "Ann Lee", "reason": "cut by hand"}),
    ),
    (
        ("conflicts", "resolve", CONFLICT, "--take", "ours", *BY),
        ("resolve_conflict", {"id": CONFLICT, "take": "ours", "by": "Ann Lee"}),
    ),
    (
        ("purge", *BY, "--reason", "hypercare is over"),
        ("purge", {"by": "Ann Lee", "reason": "hypercare is over"}),
    ),
]


@pytest.mark.parametrize(("command", "job"), DECIDED, ids=[job for _, (job, _) in DECIDED])
def test_a_job_leaves_the_ledger_as_its_command_does_and_tags_its_run_with_who_and_why(
    new_home: Callable[[str], Any], command: tuple[str, ...], job: tuple[str, dict[str, Any]]
):
    by_command, by_job = new_home("by_command"), new_home("by_job")
    untouched = by_job.state()
    told = by_command.command(*command)
    assert told.exit_code == 0, told.output
    name, config = job
    ended = by_job.job(name, **config)
    assert ended.success, ended.said
    assert by_job.state() == by_command.state() != untouched
    assert ended.tags["migrate/by"] == "Ann Lee"
    assert ended.tags.get("migrate/reason", "") == config.get("reason", config.get("note", ""))


def test_the_result_of_a_confirmation_shows_its_version_and_counts_and_the_ledger_its_note(home: Any):
    version = mapping_file.load(home.folder / "mapping.yaml").mapping_version
    ended = home.job("confirm_mapping", by=" Ann Lee ", note="read it", version=version)
    assert ended.success, ended.said
    assert ended.numbers["mapping_version"] == version
    assert ended.numbers["fields"] == sum(n for name, n in ended.numbers.items() if name.startswith("fields_")) > 0
    with home.ledger() as ledger:
        confirmation = ledger.decisions.confirmed_mapping()
    assert (confirmation.version, confirmation.by, confirmation.note) == (version, "Ann Lee", "read it")


def test_a_version_that_is_not_there_any_more_is_refused_and_both_are_named(home: Any):
    path = home.folder / "mapping.yaml"
    read = mapping_file.load(path).mapping_version
    path.write_text(path.read_text("utf-8").replace("Open: open", "Open: closed"), "utf-8")
    present = mapping_file.load(path).mapping_version
    ended = home.job("confirm_mapping", by="Ann", version=read)
    assert not ended.success
    assert f"Version {read} was to be confirmed" in ended.said
    assert f"mapping.yaml is version {present} now" in ended.said
    assert f"`migrate mapping confirm --by NAME --version {present}`" in ended.said
    with home.ledger() as ledger:
        assert ledger.decisions.confirmed_mapping() is None


@pytest.mark.parametrize(
    ("job", "config", "told"),
    [
        ("confirm_mapping", {"by": "  "}, r"by is empty.*field `by` of the job"),
        ("confirm_mapping", {"by": "x" * 201}, r"by is longer than a name"),
        ("decide_preflight", {"topic": "missing_users", "choice": "create", "by": ""}, r"by is empty"),
        (
            "decide_preflight",
            {"topic": "refused_users", "choice": "create", "by": "Ann"},
            r"refused_users takes fallback, not 'create'",
        ),
        (
            "decide_preflight",
            {"topic": "lost_users", "choice": "create", "by": "Ann"},
            r"'lost_users' is nothing that a load asks for now\. Points: missing_users, refused_users, stub_users, "
            r"unknown_users",
        ),
        (
            "override_gate",
            {"check": "staging/ticket:schema", "partition": DAY, "by": "Ann", "reason": "x"},
            rf"no result of a check 'staging/ticket:schema'\. Checks with results: {GATE}",
        ),
        (
            "override_gate",
            {"check": GATE, "partition": "2024-05-02", "by": "Ann", "reason": "x"},
            rf"no result for '2024-05-02'\. It has some for {DAY}",
        ),
        ("override_gate", {"check": GATE, "by": "Ann", "reason": " "}, r"reason is empty.*`--reason TEXT`"),
        ("purge", {"by": "Ann", "reason": " "}, r"reason is empty.*`--reason TEXT`"),
        ("purge", {"by": " ", "reason": "over"}, r"by is empty"),
        ("override_gate", {"check": GATE, "partition": DAY, "by": "", "reason": "x"}, r"by is empty"),
        (
            "resolve_conflict",
            {"id": "0000000000", "take": "ours", "by": "Ann"},
            rf"no open conflict '0000000000'\. Open are {CONFLICT}.*`migrate conflicts list`",
        ),
        ("resolve_conflict", {"id": CONFLICT, "take": "theirs", "by": ""}, r"by is empty"),
    ],
)
def test_what_cannot_be_decided_fails_in_plain_words_and_changes_nothing(
    home: Any, job: str, config: dict[str, Any], told: str
):
    before = home.state()
    ended = home.job(job, **config)
    assert not ended.success
    assert re.search(told, ended.said, re.DOTALL), ended.said
    assert ended.numbers["exit_code"] == 2
    assert home.state() == before


@pytest.mark.parametrize(
    ("job", "config", "told"),
    [
        ("confirm_mapping", {}, '"by"'),
        ("decide_preflight", {"topic": "missing_users", "choice": "perhaps", "by": "Ann"}, "perhaps"),
        ("resolve_conflict", {"id": CONFLICT, "take": "mine", "by": "Ann"}, "mine"),
        ("replay_quarantine", {"by": "Ann", "reason_class": "bad_luck"}, "bad_luck"),
        ("override_gate", {"check": GATE, "by": "Ann"}, '"reason"'),
    ],
)
def test_the_launchpad_refuses_what_no_choice_allows_before_a_run_begins(
    home: Any, job: str, config: dict[str, Any], told: str
):
    with pytest.raises(dg.DagsterInvalidConfigError, match=told):
        home.job(job, **config)


def test_the_command_refuses_an_empty_name_as_the_job_does(home: Any):
    before = home.state()
    for command, _ in DECIDED:
        told = home.command(*(word if word != "Ann Lee" else " " for word in command))
        assert told.exit_code == 2, told.output
        assert "by is empty" in told.stderr
    assert home.state() == before
