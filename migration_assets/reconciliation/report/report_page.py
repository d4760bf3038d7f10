"""report.html: the evidence and its verdict as one page that needs nothing from outside.

It belongs here: what the page shows in which words. It does not: what is found (report_data.py), what it means
(report_verdict.py), and the template. Ids of fields become their labels, and columns without a number are left out.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd
from markupsafe import Markup

from migration_assets.contents import DOCUMENTS
from migration_assets.field_labels import readable, within
from migration_assets.losses import EXPORT_MISSING, LossEffect, grouped
from migration_assets.pages import environment
from migration_assets.reconciliation.report import charts
from migration_assets.reconciliation.report.finding import Level
from migration_assets.reconciliation.report.report_data import ReportData
from migration_assets.reconciliation.report.report_verdict import ReportVerdict, note
from migration_assets.wording import counted

SHOWN = 200
"""Rows of a list on the page; the CSV has all."""
SHOWN_REASONS = 4
COLUMNS = {
    "created": "made in Gorgias by the migration",
    "adopted": "was in Gorgias already, and was taken instead of making it twice",
    "merged": "became a part of another record",
    "skipped": "not moved, on purpose: the line below it says why",
    "quarantined": "set aside with a reason: not in Gorgias",
    "conflict": "Ivinex and Gorgias say different things; a person decides",
    "rolled_back": "was in Gorgias and was taken back",
    "in_doubt": "sent, and not known whether Gorgias carried it out",
    "missing": "nothing is known of it",
    "unknown": "booked, and the source does not hold it",
    "synthetic": "made by the migration itself, in no other column: the line below it says what",
}
"""Column of the books after `source` -> what it means."""
REASONS = {
    "mapped to standard": "a standard field of Gorgias takes its values",
    "mapped to meta": "no custom field: its values are in the ticket's meta",
    "mapped to data": "no custom field: its values are in the customer's data",
    "mapped to note": "no custom field: its values are in a note",
    "mapped to skip": "the map leaves it out",
    "no ticket": "hangs on no ticket: in unattached_activities",
    "independent task": "hangs on no ticket: in task_rebuild_scope",
    "present in Gorgias": "found there by its address or name",
}
SYNTHETIC = {
    "placeholder": "notes that stand in tickets without any message",
    "losses": "notes that tell agents what was lost of a ticket",
    "undelivered": "notes that name the files which are not here",
    "history": "notes with a ticket's latest changes",
    "customer": "stub customers of tickets whose contact is missing",
    "": "stubs for contacts that are missing",
}
REASON_CLASSES = {
    "transient": "may work when it is tried again",
    "needs_mapping": "the map has to say what becomes of it",
    "needs_permission": "somebody has to grant it",
    "never_possible": "not possible in Gorgias",
}


def title(evidence: ReportData) -> str:
    """What is moved from where to where."""
    target, _, host = evidence.account.partition(":")
    return f"Migration from Ivinex ({evidence.source}) to Gorgias ({host}, {target})"


def report_page(evidence: ReportData, verdict: ReportVerdict) -> str:
    """The page. What it shows is escaped."""
    unbalanced = [row for row in evidence.rows if not row.balanced]
    columns = {name: told for name, told in COLUMNS.items() if any(getattr(row, name) for row in evidence.totals)}
    losses = grouped(evidence.losses, evidence.names)
    by_fate = {fate: [row for row in losses if row["fate"] == fate] for fate in LossEffect}
    return (
        environment("migration_assets.reconciliation")
        .get_template("report.html.j2")
        .render(
            title=title(evidence),
            evidence=evidence,
            verdict=verdict,
            left=[one for one in verdict.findings if one.level is not Level.good and one.remedy],
            documents=DOCUMENTS,
            columns=columns,
            why=_why(evidence),
            unbalanced=[(row, note(row)) for row in unbalanced[:SHOWN]],
            unbalanced_count=len(unbalanced),
            gates=evidence.closed_gates[:SHOWN],
            differences=_labelled(evidence.differences or [], "field", evidence),
            coverage=[
                row
                | {"fields": ", ".join(dict.fromkeys(readable(name, evidence.names) for name in row["fields"] or []))}
                for row in evidence.coverage
            ],
            quarantine=_labelled(_quarantine(evidence.quarantine), "message", evidence),
            classes=REASON_CLASSES,
            lost=by_fate[LossEffect.lost][:SHOWN],
            kept=_by_meaning(by_fate[LossEffect.kept]),
            missing=[
                row | {"detail": str(row["detail"]).split("admin_exports/")[-1]}
                for row in evidence.losses[evidence.losses["kind"] == EXPORT_MISSING].to_dict("records")
            ],
            conflicts=_labelled(evidence.conflicts.head(SHOWN).to_dict("records"), "field", evidence),
            # Drawn by this program from numbers and the names of objects: nothing of a record is in them.
            pictures=[
                Markup(charts.per_time(evidence.per_day)),  # noqa: S704
                Markup(charts.outcomes(evidence.totals)),  # noqa: S704
                Markup(charts.calls(evidence.calls)),  # noqa: S704
            ],
        )
    )


def _why(evidence: ReportData) -> dict[str, list[str]]:
    """Object -> one line for each outcome that asks for an explanation."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    ends: defaultdict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
    for row in evidence.reasons:
        if row["outcome"]:
            reason = REASONS.get(row["reason"]) or within(row["reason"], evidence.names) or "no reason was given"
            ends[row["object"], row["outcome"]].append((reason, row["rows"]))
    for row in evidence.synthetic:
        ends[row["object"], "synthetic"].append((SYNTHETIC.get(row["kind"], row["kind"]), row["rows"]))
    for (name, outcome), reasons in ends.items():
        found[name].append(f"{outcome.replace('_', ' ')}: {_counted(reasons)}")
    return dict(found)


def _counted(reasons: list[tuple[str, int]]) -> str:
    shown = "; ".join(f"{reason} ({number:,})" for reason, number in reasons[:SHOWN_REASONS])
    left = len(reasons) - SHOWN_REASONS
    return f"{shown}; and {counted(left, 'more reason')}, in reconciliation.json" if left > 0 else shown


def _labelled(rows: Iterable[dict[Any, Any]], key: str, evidence: ReportData) -> list[dict[str, Any]]:
    """Rows whose `key` names fields, with labels."""
    label = readable if key == "field" else within
    return [row | {key: label(str(row[key]), evidence.names)} for row in rows]


def _quarantine(rows: pd.DataFrame) -> list[dict[str, Any]]:
    if rows.empty:
        return []
    counts = rows.groupby(["object", "stage", "reason_class", "message"], dropna=False).size()
    found = counts.rename("count").reset_index().sort_values("count", ascending=False)
    return [{str(key): value for key, value in row.items()} for row in found.head(SHOWN).to_dict("records")]


def _by_meaning(losses: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is kept in another form or place: one line for each way, since the values are there."""
    return sorted(_sums(losses), key=lambda row: -row["count"])


def _sums(losses: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for means in dict.fromkeys(row["means"] for row in losses):
        same = [row for row in losses if row["means"] == means]
        yield {"means": means, "fields": len(same), "count": sum(row["count"] for row in same)}
