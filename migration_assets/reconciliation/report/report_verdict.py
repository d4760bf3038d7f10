"""What the evidence means, in words for the one who decides: books, gates, comparison, conflicts, quarantine.

It belongs here: judging, and what each finding asks for. It does not: collecting (report_data.py) and showing
(report_files.py). The page is as green as the worst finding: it cannot say that all is well while a gate is closed.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from checks.quality_gates import way_out
from migration_assets.reconciliation.balance.balance import BalanceRow
from migration_assets.reconciliation.report.comparison_findings import comparison, second_pass
from migration_assets.reconciliation.report.finding import LOAD, Finding, Level
from migration_assets.reconciliation.report.report_data import ReportData
from migration_assets.reconciliation.target.target_tables import UNPARTITIONED
from migration_assets.wording import counted, listed


@dataclass(frozen=True)
class ReportVerdict:
    """The whole, as bad as its worst finding."""

    findings: list[Finding]

    @property
    def level(self) -> Level:
        return max((one.level for one in self.findings), key=list(Level).index)

    @property
    def headline(self) -> str:
        brief = [one.brief for one in self.findings if one.level is self.level]
        if self.level is Level.bad:
            return f"Not finished: {listed(brief)}."
        if self.level is Level.attention:
            return f"What could be moved has arrived and was compared. Mind: {listed(brief)}."
        return "All that has a place in Gorgias has arrived and was compared: nothing is missing, nothing differs."

    def as_dict(self) -> dict[str, Any]:
        return {"level": self.level, "headline": self.headline, "findings": [asdict(one) for one in self.findings]}


def decide_verdict(evidence: ReportData) -> ReportVerdict:
    """Judge the present state."""
    return ReportVerdict(
        [
            *_balance(evidence.rows),
            *_gates(evidence),
            *comparison(evidence),
            *second_pass(evidence),
            *_conflicts(evidence),
            *_quarantine(evidence),
        ]
    )


def note(row: BalanceRow) -> str:
    """Why a line of the books does not balance."""
    told = {
        "in doubt (run the same command or job again: it settles them)": row.in_doubt,
        "source rows of which nothing is known": row.missing,
        "recorded rows that the source does not hold": row.unknown,
    }
    return "; ".join(f"{number} {text}" for text, number in told.items() if number)


def _balance(rows: list[BalanceRow]) -> Iterator[Finding]:
    bad = [row for row in rows if not row.balanced]
    if bad:
        brief = counted(len(bad), "line of the balance does not add up", "lines of the balance do not add up")
        first = "; ".join(f"{row.object} {row.partition or ''}: {note(row)}".replace(" :", ":") for row in bad[:3])
        yield Finding(Level.bad, "unbalanced", brief, f"{brief}: {first}.", LOAD)
    else:
        told = "The outcomes balance: every record of Ivinex has exactly one known end."
        yield Finding(Level.good, "books", "the outcomes balance", told)


def _gates(evidence: ReportData) -> Iterator[Finding]:
    closed = evidence.closed_gates
    if closed:
        brief = counted(len(closed), "gate is closed", "gates are closed")
        first = "; ".join(
            f"{row['check_name']} {row['partition']}".removesuffix(f" {UNPARTITIONED}") for row in closed[:3]
        )
        remedy = way_out(row["check_name"] for row in closed)
        text = f"{brief} ({first}{', ...' if len(closed) > 3 else ''}): what is behind is not loaded, or not proved."
        yield Finding(Level.bad, "gates", brief, text, remedy)
    elif evidence.overridden_gates:
        brief = counted(evidence.overridden_gates, "failed check was overridden", "failed checks were overridden")
        text = f"No gate is closed; {brief} by a person who gave a name and a reason."
        yield Finding(Level.attention, "", brief, text)
    else:
        yield Finding(
            Level.good, "", "no gate is closed", "No gate is closed: no check that guards a load or a proof has failed."
        )


def _conflicts(evidence: ReportData) -> Iterator[Finding]:
    number = max(len(evidence.conflicts), sum(row.conflict for row in evidence.totals))
    if number:
        brief = counted(number, "conflict waits for a decision", "conflicts wait for a decision")
        text = f"{brief}: Ivinex and Gorgias say different things, and nothing was overwritten."
        remedy = (
            "Look at each (`migrate conflicts list --values`, or private/conflicts/ID.json), then decide by its id: in "
            "the UI the job resolve_conflict, or `migrate conflicts resolve ID --take theirs --by NAME` (or ours)."
        )
        yield Finding(Level.bad, "books" if evidence.conflicts.empty else "conflicts", brief, text, remedy)
    else:
        yield Finding(Level.good, "", "no conflict", "No conflict waits for a decision.")


def _quarantine(evidence: ReportData) -> Iterator[Finding]:
    number = len(evidence.quarantine)
    if number:
        brief = counted(number, "record was set aside", "records were set aside")
        parts = [f"{row.quarantined:,} {row.object.replace('_', ' ')}" for row in evidence.totals if row.quarantined]
        inside = f" Not in Gorgias with what belongs to them: {listed(parts)}." if parts else ""
        text = f"{brief}, each with its reason.{inside}"
        remedy = (
            "Correct what the reason names, in the map (and confirm it) or in Ivinex (then the job discover, or "
            "`migrate discover`), then try them again: in the UI the job replay_quarantine, or `migrate quarantine "
            "replay --by NAME`. `migrate quarantine list` names each by its id."
        )
        yield Finding(Level.attention, "quarantine", brief, text, remedy)
    else:
        yield Finding(Level.good, "", "nothing was set aside", "Nothing is in quarantine.")
