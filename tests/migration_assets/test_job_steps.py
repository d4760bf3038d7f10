"""Every job says which step of a migration it is, and what comes next, for who works in the UI."""

from pathlib import Path

import dagster as dg
import pytest

from migration_assets.build import build_definitions
from migration_assets.job_steps import STEP_TAG, TOOL
from migration_assets.settings_source import load_settings

STEPS = {
    "discover": "1 of 11",
    "confirm_mapping": "2 of 11",
    "prepare": "3 of 11",
    **dict.fromkeys(("migrate_range", "migrate_day", "stage_days", "load_days"), "4 of 11"),
    "second_pass": "5 of 11",
    "verify": "6 of 11",
    "verify_days": "7 of 11",
    "verify_range": "5 to 7 of 11",
    "report": "8 of 11",
    "handoff": "9 of 11",
    **dict.fromkeys(("delta", "find_changes"), "10 of 11"),
    "final_delta": "11 of 11",
    **dict.fromkeys(
        ("decide_preflight", "restore_preflight", "override_gate", "resolve_conflict", "replay_quarantine", "purge"),
        TOOL,
    ),
    **dict.fromkeys(("adopt_account", "restore_mapping", "plan_rollback", "roll_back", "doctor"), TOOL),
    **dict.fromkeys(("forecast_load", "migrate_sample", "approve_sample"), TOOL),
    **dict.fromkeys(("verify_evidence", "export_since", "sign_off", "capture_site"), TOOL),
    **dict.fromkeys(("backup_home", "restore_home"), TOOL),
}


@pytest.fixture(scope="module")
def jobs() -> dict[str, dg.JobDefinition]:
    every = build_definitions(load_settings()).get_repository_def().get_all_jobs()
    return {job.name: job for job in every if not job.name.startswith("__")}


def test_a_job_s_tag_and_description_begin_with_its_step_and_its_description_ends_with_the_next(
    jobs: dict[str, dg.JobDefinition],
):
    assert {name: job.tags[STEP_TAG] for name, job in jobs.items()} == STEPS
    for name, job in jobs.items():
        step = STEPS[name]
        begin = "Tool. " if step == TOOL else f"Step{'s' if ' to ' in step else ''} {step}. "
        assert (job.description or "").startswith(begin), name
        text, next_, following = (job.description or "").rpartition(" Next: ")
        assert next_, name
        assert text.endswith("."), name
        assert following.endswith("."), name


def test_the_runs_of_a_job_carry_its_step(jobs: dict[str, dg.JobDefinition]):
    assert jobs["migrate_day"].run_tags[STEP_TAG] == jobs["migrate_range"].run_tags[STEP_TAG] == "4 of 11"


def test_every_field_of_a_job_explains_itself_in_the_launchpad(jobs: dict[str, dg.JobDefinition]):
    explained = {}
    for name, job in jobs.items():
        if job.config_mapping is not None:
            fields = job.run_config_schema.config_type.fields  # type: ignore[attr-defined]
            explained[name] = {field: bool(of.description) for field, of in fields.items()}
    assert set(explained) == {
        *("confirm_mapping", "migrate_range", "verify_range", "final_delta"),
        *("decide_preflight", "override_gate", "restore_preflight", "resolve_conflict", "replay_quarantine", "purge"),
        *("adopt_account", "restore_mapping", "plan_rollback", "roll_back", "doctor"),
        *("forecast_load", "migrate_sample", "approve_sample"),
        *("verify_evidence", "export_since", "sign_off", "capture_site"),
        *("backup_home", "restore_home"),
    }
    assert all(described for fields in explained.values() for described in fields.values()), explained


def test_the_page_of_the_ui_names_every_job_and_every_field(jobs: dict[str, dg.JobDefinition]):
    page = (Path(__file__).parents[2] / "docs" / "ui.md").read_text("utf-8")
    rows = {
        line.split("`")[1]: line for line in page.partition("## All jobs")[2].splitlines() if line.startswith("| `")
    }
    for name, job in jobs.items():
        assert f"`{name}`" in page, name
        if job.config_mapping is not None:
            for field in job.run_config_schema.config_type.fields:  # type: ignore[attr-defined]
                assert f"`{field}`" in rows[name], (name, field)
