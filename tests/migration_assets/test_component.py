"""Dagster components hold migrations: each built from its defs.yaml under its own names, several in one process."""

import warnings
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import dagster as dg
import pytest
import yaml
from dagster._grpc.impl import get_external_schedule_execution, get_external_sensor_execution
from dagster.components.testing import create_defs_folder_sandbox

from migration_assets import process_migrations
from migration_assets.build import STAGES
from migration_assets.component import Migration
from migration_assets.migration_file import FIELDS, SECRET_FIELDS, migration_names, settings_of_migration
from migration_assets.process_migrations import meant
from migration_assets.settings import SettingsError
from migration_assets.settings_source import load_settings

VALUES: dict[str, Any] = {
    "target": "staging",
    "start_date": "2019-02-03",
    "ivinex_base_url": "https://north.ivinex.com",
    "gorgias_base_url": "https://north.gorgias.com",
    "gorgias_allowance": 60,
    "ivinex_mailboxes": ["Support@shop1.com", "sales@shop1.com"],
    "secrets": {"gorgias_api_key": "NORTH_KEY"},
}
OTHER = VALUES | {
    "start_date": "2021-06-07",
    "ivinex_base_url": "https://south.ivinex.com",
    "gorgias_base_url": "https://south.gorgias.com",
    "gorgias_allowance": 80,
}
FIRST = {"north": "2019-02-03", "south": "2021-06-07"}
TYPE = "migration_assets.component.Migration"


@pytest.fixture(scope="module")
def own_process() -> Iterator[None]:
    """What components settle for their process ends with this file."""
    # Imported here, assets have the days of this process and not of a shop: other files of tests use them, too.
    for stage in STAGES:
        import_module(f"migration_assets.{stage}.assets")
    with pytest.MonkeyPatch.context() as patched, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patched.setattr(process_migrations, "_settled", {})
        yield


@pytest.fixture(scope="module")
def shops(own_process: None) -> Iterator[dg.Definitions]:
    """As Dagster loads a project with the folders `north` and `south`."""
    with create_defs_folder_sandbox() as project:
        for name, values in (("north", VALUES), ("south", OTHER)):
            contents = {"type": TYPE, "attributes": values}
            project.scaffold_component(component_cls=Migration, defs_path=name, defs_yaml_contents=contents)
        with project.build_all_defs() as definitions:
            yield definitions


def test_everything_of_a_component_begins_with_the_name_of_its_folder(shops: dg.Definitions):
    dg.Definitions.validate_loadable(shops)
    graph, repository = shops.resolve_asset_graph(), shops.get_repository_def()
    jobs = [job for job in repository.get_all_jobs() if not job.name.startswith("__")]
    for name in FIRST:
        keys = [key for key in graph.get_all_asset_keys() if key.path[0] == name]
        assert len(keys) > 50
        assert all(str(graph.get(key).group_name).startswith(f"{name}_") for key in keys)
        assert all(parent.path[0] == name for key in keys for parent in graph.get(key).parent_keys)
        own = [job for job in jobs if job.name.startswith(f"{name}_")]
        assert {job.name for job in own} >= {f"{name}_discover", f"{name}_migrate_range", f"{name}_load_days"}
        pools = {pool for job in own for node in job.all_node_defs for pool in getattr(node, "pools", ())}
        assert pools == {f"gorgias_api/staging:{name}.gorgias.com", f"ivinex_api/{name}.ivinex.com"}
    assert len(graph.get_all_asset_keys()) == 2 * len(keys)
    named = [*jobs, *repository.schedule_defs, *repository.sensor_defs]
    assert {one.name.split("_")[0] for one in named} == {*FIRST}
    assert len(named) == 2 * len([one for one in named if one.name.startswith("north_")])


def test_each_has_its_own_days_in_assets_checks_and_jobs(shops: dg.Definitions):
    graph, repository = shops.resolve_asset_graph(), shops.get_repository_def()
    for name, first in FIRST.items():
        nodes = [graph.get(key) for key in graph.get_all_asset_keys() if key.path[0] == name]
        days = [node.partitions_def for node in nodes if node.partitions_def is not None]
        checks = [check for node in nodes for check in node.assets_def.check_specs]
        days += [check.partitions_def for check in checks if check.partitions_def is not None]
        days.append(repository.get_job(f"{name}_migrate_day").partitions_def)
        assert {one.get_first_partition_key() for one in days} == {first}
        assert len(days) > 20
        daily = {node.key for node in nodes if node.partitions_def is not None}
        assert {check.asset_key in daily for check in checks if check.partitions_def is not None} == {True}


