"""Two shops, each one file, on one Dagster instance and one ledger on PostgreSQL: loaded at once, they do not meet."""

from collections.abc import Iterator
from pathlib import Path

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
    told = done(shops, "list", "--json")
    assert '"shop1"' in told
    assert '"phase": "days"' in told or '"done"' in told, told


def test_a_shop_moves_to_another_machine_by_the_commands_of_the_page(shops: Shops, tmp_path: Path):
    account, place = shops.tickets("shop1"), str(tmp_path / "place")
    assert "A run can start." in done(shops, "--migration", "shop1", "doctor")
    done(shops, "--migration", "shop1", "backup", place)
    # Another machine: the same settings, and a home that is empty. The ledger in PostgreSQL outlived the first.
    shops.write_file("shop1", "shop1", home="elsewhere")
    moved = ("--migration", "shop1")
    refused = shops.migrate("--migration", "shop2", "restore", place)
    told = " ".join(refused.communicate(timeout=600)[0].split())
    assert (refused.returncode, "is of staging:" in told) == (2, True), told
    done(shops, *moved, "restore", place)
    done(shops, *moved, "doctor")
    done(shops, *moved, "status")
    for command in ("run", "delta", "verify"):
        done(shops, *moved, command)
    assert shops.tickets("shop1") == account


def done(shops: Shops, *command: str) -> str:
    """What a command says that ends with exit code 0."""
    process = shops.migrate(*command)
    said = process.communicate(timeout=1500)[0]
    assert process.returncode == 0, (command, said[-3000:])
    return said
