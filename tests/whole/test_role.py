"""An account with the role of production, of which staging was never signed off: refused before the first write."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import dagster as dg
import pytest
from both_sides import both_sides, writes
from mini_migration import MiniMigration, _keys

from migration_assets.jobs import DAILY_LOAD


def test_production_writes_nothing_before_staging_is_signed_off_by_whichever_button(
    migrating: Callable[..., AbstractContextManager[MiniMigration]], monkeypatch: pytest.MonkeyPatch
):
    with migrating(discovered=True) as migration, both_sides(migration) as both:
        both.in_gorgias("POST", "/_sandbox/stats/reset")
        monkeypatch.setenv("GORGIAS_ROLE", "production")
        with pytest.raises(dg.Failure, match="2 conditions are not met, so nothing was written") as refused:
            migration.load(verified=False)
        assert "MIGRATION_STAGING_HOME" in str(refused.value.description)
        assert writes(both.in_gorgias("GET", "/_sandbox/stats")["requests"]) == {}
        monkeypatch.delenv("GORGIAS_ROLE")
        days = migration.stage()
        both.in_gorgias("POST", "/_sandbox/stats/reset")
        monkeypatch.setenv("GORGIAS_ROLE", "production")
        with pytest.raises(dg.Failure, match="not met"):
            migration.run(_keys(DAILY_LOAD), days)
        assert writes(both.in_gorgias("GET", "/_sandbox/stats")["requests"]) == {}
