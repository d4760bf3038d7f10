"""The code location: it loads with nothing set, and holds the assets, checks and jobs that the documents name."""

import os
import re
import warnings

import dagster as dg
import pytest

from migration_assets.build import build_definitions
from migration_assets.settings_source import load_settings

DAILY = {
    *("ivinex/tickets", "ivinex/activities", "ivinex/attachments"),
    *("staging/tickets", "staging/messages", "staging/attachments"),
    *("gorgias/files", "gorgias/tickets", "gorgias/ticket_messages", "gorgias/ticket_changes"),
    *("reconciliation/readback", "reconciliation/comparison"),
}
ASSETS = DAILY | {
    *("ivinex/tabs", "ivinex/fields", "ivinex/users", "ivinex/organizations", "ivinex/contacts"),
    *("ivinex/ticket_sweep", "ivinex/activity_sweep", "ivinex/tasks", "ivinex/groups"),
    *("mapping/proposal", "mapping/confirmed"),
    *("staging/users", "staging/teams", "staging/custom_fields", "staging/tags", "staging/customers"),
    *("ivinex/workflows", "ivinex/saved_views", "ivinex/change_history"),
    *("handoff/schema_inventory", "handoff/team_membership", "handoff/workflow_inventory", "handoff/saved_views_guide"),
    *("handoff/change_history_export", "handoff/organization_relations", "handoff/unattached_activities"),
    *("handoff/record_links", "handoff/unmapped_tabs", "ivinex/unmapped_tabs"),
    *("handoff/task_rebuild_scope", "handoff/user_actions", "handoff/loss_ledger", "handoff/undelivered_files"),
    "handoff/evidence_pack",
    *("reconciliation/target_sweep", "reconciliation/second_pass", "reconciliation/report"),
    "gorgias/account_before",
    *("gorgias/preflight", "gorgias/canary", "gorgias/users", "gorgias/teams", "gorgias/custom_fields", "gorgias/tags"),
    *("gorgias/customers", "gorgias/customer_changes", "reconciliation/change_list"),
    "reconciliation/forecast",
}
PHASES = {
    *("discover", "prepare", "stage_days", "load_days", "find_changes", "report", "handoff"),
    *("second_pass", "verify", "verify_days"),
}
OPERATOR_JOBS = {
    *("confirm_mapping", "migrate_range", "verify_range", "final_delta"),
    *("decide_preflight", "restore_preflight", "override_gate", "resolve_conflict", "replay_quarantine", "purge"),
    *("adopt_account", "restore_mapping", "plan_rollback", "roll_back", "verify_evidence", "export_since", "sign_off"),
    *("migrate_sample", "approve_sample", "forecast_load", "doctor", "capture_site"),
    *("backup_home", "restore_home"),
}
JOBS = PHASES | {"migrate_day", "delta"} | OPERATOR_JOBS
CHECKS = {
    **{f"staging/{name}": {"schema", "balance"} for name in ("users", "teams", "customers", "attachments")},
    **{f"staging/{name}": {"schema", "balance", "content_kept"} for name in ("tickets", "messages")},
    **{f"staging/{name}": {"schema"} for name in ("custom_fields", "tags")},
    **{f"gorgias/{name}": {"balance"} for name in ("users", "teams", "custom_fields", "tags", "customers", "tickets")},
    "gorgias/preflight": {"decided"},
    "gorgias/ticket_changes": {"messages_balance", "files_balance", "conflicts"},
    "reconciliation/comparison": {"tickets_compared", "messages_compared", "files_compared", "links", "no_mail"},
    "reconciliation/target_sweep": {
        *("users_compared", "teams_compared", "custom_fields_compared", "tags_compared", "customers_compared"),
        "tickets_known",
    },
    "reconciliation/second_pass": {"nothing_to_write"},
}
"""The contract: an asset's own step says these things of it."""


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in os.environ:
            if name.startswith(("MIGRATION_", "IVINEX_", "GORGIAS_", "DAGSTER_", "LEDGER_")):
                patch.delenv(name)
        made = build_definitions(load_settings())
        dg.Definitions.validate_loadable(made)
        return made


@pytest.fixture(scope="module")
def graph(definitions: dg.Definitions) -> object:
    return definitions.resolve_asset_graph()


def _names(keys: object) -> set[str]:
    return {key.to_user_string() for key in keys}


def test_every_asset_that_the_design_names_is_there(graph):
    assert _names(graph.materializable_asset_keys) >= ASSETS


def test_every_asset_has_a_description_a_group_and_a_kind(graph):
    for key in graph.materializable_asset_keys:
        node = graph.get(key)
        assert node.description, key
        assert node.group_name == key.path[0], key
        assert node.kinds, key


def test_an_asset_that_reads_or_decides_says_with_a_check_what_a_person_should_know(graph):
    silent = {key for key in graph.materializable_asset_keys if key.path[0] in {"ivinex", "mapping"}}
    silent |= {dg.AssetKey(["gorgias", name]) for name in ("canary", "customer_changes")}
    for check in graph.asset_check_keys:
        silent.discard(check.asset_key)
        assert graph.get(check).description.endswith("."), check
    assert _names(silent) == set()


