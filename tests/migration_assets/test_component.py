"""A Dagster component holds one migration: built from its defs.yaml under its own names, and never two in a process."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster.components.testing import create_defs_folder_sandbox

from migration_assets import settings_source
from migration_assets.component import Migration
from migration_assets.migration_file import FIELDS, SECRET_FIELDS, migration_names, settings_of_migration
from migration_assets.settings import SettingsError
from migration_assets.settings_source import load_settings

VALUES: dict[str, Any] = {
    "target": "staging",
    "start_date": "2019-02-03",
    "ivinex_base_url": "https://shop1.ivinex.com",
    "gorgias_base_url": "https://shop1.gorgias.com",
    "gorgias_allowance": 60,
    "ivinex_mailboxes": ["Support@shop1.com", "sales@shop1.com"],
    "secrets": {"gorgias_api_key": "SHOP1_KEY"},
}
TYPE = "migration_assets.component.Migration"


@pytest.fixture(scope="module")
def own_process() -> Iterator[None]:
    """What a component settles for its process ends with this file."""
    with pytest.MonkeyPatch.context() as patched, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patched.setenv("MIGRATION", "")
        patched.setattr(settings_source, "_of_component", {})
        yield


@pytest.fixture(scope="module")
def shop(own_process: None) -> Iterator[dg.Definitions]:
    """As Dagster loads the folder `shop1` of a project."""
    with create_defs_folder_sandbox() as project:
        contents = {"type": TYPE, "attributes": VALUES}
        place = project.scaffold_component(component_cls=Migration, defs_path="shop1", defs_yaml_contents=contents)
        with project.load_component_and_build_defs(defs_path=place) as (_, definitions):
            yield definitions


def test_everything_of_a_component_begins_with_the_name_of_its_folder(shop: dg.Definitions):
    graph = shop.resolve_asset_graph()
    assert len(graph.get_all_asset_keys()) > 50
    assert {key.path[0] for key in graph.get_all_asset_keys()} == {"shop1"}
    assert all(str(graph.get(key).group_name).startswith("shop1_") for key in graph.get_all_asset_keys())
    repository = shop.get_repository_def()
    jobs = [job for job in repository.get_all_jobs() if not job.name.startswith("__")]
    assert {job.name for job in jobs} >= {"shop1_discover", "shop1_migrate_range", "shop1_load_days"}
    named = [*jobs, *repository.schedule_defs, *repository.sensor_defs]
    assert {one.name.split("_")[0] for one in named} == {"shop1"}
    pools = {pool for job in jobs for node in job.all_node_defs for pool in getattr(node, "pools", ())}
    assert pools == {"gorgias_api/staging:shop1.gorgias.com", "ivinex_api/shop1.ivinex.com"}
    dg.Definitions.validate_loadable(shop)


def test_what_runs_in_its_process_has_the_settings_of_the_component(shop: dg.Definitions):
    found = load_settings()
    assert (found.migration, found.account) == ("shop1", "staging:shop1.gorgias.com")
    assert found.ivinex_mailboxes == ("support@shop1.com", "sales@shop1.com")
    assert (found.gorgias_allowance, str(found.start_date)) == (60, "2019-02-03")


def test_a_second_migration_is_refused_in_the_same_process_and_told_where_it_belongs(shop: dg.Definitions):
    context = dg.ComponentTree.for_test().load_context
    with pytest.raises(SettingsError, match=r"in one code location, and each needs one of its own.*`migrate ui`"):
        settings_source.settle_for(load_settings().model_copy(update={"migration": "shop2"}))
    with pytest.raises(SettingsError, match=r"cannot be the name of a migration|in one code location"):
        Migration(VALUES).build_defs(context)


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
    found = settings_of_migration("shop1", tmp_path, {"SHOP1_KEY": "a key"})
    assert (found.account, found.gorgias_allowance) == ("staging:shop1.gorgias.com", 60)
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
