"""Two shops, each one file, on one Dagster instance and one ledger on PostgreSQL: loaded at once, they do not meet."""

from collections.abc import Iterator

import dagster as dg
import pytest
from served_shops import Shops, served_shops

TICKETS = {"shop1": 8, "shop2": 11}

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory, postgres_url: str) -> Iterator[Shops]:
    with served_shops(tmp_path_factory.mktemp("agency"), postgres_url, TICKETS) as served:
        yield served


def test_two_shops_are_loaded_at_once_under_their_own_names(shops: Shops, monkeypatch: pytest.MonkeyPatch):
    shops.prepared()
    # Exit code 0: what is in each account is what its source held, by its own balance.
    said = shops.all("run", "--json")
    found = {name: shops.tickets(name) for name in TICKETS}
    assert {name: len({*ids}) for name, ids in found.items()} == TICKETS, said
    assert {name: len(ids) for name, ids in found.items()} == TICKETS, said
    monkeypatch.setenv("DAGSTER_POSTGRES_URL", shops.environment["DAGSTER_POSTGRES_URL"])
    with dg.DagsterInstance.from_config(str(shops.folder / "shop1" / "dagster")) as instance:
        runs = instance.get_runs()
        assert {run.job_name.split("_")[0] for run in runs} == set(TICKETS)
        assert {run.status for run in runs} == {dg.DagsterRunStatus.SUCCESS}
        keys = {key.to_user_string() for key in instance.all_asset_keys()}
        assert {key.split("/")[0] for key in keys} == set(TICKETS)
        assert "shop1/gorgias/tickets" in keys
        assert "shop2/staging/messages" in keys
        pools = set(instance.event_log_storage.get_concurrency_keys())
        assert len([pool for pool in pools if pool.startswith("gorgias_api/")]) == 2, pools
    again = shops.migrate("list", "--json")
    told = again.communicate(timeout=100)[0]
    assert '"shop1"' in told
    assert '"phase": "days"' in told or '"done"' in told, told