def test_what_is_meant_has_the_settings_of_its_component_and_nothing_is_guessed(shops: dg.Definitions):
    with meant("north"):
        found = load_settings()
    assert (found.migration, found.account) == ("north", "staging:north.gorgias.com")
    assert found.ivinex_mailboxes == ("support@shop1.com", "sales@shop1.com")
    assert (found.gorgias_allowance, str(found.start_date)) == (60, "2019-02-03")
    with meant("south"):
        assert (load_settings().account, load_settings().gorgias_allowance) == ("staging:south.gorgias.com", 80)
    with pytest.raises(SettingsError, match=r"holds north and south, and nothing says .* `migrate --migration NAME"):
        load_settings()


def test_sensors_and_schedules_of_each_open_its_own_ledger(shops: dg.Definitions):
    repository, asked, origin = shops.get_repository_def(), [], cast(Any, None)
    for name in FIRST:
        with meant(name):
            ledger = load_settings().home / "ledger.sqlite"
        assert not ledger.exists()
        told: Any = get_external_sensor_execution(
            repository, origin, None, f"{name}_changed_days", None, None, None, None, None
        )
        assert told.skip_message == "The change list names no day."
        assert ledger.exists()
        asked.append(ledger)
        ledger.unlink()
        told = get_external_schedule_execution(repository, None, f"{name}_hypercare", 1.0, "UTC", None)
        assert "no final delta yet" in told.skip_message
        assert ledger.exists()
    assert len({*asked}) == len(FIRST)


def test_two_of_the_same_name_or_of_the_same_home_are_refused_and_told_which(shops: dg.Definitions):
    with meant("north"):
        first = load_settings()
    other = first.model_copy(update={"home": Path("/elsewhere")}).reported_from("/project/eu/north/defs.yaml", {})
    with pytest.raises(
        SettingsError, match=r"/north/defs.yaml and /project/eu/north/defs.yaml are both called north.*rename one"
    ):
        process_migrations.settle(other)
    with pytest.raises(SettingsError, match=r"north and third have the same home, .*give each a folder of its own"):
        process_migrations.settle(first.model_copy(update={"migration": "third"}))
    process_migrations.settle(first)
    assert process_migrations.settled_names() == ["north", "south"]


def test_every_step_asks_for_a_resource_that_says_whose_run_it_is(shops: dg.Definitions):
    steps = [node for job in shops.get_repository_def().get_all_jobs() for node in job.all_node_defs]
    asked = {node.name: set(getattr(node, "required_resource_keys", ())) - {"io_manager"} for node in steps}
    assert len(asked) > 150
    assert [name for name, resources in asked.items() if not resources] == []


def test_every_setting_is_an_attribute_and_a_mistake_is_named(own_process: None, tmp_path: Path):
    schema = Migration.model().model_json_schema()
    assert set(schema["properties"]) == {*FIELDS} - SECRET_FIELDS | {"secrets"}
    assert schema["additionalProperties"] is False
    with pytest.raises(Exception, match="stagng"):
        Migration.resolve_from_yaml(yaml.safe_dump(VALUES | {"target": "stagng"}))


def test_the_command_reads_the_file_of_a_component_as_its_own(tmp_path: Path):
    place = tmp_path / "migrations" / "shop1"
    place.mkdir(parents=True)
    (place / "defs.yaml").write_text(yaml.safe_dump({"type": TYPE, "attributes": VALUES}))
    assert migration_names(tmp_path) == ["shop1"]
    found = settings_of_migration("shop1", tmp_path, {"NORTH_KEY": "a key"})
    assert (found.account, found.gorgias_allowance) == ("staging:north.gorgias.com", 60)
    assert found.home == tmp_path / ".migration" / "shop1"
    (place / "defs.yaml").write_text(f"attributes:\n  target: staging\ntype: {TYPE}s\n")
    with pytest.raises(SettingsError, match=f"line 3: write `type: {TYPE}`"):
        settings_of_migration("shop1", tmp_path)
    (place / "defs.yaml").write_text(f"type: {TYPE}\nattributes:\n  target: staging\n  colour: red\n")
    with pytest.raises(SettingsError, match="line 4: colour is no setting"):
        settings_of_migration("shop1", tmp_path)
    (tmp_path / "migrations" / "shop1.yaml").write_text("target: staging\n")
    with pytest.raises(SettingsError, match="shop1 has two files"):
        settings_of_migration("shop1", tmp_path)
    assert migration_names(tmp_path) == ["shop1"]
