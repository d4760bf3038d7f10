"""What a command and a job of the UI share when they run jobs: the lock, runs that were left behind, the runner.

It belongs here: one migration at work in one DAGSTER_HOME. It does not: where settings, stores and definitions come
from, and how progress is shown (cli/session.py, operator_jobs/at_work.py).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from migration_assets.gorgias.preflight.loading import loads_at_work
from migration_assets.gorgias.preflight.switching import describe_switched_off, restore_if_possible
from migration_assets.orchestration.backup import keep_after_ranges
from migration_assets.orchestration.cancel_watch import cancel_watch
from migration_assets.orchestration.deciding_settings import deciding_settings
from migration_assets.orchestration.doctor import require_startable
from migration_assets.orchestration.failed_runs import failures_noted
from migration_assets.orchestration.files_ahead import FilesAhead
from migration_assets.orchestration.home_id import home_id
from migration_assets.orchestration.migration import Migration
from migration_assets.orchestration.reading_reuse import reading_settings
from migration_assets.orchestration.runs import Runner
from migration_assets.orchestration.schema_look import schema_changes
from migration_assets.orchestration.single_instance_lock import single_instance_lock
from migration_assets.orchestration.stale_runs import close_dead_runs
from migration_assets.orchestration.start_check import looked_at
from migration_assets.run_resources import ivinex_of
from migration_assets.settings import Settings
from resources.gorgias.resource import GorgiasResource
from resources.gorgias.writer.lease_keeper import held_for_command
from resources.ledger import Ledger
from resources.warehouse import Warehouse


@contextmanager
def migration_session(
    dagster_home: Path,
    holder: str,
    runner: Runner,
    ledger: Ledger,
    warehouse: Warehouse,
    settings: Settings,
    say: Callable[[str], None],
    gorgias: GorgiasResource,
) -> Iterator[Migration]:
    """A migration that nobody else works on meanwhile, in this home or in another one with the same ledger.

    Runs that a killed command left open are closed first, and their pool slots freed; what it left switched off in
    Gorgias is restored before anything else is done there, and so is what this one switches off when it ends.

    Args:
        holder: what others are told that find the lock held.
        gorgias: the account, for restoring.
        say: told what happens, line by line.

    Raises:
        CommandRunning: another command, or a job that runs others, works in this DAGSTER_HOME.
        LeaseHeld: another runner works on the account.
        WarehouseErased: this home was purged.
        NotStartable: a run would fail in the middle: no room on the disk, parts of Dagster that do not fit together.
    """
    warehouse.require_not_erased()
    for point in require_startable(settings, opened=True):
        say(f"{point.name}: {point.said}")
    looked_at(settings)
    with single_instance_lock(dagster_home, holder):
        for run in close_dead_runs(runner.instance, dagster_home, settings.migration):
            say(f"Closed run {run.run_id} ({run.job_name}): its process is gone.")
        # The lock proves that whoever held the account's lease from this home is gone.
        proof = f"[home {home_id(dagster_home)}]"
        with held_for_command(ledger, holder, settings.gorgias_lease_seconds, proof) as keeper:
            runner.home, runner.still_ours = dagster_home, keeper.check

            def restore() -> None:
                # A load of the UI that runs beside keeps it off, and restores when it ends.
                beside = loads_at_work(runner.instance)
                said = (
                    describe_switched_off(ledger.switched_off.all()) if beside else restore_if_possible(gorgias, ledger)
                )
                if said:
                    say(said)

            restore()
            try:
                with cancel_watch(runner), failures_noted(ledger):
                    yield Migration(
                        runner,
                        warehouse,
                        ledger,
                        settings.home,
                        say,
                        restore=restore,
                        keep=keep_after_ranges(settings, ledger, warehouse, say),
                        zone=settings.ivinex_timezone,
                        order=settings.load_order,
                        max_age=settings.sweep_max_age,
                        reads=reading_settings(settings),
                        files=FilesAhead(settings, warehouse, lambda: ivinex_of(settings), say),
                        decides=deciding_settings(settings),
                        reader=lambda: gorgias.reader,
                        schema_changes=lambda: schema_changes(settings, ledger, say),
                    )
            finally:
                restore()
                gorgias.close()
