"""A ledger says which schema it has: an empty one gets it, an old one is brought to it, a newer one is left alone."""

from collections.abc import Callable

import pytest

from resources.ledger import Ledger
from resources.ledger.schema_version import VERSION, LedgerNewer, version_of

OpenLedger = Callable[..., Ledger]


def note(ledger: Ledger, version: int | None) -> None:
    with ledger.engine.begin() as tx:
        tx.exec_driver_sql("DELETE FROM schema_version")
        if version is not None:
            tx.exec_driver_sql(f"INSERT INTO schema_version VALUES ({version}, '2026-01-01 00:00:00+00')")


def test_a_new_ledger_has_the_version_of_the_program(ledger: Ledger):
    assert version_of(ledger.engine) == VERSION


def test_one_without_a_note_is_of_an_early_release_and_is_brought_up_to_date(open_ledger: OpenLedger):
    first = open_ledger()
    note(first, None)
    first.quality_gates.record_gates([("gorgias/ticket_messages:no_mail", "2026-06-11", False, "altered")], "run")
    again = open_ledger()
    assert version_of(again.engine) == VERSION
    assert list(again.quality_gates.gate_rows()["check_name"]) == ["reconciliation/comparison:no_mail"]


def test_a_newer_one_is_refused_with_both_versions_and_nothing_changes_in_it(open_ledger: OpenLedger):
    first = open_ledger()
    note(first, VERSION + 1)
    with pytest.raises(LedgerNewer, match=f"version {VERSION + 1}, and this program knows {VERSION}"):
        open_ledger()
    assert version_of(first.engine) == VERSION + 1
    note(first, VERSION)
