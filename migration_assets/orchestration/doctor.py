"""What is configured, reachable, writable and in step, looked at before anything starts. Nothing is changed.

It belongs here: each point and its sentence. It does not: how it is shown (cli/doctor.py, operator_jobs/doctor.py).
"""

import os
import shutil
import socket
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import yaml
from sqlalchemy.exc import SQLAlchemyError

from migration_assets.migration_file import migration_names, settings_of_migration
from migration_assets.orchestration.backup import place_problem
from migration_assets.orchestration.dagster_home import COMMITTED, SHARED, place_of
from migration_assets.orchestration.server_look import ServerLook, look_at_gorgias, look_at_ivinex
from migration_assets.settings import Settings, SettingsError
from resources.ledger.engine import open_engine
from resources.ledger.schema_version import VERSION as LEDGER_VERSION
from resources.ledger.schema_version import version_of
from resources.server_clock import ServerClock, look_at_clock
from resources.warehouse.erased import said_of
from resources.warehouse.instance import is_attached
from resources.warehouse.schema_version import VERSION as WAREHOUSE_VERSION
from resources.warehouse.schema_version import WarehouseUnreadable
from resources.warehouse.schema_version import version_of as version_of_warehouse

OK, WARN, FAIL = "ok", "warning", "wrong"
LITTLE, TOO_LITTLE = 5_000_000_000, 500_000_000
"""Bytes free under the home."""
SKEWED, TOO_SKEWED = 30.0, 300.0
"""Seconds between clocks: the first is told, with the second a window of changes would be cut wrongly."""
_SAME = ("dagster", "dagster-webserver", "dagster-graphql", "dagster-pipes", "dagster-shared")
_LIBRARIES = ("dagster-duckdb", "dagster-postgres")
Look = tuple[str, str]
"""State and sentence of a point."""


@dataclass(frozen=True)
class Point:
    """One thing that was looked at.

    Attributes:
        state: ok; warning: a run starts all the same; wrong: it would fail.
    """

    name: str
    state: str
    said: str


class NotStartable(SettingsError):
    """What was looked at before the start says that a run would fail; nothing was started."""


def examine(settings: Settings) -> list[Point]:
    """Every point, whatever the others say."""
    return [
        Point("settings", *_configured(settings)),
        *_machine(settings),
        *_stores(settings),
        Point("ports", *_port()),
        Point("dagster storage", *_storage(settings)),
        *_backup(settings),
        *(_purged(settings) or _servers(settings)),
    ]


def _machine(settings: Settings) -> list[Point]:
    return [Point("dagster", *_versions()), Point("home", *_home(settings)), Point("disk", *_disk(settings))]


def _stores(settings: Settings) -> list[Point]:
    return [Point("ledger", *look_at_ledger(settings)), Point("warehouse", *_warehouse(settings))]


def require_startable(settings: Settings, opened: bool = False) -> list[Point]:
    """Looked at before anything starts, by the command and by the UI.

    Of both servers only the clock counts: one that does not answer is waited for by whoever asks it.

    Args:
        opened: ledger and warehouse are open in this process already, which looked at their versions.

    Returns:
        Points that are worth a word; the run starts all the same.

    Raises:
        NotStartable: names every point that is wrong, with its way out.
    """
    points = [*_machine(settings), *_clocks(settings)]
    if not opened:
        points += _stores(settings)
    wrong = failed(points)
    if wrong:
        listed = "".join(f"\n  {point.name}: {point.said}" for point in wrong)
        raise NotStartable(
            f"Nothing was started, because a run would fail:{listed}\nThe whole list: the job doctor, or `migrate "
            "doctor`."
        )
    return [point for point in points if point.state == WARN]


def _configured(settings: Settings) -> Look:
    try:
        settings.require_complete()
    except SettingsError as error:
        return FAIL, str(error)
    name = f"migration {settings.migration}, " if settings.migration else ""
    return OK, f"{name}account {settings.account}, from {settings.start_date}"


