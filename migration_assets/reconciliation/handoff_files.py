"""The files of MIGRATION_HOME/handoff that the report makes: a page for people, JSON and CSV for machines.

It belongs here: formats. It does not: what is in them (evidence.py) and how files are replaced (documents.py).
"""

import json
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from migration_assets.documents import write_files
from migration_assets.ivinex.exports import EXPORT_MISSING
from migration_assets.reconciliation import charts
from migration_assets.reconciliation.books import OUTCOMES, BookRow
from migration_assets.reconciliation.evidence import Evidence

SHOWN = 200
"""Rows of a list on the page; the CSV has all."""
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_handoff(folder: Path, evidence: Evidence) -> dict[str, str]:
    """Write report.html, reconciliation.json, losses.csv, quarantine.csv, conflicts.csv and manifest.json.

    Returns:
        File name -> sha256, as in the manifest.
    """
    files = {
        "report.html": report_page(evidence),
        "reconciliation.json": json.dumps(as_json(evidence), indent=2, default=str) + "\n",
        "losses.csv": _csv(evidence.losses),
        "quarantine.csv": _csv(evidence.quarantine),
        "conflicts.csv": _csv(evidence.conflicts),
    }
    return write_files(folder, files, account=evidence.account, mapping_version=evidence.mapping_version)


def as_json(evidence: Evidence) -> dict[str, Any]:
    """The content of reconciliation.json."""
    return {
        "account": evidence.account,
        "mapping_version": evidence.mapping_version,
        "made_at": evidence.at.isoformat(),
        "balanced": evidence.balanced,
        "totals": [row.as_dict() for row in evidence.totals],
        "books": [row.as_dict() for row in evidence.rows],
        "reasons": evidence.reasons,
        "requests": evidence.calls,
        "answers_429": evidence.throttled,
        "seconds": round(evidence.seconds, 1),
        "quarantined": len(evidence.quarantine),
        "conflicts": len(evidence.conflicts),
        "losses": int(evidence.losses["count"].sum()),
        "missing_exports": {
            row["field"]: row["detail"] for row in evidence.losses.to_dict("records") if row["kind"] == EXPORT_MISSING
        },
        "verification": evidence.coverage,
        "differences": evidence.differences,
        "read_back_calls": evidence.read_costs,
    }


def report_page(evidence: Evidence) -> str:
    """The page: one file that needs nothing from outside. What it shows is escaped."""
    environment = Environment(
        loader=PackageLoader("migration_assets.reconciliation"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    open_rows = [row for row in evidence.rows if not row.balanced]
    absent = evidence.losses["kind"] == EXPORT_MISSING
    return environment.get_template("report.html.j2").render(
        evidence=evidence,
        outcomes=OUTCOMES,
        open_rows=open_rows[:SHOWN],
        open_count=len(open_rows),
        notes=[(row, note(row)) for row in open_rows[:SHOWN]],
        missing=evidence.losses[absent].to_dict("records"),
        losses=_grouped(evidence.losses[~absent], ["object", "field", "kind"]),
        quarantine=_grouped(evidence.quarantine.assign(count=1), ["object", "stage", "reason_class", "message"]),
        conflicts=evidence.conflicts.head(SHOWN).to_dict("records"),
        # Drawn by this program from numbers and the names of objects: nothing of a record is in them.
        pictures=[
            Markup(charts.per_time(evidence.per_day)),  # noqa: S704
            Markup(charts.outcomes(evidence.totals)),  # noqa: S704
            Markup(charts.calls(evidence.calls)),  # noqa: S704
        ],
    )


def note(row: BookRow) -> str:
    """Why a line does not balance."""
    told = {
        "in doubt (run the same command again: it settles them)": row.in_doubt,
        "source rows of which nothing is known": row.missing,
        "booked rows that the source does not hold": row.unknown,
    }
    return "; ".join(f"{number} {text}" for text, number in told.items() if number)


def _grouped(frame: pd.DataFrame, by: list[str]) -> list[dict[str, Any]]:
    if frame.empty:
        return []
    sums = frame.groupby(by, dropna=False)["count"].sum().reset_index().sort_values("count", ascending=False)
    return [{str(key): value for key, value in row.items()} for row in sums.head(SHOWN).to_dict("records")]


def _csv(frame: pd.DataFrame) -> str:
    """Comma, quotes where needed, LF. A text that a spreadsheet would run as a formula gets an apostrophe."""
    text = frame.select_dtypes(include=["str", "object"]).columns
    safe = frame.assign(**{name: frame[name].map(_harmless) for name in text})
    return safe.to_csv(index=False, lineterminator="\n")


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value
