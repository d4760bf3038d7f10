"""The checks of the load: every staged row has an end in the ledger, nothing is in doubt; and what people must decide.

With the balance of staging (source = staged + merged + skipped + quarantined) they close the books of a day. None of
them blocks: what was written is written. It belongs here: which asset has which check, and counting ends. It does not:
the whole books against the source (reconciliation/balance/balance.py), and comparing with Gorgias
(reconciliation/checks.py).
"""

# ruff: noqa: S608 - what is put into SQL here are names of this package's own tables and columns

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import dagster as dg
import pandas as pd

from checks.evaluate import SHOWN, Evaluation
from checks.step_check import WARN, StepCheck
from migration_assets.gorgias.expected_differences import EXPECTED, GONE_TICKETS
from migration_assets.gorgias.load_scope import tickets_only
from migration_assets.gorgias.sample_scope import sample_only
from migration_assets.partitions import daily_partitions
from resources.ledger import Ledger
from resources.ledger.quality_gates import UNPARTITIONED
from resources.warehouse import Warehouse

BALANCE = "balance"
_ARRIVED = ("created", "adopted")


@dataclass(frozen=True)
class LoadCheck:
    """Every staged row of one object has an end.

    Attributes:
        table: the staged table.
        object: its object in the ledger's outcomes; also that of its writes, unless `writes` says otherwise.
        id: column with the id that the ledger knows.
        parent: column with the ticket whose end a row without one of its own shares; none: none.
    """

    check: StepCheck
    table: str
    object: str
    id: str = "source_id"
    parent: str = ""
    writes: str = ""

    def report(self, context: dg.AssetExecutionContext, warehouse: Warehouse, ledger: Ledger) -> dg.AssetCheckResult:
        keys = list(context.partition_keys) if self.check.partitions_def is not None else None
        if keys is None:
            only = sample_only(context, ledger, "customers" if self.object == "contacts" else "tickets")
        else:
            only = tickets_only(context, ledger, warehouse, keys)
        # What is said of a part only is no gate: it must not stand for the whole load.
        gates = ledger if only is None else None
        return self.check.report(context, gates, lambda: self.evaluate(warehouse, ledger, keys, only))

    def evaluate(
        self, warehouse: Warehouse, ledger: Ledger, keys: Sequence[str] | None, only: Sequence[str] | None = None
    ) -> dict[str | None, Evaluation]:
        """Slice -> how its staged rows ended. A day of which nothing was written yet is not known, and never failed.

        Args:
            only: the customers or tickets of a sample: of no other row is an end asked for.
        """
        staged = self._staged(warehouse, keys)
        if only is not None and (keys is not None or self.object == "contacts"):
            staged = staged[staged["parent" if self.parent else "source_id"].isin(only)].copy()
        ends = (
            ledger.outcomes.outcomes_of(self.object, keys)
            .drop_duplicates("source_id")
            .set_index("source_id")["outcome"]
        )
        staged["end"] = staged["source_id"].map(ends)
        if self.parent:
            tickets = ledger.outcomes.outcomes_of("tickets", keys).set_index("source_id")["outcome"]
            shared = _gone_tickets(warehouse) | dict(tickets[~tickets.isin(_ARRIVED)].items())
            staged["end"] = staged["end"].where(staged["end"].notna(), staged["parent"].map(shared))
        doubts = Counter(
            write.partition for write in ledger.known_writes.unsettled() if write.key.object == self._written
        )
        written = ledger.times.last_written(keys)
        days = dict(tuple(staged.groupby("partition")))
        waiting = self._at_source(warehouse, keys or [])
        return {
            None if key == UNPARTITIONED else key: _ended(
                days.get(key, staged.iloc[:0]),
                doubts[None if key == UNPARTITIONED else key],
                key == UNPARTITIONED or key in written,
                waiting.get(key, 0),
            )
            for key in (keys if keys is not None else [UNPARTITIONED])
        }

    def _at_source(self, warehouse: Warehouse, keys: Sequence[str]) -> dict[str, int]:
        """Day -> tickets that the sweep holds, for the check of tickets: a day without a staged row may have some."""
        if self.object != "tickets":
            return {}
        rows = warehouse.rows(
            "SELECT partition, count(*) AS tickets FROM ivinex.ticket_sweep "
            "WHERE list_contains(?, partition) GROUP BY 1",
            [list(keys)],
            if_exists="ivinex.ticket_sweep",
        )
        return {row["partition"]: int(row["tickets"]) for row in rows}

    @property
    def _written(self) -> str:
        return self.writes or self.object

    def _staged(self, warehouse: Warehouse, keys: Sequence[str] | None) -> pd.DataFrame:
        """partition, source_id, parent of the staged rows."""
        if not warehouse.exists(self.table):
            return pd.DataFrame(columns=["partition", "source_id", "parent"])
        day, where = (
            ("partition", "WHERE list_contains(?, partition)") if keys is not None else (f"'{UNPARTITIONED}'", "")
        )
        parent = self.parent or "NULL::VARCHAR"
        return warehouse.query(
            f"SELECT {day} AS partition, {self.id} AS source_id, {parent} AS parent FROM {self.table} {where}",
            [list(keys)] if keys is not None else [],
        )


def _gone_tickets(warehouse: Warehouse) -> dict[str, str]:
    """Ticket that a delta found gone in Gorgias -> the end of what comes for it."""
    return {row["source_id"]: row["outcome"] for row in warehouse.rows(GONE_TICKETS, if_exists=EXPECTED)}


