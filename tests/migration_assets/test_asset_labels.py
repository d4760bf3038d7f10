"""What the UI's catalog shows of every asset: its owner, what it touches, its code, and when it is out of date."""

import inspect
from importlib import import_module
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleStatus

from migration_assets.asset_labels import PERSONAL_DATA, labelled, map_version
from migration_assets.build import STAGES, build_definitions
from migration_assets.gorgias.preflight.loading import loading
from migration_assets.mapping import mapping_file
from migration_assets.mapping.model import Mapping
from migration_assets.settings import Settings, SettingsError
from migration_assets.settings_source import load_settings

WORDS_AND_NAMES = {
    *("raw", "email", "username", "name", "subject", "body_text", "body_html", "channels", "old_value", "new_value"),
}
NO_PERSON = {"ivinex/saved_views", "ivinex/workflows", "staging/tags", "staging/teams"}
"""Their names are of definitions and groups."""


@pytest.fixture(scope="module")
def graph() -> Any:
    return build_definitions(load_settings()).resolve_asset_graph()


def _tagged(graph: Any, tag: str) -> set[str]:
    return {key.to_user_string() for key in graph.materializable_asset_keys if tag in graph.get(key).tags}


def test_the_assets_with_peoples_data_are_marked(graph):
    assert (
        _tagged(graph, "migrate/personal_data")
        == PERSONAL_DATA
        == {
            "gorgias/customer_changes",
            "gorgias/customers",
            "gorgias/files",
            "gorgias/ticket_changes",
            "gorgias/ticket_messages",
            "gorgias/tickets",
            "gorgias/users",
            "handoff/change_history_export",
            "handoff/organization_relations",
            "handoff/task_rebuild_scope",
            "handoff/team_membership",
            "handoff/unattached_activities",
            "handoff/undelivered_files",
            "ivinex/activities",
            "ivinex/activity_sweep",
            "ivinex/attachments",
            "ivinex/change_history",
            "ivinex/contacts",
            "ivinex/groups",
            "ivinex/organizations",
            "ivinex/tasks",
            "ivinex/ticket_sweep",
            "ivinex/tickets",
            "ivinex/unmapped_tabs",
            "ivinex/users",
            "reconciliation/comparison",
            "reconciliation/readback",
            "reconciliation/target_sweep",
            "staging/attachments",
            "staging/customers",
            "staging/messages",
            "staging/tickets",
            "staging/users",
        }
    )


def test_an_asset_whose_table_can_hold_a_name_or_somebodys_words_is_marked(graph):
    for key in graph.materializable_asset_keys:
        schema = graph.get(key).metadata.get("dagster/column_schema")
        columns = {column.name for column in schema.columns} if schema else set()
        if columns & WORDS_AND_NAMES and key.to_user_string() not in NO_PERSON:
            assert key.to_user_string() in PERSONAL_DATA, columns & WORDS_AND_NAMES


def _opens_the_writer(function: Any, seen: set[Any]) -> bool:
    """Whether the function calls `loading`, itself or in the functions of the stage that it names."""
    names = inspect.getclosurevars(inspect.unwrap(function))
    named = {value for value in (*names.nonlocals.values(), *names.globals.values()) if inspect.isfunction(value)}
    new = {one for one in named - seen if one.__module__.startswith("migration_assets.gorgias")}
    seen |= new
    return loading in named or any(_opens_the_writer(one, seen) for one in new)


def test_an_asset_is_marked_as_writing_where_it_opens_the_writer_and_nowhere_else(graph):
    assets = [one for stage in STAGES for one in import_module(f"migration_assets.{stage}.assets").__dict__.values()]
    writing = {
        one.key.to_user_string()
        for one in assets
        if isinstance(one, dg.AssetsDefinition)
        and len(one.keys) == 1
        and _opens_the_writer(one.op.compute_fn.decorated_fn, set())
    }
    assert _tagged(graph, "migrate/writes") == writing


