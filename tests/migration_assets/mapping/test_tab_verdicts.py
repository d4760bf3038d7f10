"""The verdict of each tab: what speaks against it, and that a suspect one closes the load until it is accepted."""

from pathlib import Path

import pytest

from migration_assets.gorgias.preflight.decisions import decided, record, undecided
from migration_assets.gorgias.preflight.tab_points import tab_points
from migration_assets.mapping.tab_verdicts import Verdict, keep_verdicts, kept_verdicts, tab_verdicts
from resources.ledger import Ledger
from resources.warehouse import Warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    made = Warehouse(tmp_path / "w.duckdb")
    with made.transaction() as tx:
        tx.execute("CREATE SCHEMA IF NOT EXISTS ivinex")
        tx.execute(
            "CREATE TABLE ivinex.tabs AS SELECT * FROM (VALUES ('1', 'Tickets', 'ticket', true, true, false, ''), "
            "('2', 'Contacts', 'contact', true, true, false, ''), ('3', 'Old', NULL, true, true, true, ''), "
            "('4', 'Mute', NULL, true, false, false, 'zero rows')) "
            "t(collection_type_id, tab, role, listed, readable, empty, problem)"
        )
        tx.execute(
            "CREATE TABLE ivinex.ticket_sweep AS SELECT '1' AS collection_type_id, "
            "CAST(range AS VARCHAR) AS collection_id FROM range(1, 1001)"
        )
        tx.execute(
            "CREATE TABLE ivinex.contacts AS SELECT '2' AS collection_type_id, "
            "CAST(range AS VARCHAR) AS collection_id FROM range(2001, 2011)"
        )
    return made


def verdicts(warehouse: Warehouse, **expected: int) -> dict[str, tuple[str, int]]:
    return {one.tab: (str(one.verdict), len(one.reasons)) for one in tab_verdicts(warehouse, expected)}


def test_a_tab_is_readable_empty_or_suspect(warehouse: Warehouse):
    assert verdicts(warehouse) == {
        "Tickets": ("readable", 0),
        "Contacts": ("readable", 0),
        "Old": ("empty", 0),
        "Mute": ("suspect", 1),
    }


def test_a_tab_that_only_the_admins_list_names_is_suspect_and_accepted_by_its_name(warehouse: Warehouse):
    with warehouse.transaction() as tx:
        tx.execute("INSERT INTO ivinex.tabs VALUES (NULL, 'Complaints', NULL, false, false, false, 'GetTabs hides it')")
    assert verdicts(warehouse)["Complaints"] == ("suspect", 1)
    keep_verdicts(warehouse, tab_verdicts(warehouse, {}))
    assert {point.name for point in tab_points(warehouse)} == {"tab:4", "tab:Complaints"}


def test_fewer_records_than_the_admin_sees_are_suspect_and_as_many_are_not(warehouse: Warehouse):
    assert verdicts(warehouse, Tickets=1000, contacts=11)["Tickets"] == ("readable", 0)
    assert verdicts(warehouse, Tickets=1000, contacts=11)["Contacts"] == ("suspect", 1)
    assert verdicts(warehouse, Cases=5)["Cases"] == ("suspect", 1)


def test_a_long_run_of_missing_ids_is_suspect_unless_another_tab_has_them(warehouse: Warehouse):
    with warehouse.transaction() as tx:
        tx.execute("INSERT INTO ivinex.ticket_sweep VALUES ('1', '3000')")
    assert verdicts(warehouse)["Tickets"] == ("suspect", 1)
    with warehouse.transaction() as tx:
        tx.execute("INSERT INTO ivinex.contacts SELECT '2', CAST(range AS VARCHAR) FROM range(1001, 3000)")
    assert verdicts(warehouse)["Tickets"] == ("readable", 0)


def test_a_suspect_tab_closes_the_load_until_it_is_accepted_by_name_for_this_reason(
    warehouse: Warehouse, tmp_path: Path
):
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}", "demo:sandbox")

    def still_open() -> list[str]:
        return [row.point.name for row in undecided(decided(ledger, list(tab_points(warehouse)), delta=False))]

    assert still_open() == []
    keep_verdicts(warehouse, tab_verdicts(warehouse, {}))
    assert [one.tab for one in kept_verdicts(warehouse) if one.verdict is Verdict.suspect] == ["Mute"]
    assert still_open() == ["tab:4"]
    record(ledger, next(tab_points(warehouse)), "accept", "Ann", "the admin says it is empty", deltas=False)
    assert still_open() == []
    keep_verdicts(warehouse, tab_verdicts(warehouse, {"Mute": 7}))
    assert still_open() == ["tab:4"]
    ledger.close()
