"""How many calls the rest of a migration makes: the load, its frame, and reading everything back.

It belongs here: the phases in one list. It does not: counting a load's writes (gorgias/load/load_calls.py, which the
progress of a load counts by too) and what the calls come to in hours (forecast_outlook.py).
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from checks.quality_gates import never_looked_at
from migration_assets.gorgias.attachments import files
from migration_assets.gorgias.load.load_calls import PhaseCalls, load_calls
from migration_assets.reconciliation.target.call_counts import minimum_pages
from resources.files import FileStore
from resources.gorgias import known_account
from resources.ledger import Ledger
from resources.warehouse import Warehouse

SEEN_LISTS = len(known_account.LISTS)
SAME_HOME = SEEN_LISTS * (1 + known_account.PROBES)
"""Whether another home loaded the account: the newest page of each list, and each first record by its external id."""
LOOK = 8 + SAME_HOME
"""Before the first write of a command, and once an hour: account, settings, rules, integrations, users, custom fields
(two), the own user, and whether another home loaded the account."""
CALLS_AN_HOUR = 6_480
"""Of a key, of which nine tenths are used."""
MARK = 1
"""At the beginning of a run that writes, and after each pass: the account's newest event (ledger/times.py)."""
PREPARING = 4 + 1
"""The first write of all asks whether another home loaded the account (four reads), and the users are listed."""
CANARY = 37
"""The trial ticket, customer and tag: written, read, changed and deleted (gorgias/canary/trial.py), with its marks."""
EVENTS = 2
"""Looks at events for a range of days: surveys that were sent, and what happened since the lists were walked."""
FALLBACK = 1
"""Who stands in for an author without a user, looked up by each pass."""
LISTS = ("custom_fields", "tags", "teams", "users")


def all_calls(
    warehouse: Warehouse,
    ledger: Ledger,
    ranges: Sequence[Sequence[str]],
    switched_off: int,
    compared: int,
    share: float,
    customer_share: float,
    open_first: bool = False,
) -> list[PhaseCalls]:
    """The phases of the rest of a migration, in order.

    Args:
        ranges: the days that each run loads.
        switched_off: points of the preflight that are off for the load and restored.
        compared: bytes of the largest file that a verification reads back.
        share: of these files.
        customer_share: of the customers, which are read one by one (CUSTOMER_READ_SHARE).
        open_first: as of `load_calls`.
    """
    load = load_calls(warehouse, ledger, ranges, open_first)
    return [
        PhaseCalls("the account, looked at", 0, _frame(ledger, load, switched_off)),
        *load,
        *_reading_back(warehouse, ledger, load, ranges, compared, share, customer_share),
    ]


def _frame(ledger: Ledger, load: Sequence[PhaseCalls], switched_off: int) -> int:
    """Reads that a load needs beside its writes; they hang on the number of runs and not on that of records."""
    by_phase = {one.phase: one for one in load}
    days = [by_phase[f"gorgias/{name}"] for name in ("files", "tickets", "ticket_messages")]
    writing = {one.phase.split(":")[0] for one in load if one.calls and one not in days}
    number = LOOK + (len(LISTS) + 4 if ledger.images.target_before() is None else 0)
    number += PREPARING + LOOK + MARK + MARK * len(writing) if writing else 1
    number += CANARY if len(never_looked_at(ledger, ["gorgias/canary"])) else 0
    _, tickets, messages = days
    looks = min(tickets.passes, sum(one.calls for one in load) // CALLS_AN_HOUR)
    number += FALLBACK * tickets.passes + LOOK * looks + MARK * sum(one.passes for one in days)
    number += FALLBACK if messages.calls else 0
    return number + (2 * switched_off if writing or tickets.calls else 0)


def _reading_back(
    warehouse: Warehouse,
    ledger: Ledger,
    load: Sequence[PhaseCalls],
    ranges: Sequence[Sequence[str]],
    compared: int,
    share: float,
    customer_share: float,
) -> list[PhaseCalls]:
    """The second pass, each list once, one read for some customers and a file (target/call_counts.py: what was used).

    Lists of tickets show their values, as recorded, so that a ticket costs no call beside those of the messages' list;
    where an account's do not, each ticket is one more. Messages that were there before are not known and not counted.
    """
    there = Counter(name for name, _ in ledger.images.target_before() or {})
    records = {one.phase.removeprefix("gorgias/"): one.records for one in load}
    refused = {name: len(ledger.known_writes.refused_ids(name, "create")) for name in ("customers", "tickets")}
    tickets = records["tickets"] - refused["tickets"]
    customers = records.get("customers", 0) - refused["customers"]
    adopted = (
        ledger.known_writes.write_counts()
        .query("state == 'ADOPTED' and part == 'create'")
        .groupby("object")["rows"]
        .sum()
    )

    def listed(name: str, own: int) -> int:
        return minimum_pages(there[name] + own - int(adopted.get(name, 0)))

    # Fields of tickets and of customers are two lists; and the newest event is asked for before the lists are walked.
    lists = sum(listed(name, records.get(name, 0)) for name in LISTS) + 2
    lists += listed("tickets", tickets) + listed("customers", customers) + 2 * FALLBACK
    return [
        PhaseCalls("verify: lists", 0, lists),
        PhaseCalls("verify: customers", customers, round(customers * customer_share)),
        # And surveys that were sent, once a run.
        PhaseCalls("verify: tickets", tickets, minimum_pages(_messages(warehouse, ranges)) + EVENTS * len(ranges)),
        _files(warehouse, ranges, compared, share),
    ]


def _messages(warehouse: Warehouse, ranges: Sequence[Sequence[str]]) -> int:
    days = [day for days in ranges for day in days]
    query = "SELECT count(*) FROM staging.messages WHERE list_contains(?, partition)"
    return int(warehouse.scalar(query, [days])) if warehouse.exists("staging.messages") else 0


def _files(warehouse: Warehouse, ranges: Sequence[Sequence[str]], compared: int, share: float) -> PhaseCalls:
    """Each content once, however many days hold it."""
    parts = {part.sha256: part for days in ranges for part in files.parts_of(warehouse, FileStore(Path()), days)}
    small = sum(part.size <= compared for part in parts.values()) if compared else 0
    return PhaseCalls("verify: files", len(parts), round(small * share))
