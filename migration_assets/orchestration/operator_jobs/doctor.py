"""The job doctor: what would keep a run from starting, looked at from where runs of the UI start."""

import dagster as dg

from migration_assets.orchestration.doctor import examine, failed
from migration_assets.orchestration.exit_codes import Exit
from migration_assets.orchestration.operator_jobs.operator_job import end_with, operator_job, told_plainly
from migration_assets.settings_resource import SettingsResource


class Doctor(dg.Config):
    """Nothing to say."""


@dg.op
def look_at_all(context: dg.OpExecutionContext, config: Doctor, settings: SettingsResource) -> None:
    """Looks at settings, versions, home, disk, databases and both servers; changes nothing."""
    with told_plainly():
        points = examine(settings.present())
        wrong = failed(points)
        for point in points:
            context.log.info(f"{point.name}: {point.state}: {point.said}")
        sentence = "; ".join(f"{point.name}: {point.said}" for point in wrong) or "A run can start."
        end_with(
            context, Exit.USAGE if wrong else Exit.BALANCED, sentence, {point.name: point.said for point in points}
        )


doctor = operator_job(
    "doctor",
    look_at_all,
    Doctor,
    "Says what is configured, reachable, writable and in step: settings, versions of Dagster's parts, schema of ledger "
    "and warehouse, both servers and their clocks, disk, ports, rights of the home. Changes nothing. The command: "
    "`migrate doctor`.",
    then="the job discover",
)
