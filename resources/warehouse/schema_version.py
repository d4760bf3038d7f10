"""The version of the warehouse's tables: a newer one is left alone, whatever its tables look like.

Whole tables come to those that are there by themselves (table.py), so that an older home goes on. It belongs here:
which version this program knows. It does not: columns (connection.py).
"""

from contextlib import suppress
from pathlib import Path

import duckdb

from resources.outgoing_text import outgoing

VERSION = 1
TABLE = "schema_version"


class WarehouseNewer(Exception):
    """A newer version of this program has worked with the warehouse."""


class WarehouseUnreadable(Exception):
    """The file cannot be looked at.

    Attributes:
        held: because another process works with it.
    """

    def __init__(self, held: bool):
        super().__init__("held by another process" if held else "no warehouse, or a damaged one")
        self.held = held


def version_of(path: Path) -> int | None:
    """The version that stands in a file, which is not changed.

    Raises:
        WarehouseUnreadable: another process holds the file, or it is no database.
    """
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            return version_in(connection)
    except duckdb.Error as error:
        raise WarehouseUnreadable("lock" in outgoing(str(error)).lower()) from error


def version_in(connection: duckdb.DuckDBPyConnection) -> int | None:
    """The version that stands in the file in use; None where no release noted one."""
    noted = connection.execute(
        "SELECT 1 FROM duckdb_tables() WHERE database_name = current_database() AND NOT temporary AND table_name = ?",
        [TABLE],
    ).fetchall()
    rows = connection.execute(f"SELECT max(version) FROM main.{TABLE}").fetchall() if noted else []  # noqa: S608
    return int(rows[0][0]) if rows and rows[0][0] is not None else None


def require_known(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Note the version where none is noted.

    Raises:
        WarehouseNewer: nothing was changed in it.
    """
    found = version_in(connection)
    if found is None:
        connection.execute(f"CREATE TABLE IF NOT EXISTS main.{TABLE} AS SELECT {VERSION} AS version")
    else:
        _refuse_newer(path, found)


def require_known_file(path: Path) -> None:
    """The same of a file that is not in use; one that cannot be looked at now is judged when it is opened.

    Raises:
        WarehouseNewer: nothing was changed in it.
    """
    with suppress(WarehouseUnreadable):
        _refuse_newer(path, version_of(path))


def _refuse_newer(path: Path, found: int | None) -> None:
    if found is not None and found > VERSION:
        raise WarehouseNewer(
            f"The warehouse {path} has schema version {found}, and this program knows {VERSION}: a newer release has "
            "worked with it. Go on with that release, or restore a backup that was made before it (`migrate restore "
            "PLACE`). Nothing was changed."
        )
