"""In an instance that many migrations share, everything bears the migration's name, and pools that of the allowance."""

import warnings

import dagster as dg
import pytest

from checks.step_check import key_in_step
from migration_assets.build import build_definitions
from migration_assets.own_names import MIGRATION_TAG, is_own, plain_name, plain_step
from migration_assets.own_words import words_of
from migration_assets.settings import Settings
from migration_assets.shared_instance import OwnNames

VALUES = {
    "migration": "shop1",
    "MIGRATION_TARGET": "staging",
    "ivinex_base_url": "https://shop1.ivinex.com",
    "gorgias_base_url": "https://shop1.gorgias.com",
}


@pytest.fixture(scope="module")
def both() -> tuple[dg.Definitions, dg.Definitions]:
    """Without a name, and as shop1."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain, shop = (build_definitions(Settings(**(VALUES | more))) for more in ({"migration": ""}, {}))
        dg.Definitions.validate_loadable(shop)
        return plain, shop


def test_every_key_check_and_group_begins_with_the_name(both: tuple[dg.Definitions, dg.Definitions]):
    plain, shop = (one.resolve_asset_graph() for one in both)
    assert {key.path[0] for key in shop.get_all_asset_keys()} == {"shop1"}
    assert {tuple(key.path[1:]) for key in shop.get_all_asset_keys()} == {
        tuple(key.path) for key in plain.get_all_asset_keys()
    }
    assert {(tuple(key.asset_key.path[1:]), key.name) for key in shop.asset_check_keys} == {
        (tuple(key.asset_key.path), key.name) for key in plain.asset_check_keys
    }
    assert all(str(shop.get(key).group_name).startswith("shop1_") for key in shop.get_all_asset_keys())
    for key in shop.get_all_asset_keys():
        assert all(parent.path[0] == "shop1" for parent in shop.get(key).parent_keys)


def test_every_job_holds_the_same_assets_under_its_own_name(both: tuple[dg.Definitions, dg.Definitions]):
    plain, shop = both
    for job in plain.get_repository_def().get_all_jobs():
        if job.name.startswith("__"):
            continue
        own = shop.resolve_job_def(f"shop1_{job.name}")
        assert own.run_tags[MIGRATION_TAG] == "shop1"
        assert {tuple(key.path[1:]) for key in own.asset_layer.executable_asset_keys} == {
            tuple(key.path) for key in job.asset_layer.executable_asset_keys
        }, job.name
        assert (own.config_mapping is None) == (job.config_mapping is None)


def test_what_the_catalog_says_of_jobs_and_commands_names_those_of_the_migration(
    both: tuple[dg.Definitions, dg.Definitions],
):
    _, shop = both
    graph, found = shop.resolve_asset_graph(), shop.get_repository_def()
    told = {key.to_user_string(): graph.get(key).description for key in graph.get_all_asset_keys()}
    told |= {str(key): graph.get_check_spec(key).description for key in graph.asset_check_keys}
    told |= {one.name: one.description for one in (*found.sensor_defs, *found.schedule_defs, *found.get_all_jobs())}
    assert sum("`migrate --migration shop1 " in (text or "") for text in told.values()) > 20
    assert {name for name, text in told.items() if text and words_of("shop1", text) != text} == set()


def test_steps_are_told_as_the_code_calls_their_assets(both: tuple[dg.Definitions, dg.Definitions]):
    plain, shop = (
        one.resolve_job_def(name) for one, name in zip(both, ("stage_days", "shop1_stage_days"), strict=True)
    )
    assert {node.name for node in shop.nodes} == {f"shop1__{node.name}" for node in plain.nodes}
    assert {plain_step("shop1", node.name) for node in shop.nodes} == {
        plain_step("", node.name) for node in plain.nodes
    }
    assert "ivinex/tickets" in {plain_step("shop1", node.name) for node in shop.nodes}


def test_schedules_and_sensors_start_the_jobs_of_their_own_migration(both: tuple[dg.Definitions, dg.Definitions]):
    repository = both[1].get_repository_def()
    assert {(one.name, one.job_name) for one in repository.schedule_defs} == {
        ("shop1_nightly_delta", "shop1_delta"),
        ("shop1_hypercare", "shop1_delta"),
    }
    started = {one.name: [target.job_name for target in one.targets] for one in repository.sensor_defs}
    assert started == {
        "shop1_changed_days": ["shop1_migrate_day"],
        "shop1_failed_runs": [],
        "shop1_dead_runs": [],
    }


def test_pools_are_those_of_the_account_and_of_the_site(both: tuple[dg.Definitions, dg.Definitions]):
    def pools(definitions: dg.Definitions) -> set[str]:
        found: set[str] = set()
        for job in definitions.get_repository_def().get_all_jobs():
            found |= {pool for node in job.all_node_defs for pool in getattr(node, "pools", ())}
        return found

    assert pools(both[0]) == {"gorgias_api", "ivinex_api"}
    assert pools(both[1]) == {"gorgias_api/staging:shop1.gorgias.com", "ivinex_api/shop1.ivinex.com"}


def test_two_migrations_into_one_account_share_its_pool_and_others_wait_for_nobody():
    @dg.asset(pool="gorgias_api")
    def writes() -> None: ...

    @dg.asset(pool="ivinex_api")
    def reads() -> None: ...

    def pools(**values: str) -> list[str]:
        renamed = OwnNames(Settings(**(VALUES | values))).assets([writes, reads])
        return [str(one.op.pool) for one in renamed]

    first = pools()
    assert pools(migration="shop2", ivinex_base_url="https://shop2.ivinex.com")[0] == first[0]
    alone = pools(
        migration="shop3", gorgias_base_url="https://shop3.gorgias.com", ivinex_base_url="https://SHOP1.ivinex.com"
    )
    assert alone[1] == first[1]
    other = pools(
        migration="shop4", gorgias_base_url="https://shop4.gorgias.com", ivinex_base_url="https://shop4.ivinex.com"
    )
    assert {*other}.isdisjoint(first)


def test_a_check_speaks_of_the_asset_as_its_run_calls_it():
    class Run:
        selected_asset_keys = frozenset({dg.AssetKey(["shop1", "staging", "tickets"])})

    assert key_in_step(Run(), dg.AssetKey(["staging", "tickets"])).path[0] == "shop1"  # type: ignore[arg-type]
    assert key_in_step(Run(), dg.AssetKey(["staging", "users"])).path[0] == "staging"  # type: ignore[arg-type]


def test_a_run_of_another_shop_is_not_its_own():
    other = [dg.AssetKey(["shop2", "staging", "tickets"])]
    assert plain_name("shop1", "shop1_delta") == "delta"
    assert plain_name("shop1", "shop2_delta") == "shop2_delta"
    assert not is_own("shop1", "shop2_delta", None, {})
    assert is_own("shop1", "shop1_delta", None, {})
    assert not is_own("shop1", "shop1_old_delta", None, {MIGRATION_TAG: "shop1_old"})
    assert not is_own("shop1", "shop1_old_load", [dg.AssetKey(["shop1_old", "staging", "tickets"])], {})
    assert not is_own("shop1", "__ASSET_JOB", other, {})
    assert is_own("shop2", "__ASSET_JOB", other, {})
    assert is_own("", "anything", None, {})
