"""Who changed what is not as written: Gorgias's events of the objects that differ, one GET each.

An event proves that somebody set a field since: one of another user, or one of the API user's that is later than our
own last write by Gorgias's own time (`Times.clock_marks`). It excuses only the fields that its type speaks of. Right
after a create Gorgias updates the ticket itself, under the API user's id (gorgias-api.md 14); how long that takes is
measured on tickets that are as written, and until then such an update proves nothing. It belongs here: reading events
and judging them. It does not: finding differences (comparator.py).
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from migration_assets.gorgias.delta.conflict_resolutions import ticket_of
from migration_assets.reconciliation.comparison.comparison_rules import GOOD, Verdict, is_defect
from migration_assets.reconciliation.comparison.differences import DIFFERENCES
from resources.gorgias.client import Reader
from resources.gorgias.failures import GorgiasError
from resources.ledger import Ledger
from resources.ledger.records import WriteKey
from resources.warehouse import Connection, Warehouse

TYPES = {
    "tickets": "Ticket",
    "messages": "TicketMessage",
    "customers": "Customer",
    "users": "User",
    "teams": "Team",
    "tags": "Tag",
    "custom_fields": "CustomField",
}
"""Object -> its type in the events."""
ALL = "*"
SPEAKS_OF: dict[str, tuple[str, ...]] = {
    "ticket-assigned": ("assignee_user",),
    "ticket-unassigned": ("assignee_user",),
    "ticket-team-assigned": ("assignee_team",),
    "ticket-team-unassigned": ("assignee_team",),
    "ticket-closed": ("status", "closed_datetime"),
    "ticket-reopened": ("status", "closed_datetime"),
    "ticket-tags-added": ("tags",),
    "ticket-tags-removed": ("tags",),
    "ticket-subject-updated": ("subject",),
    "ticket-customer-updated": ("customer",),
    "ticket-trashed": ("trashed_datetime",),
    "ticket-untrashed": ("trashed_datetime",),
    "ticket-marked-spam": ("spam",),
    "ticket-unmarked-spam": ("spam",),
    "ticket-snoozed": ("snooze_datetime", "status"),
    "ticket-self-unsnoozed": ("snooze_datetime", "status"),
    "tag-renamed": ("name",),
    **dict.fromkeys(("ticket-updated", "ticket-message-updated", "customer-updated", "customer-merged"), (ALL,)),
    **dict.fromkeys(("user-updated", "user-deleted", "team-updated", "team-deleted"), (ALL,)),
    **dict.fromkeys(("tag-updated", "tag-deleted", "tag-merged", "custom-field-updated"), (ALL,)),
}
"""Type of an event -> the fields that it may have changed; `*`: any of its object."""
NEVER_OURS = ("trashed_datetime", "spam", "snooze_datetime")
"""No write of this migration sets them."""
BY_ITSELF = "ticket-updated"
"""The event of Gorgias's own update after a create."""
DEFINITIONS = ("users", "teams", "tags", "custom_fields")
MOST = 2_000
"""Objects that are looked up in one comparison; where more differ, something else is wrong, and the rest is blamed."""
LANGUAGES = 100
"""Gorgias finds out the language by itself: where more tickets than this show one, nobody is asked who set it."""
SAMPLE, LONGEST, MARGIN = 5, timedelta(minutes=2), timedelta(seconds=1)


