"""Gates of earlier releases, brought to the names of today: a step of the ledger's schema (schema_version.py).

A ledger outlives a release. A result that still means the same moves to the check's new name, its override with it;
one that no check reports any more is forgotten, which leaves "never looked at": then the verification asks for a fresh
look. It belongs here: old names only.
"""

from typing import Any

from sqlalchemy import Connection, Table, delete, or_, select, update

from resources.ledger import tables

_DAY, _OBJECTS = "reconciliation/comparison", "reconciliation/target_sweep"
MOVED = {
    "gorgias/tickets:compared": f"{_DAY}:tickets_compared",
    "gorgias/ticket_messages:compared": f"{_DAY}:messages_compared",
    "gorgias/files:compared": f"{_DAY}:files_compared",
    "gorgias/ticket_messages:links": f"{_DAY}:links",
    "gorgias/ticket_messages:no_mail": f"{_DAY}:no_mail",
    **{
        f"gorgias/{name}:compared": f"{_OBJECTS}:{name}_compared"
        for name in ("users", "teams", "custom_fields", "tags", "customers")
    },
}
_TARGETS = ("users", "teams", "custom_fields", "tags", "customers", "files", "tickets", "ticket_messages")
FORGOTTEN = (
    *(f"gorgias/{name}:second_pass" for name in _TARGETS),
    "gorgias/tickets:links",
    "gorgias/files:balance",
    "gorgias/ticket_messages:balance",
)
_NEVER_LOOKED = "never %"
"""Earlier releases stored "never compared" as a failure; it never was one."""


def rename_gates(tx: Connection) -> None:
    """Bring them to the names of today; idempotent."""
    g = tables.gates.c
    forgotten = or_(g.check_name.in_(FORGOTTEN), g.detail.like(_NEVER_LOOKED))
    tx.execute(delete(tables.gates).where(_old(), forgotten))
    for name, new in MOVED.items():
        for table in (tables.gates, tables.overrides):
            _move(tx, table, name, new)


def _old() -> Any:
    return tables.gates.c.check_name.in_([*MOVED, *FORGOTTEN])


def _move(tx: Connection, table: Table, name: str, new: str) -> None:
    """Where the new name has a result already, that one is newer, and the old one goes."""
    c, other = table.c, table.alias()
    there = select(other.c.partition).where(
        other.c.account == c.account, other.c.check_name == new, other.c.partition == c.partition
    )
    tx.execute(delete(table).where(c.check_name == name, there.exists()))
    tx.execute(update(table).where(c.check_name == name).values(check_name=new))
