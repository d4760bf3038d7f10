"""The order of a delta: sweep again, people, the change list, the days that changed, and what is left.

It belongs here: the order, what a delta reports, and the last one of a cutover. It does not: how a change is found or
merged (the stages), nor whether a cutover may begin (orchestration/cutover.py).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from migration_assets.gorgias.merge_base import changed_customers, merged_customers
from migration_assets.orchestration.cutover import CUTOVER, require_ready
from migration_assets.orchestration.migration import Migration
from migration_assets.orchestration.reading_reuse import mark_carried
from migration_assets.orchestration.result import Result
from resources.ledger import Ledger
from resources.ledger.base import named

_GONE = " gone"


@dataclass(frozen=True)
class Delta:
    """What one delta found and did.

    Attributes:
        found: `object kind` -> records that had changed since they were loaded.
        days: created days that were loaded again.
        writes: requests that it announced to the ledger.
        left: records that still differ afterwards (in quarantine, or of a day whose gate is closed).
        watermark: the newest sweep that it compared.
    """

    found: dict[str, int]
    days: int
    writes: int
    left: int
    watermark: str

    @property
    def gone(self) -> int:
        """Records of `found` that the source does not hold any more; they stay in Gorgias."""
        return sum(number for name, number in self.found.items() if name.endswith(_GONE))

    def as_data(self) -> dict[str, Any]:
        return asdict(self) | {"gone": self.gone}

    def as_numbers(self) -> dict[str, int]:
        """For the metadata of a run."""
        counted = {"gone": self.gone, "days": self.days, "writes": self.writes, "left": self.left}
        return {**{f"found_{name.replace(' ', '_')}": number for name, number in self.found.items()}, **counted}

    def sentence(self) -> str:
        """For a person."""
        found = ", ".join(f"{number} {name}" for name, number in self.found.items()) or "nothing"
        changed = (
            f"Changed at the source: {found}. {self.days} days loaded again, {self.writes} writes, {self.left} records "
            "still differ."
        )
        return f"{changed} {self.gone_sentence()}".rstrip()

    def gone_sentence(self) -> str:
        """What is gone, by the numbers of `found`; '' where nothing is."""
        gone = [f"{number} {name.removesuffix(_GONE)}" for name, number in self.found.items() if name.endswith(_GONE)]
        kept = "What was written of them stays in Gorgias (see the losses in the report)."
        return f"Gone at the source: {', '.join(gone)}. {kept}" if gone else ""


def counted_changes(rows: Iterable[Mapping[Any, Any]], gone_contacts: int) -> dict[str, int]:
    """`object kind` -> records of the change list; one that is gone from a day and new on another has moved.

    Args:
        gone_contacts: those that were found gone first now; the change list has no row of a contact.
    """
    kinds: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in rows:
        kinds[row["object"], row["source_id"]][row["kind"]] += 1
    found = Counter({f"contacts{_GONE}": gone_contacts})
    for (object, _), counts in kinds.items():
        if moved := min(counts["gone"], counts["new"]):
            counts -= Counter(gone=moved, new=moved)
            counts["moved to another day"] = moved
        found.update({f"{object} {kind}": number for kind, number in counts.items()})
    return dict(sorted((+found).items()))


def apply_delta(migration: Migration, prove: bool) -> Delta:
    """Carry every change over, each once; a second delta right after writes nothing.

    Args:
        prove: read back and compare what was written since it was verified last, as `migrate run` does.

    Raises:
        NotConfirmed: the map is not confirmed, or the schema drifted. Nothing was written.
    """
    ledger, runner = migration.ledger, migration.runner
    migration.closed.clear()
    migration.runner.delta = True
    # What a cutover rests on is read anew; any other delta may go on from the reading of one that was ended.
    migration.discover() if prove else migration.read_source()
    migration.confirmed_map()
    before, customers = set(runner.run_ids), merged_customers(migration.warehouse)
    gone_before = _gone_contacts(ledger)
    migration.prepare()
    migration.say("changes: what differs from what was loaded")
    runner.run("find_changes")
    rows = ledger.changes.change_rows()
    gone_contacts = len(_gone_contacts(ledger) - gone_before)
    found = Counter(counted_changes(rows.to_dict("records"), gone_contacts))
    # Customers were merged by `prepare`, before the list was made.
    found += Counter(f"contacts {kind}" for kind in changed_customers(customers, merged_customers(migration.warehouse)))
    changed = {day: count for day, (count, _) in ledger.changes.changed_days().items()}
    if changed:
        held = migration.tickets_per_day()
        ranges, tickets = migration.plan_only(changed, held), held | changed
        if len(ranges) > 1:
            migration.load_in_order(changed, ranges, tickets)
        else:  # All of it is one run: a run of its own for open tickets would be longer, not sooner.
            migration.load_ranges(ranges, tickets)
        runner.run("find_changes")
    migration.restore()
    if prove:
        migration.verify(everything=False)
    migration.report()
    mark_carried(migration.warehouse)
    left = ledger.changes.change_rows()
    return Delta(
        dict(sorted(found.items())),
        len(changed),
        ledger.known_writes.attempts_in([run_id for run_id in runner.run_ids if run_id not in before]),
        len(left),
        str(rows["watermark"].iloc[0]) if len(rows) else "",
    )


def _gone_contacts(ledger: Ledger) -> set[str]:
    losses = ledger.losses.loss_rows()
    return set(losses.loc[(losses["stage"] == "change_list") & (losses["object"] == "contacts"), "source_id"])


def final_delta(migration: Migration, by: str) -> tuple[Delta, Result]:
    """The cutover's last delta: refused unless all is open and verified, proved, and recorded with who started it.

    Raises:
        CutoverRefused: gates are closed or days not freshly verified. Nothing was read or written.
        NameMissing: nobody is named.
        NotConfirmed: as `apply_delta`.
    """
    by = named(by)
    require_ready(migration.ledger, migration.loaded_per_day(), migration.tickets_per_day())
    done = apply_delta(migration, prove=True)
    result = Result.of(migration)
    migration.ledger.decisions.decide(CUTOVER, f"final delta {done.watermark}"[:60], by)
    return done, result
