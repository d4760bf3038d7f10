"""The job doctor: what would keep a run from starting, looked at from where runs of the UI start."""

from migration_assets.orchestration.doctor import examine, failed
from migration_assets.orchestration.exit_codes import Exit
from migration_assets.orchestration.operator_jobs.operator_job import NoFields, Work, operator_job


def look_at_all(work: Work, _: NoFields) -> None:
    """Looks at settings, versions, home, disk, databases and both servers; changes nothing."""
    points = examine(work.present_settings)
    wrong = failed(points)
    for point in points:
        work.say(f"{point.name}: {point.state}: {point.said}")
    sentence = "; ".join(f"{point.name}: {point.said}" for point in wrong) or "A run can start."
    numbers = {point.name: point.said for point in points}
    work.end_with(sentence, numbers, Exit.USAGE if wrong else Exit.BALANCED)


doctor = operator_job(
    "doctor",
    look_at_all,
    NoFields,
    "Says what is configured, reachable, writable and in step: settings, versions of Dagster's parts, schema of ledger "
    "and warehouse, both servers, their clocks and the credentials by one read of each, disk, ports, rights of the "
    "home. Changes nothing. The command: `migrate doctor`.",
    then="the job discover",
    needs=("settings",),
)
