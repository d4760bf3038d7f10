"""The asset checks of the gorgias room: balance, all compared, links, no mail, second pass.

It belongs here: which target asset has which check, and what it looks at. It does not: comparing (compare_days.py,
compare_objects.py), the books (books.py) and how a result becomes a gate (checks/factory.py). They run after the fact
and block nothing in their run; each day's result is kept as a gate, so a bad day speaks for itself alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import dagster as dg

from checks.evaluate import SHOWN, Evaluation
from checks.factory import BALANCE_CHECK, conclude
from migration_assets.mapping import mapping_file
from migration_assets.mapping.confirm import FILE
from migration_assets.partitions import daily_partitions
from migration_assets.reconciliation.asked_days import LINKS, SILENCE
from migration_assets.reconciliation.books import day_books, object_books
from migration_assets.reconciliation.differences import found_in, of_slices
from migration_assets.reconciliation.handoff_files import note
from migration_assets.reconciliation.held import WHOLE
from migration_assets.reconciliation.second_pass import PLANNED, WRITES
from migration_assets.reconciliation.verdicts import blamed
from migration_assets.settings import SettingsResource
from resources.ledger import Ledger, LedgerResource
from resources.warehouse import Warehouse, WarehouseResource

COMPARED, LINKED, SILENT, SECOND = "compared", "links", "no_mail", "second_pass"
Slices = Mapping[str | None, Evaluation]


@dataclass(frozen=True)
class Target:
    """One asset of the gorgias room.

    Attributes:
        books: the name of its object in the books.
        compared: the name of its object in comparisons.
        writes: (object, part) of its writes; part None: all.
        daily: partitioned by day.
        checks: which checks beside the balance.
        fields: those of the compared object that are its own; none: all.
        booked_by: assets whose writes say what became of its rows, where those are not its own.
    """

    asset: str
    books: str
    compared: str
    writes: tuple[tuple[str, str | None], ...]
    daily: bool = False
    checks: tuple[str, ...] = (COMPARED, SECOND)
    fields: tuple[str, ...] = ()
    booked_by: tuple[str, ...] = ()

    @property
    def key(self) -> dg.AssetKey:
        return dg.AssetKey(["gorgias", self.asset])


TARGETS = (
    Target("users", "users", "users", (("users", None),)),
    Target("teams", "teams", "teams", (("teams", None),)),
    Target("custom_fields", "custom_fields", "custom_fields", (("custom_fields", None),)),
    Target("tags", "tags", "tags", (("tags", None),)),
    Target("customers", "contacts", "customers", (("customers", None),)),
    # Files are compared with the messages that carry them.
    Target(
        "files",
        "files",
        "messages",
        (("files", None), ("messages", "files")),
        True,
        fields=("attachments",),
        booked_by=("tickets", "ticket_messages"),
    ),
    Target("tickets", "tickets", "tickets", (("tickets", "create"),), True, (COMPARED, LINKED, SECOND)),
    Target(
        "ticket_messages",
        "messages",
        "messages",
        (("messages", "append"), ("tickets", "update")),
        True,
        (COMPARED, LINKED, SILENT, SECOND),
    ),
)
_TOLD = {
    BALANCE_CHECK: "Every source row is created, adopted, merged, skipped, quarantined, in conflict or rolled back.",
    COMPARED: "Everything that was written was read back and held against its staged row, field by field. What people "
    "changed or added in Gorgias since is told and closes nothing; what is missing, dropped, cut or altered does.",
    LINKED: "No orphan: customer, assignee, sender and receiver in Gorgias are those that were written.",
    SILENT: "Gorgias sent nothing: each message has the sent time that it was given, and no attempt to send it failed.",
    SECOND: "The load planned again contains no write.",
}
_AFTER = {
    COMPARED: ("comparison", "target_sweep"),
    LINKED: ("comparison",),
    SILENT: ("comparison",),
    SECOND: ("second_pass",),
}


def target_checks() -> list[dg.AssetChecksDefinition]:
    """All checks of the room's targets."""
    return [_check(target, name) for target in TARGETS for name in (BALANCE_CHECK, *target.checks)]


def read_back_checks(daily: bool) -> list[dg.AssetCheckKey]:
    """The checks that can only follow a verification, of daily targets or of the others."""
    return [dg.AssetCheckKey(one.key, name) for one in TARGETS if one.daily is daily for name in one.checks]


