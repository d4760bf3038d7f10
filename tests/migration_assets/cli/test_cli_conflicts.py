"""`migrate conflicts`: what is open, and a decision by name."""

import json

import pytest

from resources.ledger.conflicts import conflict_id

TICKET = "ivinex:1:7"
NAME = conflict_id("tickets", TICKET, "subject")


@pytest.fixture
def conflict(ledger, home):
    row = {"object": "tickets", "source_id": TICKET, "field": "subject", "gorgias_id": 12, "detail": "changed on both"}
    with ledger.transaction() as tx:
        ledger.conflicts.record_in_transaction(tx, [row])
    folder = home / "private" / "conflicts"
    folder.mkdir(parents=True)
    values = {"base": "Old words", "source": "Ivinex words", "target": "Agent words"}
    (folder / f"{NAME}.json").write_text(json.dumps(values), "utf-8")
    return row


def test_the_list_shows_ids_and_fields_and_values_only_when_asked_for(migrate, conflict):
    plain = migrate("conflicts", "list")
    assert plain.exit_code == 3
    assert NAME in plain.output
    assert "words" not in plain.output
    shown = json.loads(migrate("conflicts", "list", "--values", "--json").stdout)["conflicts"]
    assert [(row["base"], row["source"], row["target"]) for row in shown] == [
        ("Old words", "Ivinex words", "Agent words")
    ]


@pytest.mark.parametrize("take", ["theirs", "ours"])
def test_a_decision_is_recorded_by_name_and_the_conflict_leaves_the_list(migrate, ledger, conflict, take):
    assert migrate("conflicts", "resolve", NAME, "--take", take, "--by", "Ann").exit_code == 0
    assert migrate("conflicts", "list").exit_code == 0
    assert ledger.conflicts.resolutions("tickets") == [(TICKET, "subject", take)]
    ledger.conflicts.applied("tickets", [TICKET])
    assert ledger.conflicts.resolutions("tickets") == []


def test_an_unknown_conflict_and_a_decision_without_a_name_are_usage_errors(migrate, conflict):
    assert migrate("conflicts", "resolve", "0000000000", "--take", "ours", "--by", "Ann").exit_code == 2
    assert migrate("conflicts", "resolve", NAME, "--take", "ours").exit_code == 2
