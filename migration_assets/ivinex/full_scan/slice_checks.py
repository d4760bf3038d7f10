"""What is counted of the days that were cut out of the sweeps: as many rows as the sweep, none twice, files there.

It belongs here: counting both sides, day by day. It does not: which asset has which check (checks.py), and cutting
(daily_slices.py). The sweep is counted another way than a slice is cut, so that a fault of the cutting shows.
"""

from collections import Counter
from collections.abc import Sequence

from checks.evaluate import SHOWN, Evaluation
from migration_assets.ivinex import tables
from migration_assets.ivinex.attachments.file_tables import ATTACHMENTS
from resources.warehouse import Table, Warehouse

_TICKETS = (
    "SELECT partition, count(*) AS rows FROM ivinex.ticket_sweep WHERE list_contains($days, partition) GROUP BY 1"
)
_ACTIVITIES = """
    SELECT t.partition, count(*) AS rows
    FROM (SELECT DISTINCT from_source_id, to_source_id FROM ivinex.links WHERE role = 'activity_ticket') l
    JOIN (SELECT DISTINCT partition, source_id FROM ivinex.ticket_sweep WHERE list_contains($days, partition)) t
    ON t.source_id = l.to_source_id
    WHERE l.from_source_id IN (SELECT source_id FROM ivinex.activity_sweep)
    GROUP BY 1
"""


def tickets_match(warehouse: Warehouse, days: Sequence[str]) -> dict[str | None, Evaluation]:
    """Day -> whether `ivinex.tickets` holds each ticket of the sweep once."""
    return _match(warehouse, tables.TICKETS, "source_id", _TICKETS, "tickets", days)


def activities_match(warehouse: Warehouse, days: Sequence[str]) -> dict[str | None, Evaluation]:
    """Day -> whether `ivinex.activities` holds each link of an activity to a ticket of the sweep once."""
    identity = "source_id || '@' || ticket_source_id"
    return _match(warehouse, tables.ACTIVITIES, identity, _ACTIVITIES, "activities on tickets", days)


def files_there(warehouse: Warehouse, days: Sequence[str], later: bool) -> dict[str | None, Evaluation]:
    """Day -> files of `ivinex.attachments` whose content is not in the store, by reason.

    Args:
        later: files are left for a pass of their own (FILES=later), so a pending one is none that failed.
    """
    rows = warehouse.rows(
        f"SELECT partition, status, count(*) AS rows, list(source_id ORDER BY source_id)[:{SHOWN}] AS ids "  # noqa: S608
        f"FROM {ATTACHMENTS.name} WHERE list_contains($days, partition) GROUP BY ALL ORDER BY ALL",
        {"days": list(days)},
    )
    results: dict[str | None, Evaluation] = {}
    for day in days:
        counts = {row["status"]: int(row["rows"]) for row in rows if row["partition"] == day}
        absent = {status: count for status, count in counts.items() if status not in ("ok", "pending" if later else "")}
        ids = [name for row in rows if row["partition"] == day and row["status"] in absent for name in row["ids"]]
        waiting = counts.get("pending", 0) if later else 0
        told = f"{sum(counts.values())} files, {counts.get('ok', 0)} in the store"
        if waiting:
            told += f", {waiting} left for the pass with FILES=with_tickets"
        if absent:
            why = ", ".join(f"{status} ({count})" for status, count in absent.items())
            told += f", {sum(absent.values())} not downloaded: {why}. handoff/undelivered_files lists them"
        results[day] = Evaluation(
            rows=sum(counts.values()),
            failures=Counter({("status", status): count for status, count in absent.items()}),
            source_ids=sorted(ids)[:SHOWN],
            sentence=f"{told}.",
        )
    return results


def _match(
    warehouse: Warehouse, table: Table, identity: str, swept: str, what: str, days: Sequence[str]
) -> dict[str | None, Evaluation]:
    scope = {"days": list(days)}
    of_days = f"FROM {table.name} WHERE list_contains($days, partition)"
    with warehouse.transaction() as tx:
        wanted = {row["partition"]: int(row["rows"]) for row in tx.rows(swept, scope)}
        found = tx.rows(f"SELECT partition, count(*) AS rows {of_days} GROUP BY 1", scope)
        twice = tx.rows(
            f"SELECT partition, {identity} AS id {of_days} GROUP BY ALL HAVING count(*) > 1 ORDER BY ALL",
            scope,
        )
    held = {row["partition"]: int(row["rows"]) for row in found}
    results: dict[str | None, Evaluation] = {}
    for day in days:
        ids = [row["id"] for row in twice if row["partition"] == day]
        results[day] = _counted(wanted.get(day, 0), held.get(day, 0), ids, what)
    return results


def _counted(swept: int, sliced: int, twice: list[str], what: str) -> Evaluation:
    failures: Counter[tuple[str, str]] = Counter()
    if swept != sliced:
        failures[("row", "not as many as in the full scan")] += abs(swept - sliced)
    if twice:
        failures[("source_id", "no id twice")] += len(twice)
    told = f"{swept} {what} in the full scan, {sliced} in the day"
    if twice:
        told += f", {len(twice)} of them twice: {', '.join(twice[:SHOWN])}"
    if failures:
        told += (
            ". Read the source again (in the UI the job discover, or `migrate discover`), then this day (re-execute it "
            "from failure, or `migrate run`)"
        )
    return Evaluation(rows=sliced, failures=failures, source_ids=twice[:SHOWN], sentence=f"{told}.")