def _versions() -> Look:
    found = {name: _installed(name) for name in (*_SAME, *_LIBRARIES)}
    core = found["dagster"] or "0"
    # Its libraries count 16 minor versions behind: 1.13.27 belongs to 0.29.27.
    major, minor, patch = [*core.split("."), "0", "0"][:3]
    library = f"0.{int(minor) + 16}.{patch}" if major == "1" else core
    wrong = [f"{name} {found[name]}" for name in _SAME if found[name] not in (None, core)]
    wrong += [f"{name} {found[name]}" for name in _LIBRARIES if found[name] not in (None, library)]
    if wrong:
        return FAIL, f"dagster is {core}, but {', '.join(wrong)}: pip install -c constraints.txt again"
    return OK, f"{core}, and its parts are in step"


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _home(settings: Settings) -> Look:
    home = settings.home
    there = _existing(home)
    if not there.is_dir():
        return FAIL, f"{there} is no folder: move it away, or set MIGRATION_HOME to a folder of its own"
    if not os.access(there, os.W_OK | os.X_OK):
        way_out = f"give it the right (`chmod u+rwx {there}`), or set MIGRATION_HOME to a folder of its own"
        return FAIL, f"{there} cannot be written by this user: {way_out}"
    if other := _of_another(home, settings.migration):
        return FAIL, (
            f"{home} is the home of {other} too, and one would write over the map and the records of the other: give "
            f"each a folder of its own (`home:` in {settings.stands_in})"
        )
    if there != home:
        return OK, f"{home} is made by the first command"
    if home.stat().st_uid != os.geteuid() != 0:
        return FAIL, f"{home} belongs to another user of this machine: `sudo chown -R USER {home}`"
    if stat.S_IMODE(home.stat().st_mode) & 0o077:
        return WARN, f"{home} is open to other users; the next command makes it its owner's alone"
    return OK, f"{home} is its owner's alone, and can be written"


def _of_another(home: Path, migration: str) -> str:
    """Another migration of this folder that says the same home; a file with mistakes stops its own only."""
    for name in migration_names() if migration else ():
        with suppress(SettingsError):
            if name != migration and settings_of_migration(name, Path.cwd()).home == home:
                return name
    return ""


def _existing(home: Path) -> Path:
    """The folder, or the nearest above it that is there; what this user may not look into counts as not there."""

    def is_there(path: Path) -> bool:
        try:
            return path.exists()
        except OSError:
            return False

    return next(one for one in (home, *home.parents) if is_there(one))


def _disk(settings: Settings) -> Look:
    there = _existing(settings.home)
    free = shutil.disk_usage(there).free
    state = FAIL if free < TOO_LITTLE else WARN if free < LITTLE else OK
    way_out = "" if state == OK else ": make room there, or move the home to a larger disk (docs/move.md)"
    return state, f"{free / 1e9:.1f} GB are free under {there}{way_out}"


def _port() -> Look:
    try:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
    except OSError as error:
        way_out = "Look at the machine's loopback (`ip addr show lo`)"
        return FAIL, f"no port of 127.0.0.1 can be had for the UI: {error.strerror}. {way_out}"
    return OK, "a port of 127.0.0.1 is free for the UI"


def _storage(settings: Settings) -> Look:
    """Dagster's own: SQLite in its home unless dagster.yaml names PostgreSQL."""
    own = place_of(settings) / "dagster.yaml"
    path = SHARED if settings.migration and SHARED.is_file() else own if own.is_file() else COMMITTED
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, yaml.YAMLError) as error:
        return FAIL, f"{path} cannot be read ({type(error).__name__}): write it anew as docs/many-shops.md shows"
    postgres = (said.get("storage") or {}).get("postgres")
    if postgres is None:
        return OK, f"as {path} says, on this machine"
    url = postgres.get("postgres_url")
    if isinstance(url, dict):
        variable = url.get("env", "")
        url = os.environ.get(variable)
        if not url:
            way_out = "set it to postgresql+psycopg2://..."
            return FAIL, f"{path} takes its address from {variable}, which is not set: {way_out}"
    if _installed("dagster-postgres") is None:
        return FAIL, f"{path} names PostgreSQL: pip install -c constraints.txt '.[postgres]'"
    if url is not None and not url.startswith("postgresql+psycopg2://"):
        return FAIL, f"the address in {path} has to begin with postgresql+psycopg2://"
    problem = _unreachable(url) if url else ""
    return FAIL if problem else OK, problem or "PostgreSQL answers, and can be written"


def _unreachable(url: str) -> str:
    """Why a PostgreSQL cannot be worked with; its own words may quote the address, so only their kind is told."""
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            may = connection.exec_driver_sql("SELECT has_schema_privilege(current_schema(), 'CREATE')").scalar()
    except (SQLAlchemyError, ImportError) as error:
        return f"PostgreSQL does not answer, or refuses ({type(error).__name__}): look at host, port, name and password"
    finally:
        engine.dispose()
    way_out = "`GRANT CREATE ON SCHEMA public TO USER`"
    return "" if may else f"PostgreSQL answers, but this user may make no tables in its schema: {way_out}"


