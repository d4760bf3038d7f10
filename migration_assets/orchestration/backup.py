"""A home kept elsewhere, in a folder or a bucket, and brought back on another machine.

Everything is kept by its content, so that a second backup sends what is new; the list of it is written last, so that a
backup that was cut short is none. It holds people's data, as the home does: its place must be as closed.

It belongs here: what a home consists of, and when it may be read and written. It does not: rows and tables as files
(resources/ledger/dump.py, resources/warehouse/copies.py).
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import fsspec

from migration_assets.orchestration.dagster_home import dagster_home
from migration_assets.orchestration.home_id import home_id
from migration_assets.orchestration.own_folder import own_folder
from migration_assets.orchestration.single_instance_lock import single_instance_lock
from migration_assets.settings import Settings, SettingsError
from resources.gorgias.writer.lease_keeper import held_for_command
from resources.ledger import Ledger
from resources.ledger.dump import dump_rows, load_rows, tables_of_ledger
from resources.ledger.schema_version import VERSION as LEDGER_VERSION
from resources.outgoing_text import outgoing
from resources.warehouse import Warehouse
from resources.warehouse.copies import export_tables, import_tables
from resources.warehouse.schema_version import VERSION as WAREHOUSE_VERSION

MANIFEST = "manifest.json"
FILES = ("mapping.yaml", "mapping.proposed.yaml", "first_day.json")
FOLDERS = ("admin_exports", "files", "private", "handoff", "rollback")
_NOT = ("files/incoming",)
_ANOTHER = (
    "Name another place; where the old home still is, make one anew: the job backup_home, or `migrate backup PLACE`."
)
_LISTED = frozenset({"account", "made_at", "ledger_version", "warehouse_version", "tables", "parts"})
_LEDGER, _WAREHOUSE, _HOME = "ledger/", "warehouse/", "home/"


class BackupRefused(SettingsError):
    """What is there does not fit, or would be overwritten; nothing was changed."""


@dataclass(frozen=True)
class Kept:
    """What a backup holds, or what was brought back.

    Attributes:
        sent: contents that were not there yet.
    """

    account: str
    made_at: str
    files: int
    ledger_rows: int
    tables: int
    sent: int = 0

    def as_data(self) -> dict[str, Any]:
        return asdict(self)

    def sentence_of_backup(self) -> str:
        return (
            f"{self.files} parts of {self.account} are kept, {self.sent} of them sent now: {self.ledger_rows} rows of "
            f"the ledger, {self.tables} tables of the warehouse, and the files."
        )

    def sentence_of_restore(self) -> str:
        return (
            f"{self.account} is back as of {self.made_at}: {self.ledger_rows} rows of the ledger, {self.tables} "
            "tables. Go on with `migrate status`, then `migrate run`; in the UI with the job prepare."
        )


@contextmanager
def alone_in_home(settings: Settings, holder: str) -> Iterator[Ledger]:
    """The ledger, while nobody else works in this home or on the account.

    Raises:
        CommandRunning: a command, or a job that runs others, works in this home.
        LeaseHeld: another runner works on the account.
    """
    home = dagster_home(settings)
    with ExitStack() as stack:
        stack.enter_context(single_instance_lock(home, holder))
        ledger = Ledger.open(settings.ledger_address, settings.account)
        stack.callback(ledger.close)
        proof = f"[home {home_id(home)}]"
        stack.enter_context(held_for_command(ledger, holder, settings.gorgias_lease_seconds, proof))
        yield ledger


def keep_after_ranges(
    settings: Settings, ledger: Ledger, warehouse: Warehouse, say: Callable[[str], None]
) -> Callable[[], None]:
    """What a load does after each range: a backup to MIGRATION_BACKUP, where one is set.

    A place that cannot be reached ends no load: it is told, and tried again after the next range.
    """

    def keep() -> None:
        place = settings.backup
        if not place:
            return
        try:
            kept = backup(settings, ledger, warehouse, place, lambda _: None)
            say(f"backup: {kept.sent} of {kept.files} parts were new")
        except BackupRefused as error:
            say(f"No backup was made after this range, and the load goes on (MIGRATION_BACKUP): {error}")

    return keep


def backup(settings: Settings, ledger: Ledger, warehouse: Warehouse, url: str, say: Callable[[str], None]) -> Kept:
    """Keep the home. The caller holds the lock and the account's lease, so that nothing changes meanwhile.

    Raises:
        BackupRefused: the backup of another account is there, or the place cannot be written.
    """
    warehouse.require_not_erased()
    with _place(url) as (fs, root, before):
        if before is not None and before["account"] != settings.account:
            raise BackupRefused(
                f"{_shown(url)} holds the backup of {before['account']}, and this is {settings.account}: name another "
                "place. Nothing was changed."
            )
        with tempfile.TemporaryDirectory(dir=settings.home) as made:
            draft = Path(made)
            say("ledger and warehouse are copied")
            rows = _dump_ledger(ledger, draft / "ledger")
            tables = export_tables(warehouse, draft / "warehouse")
            parts = {
                **{f"{_LEDGER}{one.name}": one for one in sorted((draft / "ledger").iterdir())},
                **{f"{_WAREHOUSE}{one.name}": one for one in sorted((draft / "warehouse").iterdir())},
                **{f"{_HOME}{one.relative_to(settings.home)}": one for one in _files_of(settings.home)},
            }
            present = {Path(one).name for one in fs.find(f"{root}/content")} if fs.exists(f"{root}/content") else set()
            listed: dict[str, str] = {}
            sent = 0
            for name, path in parts.items():
                digest = _digest(path)
                if digest not in present:
                    _put(fs, path, f"{root}/content/{digest}")
                    present.add(digest)
                    sent += 1
                listed[name] = digest
        made_at = ledger.now().isoformat(timespec="seconds")
        manifest = {
            "account": settings.account,
            "made_at": made_at,
            "ledger_version": LEDGER_VERSION,
            "warehouse_version": WAREHOUSE_VERSION,
            "ledger_rows": rows,
            "tables": len(tables),
            "parts": listed,
        }
        fs.makedirs(root, exist_ok=True)
        with fs.transaction, fs.open(f"{root}/{MANIFEST}", "wb") as out:
            out.write(json.dumps(manifest, indent=1).encode())
        for digest in {*(before or {}).get("parts", {}).values()} - {*listed.values()}:
            fs.rm(f"{root}/content/{digest}")
        return Kept(settings.account, made_at, len(listed), rows, len(tables), sent)


def restore(settings: Settings, opened: AbstractContextManager[Ledger], url: str, say: Callable[[str], None]) -> Kept:
    """Bring a home back. Cut short, the same command goes on.

    A ledger that knows the account already (PostgreSQL, which outlived the home) is newer than any copy, and stays.

    Args:
        opened: the ledger with the lock of the home, as of `alone_in_home`; entered once the backup is proved whole,
            so that what is refused leaves nothing behind.

    Raises:
        WarehouseErased: this home was purged.
        BackupRefused: there is no backup, it is of another account or a newer release, a part of it is damaged, or
            there is a warehouse or another map in this home.
    """
    with _place(url) as (fs, root, there):
        kept = _fitting(settings, there, url)
        with _draft_in(settings.home) as draft, ExitStack() as stack:
            _fetch(fs, root, kept, draft, url)
            import_tables(draft / "warehouse", draft / "warehouse.duckdb")
            say("every part of the backup is as it was written")
            ledger = stack.enter_context(opened)
            _fitting(settings, there, url)  # again: until now nobody was kept from this home
            for path in sorted((draft / "home").rglob("*")) if (draft / "home").is_dir() else ():
                if path.is_file():
                    place = settings.home / path.relative_to(draft / "home")
                    place.parent.mkdir(parents=True, exist_ok=True)
                    path.replace(place)
            rows = _load_ledger(ledger, draft / "ledger")
            # Last: a home with a warehouse is one that is complete.
            (draft / "warehouse.duckdb").replace(settings.home / "warehouse.duckdb")
        return Kept(kept["account"], kept["made_at"], len(kept["parts"]), rows, kept["tables"])


@contextmanager
def _draft_in(home: Path) -> Iterator[Path]:
    """A folder on the disk of the home, which goes again, and with it a home that was made for it alone."""
    made_for_it = [one for one in (home, *home.parents) if not one.exists()]
    own_folder(home)
    try:
        with tempfile.TemporaryDirectory(dir=home) as made:
            yield Path(made)
    finally:
        with suppress(OSError):  # something is in it now
            for one in made_for_it:
                one.rmdir()


def _fetch(fs: Any, root: str, kept: dict[str, Any], draft: Path, url: str) -> None:
    """Every part of a backup, as it was written.

    Raises:
        BackupRefused: one is missing, or another one than was written.
    """
    for name, digest in kept["parts"].items():
        place = draft / name
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            fs.get_file(f"{root}/content/{digest}", str(place))
        except FileNotFoundError:
            raise BackupRefused(
                f"{name} in {_shown(url)} is missing: the backup is damaged. {_ANOTHER} Nothing was changed."
            ) from None
        if _digest(place) != digest:
            raise BackupRefused(
                f"{name} in {_shown(url)} is damaged: its content has changed. {_ANOTHER} Nothing was changed."
            )


def _fitting(settings: Settings, kept: dict[str, Any] | None, url: str) -> dict[str, Any]:
    Warehouse(settings.home / "warehouse.duckdb").require_not_erased()
    if kept is None:
        raise BackupRefused(f"There is no backup in {_shown(url)}: it has no {MANIFEST}. Nothing was changed.")
    if kept["account"] != settings.account:
        raise BackupRefused(
            f"The backup in {_shown(url)} is of {kept['account']}, and the settings say {settings.account}. Set "
            "MIGRATION_TARGET and GORGIAS_BASE_URL to those of the backup. Nothing was changed."
        )
    if not kept.keys() >= _LISTED or not isinstance(kept["parts"], dict):
        raise BackupRefused(_no_list(url))
    if kept["ledger_version"] > LEDGER_VERSION or kept["warehouse_version"] > WAREHOUSE_VERSION:
        raise BackupRefused(
            f"The backup in {_shown(url)} was made by a newer release (ledger {kept['ledger_version']}, warehouse "
            f"{kept['warehouse_version']}; this program knows {LEDGER_VERSION} and {WAREHOUSE_VERSION}). Restore it "
            "with that release. Nothing was changed."
        )
    if (settings.home / "warehouse.duckdb").exists():
        raise BackupRefused(
            f"{settings.home} holds a migration already. Set MIGRATION_HOME to an empty folder. Nothing was changed."
        )
    for name in FILES:
        path, digest = settings.home / name, kept["parts"].get(f"{_HOME}{name}")
        if path.is_file() and _digest(path) != digest:
            raise BackupRefused(f"{path} is another one than that of the backup: move it away. Nothing was changed.")
    return kept


def _files_of(home: Path) -> Iterator[Path]:
    yield from (home / name for name in FILES if (home / name).is_file())
    for name in FOLDERS:
        for path in sorted((home / name).rglob("*")):
            inside = path.relative_to(home).as_posix()
            if path.is_file() and not path.is_symlink() and not inside.startswith(_NOT):
                yield path


def _dump_ledger(ledger: Ledger, folder: Path) -> int:
    folder.mkdir()
    rows = 0
    with ledger.reading() as connection:
        for table in tables_of_ledger():
            with (folder / f"{table.name}.ndjson").open("w", encoding="utf-8") as out:
                for line in dump_rows(connection, table, ledger.account):
                    out.write(line + "\n")
                    rows += 1
    return rows


def _load_ledger(ledger: Ledger, folder: Path) -> int:
    if len(ledger.known_writes.write_counts()):
        return 0
    rows = 0
    with ledger.transaction() as tx:
        for table in tables_of_ledger():
            file = folder / f"{table.name}.ndjson"
            if file.is_file():
                tx.execute(table.delete().where(table.c.account == ledger.account))
                with file.open(encoding="utf-8") as lines:
                    rows += load_rows(tx, table, lines)
    return rows


def place_problem(settings: Settings) -> str:
    """Why MIGRATION_BACKUP could not take a backup now; empty where it could. Writes nothing."""
    if not settings.backup:
        return ""
    try:
        with _place(settings.backup) as (_, _, before):
            if before is not None and before["account"] != settings.account:
                return f"{_shown(settings.backup)} holds the backup of {before['account']}: name another place"
    except BackupRefused as error:
        return str(error)
    return ""


@contextmanager
def _place(url: str) -> Iterator[tuple[Any, str, dict[str, Any] | None]]:
    """Driver, folder, and the manifest that is there; what a disk or a bucket refuses is told in one sentence."""
    try:
        fs, root = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise BackupRefused(f"{_shown(url)} cannot be reached: {outgoing(str(error))}. Nothing was changed.") from None
    folder = str(root).rstrip("/")
    try:
        yield fs, folder, _manifest(fs, folder, url)
    except OSError as error:
        # The words of a bucket's driver may quote its address.
        said = outgoing(error.strerror or type(error).__name__)
        raise BackupRefused(
            f"{_shown(url)} cannot be used: {said}. A backup that was there before is as it was. Look at the address, "
            "its rights and the space left, then do the same again."
        ) from None


def _manifest(fs: Any, folder: str, url: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(fs.cat_file(f"{folder}/{MANIFEST}"))
    except FileNotFoundError:
        return None
    except ValueError:
        found = {}
    if not isinstance(found, dict) or "account" not in found:
        raise BackupRefused(_no_list(url))
    return found


def _no_list(url: str) -> str:
    return f"{MANIFEST} in {_shown(url)} is damaged: it is no list of a backup. {_ANOTHER} Nothing was changed."


def _put(fs: Any, path: Path, place: str) -> None:
    """Under its name only when it is whole."""
    fs.makedirs(place.rsplit("/", 1)[0], exist_ok=True)
    fs.put_file(str(path), f"{place}.part")
    fs.mv(f"{place}.part", place)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _shown(url: str) -> str:
    """Without a password that stands in it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rsplit("@", 1)[-1], query=""))
