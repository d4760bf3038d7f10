"""Erases people's data on this machine when the migration is over, and says what stays here and in Gorgias.

It belongs here: what goes, in which order, and when it may not. It does not: the ledger's columns
(resources/ledger/erasures.py), and anything in Gorgias: nothing is sent to it.
"""

import contextlib
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage

from migration_assets.gorgias.preflight.switching import describe_switched_off
from migration_assets.orchestration.decisions import DecisionRefused, given_reason
from migration_assets.orchestration.single_instance_lock import single_instance_lock
from migration_assets.orchestration.stale_runs import close_dead_runs, of_migration, unfinished_runs
from migration_assets.settings import Settings
from resources.ledger import Ledger
from resources.ledger.base import named
from resources.warehouse.erased import MARK, mark_erased

TOPIC: Final = "purge"
DATA: Final = (
    *("private", "files", "admin_exports", "dataset", "sandbox-state.json", "dagster-dev.log"),
    *("warehouse.duckdb", "warehouse.duckdb.wal", "warehouse.duckdb.tmp"),
)
"""In MIGRATION_HOME, and made for people's data, or written by a process that may have told of it."""
KEPT: Final = (
    *("ledger.sqlite", "handoff", "rollback", "mapping.yaml", "mapping.proposed.yaml", "dagster"),
    *("first_day.json", "demo.home", MARK),
)
"""Ids, hashes, counts, reasons, decisions; the folder of Dagster without its runs."""
GORGIAS: Final = (
    "Gorgias keeps what was migrated: that was the purpose. Its API can neither list nor delete uploaded files, and "
    "deletes neither its own logs nor its backups: ask Gorgias for those. A customer who asks to be erased is erased "
    "in Gorgias (Customers > the customer > Delete), as any other."
)


class RunsAlive(DecisionRefused):
    """Something still works on this migration; nothing was erased."""


@dataclass
class Purged:
    """What was erased, and what stays.

    Attributes:
        files: place in MIGRATION_HOME -> files that were erased there.
        columns: `table.column` of the ledger -> rows that held something.
        runs: runs of Dagster whose events were erased.
        stays: places that stay, and hold no value of people.
        unknown: in MIGRATION_HOME, and not made by the migration: somebody put it there, and should look at it.
        uploads: files in Gorgias that no API removes.
    """

    files: dict[str, int] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)
    runs: int = 0
    stays: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    uploads: int = 0

    def as_data(self) -> dict[str, Any]:
        return {
            "erased_files": self.files,
            "emptied_columns": self.columns,
            "erased_runs": self.runs,
            "stays": self.stays,
            "not_of_the_migration": self.unknown,
            "uploads_in_gorgias": self.uploads,
        }

    def sentences(self) -> list[str]:
        """For a person: what went, what stays, what is left to do."""
        places = ", ".join(f"{name} ({number} files)" for name, number in self.files.items()) or "nothing was there"
        rows = sum(self.columns.values())
        told = [
            f"Erased: {places}; {self.runs} runs of Dagster; {rows} details and values in the ledger.",
            f"Stays here, with ids, hashes, counts and the names of who decided: {', '.join(self.stays)}.",
            f"{self.uploads} files were uploaded to Gorgias. {GORGIAS}",
            "No command and no job reads or writes from this home any more; a new MIGRATION_HOME can.",
            "Not reached from here: backups and copies of this folder, and admin exports on the machine of whoever "
            "made them.",
        ]
        if self.unknown:
            told.append(
                f"Not made by the migration, and left: {', '.join(self.unknown)}. Look whether people are in it."
            )
        return told


@contextmanager
def alone(dagster_home: Path, instance: dg.DagsterInstance, migration: str = "") -> Iterator[None]:
    """For the command: no other command works, and no UI runs. Runs whose process is gone are closed.

    Raises:
        CommandRunning: one does; names it.
    """
    with ExitStack() as stack:
        for name in ("migrate", "ui"):
            stack.enter_context(single_instance_lock(dagster_home, "the command purge", name=name))
        close_dead_runs(instance, dagster_home, migration)
        yield