@dataclass
class EventEvidence:
    """Events of single objects, read once each.

    Attributes:
        lookups: how many were asked for.
    """

    reader: Reader
    ledger: Ledger
    warehouse: Warehouse
    lookups: int = 0
    _own: int | None = None
    _quiet: timedelta | None = None
    _read: dict[tuple[str, int], list[dict[str, Any]]] = field(default_factory=dict)

    def of(self, object_type: str, number: int) -> list[dict[str, Any]]:
        """Events of an object; none where the account shows none."""
        key = (object_type, number)
        if key not in self._read:
            self.lookups += 1
            try:
                self._read[key] = list(self.reader.rows("/api/events", object_type=object_type, object_id=number))
            except GorgiasError as error:
                if error.status not in {403, 404}:
                    raise
                self._read[key] = []
        return self._read[key]

    @property
    def own(self) -> int:
        """The API user."""
        if self._own is None:
            self._own = int(self.reader.get("/api/users/0")["id"])
        return self._own

    def quiet(self, keys: Sequence[str]) -> timedelta:
        """How long after a create Gorgias updates tickets by itself, as those of the days show that are as written."""
        if self._quiet is None:
            delays = [delay for number in self._undisturbed(keys) if (delay := self._delay(number))]
            self._quiet = max(delays) + MARGIN if delays else timedelta(0)
        return self._quiet

    def _undisturbed(self, keys: Sequence[str]) -> list[int]:
        rows = self.warehouse.rows(
            "SELECT gorgias_id FROM reconciliation.target_tickets t WHERE list_contains($keys, partition) "
            "AND found = 'present' AND NOT EXISTS (FROM reconciliation.differences d WHERE d.object = 'tickets' "
            "AND d.gorgias_id = t.gorgias_id AND d.field <> 'language') ORDER BY gorgias_id",
            {"keys": list(keys)},
        )
        sources = {number: name for name, number in self.ledger.known_writes.gorgias_ids("tickets").items()}
        numbers = [row["gorgias_id"] for row in rows if row["gorgias_id"] in sources]
        updates = {number: WriteKey("tickets", sources[number], "update") for number in numbers[: SAMPLE * 20]}
        known = self.ledger.known_writes.known(list(updates.values()))
        return [number for number, key in updates.items() if key not in known][:SAMPLE]

    def _delay(self, number: int) -> timedelta | None:
        events = self.of("Ticket", number)
        made = [happened_at(one) for one in events if one["type"] == "ticket-created"]
        later = [happened_at(one) for one in events if one["type"] == BY_ITSELF and one["user_id"] == self.own]
        delay = max(later) - min(made) if made and later else None
        return delay if delay is not None and delay <= LONGEST else None

    def proves(self, event: Mapping[str, Any], name: str, ours_until: datetime | None, keys: Sequence[str]) -> bool:
        """Whether this event is about `name` and not our own doing, nor Gorgias's right after our create."""
        spoken = SPEAKS_OF.get(event["type"], ())
        if ALL not in spoken and name not in spoken:
            return False
        if event["user_id"] != self.own or (name in NEVER_OURS and event["type"] != BY_ITSELF):
            return True
        if ours_until is None:
            return False
        rest = self.quiet(keys) if event["type"] == BY_ITSELF else timedelta(0)
        return happened_at(event) > ours_until + rest


def explain(evidence: EventEvidence, objects: Sequence[str], keys: Sequence[str]) -> None:
    """Turn blamed differences of these objects into `changed since write` where events prove it."""
    store = evidence.warehouse
    if not store.exists(DIFFERENCES):
        return
    rows = [
        row
        for row in store.rows(
            "SELECT DISTINCT object, partition, field, kind, source_id, gorgias_id FROM reconciliation.differences "
            "WHERE list_contains(?, object) AND list_contains(?, partition) AND source_id IS NOT NULL ORDER BY ALL",
            [list(objects), list(keys)],
        )
        if is_defect(row["kind"], row["field"]) and _askable(row)
    ]
    if not rows:
        return
    rows, by_itself = _languages(rows)
    parents = {ticket_of("messages", row["source_id"]) for row in rows if row["object"] == "messages"}
    until = ours_until(evidence.ledger, objects, parents)
    numbers = evidence.ledger.known_writes.gorgias_ids("tickets") if "messages" in objects else {}
    explained = []
    for row in rows:
        if evidence.lookups >= MOST:
            break
        ticket = ticket_of("messages", row["source_id"]) if row["object"] == "messages" else ""
        bound = until.get((row["object"], row["source_id"])) or until.get(("create", ticket))
        number = row["gorgias_id"] or numbers.get(ticket)
        if number is None:
            continue
        events = evidence.of(TYPES[row["object"]], number)
        name = "custom_fields" if row["field"].startswith("ivinex:field:") else row["field"]
        if any(evidence.proves(event, name, bound, keys) for event in events):
            explained.append(row)
        elif row["field"] == "language":
            by_itself.append(row)
    _rewrite(store, explained, by_itself)


