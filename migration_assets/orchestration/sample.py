"""The sample: tickets that stand for all are chosen, migrated by the ordinary load, verified and shown side by side.

It belongs here: the order of its runs, what it came to, and a person's approval. It does not: choosing
(reconciliation/sample/), what a run of the sample may write (gorgias/sample_scope.py), and taking it back (rollback).
"""

# ruff: noqa: S608 - what is put into SQL here are names of this package's own tables and columns

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from checks.production import SAMPLE
from migration_assets.day_ranges import plan_sets
from migration_assets.gorgias.preflight.role import target_of
from migration_assets.handoff.evidence.pack import program
from migration_assets.orchestration.closed_gates import ClosedGate
from migration_assets.orchestration.closed_gates import describe_gates as told_gates
from migration_assets.orchestration.decisions import DecisionRefused
from migration_assets.orchestration.exit import Exit
from migration_assets.orchestration.migration import Migration
from migration_assets.reconciliation.comparison.comparison_rules import is_defect
from migration_assets.reconciliation.comparison.differences import DIFFERENCES
from migration_assets.reconciliation.sample import greedy_cover
from migration_assets.reconciliation.sample.side_by_side import write_page
from migration_assets.reconciliation.sample.value_kinds import ticket_traits
from migration_assets.settings import Settings
from migration_assets.wording import counted, listed
from resources.ledger import Ledger
from resources.ledger.base import named
from resources.warehouse import Warehouse

_CUSTOMERS = """
    SELECT DISTINCT unnest([customer_source_id]) AS id FROM staging.tickets WHERE list_contains($tickets, source_id)
    UNION SELECT sender_source_id FROM staging.messages
        WHERE sender_type <> 'user' AND list_contains($tickets, ticket_source_id)
    UNION SELECT receiver_source_id FROM staging.messages
        WHERE receiver_type <> 'user' AND list_contains($tickets, ticket_source_id)
"""
_DIFFERING = f"""
    SELECT d.kind, d.field, count(*) AS rows FROM {DIFFERENCES.name} d
    LEFT JOIN staging.messages m ON d.object = 'messages' AND m.source_id = d.source_id
    WHERE list_contains($tickets, CASE d.object WHEN 'tickets' THEN d.source_id ELSE m.ticket_source_id END)
    GROUP BY ALL
"""


@dataclass(frozen=True)
class SampleResult:
    """What the sample came to.

    Attributes:
        tickets: chosen.
        ends: outcome -> tickets of the sample; `unknown`: nothing was written of them.
        traits, pairs: how many kinds of values, and pairs of them in one ticket, the source shows.
        differing: values of these tickets that differ from what was written, and speak against the migration.
        calls: write requests that were announced for it.
        page: the page for the spot check.
    """

    tickets: int
    ends: dict[str, int]
    traits: int
    pairs: int
    shares: greedy_cover.Shares
    random: greedy_cover.Shares
    differing: int
    calls: int
    page: Path
    closed: list[ClosedGate]

    @property
    def exit_code(self) -> Exit:
        if self.closed:
            return Exit.GATE_CLOSED
        arrived = sum(self.ends.get(name, 0) for name in ("created", "adopted", "quarantined"))
        return Exit.BALANCED if arrived == self.tickets and not self.differing else Exit.NOT_BALANCED

    def as_data(self) -> dict[str, Any]:
        """For --json and for the metadata of a run."""
        return {
            "tickets": self.tickets,
            **{f"tickets_{name}": number for name, number in sorted(self.ends.items())},
            "kinds_of_values": self.traits,
            "pairs_of_kinds": self.pairs,
            **{f"{name}_percent": round(share, 1) for name, share in vars(self.shares).items()},
            **{f"random_{name}_percent": round(share, 1) for name, share in vars(self.random).items()},
            "differing_values": self.differing,
            "writes": self.calls,
            "closed_gates": len(self.closed),
            "page": str(self.page),
        }

    def sentence(self) -> str:
        ends = listed([f"{number} {name}" for name, number in sorted(self.ends.items())])
        told = [
            f"{counted(self.tickets, 'ticket')} of the sample: {ends}, with {self.calls} writes.",
            f"They show {self.shares.one_way:.1f} % of the {self.traits} kinds of values of all fields and "
            f"{self.shares.two_way:.1f} % of the {self.pairs} pairs of them; as many tickets drawn by chance show "
            f"{self.random.one_way:.1f} % and {self.random.two_way:.1f} %.",
            f"{counted(self.differing, 'value')} of them differ from what was written."
            if self.differing
            else "Read back and compared field by field: nothing differs from what was written.",
            f"Look at them side by side: {self.page}. Then approve the sample (in the UI the job approve_sample, or "
            "`migrate sample approve --by NAME`), or take it back with the rollback.",
        ]
        return "\n".join([*told, *([told_gates(self.closed)] if self.closed else [])])