def _check(target: Target, name: str) -> dg.AssetChecksDefinition:
    partitions = daily_partitions() if target.daily else None
    after = _AFTER.get(name, ())
    evaluate = {
        BALANCE_CHECK: _balance,
        COMPARED: _compared,
        LINKED: _links,
        SILENT: _silence,
        SECOND: _second_pass,
    }[name]

    @dg.asset_check(
        asset=target.key,
        name=name,
        description=_TOLD[name],
        blocking=False,
        partitions_def=partitions,
        additional_deps=[
            *(dg.AssetKey(["reconciliation", one]) for one in after if target.daily or one != "comparison"),
            *(dg.AssetKey(["gorgias", one]) for one in target.booked_by),
        ],
    )
    def check(
        context: dg.AssetCheckExecutionContext,
        warehouse: WarehouseResource,
        ledger: LedgerResource,
        settings: SettingsResource,
    ) -> dg.AssetCheckResult:
        keys = list(context.partition_keys) if target.daily else None
        look = _Look(target, keys or [WHOLE], warehouse.get(), ledger.get(), settings)

        def found() -> Slices:
            results = evaluate(look)
            return {key if target.daily else None: result for key, result in results.items()}

        return conclude(context, look.ledger, target.key, name, keys, found, blocking=False)

    return check


@dataclass(frozen=True)
class _Look:
    """What a check is given."""

    target: Target
    keys: list[str]
    store: Warehouse
    ledger: Ledger
    settings: SettingsResource


def _balance(look: _Look) -> dict[str, Evaluation]:
    mapping = mapping_file.load(look.settings.get().home / FILE)
    if look.target.daily:
        lines = day_books(look.ledger, look.store, mapping, look.keys)
    else:
        lines = object_books(look.ledger, look.store, mapping, look.target.books)
    results = {key: Evaluation() for key in look.keys}
    for line in lines:
        if line.object == look.target.books:
            result = results[line.partition or WHOLE]
            result.rows += line.source
            if not line.balanced:
                result.failures[(line.object, note(line) or "source and outcomes differ")] += 1
    return results


def _compared(look: _Look) -> dict[str, Evaluation]:
    fields = look.target.fields
    return _differing(look, lambda field: not fields or field in fields)


def _links(look: _Look) -> dict[str, Evaluation]:
    return _differing(look, LINKS.__contains__)


def _silence(look: _Look) -> dict[str, Evaluation]:
    """Whoever changed it: a message with another sent time may have been sent."""
    results = _differing(look, SILENCE.__contains__)
    for result in results.values():
        result.excused = False
    return results


def _differing(look: _Look, concerns: Callable[[str], bool]) -> dict[str, Evaluation]:
    """Differences of some fields, where all that was written was compared since it was written."""
    results = {
        key: Evaluation(error="never compared: run verify_days" if look.target.daily else "never compared: run verify")
        for key in look.keys
    }
    written = look.ledger.last_written()
    for row in of_slices(look.store, [look.target.compared], look.keys):
        key = row["partition"]
        result = results[key] = Evaluation(rows=row["written"], equal=row["equal"])
        last = written.get(None if key == WHOLE else key)
        if row["compared"] < row["written"]:
            result.error = f"{row['written'] - row['compared']} of {row['written']} were not read back"
        elif last is not None and row["checked_at"] < last:
            result.error = "written since it was compared"
    rows = [row for row in found_in(look.store, [look.target.compared], look.keys) if concerns(row["field"])]
    for row in rows:
        result = results[row["partition"]]
        result.failures[(row["field"], row["kind"])] += 1
        if len(result.first) < SHOWN:
            shown = {name: row[name] for name in ("object", "field", "kind", "source_id", "gorgias_id", "detail")}
            result.first.append(shown)
            result.source_ids.append(str(row["source_id"] or row["gorgias_id"]))
    for result in results.values():
        result.excused = not any(blamed(kind, field) for field, kind in result.failures)
    return results


def _second_pass(look: _Look) -> dict[str, Evaluation]:
    results = {key: Evaluation() for key in look.keys}
    rows = _planned(look)
    for result in results.values():
        result.error = "" if rows else "never planned: run verify"
    written = look.ledger.last_written()
    for row in rows:
        last = written.get(None if row["partition"] == WHOLE else row["partition"])
        own = any(row["object"] == name and part in (None, row["part"]) for name, part in look.target.writes)
        if row["partition"] not in results or not own:
            continue
        result = results[row["partition"]]
        result.rows += row["rows"]
        if last is not None and row["planned_at"] < last:
            result.error = "written since it was planned"
        if row["need"] in WRITES:
            result.failures[(f"{row['object']} {row['part']}", "would be written again")] += row["rows"]
            result.source_ids = sorted([*result.source_ids, *row["first_ids"]])[:SHOWN]
    return results


def _planned(look: _Look) -> list[dict[str, Any]]:
    if not look.store.exists(PLANNED):
        return []
    return look.store.rows(
        f"SELECT * FROM {PLANNED.name} WHERE list_contains(?, partition) OR object = ''",  # noqa: S608
        [look.keys],
    )
