"""What a load's calls come to: hours, the freeze of the final delta, billable tickets, storage, what would be shorter.

It belongs here: arithmetic over staged rows and the scan, and its sentences. It does not: counting calls
(forecast_calls.py) and rates (resources/pacing.py, resources/gorgias/resource.py).
"""

# ruff: noqa: S608 - what is put into SQL here are names of this package's own tables and columns

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from migration_assets.gorgias.load.load_calls import PhaseCalls
from migration_assets.ivinex import tables
from resources.ledger import Ledger
from resources.warehouse import Warehouse

SILENT_DAYS = 10
"""After so many days of silence an answer by e-mail opens a new ticket."""
_CHANGED = f"""
    WITH scan AS (SELECT *, max(modified_at) OVER () AS newest FROM {tables.TICKET_SWEEP.name}), recent AS (
        SELECT partition FROM scan WHERE modified_at > newest - INTERVAL 1 DAY AND partition <> 'none'
    )
    SELECT count(*) AS changed, count(DISTINCT partition) AS days,
        (SELECT count(*) FROM {tables.TICKET_SWEEP.name} SEMI JOIN recent USING (partition)) AS beside FROM recent
"""
"""Tickets that changed on the last day of the scan, their created days, and all tickets of these days."""
_OPEN = f"""
    SELECT count(*) AS open, count(*) FILTER (last < newest - INTERVAL {SILENT_DAYS} DAY) AS silent FROM (
        SELECT t.source_id, coalesce(max(m.sent_at), any_value(t.updated_at)) AS last, max(last) OVER () AS newest
        FROM staging.tickets t LEFT JOIN staging.messages m ON m.ticket_source_id = t.source_id AND m.public
        WHERE t.status = 'open' GROUP BY t.source_id
    )
"""


@dataclass(frozen=True)
class Pace:
    """How fast calls leave.

    Attributes:
        allowed: calls a second, as the account's allowance and the chosen share let them.
        measured: of the sample, where there is one: tickets and the seconds that they took.
    """

    allowed: float
    measured: tuple[int, float] = (0, 0.0)

    @property
    def real(self) -> float:
        """A load is as fast as the allowance lets it, and no faster than its network."""
        tickets, seconds = self.measured
        return min(self.allowed, tickets / seconds) if tickets and seconds else self.allowed

    def hours(self, calls: float) -> float:
        return calls / max(self.real, 1e-6) / 3600


def open_first(warehouse: Warehouse, ledger: Ledger, pace: Pace) -> dict[str, Any]:
    """The open tickets that are still to be loaded, with the calls of the customers that only now come with them.

    Of the calls, uploads of their files and messages past the first call are left out.
    """
    if not warehouse.exists("staging.customers"):
        return {}
    parts = {part: ledger.known_writes.ended_ids("customers", part) for part in ("create", "values", "data")}
    rows = warehouse.rows(_FIRST, {"there": sorted(ledger.known_writes.ended_ids("tickets", "create"))})
    tickets = int(rows[0]["tickets"]) if rows else 0
    calls = tickets + sum(
        row["needs"][part] and row["source_id"] not in ended for row in rows for part, ended in parts.items()
    )
    return {"tickets": tickets, "calls": calls, "hours": round(pace.hours(calls), 2)}


_FIRST = """
    WITH first AS (
        SELECT source_id, customer_source_id FROM staging.tickets
        WHERE status = 'open' AND source_id NOT IN (SELECT unnest($there::VARCHAR[]))
    ), named AS (
        SELECT customer_source_id AS id FROM first
        UNION SELECT m.sender_source_id FROM staging.messages m SEMI JOIN first f ON f.source_id = m.ticket_source_id
            WHERE m.sender_type <> 'user'
        UNION SELECT m.receiver_source_id FROM staging.messages m SEMI JOIN first f ON f.source_id = m.ticket_source_id
            WHERE m.receiver_type <> 'user'
    )
    SELECT c.source_id, (SELECT count(*) FROM first) AS tickets, {
        'create': true, 'values': coalesce(c.field_values, '{}') <> '{}', 'data': coalesce(c.data, '{}') <> '{}'
    } AS needs
    FROM staging.customers c SEMI JOIN named n ON n.id = c.source_id
"""


