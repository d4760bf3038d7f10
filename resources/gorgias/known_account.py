"""Is the account's load this ledger's? Asked before the first object is made in a run.

A ledger that is lost, restored from an older copy or one of two knows nothing of what another one has loaded, and would
make every ticket a second time. So the newest page of tickets and of customers is looked through for external ids of
this migration, and the first objects that are to be made are asked for by theirs: one that is there and of which the
ledger never heard was made from another home.

It belongs here: noticing it. It does not: taking the account over (migration_assets/gorgias/adoption.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from resources.gorgias.client import PAGE, Reader
from resources.gorgias.external_ids import PREFIX, site_of
from resources.gorgias.writer.write import Write
from resources.ledger import Ledger
from resources.ledger.records import WriteKey

NOT_RECORDS = ("ivinex:canary",)
LISTS = {"tickets": "/api/tickets", "customers": "/api/customers"}
CHECK_NAME = "account:loaded_from_here"
"""Its name among the gates."""
PROBES = 3
_TAKE_OVER = "in the UI the job adopt_account, or `migrate adopt --by NAME --reason TEXT`"
NEWEST_FIRST = "created_datetime:desc"


class LoadedElsewhere(Exception):
    """The account holds records of Ivinex that this ledger did not write; nothing was written."""


def about_to_make(writes: Sequence[Write]) -> dict[str, list[str]]:
    """The first objects that these writes make: list -> external ids."""
    return {
        name: [
            str(_external(write))
            for write in writes
            if write.creates and write.path == path and is_record(_external(write))
        ][:PROBES]
        for name, path in LISTS.items()
    }


def require_loaded_from_here(
    reader: Reader, ledger: Ledger, asked: Mapping[str, Sequence[str]], run_id: str = ""
) -> None:
    """
    Args:
        asked: list -> external ids of records that a run would make first.

    Raises:
        LoadedElsewhere: an object with our external id is there that the ledger does not know. The gate is recorded as
            closed; who opens it by name takes the responsibility.
    """
    strange = {name: unknown(ledger, name, _seen(reader, name, asked.get(name, ()))) for name in LISTS}
    found = {name: ids for name, ids in strange.items() if ids}
    gate = ledger.quality_gates.gate_rows([CHECK_NAME])
    if not found:
        if not gate.empty and not gate["passed"].all():
            ledger.quality_gates.record_gate(
                CHECK_NAME, None, True, "every record of Ivinex that was looked at is in the ledger", run_id
            )
        return
    if not gate.empty and gate["overridden"].all():
        return
    sites = {site_of(one) for ids in found.values() for one in ids}
    if sites.isdisjoint({None, ""}):
        told = (
            f"This account holds records of another Ivinex site ({', '.join(sorted(map(str, sites)))}). Its tickets "
            "and those of this one would stay apart by their external ids, but share users, teams, tags, fields "
            "and customers with one e-mail. If both sites belong into this account, open the gate: in the UI the job "
            f"override_gate, or `migrate gates override {CHECK_NAME} --by NAME --reason TEXT`. If the account is not the one "  # noqa: E501
            "that you mean, set GORGIAS_BASE_URL. Nothing was written."
        )
        ledger.quality_gates.record_gate(CHECK_NAME, None, False, told.split(". ", maxsplit=1)[0], run_id)
        raise LoadedElsewhere(told)
    counted = " and ".join(f"{len(ids)} {name}" for name, ids in found.items())
    first = ", ".join(sorted(next(iter(found.values())))[:3])
    told = (
        f"This account was loaded by another home: at least {counted} in it carry external ids of Ivinex that the "
        f"ledger of this home does not know ({first}). Loading it from here would make them a second time. Go on in "
        "the home that loaded it (MIGRATION_HOME, LEDGER_URL). If that is lost or older than the account, let this one "
        f"take it over: {_TAKE_OVER}. If the account is not the one that you mean, set GORGIAS_BASE_URL. Nothing was "
        "written."
    )
    short = f"this account was loaded by another home (at least {counted} that this ledger does not know): {_TAKE_OVER}"
    ledger.quality_gates.record_gate(CHECK_NAME, None, False, short, run_id)
    raise LoadedElsewhere(told)


def unknown(ledger: Ledger, object: str, external_ids: Iterable[str]) -> set[str]:
    """Those of these external ids of records for which this ledger never sent a create."""
    ids = {one for one in external_ids if is_record(one)}
    known = ledger.known_writes.ever_known([WriteKey(object, one, "create") for one in sorted(ids)])
    return ids - {key.source_id for key in known}


def is_record(external_id: Any) -> bool:
    """Whether a migration from Ivinex gave it to a record, of whatever site."""
    return isinstance(external_id, str) and external_id.startswith(PREFIX) and not external_id.startswith(NOT_RECORDS)


def _seen(reader: Reader, name: str, asked: Sequence[str]) -> list[str]:
    """External ids of the newest page, and of those that are asked for and are there."""
    path = LISTS[name]
    page = reader.get(path, limit=PAGE, order_by=NEWEST_FIRST)
    rows = list(page.get("data") or ()) if isinstance(page, dict) else []
    for external_id in asked:
        rows += list(reader.rows(path, external_id=external_id))
    return [row["external_id"] for row in rows if is_record(row.get("external_id"))]


def _external(write: Write) -> Any:
    return write.body.get("external_id") if isinstance(write.body, dict) else None