def migrate_sample(migration: Migration, tickets: int) -> SampleResult:
    """Choose so many tickets, and move them with the customers that they need, and no other.

    What tickets refer to and is few (users, teams, custom fields, tags) is made as a load makes it. What the sample
    wrote costs a later load no call, and an earlier sample stays in it.

    Raises:
        DecisionRefused: no ticket was asked for, or the source was not read.
        NotConfirmed: the map is not confirmed, or the schema drifted. Nothing was written.
    """
    ledger, store, begun = migration.ledger, migration.warehouse, len(migration.runner.run_ids)
    mapping = migration.confirmed_map()
    per_day = migration.tickets_per_day()
    if tickets < 1 or not per_day:
        raise DecisionRefused(
            "A sample has at least one ticket: give another number (the field `tickets` of the job migrate_sample, or "
            "`migrate sample --tickets 50`)."
            if per_day
            else "No ticket was read from Ivinex, so there is none to choose: start the job discover (`migrate "
            "discover`). Nothing was written."
        )
    migration.closed.clear()
    day_of = days_of_tickets(store)
    chosen = greedy_cover.choose(ticket_traits(store, mapping), tickets, day_of)
    days = {name: day_of[name] for name in chosen.tickets}
    ledger.samples.add_to_sample("tickets", days)
    everything, parts = (
        list(ledger.samples.sample_records("tickets")),
        plan_sets({day: per_day[day] for day in days.values()}),
    )
    migration.runner.sample = True
    try:
        migration.prepare()
        for number, part in enumerate(parts, start=1):
            migration.say(f"sample: staging {part} ({number} of {len(parts)})")
            migration.stage(part)
        needed = store.rows(_CUSTOMERS, {"tickets": everything})
        ledger.samples.add_to_sample("customers", {row["id"]: None for row in needed if row["id"]})
        migration.say(f"sample: {counted(len(needed), 'customer')} of its tickets")
        migration.runner.run("prepare", only=[dg.AssetKey(["gorgias", "customers"])])
        for number, part in enumerate(parts, start=1):
            migration.say(f"sample: loading {part} ({number} of {len(parts)})")
            migration.load_open(part, per_day)
    finally:
        migration.runner.sample = False
        migration.restore()
    migration.say("sample: reading back and comparing")
    migration.runner.run("verify")
    for part in parts:
        migration.runner.run("verify_days", part)
    return SampleResult(
        len(chosen.tickets),
        _ends(ledger, days),
        chosen.traits,
        chosen.pairs,
        chosen.shares,
        chosen.random,
        _differing(store, list(days)),
        ledger.known_writes.attempts_in(migration.runner.run_ids[begun:]),
        write_page(migration.home, store, ledger, chosen.tickets),
        list(migration.closed),
    )


def approve_sample(settings: Settings, ledger: Ledger, by: str, note: str = "") -> str:
    """Record that a person looked at the migrated sample and stands for it. Returns a sentence.

    Raises:
        DecisionRefused: no sample was migrated with the map that is confirmed now.
        NameMissing: nobody is named.
    """
    by, confirmed, ends = (
        named(by),
        ledger.decisions.confirmed_mapping(),
        _ends(ledger, ledger.samples.sample_records("tickets")),
    )
    arrived = ends.get("created", 0) + ends.get("adopted", 0)
    if confirmed is None or not arrived:
        raise DecisionRefused(
            "No sample was migrated yet, so there is nothing to approve: start the job migrate_sample, or `migrate "
            "sample --tickets 50`. Nothing was recorded."
        )
    ledger.sign_offs.sign_off(
        SAMPLE,
        by,
        role=str(settings.gorgias_role or ""),
        target=target_of(settings),
        map_version=confirmed.version,
        program_version=program()["version"],
        note=note.strip(),
    )
    return f"The sample of {arrived} tickets, migrated with mapping {confirmed.version}, is approved by {by}."


def days_of_tickets(warehouse: Warehouse) -> dict[str, str]:
    rows = warehouse.query("SELECT source_id, partition FROM ivinex.ticket_sweep WHERE partition <> 'none'")
    return dict(zip(rows["source_id"], rows["partition"], strict=True))


def _ends(ledger: Ledger, days: Mapping[str, str | None]) -> dict[str, int]:
    rows = ledger.outcomes.outcomes_of("tickets", sorted({day for day in days.values() if day}))
    ends = dict(zip(rows["source_id"], rows["outcome"], strict=True))
    return dict(Counter(str(ends.get(name, "unknown")) for name in days))


def _differing(warehouse: Warehouse, tickets: list[str]) -> int:
    if not warehouse.exists(DIFFERENCES):
        return 0
    rows = warehouse.rows(_DIFFERING, {"tickets": tickets})
    return sum(int(row["rows"]) for row in rows if is_defect(row["kind"], row["field"]))