def test_every_asset_has_an_owner_and_a_place_in_the_code(graph):
    for key in graph.materializable_asset_keys:
        node = graph.get(key)
        assert node.owners == ["team:migration"], key
        reference = node.metadata["dagster/code_references"].code_references[0]
        assert key.path[0] in Path(reference.file_path).parts, reference


def test_owners_are_those_of_the_setting(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MIGRATION_OWNERS", "ann@example.com, team:support desk,ann@example.com")
    graph = build_definitions(load_settings()).resolve_asset_graph()
    assert graph.get(dg.AssetKey(["gorgias", "tickets"])).owners == ["ann@example.com", "team:support desk"]


@pytest.mark.parametrize("owners", ["Ann", "team:", "ann@", "team:a,ann lee@example.com"])
def test_an_owner_that_dagster_would_refuse_is_told_by_the_name_of_the_setting(monkeypatch, owners):
    monkeypatch.setenv("MIGRATION_OWNERS", owners)
    with pytest.raises(SettingsError, match=r"MIGRATION_OWNERS cannot be used: .*e-mail addresses or team:<name>"):
        load_settings()


def test_only_the_unpartitioned_read_back_grows_stale_by_its_age(graph):
    aged = {key.to_user_string() for key in graph.materializable_asset_keys if graph.get(key).freshness_policy}
    assert aged == {"reconciliation/target_sweep"}


def test_a_map_that_is_missing_or_broken_gives_no_version_and_keeps_nothing_from_loading(tmp_path: Path, monkeypatch):
    assert map_version(tmp_path) is None
    for broken in (b"roles: [", b"\xff\xfe", b"", b"fields: {ticket: 7}"):
        (tmp_path / "mapping.yaml").write_bytes(broken)
        assert map_version(tmp_path) is None
    (tmp_path / "mapping.yaml").unlink()
    (tmp_path / "mapping.yaml").mkdir()
    assert map_version(tmp_path) is None
    monkeypatch.setenv("MIGRATION_HOME", str(tmp_path))
    dg.Definitions.validate_loadable(build_definitions(load_settings()))


def test_a_new_map_makes_the_staged_days_stale_and_the_day_staged_with_it_is_not(tmp_path: Path):
    days = dg.DailyPartitionsDefinition("2026-03-01", end_date="2026-03-04", timezone="UTC")

    @dg.asset(key_prefix="staging", group_name="staging", partitions_def=days)
    def tickets() -> None: ...

    @dg.asset(key_prefix="ivinex", group_name="ivinex")
    def tabs() -> None: ...

    def with_map(zone: str) -> list[dg.AssetsDefinition]:
        mapping_file.save(tmp_path / "mapping.yaml", Mapping(time_zone=zone, roles={"ticket": ["10101"]}))
        return list(labelled([tickets, tabs], Settings(home=tmp_path)))

    first = with_map("UTC")
    with dg.DagsterInstance.ephemeral() as instance:
        dg.materialize([first[1]], instance=instance)
        for day in ("2026-03-01", "2026-03-02"):
            dg.materialize([first[0]], partition_key=day, instance=instance)
        second = with_map("Europe/Berlin")
        dg.materialize([second[0]], partition_key="2026-03-02", instance=instance)
        graph = dg.Definitions(assets=second).resolve_asset_graph()
        resolver = CachingStaleStatusResolver(instance, graph, _loading(instance))

        def state(key: dg.AssetKey, day: str | None) -> StaleStatus:
            return resolver.get_status(key, day)

        assert state(tickets.key, "2026-03-01") is StaleStatus.STALE
        assert [cause.reason for cause in resolver.get_stale_causes(tickets.key, "2026-03-01")] == [
            "has a new code version"
        ]
        assert state(tickets.key, "2026-03-02") is StaleStatus.FRESH
        assert state(tickets.key, "2026-03-03") is StaleStatus.MISSING
        assert state(tabs.key, None) is StaleStatus.FRESH


def _loading(instance: dg.DagsterInstance) -> object:
    from dagster._core.loader import LoadingContextForTest

    return LoadingContextForTest(instance)
