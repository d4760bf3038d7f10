"""Which migrations a process holds, and for which of them it works: one code location may hold several components.

A run works for one of them. Its process is told by the run's own assets, tags and job, for every thread of it, until
the run ends; a second run of another migration beside it is refused, for nothing would keep the two apart. Sensors and
schedules of several are evaluated side by side in a code server, each on a thread that knows whose it is. Where nothing
says whose work it is, nothing is guessed.

It belongs here: whose turn it is. It does not: what the settings are (settings_source.py).
"""

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from migration_assets.own_names import MIGRATION_TAG
from migration_assets.settings import Settings, SettingsError

_settled: dict[str, Settings] = {}
_meant: ContextVar[str] = ContextVar("_meant", default="")


class Run(Protocol):
    """What of a run of Dagster says whose it is."""

    @property
    def job_name(self) -> str: ...

    @property
    def asset_selection(self) -> Any: ...

    @property
    def asset_check_selection(self) -> Any: ...

    @property
    def tags(self) -> Mapping[str, str]: ...


class _Process:
    """The migration of the runs of this process, and how many resources of theirs there are."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.migration, self.holders = "", 0


_process = _Process()


def settle(settings: Settings) -> None:
    """Hold these settings in this process, as a Dagster component does (component.py).

    Raises:
        SettingsError: another component has the same name, or the same home.
    """
    for name, other in _settled.items():
        if name == settings.migration and other.stands_in != settings.stands_in:
            raise SettingsError(
                f"{other.stands_in} and {settings.stands_in} are both called {name}, and all names in Dagster begin "
                "with that: rename one of the two folders."
            )
        if name != settings.migration and other.home == settings.home:
            raise SettingsError(
                f"{name} and {settings.migration} have the same home, {settings.home}: give each a folder of its own "
                f"(`home:` in {settings.stands_in})."
            )
    _settled[settings.migration] = settings


def settled(name: str) -> Settings | None:
    """What a component said of this migration; None where none did."""
    return _settled.get(name)


def settled_names() -> list[str]:
    return sorted(_settled)


def present_migration() -> str:
    """The migration that is worked for here and now; empty where the process has one without a name.

    Raises:
        SettingsError: the process holds several, and nothing says which.
    """
    if name := _meant.get() or _process.migration:
        return name
    if len(_settled) > 1:
        raise SettingsError(
            f"This process holds {_listed(_settled)}, and nothing says for which of them this is. Start a job or "
            "assets of one of them, or the command with its name: `migrate --migration NAME run`."
        )
    return next(iter(_settled), os.environ.get("MIGRATION", ""))


@contextmanager
def meant(name: str) -> Iterator[None]:
    """What is asked for on this thread meanwhile is of this migration."""
    token = _meant.set(name)
    try:
        yield
    finally:
        _meant.reset(token)


@contextmanager
def worked_for(run: Run | None) -> Iterator[str]:
    """What is asked for in this process meanwhile, on every thread, is of this run's migration.

    Args:
        run: None outside of a run.

    Yields:
        Its name where the process holds several, else nothing.

    Raises:
        SettingsError: it cannot be told, or another migration is worked for in this process.
    """
    name = migration_of(run, settled_names()) if run is not None and len(_settled) > 1 else ""
    if not name:
        yield ""
        return
    with _process.lock:
        if _process.migration not in ("", name):
            raise SettingsError(
                f"A run of {_process.migration} is at work in this process, and one of {name} cannot be beside it: "
                "start each by itself, as the UI does and as `migrate --migration NAME run` does."
            )
        _process.migration, _process.holders = name, _process.holders + 1
    try:
        yield name
    finally:
        with _process.lock:
            _process.holders -= 1
            if not _process.holders:
                _process.migration = ""


def migration_of(run: Run, names: Sequence[str]) -> str:
    """Which of these the run is of. Its assets say so; a job of one op has none, and bears the tag and the name.

    Raises:
        SettingsError: it is of none of them, or of more than one.
    """
    keys = [*(run.asset_selection or ()), *(check.asset_key for check in run.asset_check_selection or ())]
    of_assets = {key.path[0] for key in keys} & {*names}
    # Of `shop1` and `shop1_old`, a job of the second bears the names of both.
    of_job = [name for name in names if run.job_name.startswith(f"{name}_")]
    tagged = run.tags.get(MIGRATION_TAG, "")
    if len(of_assets) > 1:
        raise SettingsError(
            f"This run holds assets of {_listed(of_assets)}, and a run works for one migration. Nothing was read or "
            "written. Choose assets of one of them and start again, or its jobs, or `migrate --migration NAME run`."
        )
    found = of_assets or ({tagged} & {*of_job}) or {*sorted(of_job, key=len)[-1:]}
    if not found or (tagged in names and tagged not in found):
        raise SettingsError(
            f"Whose run this is cannot be told: its job is {run.job_name}"
            + (f", and its tag {MIGRATION_TAG} says {tagged}" if tagged else "")
            + f"; here are {_listed(names)}. Nothing was read or written. Start a job or assets of one of them, "
            "without that tag, or `migrate --migration NAME run`."
        )
    return found.pop()


def _listed(names: Any) -> str:
    return " and ".join(sorted(names))
