"""What the UI shows of the report: the verdict, tables of the books and of what is open, and numbers that plot.

It belongs here: metadata of the asset. It does not: the page (report_page.py). Ids, field names, reasons and counts
only, as everywhere outside the private folder.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from checks.metadata import document, markdown
from migration_assets.field_labels import readable, within
from migration_assets.losses import LossEffect, meaning
from migration_assets.markdown import table
from migration_assets.pages import INDEX
from migration_assets.reconciliation.report.report_data import ReportData
from migration_assets.reconciliation.report.report_page import COLUMNS
from migration_assets.reconciliation.report.report_verdict import decide_verdict

SHOWN = 20


def report_metadata(evidence: ReportData, folder: Path) -> dict[str, Any]:
    """
    Args:
        folder: MIGRATION_HOME/handoff.
    """
    verdict = decide_verdict(evidence)
    lost = sum(
        int(row["count"]) for row in evidence.losses.to_dict("records") if meaning(row["kind"])[0] is LossEffect.lost
    )
    quarantine = [row | {"message": within(row["message"], evidence.names)} for row in _first(evidence.quarantine)]
    conflicts = [row | {"field": readable(row["field"], evidence.names)} for row in _first(evidence.conflicts)]
    return {
        "verdict": verdict.headline,
        "report": document(str(folder / "report.html")),
        "all_documents": document(str(folder / INDEX)),
        "books": markdown(_balance_table(evidence)),
        "closed_gates": markdown(
            _listed(evidence.closed_gates, {"check_name": "check", "partition": "day", "detail": "what it found"})
        ),
        "quarantine": markdown(
            _listed(quarantine, {"object": "what", "source_id": "id", "stage": "at", "message": "reason"})
        ),
        "conflicts": markdown(
            _listed(
                conflicts,
                {"id": "conflict", "object": "what", "source_id": "id", "field": "field", "detail": "what differs"},
            )
        ),
        "balanced_lines": sum(row.balanced for row in evidence.rows),
        "unbalanced_lines": sum(not row.balanced for row in evidence.rows),
        "gates_closed": len(evidence.closed_gates),
        "not_compared_days": len(evidence.unread),
        "differences": sum(row["rows"] for row in evidence.differences or []),
        "files_compared_by_bytes": evidence.compared_files["by_bytes"],
        "files_compared_by_address": evidence.compared_files["by_address"],
        "quarantined": len(evidence.quarantine),
        "conflicts_open": len(evidence.conflicts),
        "losses": int(evidence.losses["count"].sum()),
        "values_lost": lost,
        "requests": sum(evidence.calls.values()),
        "answers_429": evidence.throttled,
        "seconds": round(evidence.seconds, 1),
        **{f"{row.object}_source": row.source for row in evidence.totals},
        **{f"{row.object}_in_gorgias": row.created + row.adopted for row in evidence.totals},
    }


def _balance_table(evidence: ReportData) -> str:
    """The books without lines and columns that are all zero."""
    columns = [name for name in COLUMNS if any(getattr(row, name) for row in evidence.totals)]
    rows = [
        row.as_dict() | {"balanced": "yes" if row.balanced else "no"}
        for row in evidence.totals
        if row.source or row.synthetic or not row.balanced
    ]
    shown = {name: name.replace("_", " ") for name in ("object", "source", *columns, "balanced")}
    return table(rows, shown) or "none"


def _first(frame: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = frame.head(SHOWN).to_dict("records")
    return rows


def _listed(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> str:
    return table(list(rows)[:SHOWN], columns) or "none"