def test_no_description_holds_markup_that_the_ui_would_swallow(definitions: dg.Definitions, graph):
    texts = {}
    for key in graph.materializable_asset_keys:
        name, columns = key.to_user_string(), graph.get(key).metadata.get("dagster/column_schema")
        texts[name] = graph.get(key).description
        texts |= {f"{name}.{column.name}": column.description for column in (columns.columns if columns else ())}
    texts |= {str(key): graph.get(key).description for key in graph.asset_check_keys}
    repository = definitions.get_repository_def()
    jobs = [definitions.resolve_job_def(job.name) for job in definitions.jobs or []]
    named = (*repository.schedule_defs, *repository.sensor_defs, *jobs)
    texts |= {one.name: one.description for one in named}
    for name, resource in (definitions.resources or {}).items():
        texts[name] = resource.description
    # Markdown: a tag outside of backticks is taken for HTML and not shown.
    swallowed = {name for name, text in texts.items() if re.search("<[^>]+>", re.sub("`[^`]*`", "", text or ""))}
    assert swallowed == set()
    assert len(texts) > 400


def test_the_daily_assets_and_no_others_are_partitioned_by_the_created_day(graph):
    partitioned = {key for key in graph.materializable_asset_keys if graph.get(key).is_partitioned}
    assert _names(partitioned) & ASSETS == DAILY


def test_a_check_has_the_partitions_of_its_asset(graph):
    # Dagster accepts another partitioning silently (dagster.md 2.1).
    for key in graph.asset_check_keys:
        assert graph.get(key).partitions_def == graph.get(key.asset_key).partitions_def, key


def test_every_staged_table_has_a_blocking_schema_check(graph):
    checked = {key.asset_key for key in graph.asset_check_keys if key.name == "schema" and graph.get(key).blocking}
    staged = {key for key in graph.materializable_asset_keys if key.path[0] == "staging"}
    assert staged == checked


def test_a_check_belongs_to_the_step_that_makes_its_evidence(definitions: dg.Definitions, graph):
    # The UI sends "all checks on these assets", and never a check of an asset that is not in the job (dagster.md 2.11).
    assert not list(definitions.asset_checks or ())
    with_own = {spec.key for one in definitions.assets or () for spec in getattr(one, "check_specs", ())}
    assert with_own == set(graph.asset_check_keys)


def test_what_a_load_can_say_and_what_only_a_read_back_can_say_are_on_different_assets(graph):
    found: dict[str, set[str]] = {}
    for key in graph.asset_check_keys:
        found.setdefault(key.asset_key.to_user_string(), set()).add(key.name)
    assert found.items() >= CHECKS.items()
    for key in graph.asset_check_keys:
        if key.asset_key.path[0] in {"gorgias", "reconciliation"} and key.name != "books_balance":
            assert not graph.get(key).blocking, key


def test_an_asset_of_the_gorgias_room_takes_the_pool_of_its_api(graph):
    for key in graph.materializable_asset_keys:
        if key.path[0] == "gorgias":
            assert graph.get(key).pools == {"gorgias_api"}, key


def test_there_is_a_job_for_each_phase_with_a_description(definitions: dg.Definitions):
    assert {job.name for job in definitions.jobs or []} == JOBS
    for name in JOBS:
        job = definitions.resolve_job_def(name)
        assert job.description
        assert job.tags["migrate/step"], name


def test_the_jobs_cover_every_asset_once(definitions: dg.Definitions, graph):
    phases = [definitions.resolve_job_def(name) for name in sorted(PHASES)]
    selected = [key for job in phases for key in job.asset_layer.selected_asset_keys]
    assert sorted(selected) == sorted(graph.materializable_asset_keys)


def test_days_are_partitioned_jobs_that_a_backfill_can_take(definitions: dg.Definitions):
    for name in ("stage_days", "load_days", "migrate_day", "verify_days"):
        assert definitions.resolve_job_def(name).partitions_def is not None


def test_sensors_and_schedules_are_shipped_stopped_but_for_the_one_that_cleans_up_and_nothing_starts_a_run_by_itself(
    definitions: dg.Definitions, graph
):
    repository = definitions.get_repository_def()
    assert {one.name for one in repository.schedule_defs} == {"nightly_delta", "hypercare"}
    assert {one.name for one in repository.sensor_defs} == {"changed_days", "failed_runs", "dead_runs"}
    started = {
        one for one in (*repository.schedule_defs, *repository.sensor_defs) if one.default_status.value == "RUNNING"
    }
    assert {(one.name, *one.targets) for one in started} == {("dead_runs",)}
    assert not any(graph.get(key).automation_condition for key in graph.materializable_asset_keys)


def test_no_secret_is_in_the_definitions(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GORGIAS_API_KEY", "s3cret-key")
    monkeypatch.setenv("IVINEX_PASSWORD", "s3cret-word")
    monkeypatch.setenv("LEDGER_URL", "postgresql://u:s3cret-db@h/d")
    monkeypatch.setenv("MIGRATION_FAILURE_WEBHOOK", "https://hooks.example.com/s3cret-path")
    assert "s3cret" not in repr(build_definitions(load_settings()).resources)
