"""The version of the ledger's tables: an older ledger is brought up to date, a newer one is left alone.

It belongs here: which version this program knows, and the steps to it. It does not: tables and columns that only come
to those that are there (tables.py, columns.py): an older program works on with them, so they raise no version.
"""

from collections.abc import Callable

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, Table, inspect, select

from resources.ledger.engine import UtcDateTime
from resources.ledger.renamed_gates import rename_gates

VERSION = 2
STEPS: dict[int, Callable[[Connection], None]] = {2: rename_gates}
"""Version -> what makes it of the one before, in the transaction that notes it. Without a note it is version 1."""
_versions = Table(
    "schema_version",
    MetaData(),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
)
"""Of the whole database, so it has no account."""


class LedgerNewer(Exception):
    """A newer version of this program has worked with the ledger."""


def version_of(engine: Engine) -> int | None:
    """The version that stands in the ledger; None in an empty database, 1 where an early release left no note."""
    names = set(inspect(engine).get_table_names())
    if "schema_version" not in names:
        return 1 if "writes" in names else None
    with engine.connect().execution_options(read_only=True) as connection:
        found = connection.execute(select(_versions.c.version).order_by(_versions.c.version.desc()).limit(1)).scalar()
    return 1 if found is None else int(found)


def require_known(engine: Engine) -> int | None:
    """
    Returns:
        As `version_of`.

    Raises:
        LedgerNewer: nothing was changed in it.
    """
    found = version_of(engine)
    if found is not None and found > VERSION:
        raise LedgerNewer(
            f"This ledger has schema version {found}, and this program knows {VERSION}: a newer release has worked "
            "with it. Go on with that release, or restore a backup that was made before it (`migrate restore PLACE`). "
            "Nothing was changed."
        )
    return found


def bring_up_to_date(engine: Engine, found: int | None, now: Callable[[], object]) -> None:
    """Take the steps from the version found; two processes that open an old ledger at once take turns."""
    if found == VERSION:
        return
    _versions.create(engine, checkfirst=True)
    with engine.begin() as tx:
        if engine.dialect.name == "postgresql":
            tx.exec_driver_sql("LOCK TABLE schema_version IN EXCLUSIVE MODE")
        present = tx.execute(select(_versions.c.version).order_by(_versions.c.version.desc()).limit(1)).scalar()
        for version in range((present or found or VERSION) + 1, VERSION + 1):
            STEPS[version](tx)
        if present != VERSION:
            tx.execute(_versions.insert().values(version=VERSION, at=now()))
