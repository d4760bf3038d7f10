"""A wrong option value sets exactly its rows aside; corrected, confirmed and replayed, they arrive and all balances."""

from pathlib import Path

import pytest
import yaml
from mini_migration import dataset_of, mini_migration
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
