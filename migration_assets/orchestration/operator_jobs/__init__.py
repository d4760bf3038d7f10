"""Jobs of one op for what a person decides or asks for in the UI, each the same path as its `migrate` command.

It belongs here: the fields that the launchpad explains, and calling one plain function. It does not: that function
(orchestration/, mapping/), and the jobs of assets (jobs.py).
"""

import dagster as dg

from migration_assets.orchestration.operator_jobs.adopt_account import adopt_account
from migration_assets.orchestration.operator_jobs.backup_home import backup_home, restore_home
from migration_assets.orchestration.operator_jobs.capture_site import capture_site
from migration_assets.orchestration.operator_jobs.confirm_mapping import confirm_mapping
from migration_assets.orchestration.operator_jobs.decide_preflight import decide_preflight
from migration_assets.orchestration.operator_jobs.doctor import doctor
from migration_assets.orchestration.operator_jobs.export_since import export_since
from migration_assets.orchestration.operator_jobs.final_delta import final_delta
from migration_assets.orchestration.operator_jobs.forecast import forecast_load
from migration_assets.orchestration.operator_jobs.migrate_range import migrate_range
from migration_assets.orchestration.operator_jobs.override_gate import override_gate
from migration_assets.orchestration.operator_jobs.purge_data import purge
from migration_assets.orchestration.operator_jobs.replay_quarantine import replay_quarantine
from migration_assets.orchestration.operator_jobs.resolve_conflict import resolve_conflict
from migration_assets.orchestration.operator_jobs.restore_mapping import restore_mapping
from migration_assets.orchestration.operator_jobs.restore_preflight import restore_preflight
from migration_assets.orchestration.operator_jobs.rollback import plan_rollback, roll_back
from migration_assets.orchestration.operator_jobs.sample import approve_sample, migrate_sample
from migration_assets.orchestration.operator_jobs.sign_off import sign_off
from migration_assets.orchestration.operator_jobs.verify_evidence import verify_evidence
from migration_assets.orchestration.operator_jobs.verify_range import verify_range


def operator_jobs() -> list[dg.JobDefinition]:
    """In the order of a migration, then what is needed in between."""
    return [
        *(confirm_mapping, migrate_range, verify_range, final_delta),
        *(decide_preflight, restore_preflight, override_gate, resolve_conflict, replay_quarantine, purge),
        *(adopt_account, restore_mapping, plan_rollback, roll_back),
        *(forecast_load, migrate_sample, approve_sample),
        *(verify_evidence, export_since, sign_off, capture_site),
        *(doctor, backup_home, restore_home),
    ]