@dataclass(frozen=True)
class ConflictCheck:
    """Nothing of some objects changed on both sides; where something did, a person decides."""

    check: StepCheck
    evaluate: Callable[[Warehouse, Ledger, Sequence[str]], Mapping[str | None, Evaluation]]

    def report(self, context: dg.AssetExecutionContext, warehouse: Warehouse, ledger: Ledger) -> dg.AssetCheckResult:
        keys = list(context.partition_keys) if self.check.partitions_def is not None else []
        return self.check.report(context, ledger, lambda: self.evaluate(warehouse, ledger, keys))


def customer_conflicts(_: Warehouse, ledger: Ledger, __: Sequence[str]) -> dict[str | None, Evaluation]:
    """Open conflicts of customers."""
    rows = ledger.conflicts.conflict_rows()
    mine = rows[rows["object"] == "customers"]
    found = Evaluation(
        rows=mine["source_id"].nunique(),
        failures=Counter((field, "conflict on customers") for field in mine["field"]),
        source_ids=sorted(set(mine["source_id"]))[:SHOWN],
    )
    found.sentence = conflict_sentence(found)
    return {None: found}


def ticket_conflicts(warehouse: Warehouse, ledger: Ledger, keys: Sequence[str]) -> dict[str | None, Evaluation]:
    """Day -> open conflicts of its tickets and messages, for a person to decide."""
    rows = ledger.conflicts.conflict_rows()
    results: dict[str | None, Evaluation] = {key: Evaluation() for key in keys}
    for name in ("tickets", "messages"):
        mine = rows[rows["object"] == name]
        if mine.empty or not warehouse.exists(f"staging.{name}"):
            continue
        days = warehouse.query(
            f"SELECT source_id, partition FROM staging.{name} "
            "WHERE list_contains($keys, partition) AND list_contains($ids, source_id)",
            {"keys": list(keys), "ids": mine["source_id"].unique().tolist()},
        )
        for row in mine.merge(days, on="source_id").to_dict("records"):
            results[row["partition"]].failures[(row["field"], f"conflict on {name}")] += 1
            results[row["partition"]].source_ids.append(row["source_id"])
    for result in results.values():
        result.sentence = conflict_sentence(result)
    return results


def conflict_sentence(result: Evaluation) -> str:
    """How many conflicts are open, and where they are decided."""
    if not result.failures:
        return "no conflict"
    listed = "; ".join(f"{field}: {rule} ({count})" for (field, rule), count in result.failures.most_common(SHOWN))
    return (
        f"{result.failures.total()} conflicts for a person to decide, nothing was overwritten: {listed}. In the UI the "
        "job resolve_conflict, or `migrate conflicts list`."
    )


def _ended(rows: pd.DataFrame, doubts: int, begun: bool, at_source: int = 0) -> Evaluation:
    ends = Counter(rows["end"].dropna().tolist())
    missing = rows[rows["end"].isna()]
    if at_source and not len(rows) and not begun:
        return Evaluation(
            unknown=f"{at_source} tickets in Ivinex, none is staged: in the UI the job migrate_day, or `migrate run`"
        )
    if len(missing) and not begun:
        return Evaluation(
            rows=len(rows),
            unknown=f"{len(rows)} staged, nothing was written yet: in the UI the job migrate_day, or `migrate run`",
        )
    told = ", ".join([f"{len(rows)} staged", *(f"{count} {end}" for end, count in sorted(ends.items()))])
    result = Evaluation(rows=len(rows), sentence=told)
    if len(missing):
        result.failures[("row", "no end is known")] += len(missing)
        result.source_ids = sorted(missing["source_id"].astype(str))[:SHOWN]
        result.sentence += f": {len(missing)} missing"
    if doubts:
        result.failures[("row", "in doubt")] += doubts
        result.sentence += f"; {doubts} in doubt, run it again: it reads them back first"
    return result


def _key(asset: str) -> dg.AssetKey:
    return dg.AssetKey(["gorgias", asset])


def _whole(asset: str, told: str, object_: str, id_: str = "source_id", writes: str = "") -> LoadCheck:
    return LoadCheck(StepCheck(_key(asset), BALANCE, told, gate=True), f"staging.{asset}", object_, id_, writes=writes)


def _daily(asset: str, name: str, told: str, table: str, parent: str = "") -> LoadCheck:
    check = StepCheck(_key(asset), name, told, partitions_def=daily_partitions(), gate=True)
    return LoadCheck(check, f"staging.{table}", "files" if table == "attachments" else table, parent=parent)


_ENDS = "Every staged {} is created, adopted, skipped, quarantined or in conflict; no write is in doubt."
USERS = _whole("users", _ENDS.format("user"), "users")
TEAMS = _whole("teams", _ENDS.format("team"), "teams")
CUSTOM_FIELDS = _whole("custom_fields", _ENDS.format("custom field"), "custom_fields")
TAGS = _whole("tags", _ENDS.format("tag"), "tags", "name")
CUSTOMERS = _whole("customers", _ENDS.format("customer"), "contacts", writes="customers")
TICKETS = _daily("tickets", BALANCE, _ENDS.format("ticket"), "tickets")
# Messages and files have their ends only after the last step of a load: a changed ticket gains messages there.
MESSAGES = _daily("ticket_changes", "messages_balance", _ENDS.format("message"), "messages", "ticket_source_id")
FILES = _daily("ticket_changes", "files_balance", _ENDS.format("file"), "attachments", "ticket_source_id")
CUSTOMER_CONFLICTS = ConflictCheck(
    StepCheck(
        _key("customer_changes"),
        "conflicts",
        "No field of a customer changed on both sides; where one did, a person decides.",
        severity=WARN,
    ),
    customer_conflicts,
)
TICKET_CONFLICTS = ConflictCheck(
    StepCheck(
        _key("ticket_changes"),
        "conflicts",
        "No field of the day's tickets and messages changed on both sides; where one did, a person decides.",
        partitions_def=daily_partitions(),
        severity=WARN,
    ),
    ticket_conflicts,
)
