"""The job restore_preflight: what a load switched off in Gorgias, on again, as `migrate preflight restore`."""

import dagster as dg

from migration_assets.gorgias.preflight.switching import describe_switched_off, restore_account
from migration_assets.orchestration.operator_jobs.operator_job import Work, by_field, operator_job


class RestorePreflight(dg.Config):
    """Who restores."""

    by: str = by_field("Who restores it")


def restore_switched_off(work: Work, config: RestorePreflight) -> None:
    """Restores what is off; a load that is at work keeps it off, and refuses."""
    back = restore_account(work.gorgias, work.ledger, work.context.run_id)
    left = work.ledger.switched_off.all()
    work.context.add_output_metadata({"restored": len(back), "still_off": len(left)})
    if left:
        raise dg.Failure(describe_switched_off(left), metadata={"exit_code": 1}, allow_retries=False)
    work.say(f"Restored: {', '.join(back)}." if back else "Nothing was switched off.")


restore_preflight = operator_job(
    "restore_preflight",
    restore_switched_off,
    RestorePreflight,
    "Restores in Gorgias what a load switched off (surveys, rules, integrations), as it was. Every load does so when "
    "it ends, and the next command after a crash; this does it alone. The command: `migrate preflight restore`.",
    then="a look at the asset gorgias/preflight, or `migrate preflight show`",
    needs=("ledger", "gorgias"),
)