def look_at_ledger(settings: Settings) -> Look:
    if settings.ledger_url is None and not (settings.home / "ledger.sqlite").exists():
        return OK, "is made by the first command"
    elsewhere = settings.ledger_url is not None and settings.ledger_address.startswith("postgresql")
    if elsewhere and (problem := _unreachable(settings.ledger_address)):
        return FAIL, problem
    engine = open_engine(settings.ledger_address)
    try:
        found = version_of(engine)
    except SQLAlchemyError as error:
        way_out = "look at LEDGER_URL, or bring the home back with `migrate restore PLACE`"
        return FAIL, f"cannot be read ({type(error).__name__}): {way_out}"
    finally:
        engine.dispose()
    return _in_step(found, LEDGER_VERSION)


def _warehouse(settings: Settings) -> Look:
    path = settings.home / "warehouse.duckdb"
    if not path.exists():
        return OK, "was erased" if said_of(path) else "is made by the first command"
    if is_attached(path):
        return OK, "this process works with it"
    try:
        return _in_step(version_of_warehouse(path), WAREHOUSE_VERSION)
    except WarehouseUnreadable as error:
        if error.held:
            return WARN, "another process works with it at this moment"
        return FAIL, f"{path} cannot be opened: it is {error}; `migrate restore PLACE` brings one back"


def _purged(settings: Settings) -> list[Point]:
    """Of a home in which no run starts any more: nobody is asked from it. Its UI starts all the same, to look."""
    said = said_of(settings.home / "warehouse.duckdb")
    return [Point("purge", FAIL, said)] if said else []


def _backup(settings: Settings) -> Iterator[Point]:
    if settings.backup:
        problem = place_problem(settings)
        yield Point("backup", FAIL if problem else OK, problem or "the place of MIGRATION_BACKUP answers")


def _in_step(found: int | None, known: int) -> Look:
    if found is not None and found > known:
        return FAIL, (
            f"has schema version {found}, this program knows {known}: a newer release made it; go on with that "
            "release, or restore a backup that was made before it (`migrate restore PLACE`)"
        )
    older = found is not None and found < known
    return OK, f"schema version {found} is brought to {known} by the next command" if older else "in step"


def _clocks(settings: Settings) -> Iterator[Point]:
    """Where a clock is off; nothing of a server that does not answer at once."""
    for name, address in (("ivinex", settings.ivinex_base_url), ("gorgias", settings.gorgias_base_url)):
        clock = look_at_clock(address, 3.0) if address else ServerClock()
        if clock.seconds is not None and abs(clock.seconds) > SKEWED:
            yield _clock(name, clock.seconds)


def _clock(name: str, seconds: float) -> Point:
    off = abs(seconds)
    state = FAIL if off > TOO_SKEWED else WARN if off > SKEWED else OK
    way_out = "" if state == OK else ": set this machine's clock (NTP)"
    return Point(name, state, f"answers; its clock is {off:.0f} s from ours{way_out}")


def _servers(settings: Settings) -> Iterator[Point]:
    if settings.ivinex_base_url:
        look = look_at_ivinex(settings, seconds=10.0)
        yield from _server("ivinex", look, f"IVINEX_USERNAME, {settings.named('IVINEX_PASSWORD')}")
    if settings.gorgias_base_url:
        look = look_at_gorgias(settings, seconds=10.0)
        by_key = f"GORGIAS_EMAIL, {settings.named('GORGIAS_API_KEY')}"
        given = settings.named("GORGIAS_ACCESS_TOKEN") if settings.gorgias_access_token else by_key
        yield from _server("gorgias", look, given)


def _server(name: str, look: ServerLook, variables: str) -> Iterator[Point]:
    if look.clock.problem:
        way_out = f"look at {name.upper()}_BASE_URL and the network"
        yield Point(name, FAIL, f"does not answer ({look.clock.problem}): {way_out}")
        return
    if look.clock.seconds is None:
        yield Point(name, OK, "answers, and does not tell its time")
    else:
        yield _clock(name, look.clock.seconds)
    if not look.with_credentials:
        return
    if look.refused:
        yield Point(f"{name} credentials", FAIL, f"a read was refused ({variables}): {look.refused}")
    elif look.unknown:
        yield Point(f"{name} credentials", WARN, f"one read does not say ({variables}): {look.unknown}")
    else:
        yield Point(f"{name} credentials", OK, f"a read was answered ({variables})")


def failed(points: list[Point]) -> list[Point]:
    return [point for point in points if point.state == FAIL]
