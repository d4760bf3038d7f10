"""The job replay_quarantine: another try for rows that were set aside, as `migrate quarantine replay`."""

import dagster as dg
from pydantic import Field

from migration_assets.orchestration import quarantine_replay
from migration_assets.orchestration.closed_gates import describe_gates
from migration_assets.orchestration.exit_codes import Exit
from migration_assets.orchestration.operator_jobs.at_work import AT_WORK, at_work
from migration_assets.orchestration.operator_jobs.operator_job import Work, by_field, operator_job
from migration_assets.orchestration.quarantine_replay import ReasonClass


class ReplayQuarantine(dg.Config):
    """Which rows, and who asks for it."""

    by: str = by_field("Who asks for it")
    object: str | None = Field(None, description="Only rows of this object, such as tickets. Left out: of all.")
    reason_class: ReasonClass | None = Field(None, description="Only rows of this class. Left out: of all.")
    ids: list[str] = Field(
        default_factory=list,
        description="Only these rows, by their source ids as the report and `migrate quarantine list` show them. Left "
        "out: all.",
    )
    send_refused: bool = Field(
        False,
        description="true: what Gorgias refused is sent once more, though it is the same. For when the account was "
        "repaired and not the record.",
    )


def replay_rows(work: Work, config: ReplayQuarantine) -> None:
    """Stages and loads again exactly the days of these rows, and the preparation where a row has no day."""
    with at_work(work) as migration:
        done = quarantine_replay.replay_quarantine(
            migration,
            work.settings,
            config.by,
            (config.object or "").strip(),
            config.reason_class.value if config.reason_class else "",
            config.send_refused,
            [one.strip() for one in config.ids],
        )
        numbers = {**done.as_data(), "closed_gates": len(migration.closed)}
        code = Exit.GATE_CLOSED if migration.closed else Exit.BALANCED
        work.end_with("\n".join(filter(None, (done.sentence(), describe_gates(migration.closed)))), numbers, code)


replay_quarantine = operator_job(
    "replay_quarantine",
    replay_rows,
    ReplayQuarantine,
    "Tries rows in quarantine again, after the map was changed and confirmed, or Ivinex repaired and read anew (rows "
    "for which neither changed are not tried): stages and loads exactly their days, and the preparation where a row "
    "has no day. The command: `migrate quarantine replay --by NAME`.",
    then="the job verify_range with everything: false, then report; or `migrate verify`",
    needs=AT_WORK,
)