def _askable(row: Mapping[str, Any]) -> bool:
    """A double is nobody's change; a record that is gone stays missing whoever took it, and a definition does not."""
    if row["kind"] == Verdict.missing:
        return row["object"] in DEFINITIONS
    return not (row["kind"] == Verdict.extra and row["field"] == "external_id")


def _languages(rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(rows to look up, languages that Gorgias found out): where many have one, it was Gorgias."""
    found = [row for row in rows if row["field"] == "language"]
    if len(found) <= LANGUAGES:
        return rows, []
    return [row for row in rows if row["field"] != "language"], found


def ours_until(
    ledger: Ledger, objects: Iterable[str], tickets: Iterable[str]
) -> dict[tuple[str, str], datetime | None]:
    """(object, or `create` of these tickets; source id) -> Gorgias's time by which our last write on it was through."""
    marks = ledger.times.clock_marks()
    ours = [at for at, _ in marks]

    def until(at: datetime) -> datetime | None:
        place = bisect_left(ours, at)
        return marks[place][1] if place < len(marks) else None

    found: dict[tuple[str, str], datetime | None] = {}
    for name in objects:
        settled = ledger.times.settled_at(name)
        for source_id, at in zip(settled["source_id"], settled["settled_at"], strict=True):
            found[name, source_id] = until(at.to_pydatetime())
    # A message that went with its ticket was written by the create, whatever was written to the ticket since.
    creates = ledger.known_writes.known([WriteKey("tickets", name, "create") for name in sorted(tickets)])
    for key, row in creates.items():
        found["create", key.source_id] = until(row.settled_at) if row.settled_at else None
    return found


_CHANGED = """
    UPDATE reconciliation.differences SET kind = 'changed since write' WHERE (object, partition, field, source_id) IN (
        SELECT unnest($object), unnest($partition), unnest($field), unnest($source_id)
    )
"""
_NO_DIFFERENCE = """
    DELETE FROM reconciliation.differences WHERE (object, partition, field, source_id) IN (
        SELECT unnest($object), unnest($partition), unnest($field), unnest($source_id)
    )
"""
_RECOUNTED = """
    INSERT INTO reconciliation.verdicts
    SELECT partition, object, field, kind, count(*), ? FROM reconciliation.differences
    WHERE partition = ? AND object = ? AND field = ? GROUP BY ALL
"""
_AT = "SELECT max(checked_at) FROM reconciliation.verdicts WHERE partition = ? AND object = ? AND field = ?"


def _rewrite(warehouse: Warehouse, explained: list[dict[str, Any]], by_itself: list[dict[str, Any]]) -> None:
    if not explained and not by_itself:
        return
    with warehouse.transaction() as tx:
        for rows, change in ((explained, _CHANGED), (by_itself, _NO_DIFFERENCE)):
            if rows:
                columns = ("object", "partition", "field", "source_id")
                tx.execute(change, {name: [row[name] for row in rows] for name in columns})
        touched = {(row["partition"], row["object"], row["field"]) for row in (*explained, *by_itself)}
        for slice_ in touched:
            at = tx.scalar(_AT, list(slice_))
            if at is None:
                continue
            tx.execute(
                "DELETE FROM reconciliation.verdicts WHERE partition = ? AND object = ? AND field = ? "
                "AND NOT list_contains(?, verdict)",
                [*slice_, list(GOOD)],
            )
            tx.execute(_RECOUNTED, [at, *slice_])
        _recount(tx, by_itself)


def _recount(tx: Connection, by_itself: list[dict[str, Any]]) -> None:
    """How many records of a slice are equal, now that some differences are none."""
    for partition, name in {(row["partition"], row["object"]) for row in by_itself}:
        tx.execute(
            "UPDATE reconciliation.compared SET equal = compared - (SELECT count(DISTINCT source_id) "
            "FROM reconciliation.differences WHERE partition = $day AND object = $name) "
            "WHERE partition = $day AND object = $name",
            {"day": partition, "name": name},
        )


def happened_at(event: Mapping[str, Any]) -> datetime:
    at = datetime.fromisoformat(event["created_datetime"])
    return at if at.tzinfo else at.replace(tzinfo=UTC)
