"""What is wrong sets exactly its rows aside; corrected in the map or at the source and replayed, they arrive.

All balances afterwards.
"""

from pathlib import Path

import pytest
import yaml
from both_sides import both_sides
from mini_migration import MiniMigration, dataset_of, mini_migration
from mini_runner import migration_of

from migration_assets.mapping import mapping_file
from migration_assets.mapping.confirm import FILE, confirm
from migration_assets.orchestration.quarantine_replay import replay_quarantine
from migration_assets.orchestration.quarantine_rows import Since, shown_row
from migration_assets.reconciliation.balance.balance import calculate_balance

pytestmark = pytest.mark.acceptance


def edit_status(home: Path, forget: bool) -> str:
    """Take an option out of the value map of status, or bring the whole map back. Returns the option."""
    path, kept = home / FILE, home / "values.yaml"
    content = yaml.safe_load(path.read_text())
    (status,) = [one for one in content["fields"]["ticket"] if one["target"].get("name") == "status"]
    if forget:
        kept.write_text(yaml.safe_dump(status["values"], sort_keys=False))
        option = next(iter(status["values"]))
        del status["values"][option]
        status["unmapped"] = "quarantine"
    else:
        status["values"], option = yaml.safe_load(kept.read_text()), ""
    path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True))
    return str(option)


def test_a_wrong_option_value_sets_its_rows_aside_and_corrected_they_arrive(tmp_path: Path):
    with mini_migration(dataset_of(tmp_path / "data", 20), tmp_path / "home") as mini:
        mini.discover()
        ledger, store, settings = mini.ledger, mini.warehouse, mini.resources["settings"].get()
        option = edit_status(mini.home, forget=True)
        confirm(mini.home, ledger, store, "Ann")
        mini.load(verified=False)
        aside = ledger.quarantine.rows()
        tickets = set(aside.loc[aside["object"] == "tickets", "source_id"])
        rows = store.rows(
            "SELECT s.source_id FROM ivinex.ticket_sweep s, ivinex.fields f, "
            "json_each(f.options) o WHERE f.field_name = 'status' AND f.tab = 'Tickets' "
            "AND o.value ->> '$.id' = s.raw ->> '$.status' AND o.value ->> '$.label' = ?",
            [option],
        )
        assert tickets == {row["source_id"] for row in rows}
        assert 0 < len(tickets) < 20

        migration = migration_of(mini)
        unchanged = replay_quarantine(migration, settings, "Ann")
        assert (unchanged.as_before, unchanged.days) == (len(aside), [])
        assert "neither the map nor their record changed" in unchanged.sentence()

        edit_status(mini.home, forget=False)
        confirm(mini.home, ledger, store, "Ann")
        (told,) = shown_row(ledger, store, min(tickets), values=False)
        assert (told["since"], told["reason_class"]) == (str(Since.map), "needs_mapping")
        done = replay_quarantine(migration, settings, "Ann")
        assert (done.before, done.after, done.as_before) == (len(aside), 0, 0)
        assert ledger.quarantine.rows().empty
        written = ledger.outcomes.outcomes_of("tickets")
        assert set(written.loc[written["source_id"].isin(tickets), "outcome"]) == {"created"}
        assert done.writes >= len(tickets)
        assert all(row.balanced for row in calculate_balance(ledger, store, mapping_file.load(mini.home / FILE)))
        assert replay_quarantine(migration, settings, "Ann").before == 0


def refuse_what_is_wrong(home: Path) -> None:
    """A status that is no option, and a contact without a first name, are set aside."""
    content = yaml.safe_load((home / FILE).read_text())
    (status,) = [one for one in content["fields"]["ticket"] if one["target"].get("name") == "status"]
    (name,) = [one for one in content["fields"]["contact"] if one["source"] == "first_name"]
    status["unmapped"] = name["missing"] = "quarantine"
    (home / FILE).write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True))


def balanced(mini: MiniMigration) -> bool:
    return all(
        row.balanced for row in calculate_balance(mini.ledger, mini.warehouse, mapping_file.load(mini.home / FILE))
    )


def set_aside(mini: MiniMigration, object: str) -> set[str]:
    rows = mini.ledger.quarantine.rows()
    return set(rows.loc[rows["object"] == object, "source_id"])


def test_rows_that_were_wrong_at_the_source_are_corrected_there_and_arrive_one_by_one(tmp_path: Path):
    """A status that is no option, a created date that is none, and a contact whose tickets wait for it."""
    with mini_migration(dataset_of(tmp_path / "data", 20), tmp_path / "home") as mini, both_sides(mini) as both:
        mini.discover()
        refuse_what_is_wrong(mini.home)
        confirm(mini.home, mini.ledger, mini.warehouse, "Ann")
        tickets = mini.warehouse.rows("SELECT source_id FROM ivinex.ticket_sweep ORDER BY created_at")
        status, undated, other = (row["source_id"] for row in tickets[2:5])
        right = {one: both.record("ticket_sweep", one) for one in (status, undated, other)}
        contact = f"ivinex:1001:{right[other]['contact']}"
        was = both.record("contacts", contact)
        wrong = {status: {"status": "99999"}, undated: {"created_date": "soon"}}
        for one, fields in wrong.items():
            both.at_source("Tickets", one.split(":")[-1], fields)
        both.at_source("Contacts", was["collection_id"], {"first_name": ""})
        mini.job("discover")
        mini.load(verified=False)
        waiting = set_aside(mini, "tickets") - {status, undated}
        assert other in waiting
        assert set_aside(mini, "contacts") == {contact}

        migration, settings = migration_of(mini), mini.resources["settings"].get()
        for one, fields in wrong.items():
            both.at_source("Tickets", one.split(":")[-1], {name: right[one][name] for name in fields})
        both.at_source("Contacts", was["collection_id"], {"first_name": was["first_name"]})
        mini.job("discover")
        assert {status, undated, *waiting} == set_aside(mini, "tickets")
        alone = replay_quarantine(migration, settings, "Ann", ids=[other])
        assert (alone.before, alone.after, alone.prepared) == (1, 0, True)
        assert other not in set_aside(mini, "tickets")
        done = replay_quarantine(migration, settings, "Ann")
        assert (done.after, done.as_before) == (0, 0)
        assert mini.ledger.quarantine.rows().empty
        written = mini.ledger.outcomes.outcomes_of("tickets")
        assert set(written.loc[written["source_id"].isin({status, undated, *waiting}), "outcome"]) == {"created"}
        assert balanced(mini)