def purge(
    settings: Settings,
    dagster_home: Path,
    instance: dg.DagsterInstance,
    ledger: Ledger,
    by: str,
    reason: str,
    own_run: str = "",
    say: Callable[[str], None] = print,
) -> Purged:
    """Erase it. The caller holds the lock; a second call erases what a first one that was cut short left.

    Args:
        own_run: the run of the UI in which this happens, whose own events stay.

    Raises:
        NameMissing: nobody is named.
        DecisionRefused: no reason is given, or something is still switched off in Gorgias.
        RunsAlive: a run is not at its end, or another machine works on the account.
    """
    by = named(by)
    if still_off := describe_switched_off(ledger.switched_off.all()):
        raise DecisionRefused(f"{still_off} What restores it would be erased, so nothing was.")
    reason = given_reason(reason, "why people's data is to be erased now", "Nothing was erased")
    _refuse_while_alive(instance, ledger, own_run, settings.migration)
    ledger.decisions.decide(TOPIC, "begun", by, reason)
    mark_erased(settings.home / "warehouse.duckdb", f"{ledger.now():%Y-%m-%d %H:%M} UTC")
    purged = Purged(uploads=ledger.erasures.uploaded())
    for name in DATA:
        number = _erase(settings.home / name)
        if number:
            purged.files[name] = number
            say(f"{name}: {number} files erased")
    purged.runs = _erase_runs(instance, dagster_home, own_run, settings.migration)
    purged.columns = {name: number for name, number in ledger.erasures.erase_details().items() if number}
    ledger.decisions.decide(TOPIC, "erased", by, reason)
    purged.stays = [name for name in KEPT if (settings.home / name).exists()]
    purged.unknown = sorted(one.name for one in settings.home.iterdir() if not _is_ours(one.name))
    return purged


def _refuse_while_alive(instance: dg.DagsterInstance, ledger: Ledger, own_run: str, migration: str) -> None:
    alive = [run for run in unfinished_runs(instance) if run.run_id != own_run and of_migration(run, migration)]
    if alive:
        listed = ", ".join(f"{run.job_name} ({run.run_id})" for run in alive[:5])
        raise RunsAlive(
            f"{len(alive)} runs are not at their end: {listed}. Let them end, or end them on the page Runs of the UI, "
            "and start again: the job purge, or `migrate purge --by NAME --reason TEXT`. Nothing was erased."
        )
    lease = ledger.leases.current()
    if lease is not None and lease.expires_at > ledger.now():
        raise RunsAlive(
            f"{ledger.account} is being worked on by {lease.holder}. Let it end, or end it, and start again: the job "
            "purge, or `migrate purge --by NAME --reason TEXT`. Nothing was erased."
        )


def _erase(path: Path) -> int:
    """Remove it; returns how many files it held. A link is removed, and not what it points to."""
    if path.is_symlink() or path.is_file():
        path.unlink()
        return 1
    if not path.is_dir():
        return 0
    number = sum(1 for one in path.rglob("*") if not one.is_dir())
    shutil.rmtree(path)
    return number


def _erase_runs(instance: dg.DagsterInstance, dagster_home: Path, own_run: str, migration: str) -> int:
    """Runs with their events, results of checks, logs of steps and ticks; definitions and schedules' state stay."""
    gone = [run.run_id for run in instance.get_runs() if run.run_id != own_run and of_migration(run, migration)]
    for run_id in gone:
        instance.delete_run(run_id)
    instance.wipe_assets([key for key in instance.all_asset_keys() if not migration or key.path[0] == migration])
    for state in instance.all_instigator_state() if instance.schedule_storage else ():
        instance.purge_ticks(state.instigator_origin_id, state.selector_id, time.time() + 1)
    _erase_files(instance, dagster_home, gone, own_run)
    return len(gone)


def _erase_files(instance: dg.DagsterInstance, dagster_home: Path, runs: list[str], own_run: str) -> None:
    for folder in (dagster_home / "storage", dagster_home / "logs"):
        for one in folder.glob("*") if folder.is_dir() else ():
            if one.name != own_run:
                _erase(one)
    if isinstance(instance.event_log_storage, SqliteEventLogStorage):
        for run_id in runs:
            for path in (dagster_home / "history" / "runs").glob(f"{run_id}.db*"):
                path.unlink(missing_ok=True)
        for path in dagster_home.glob("**/*.db"):
            if path.stem != own_run:
                _forget(path)


def _forget(path: Path) -> None:
    """Give up the pages of deleted rows, also in the log beside the file; a webserver may read it meanwhile."""
    with (
        closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection,
        contextlib.suppress(sqlite3.OperationalError),
    ):
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _is_ours(name: str) -> bool:
    return name in (*DATA, *KEPT) or name.startswith("ledger.sqlite-") or name.endswith(".lock")