def freeze(warehouse: Warehouse, phases: Sequence[PhaseCalls], pace: Pace, ivinex_per_second: float) -> dict[str, Any]:
    """How long Ivinex must rest for the final delta, if a day changes as much as the last one of the scan did.

    It is one sweep of Ivinex, the changed records (a read and two writes each), and reading back the days that they
    belong to, with customers and lists.
    """
    sweeps = (
        warehouse.scalar(f"SELECT coalesce(sum(pages), 0)::BIGINT FROM ({_LAST_SWEEPS})") if _scanned(warehouse) else 0
    )
    row = warehouse.rows(_CHANGED)[0]
    whole = sum(one.calls for one in phases if one.phase in ("verify: lists", "verify: customers"))
    calls = 3 * row["changed"] + row["beside"] + whole
    seconds = sweeps / max(ivinex_per_second, 1e-6) + calls / max(pace.real, 1e-6)
    return {
        "changed_a_day": int(row["changed"]),
        "ivinex_calls": int(sweeps),
        "gorgias_calls": int(calls),
        "hours": round(seconds / 3600, 2),
    }


_LAST_SWEEPS = f"""
    SELECT arg_max(pages, started_at) AS pages FROM {tables.SWEEPS.name} GROUP BY role, collection_type_id
"""


def _scanned(warehouse: Warehouse) -> bool:
    return warehouse.exists(tables.SWEEPS)


def billable(warehouse: Warehouse) -> dict[str, int]:
    """Tickets that may count: none by being moved (no page of Gorgias speaks of imported ones), some by being answered.

    A ticket counts once a person, a rule or AI Agent answers the customer. One that is open may be answered. After ten
    days of silence the customer's answer opens a new ticket, which counts once it is answered.
    """
    row = warehouse.rows(_OPEN)[0] if warehouse.exists("staging.tickets") else {"open": 0, "silent": 0}
    return {"open_tickets": int(row["open"]), "open_and_silent": int(row["silent"])}


def storage(warehouse: Warehouse) -> dict[str, int]:
    """Bytes that the account holds afterwards: files, each content once, and text."""
    return {
        "file_bytes": int(
            warehouse.scalar(
                "SELECT coalesce(sum(size), 0)::BIGINT FROM (SELECT DISTINCT sha256, size FROM staging.attachments)"
            )
        ),
        "text_bytes": int(
            warehouse.scalar(
                "SELECT coalesce(sum(strlen(coalesce(body_text, '')) + strlen(coalesce(body_html, ''))), 0)::BIGINT "
                "FROM staging.messages"
            )
        ),
    }


def shorter(phases: Sequence[PhaseCalls], pace: Pace, share: float, token: bool) -> Iterator[str]:
    """What would make it shorter, with what it saves; nothing that saves less than a twentieth."""
    calls, by_phase = sum(one.calls for one in phases), {one.phase: one.calls for one in phases}
    if pace.real < pace.allowed:
        yield (
            f"The sample was slower ({pace.real:.2f} a second) than the allowance ({pace.allowed:.2f}): a machine "
            "nearer to Gorgias, or a calmer one."
        )
    elif not token:
        half = hours_text(pace.hours(calls / 2))
        yield f"An access token (GORGIAS_ACCESS_TOKEN) has twice the allowance of a key: {half}."
    if share < 1 and pace.real == pace.allowed:
        yield (
            f"GORGIAS_BUDGET_SHARE is {share:g}. At nights and weekends, when the shop needs less, 1 would make it "
            f"{hours_text(pace.hours(calls * share))}."
        )
    for phase, what in (
        ("gorgias/customers: values", "Customer fields as `data` instead of custom fields in mapping.yaml"),
        (
            "gorgias/customers: data",
            "`overflow: field` in mapping.yaml, which puts into one custom field what is in `data`",
        ),
        ("gorgias/files", "FILES=later moves the files after the cutover"),
    ):
        saved = by_phase.get(phase, 0)
        if saved * 20 > calls:
            yield f"{what}: {hours_text(pace.hours(saved))} less."
    if calls:
        yield "Support may raise the allowance of the account for the time of the migration: ask for it."


def hours_text(hours: float) -> str:
    """For a person: hours, or minutes where it is less than one."""
    return f"{hours:.1f} hours" if hours >= 1 else f"{hours * 60:.0f} minutes"
