"""A sample is taken back by itself, by the job and by the command alike, and a later load makes each record once."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from click.testing import CliRunner
from connected_settings import account_of
from mini_migration import MiniMigration, clean_environment
from mini_runner import migration_of
from started_jobs import started_jobs

from migration_assets.cli import main
from migration_assets.mapping import mapping_file
from migration_assets.mapping.confirm import FILE
from migration_assets.orchestration.rollback_refused import RollbackRefused
from migration_assets.orchestration.rollback_scope import requested_scope
from migration_assets.orchestration.sample import migrate_sample
from migration_assets.reconciliation.balance.balance import calculate_balance, totals
from sandbox.gorgias.canonical import state

pytestmark = pytest.mark.acceptance
SAMPLE = 4


def test_a_sample_is_taken_back_by_itself_and_a_load_makes_each_record_once(
    migrating: Callable[..., AbstractContextManager[MiniMigration]],
):
    with migrating(discovered=True) as mini:
        ledger = mini.ledger
        with pytest.raises(RollbackRefused, match=r"No sample is in Gorgias.*`migrate sample"):
            requested_scope(None, None, [], None, True, ledger, lambda _: set())
        migrate_sample(migration_of(mini), SAMPLE)
        tickets, customers = (set(ledger.samples.sample_records(name)) for name in ("tickets", "customers"))
        assert len(tickets) == SAMPLE
        others = _there(mini, "tags"), _there(mini, "custom_fields"), _there(mini, "users")
        with pytest.raises(RollbackRefused, match="The sample is taken back as a whole"):
            requested_scope(None, None, ["tickets"], None, True, ledger, lambda _: set())
        settings = {
            "MIGRATION_HOME": str(mini.home),
            "DAGSTER_HOME": "",
            **account_of(mini.sandbox.gorgias_url, mini.sandbox.gorgias_auth),
        }
        with clean_environment(**settings), started_jobs(mini.resources) as jobs:
            refused = jobs.start("roll_back", by="Ann Lee", reason="wrong map", sample=True)
            assert "`migrate rollback --sample`" in refused.said
            shown = CliRunner().invoke(main, ["rollback", "--sample", "--json"])
            told = json.loads(shown.stdout)
            assert (shown.exit_code, told["scope"]) == (0, "the sample: its tickets with their customers")
            done = jobs.start("roll_back", by="Ann Lee", reason="wrong map", sample=True)
            assert done.success, done.said
            assert (done.numbers["deleted tickets"], done.numbers["deleted customers"]) == (SAMPLE, len(customers))
        assert (_there(mini, "tickets"), _there(mini, "customers")) == (0, 0)
        assert (_there(mini, "tags"), _there(mini, "custom_fields"), _there(mini, "users")) == others
        assert ledger.samples.sample_records("tickets") == ledger.samples.sample_records("customers") == {}
        mini.load(verified=False)
        made = json.loads(state(mini.sandbox.gorgias, canonical=False))
        for name in ("tickets", "customers"):
            ids = [row["external_id"] for row in made[name] if not str(row["external_id"]).startswith("ivinex:canary")]
            assert len(ids) == len(set(ids)) == len(ledger.known_writes.gorgias_ids(name))
        assert tickets <= {row["external_id"] for row in made["tickets"]}
        rows = totals(calculate_balance(ledger, mini.warehouse, mapping_file.load(mini.home / FILE)))
        assert [row.object for row in rows if not row.balanced] == []


def _there(mini: MiniMigration, name: str) -> int:
    rows = json.loads(state(mini.sandbox.gorgias, canonical=False))[name]
    return sum(not str(row.get("external_id")).startswith("ivinex:canary") for row in rows)
