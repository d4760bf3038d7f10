"""The balance of the staging stage: rows read = staged + merged + skipped + quarantined, counted anew from the tables.

The left side is counted in the source tables, the right side in what was staged and in the quarantine; nothing is
taken from what the assets said of themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import orjson

from checks.evaluate import Evaluation
from migration_assets.mapping.frames import to_rows
from migration_assets.staging.context import STAGE
from migration_assets.staging.conversations.task_notes import TASKS_ON_TICKETS
from resources.ledger import Ledger
from resources.warehouse import Warehouse

Results = Mapping[str | None, Evaluation]


def users_balance(warehouse: Warehouse, ledger: Ledger, keys: list[str] | None) -> Results:
    source = warehouse.scalar("SELECT count(*) FROM ivinex.users")
    staged = warehouse.scalar("SELECT count(*) FROM staging.users")
    return {None: _compare(source, {"staged": staged})}


def teams_balance(warehouse: Warehouse, ledger: Ledger, keys: list[str] | None) -> Results:
    """Groups = teams + groups merged into them + those that the books know for another reason."""
    source = warehouse.query("SELECT DISTINCT 'ivinex:group:' || group_id AS source_id FROM ivinex.groups")["source_id"]
    teams = warehouse.rows("SELECT source_id, merged FROM staging.teams")
    staged = {team["source_id"] for team in teams}
    merged = {group for team in teams for group in orjson.loads(team["merged"])}
    elsewhere = set(ledger.outcomes.outcomes_of("teams")["source_id"]) & set(source) - staged - merged
    return {None: _compare(len(source), {"staged": len(staged), "merged": len(merged), "skipped": len(elsewhere)})}


def customers_balance(warehouse: Warehouse, ledger: Ledger, keys: list[str] | None) -> Results:
    """Contacts = customers + merged contacts + quarantine."""
    source = warehouse.scalar("SELECT count(*) FROM ivinex.contacts")
    staged, merged = warehouse.query(
        "SELECT count(*), coalesce(sum(json_array_length(merged)), 0) FROM staging.customers WHERE kind = 'contact'"
    ).iloc[0]
    quarantined = sum(_quarantined(ledger, "contacts", None).values())
    return {None: _compare(source, {"staged": staged, "merged": merged, "quarantined": quarantined})}


def tickets_balance(warehouse: Warehouse, ledger: Ledger, keys: list[str] | None) -> Results:
    source = _per_day(warehouse, "ivinex.tickets", keys)
    staged = _per_day(warehouse, "staging.tickets", keys)
    quarantined = _quarantined(ledger, "tickets", keys)
    return {key: _compare(source[key], {"staged": staged[key], "quarantined": quarantined[key]}) for key in keys or []}


def messages_balance(warehouse: Warehouse, ledger: Ledger, keys: list[str] | None) -> Results:
    """Activities and tasks on tickets = their messages + quarantine; and a staged ticket has as many as it says."""
    source = _per_day(warehouse, "ivinex.activities", keys) + _per_day(warehouse, f"({TASKS_ON_TICKETS})", keys)
    staged = _per_day(warehouse, "staging.messages", keys, "kind IN ('activity', 'task')")
    quarantined = _quarantined(ledger, "messages", keys, activities_only=True)
    announced = _per_day(warehouse, "staging.tickets", keys, count="sum(messages)")
    found = _per_day(warehouse, "staging.messages", keys)
    results: dict[str | None, Evaluation] = {}
    for key in keys or []:
        result = _compare(source[key], {"staged": staged[key], "quarantined": quarantined[key]})
        if announced[key] != found[key]:
            told = f"tickets announce {announced[key]} messages, {found[key]} are staged"
            result.failures[("messages", told)] += 1
            result.sentence = f"{result.sentence}; {told}"
        results[key] = result
    return results


def _compare(source: int, parts: dict[str, int]) -> Evaluation:
    counted = {name: int(part) for name, part in parts.items()}
    missing = int(source) - sum(counted.values())
    told = f"{int(source)} read, " + ", ".join(f"{part} {name}" for name, part in counted.items())
    result = Evaluation(rows=int(source), sentence=told)
    if missing:
        what = f"{missing} missing" if missing > 0 else f"{-missing} more than were read"
        result.failures[("row", what)] += 1
        result.sentence = f"{told}: {what}"
    return result


def _per_day(
    warehouse: Warehouse, table: str, keys: Sequence[str] | None, where: str = "true", count: str = "count(*)"
) -> Counter[str]:
    days = list(keys or [])
    frame = warehouse.query(
        f"SELECT partition, {count} AS rows FROM {table} "  # noqa: S608
        f"WHERE partition BETWEEN ? AND ? AND partition IN (SELECT unnest(?::VARCHAR[])) AND {where} "
        "GROUP BY partition",
        [min(days, default=""), max(days, default=""), days],
    )
    return Counter({row["partition"]: int(row["rows"]) for row in to_rows(frame)})


def _quarantined(
    ledger: Ledger, object_: str, keys: Sequence[str] | None, activities_only: bool = False
) -> Counter[str]:
    frame = ledger.quarantine.rows()
    frame = frame[(frame["object"] == object_) & (frame["stage"] == STAGE)]
    if activities_only:
        frame = frame[frame["source_id"].str.contains("@", regex=False)]
    days = frame["partition"] if keys is not None else frame["partition"].map(lambda _: "")
    wanted = days[days.isin(list(keys))] if keys is not None else days
    return Counter(wanted.tolist())
