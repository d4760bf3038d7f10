"""The files of MIGRATION_HOME/handoff that the report makes: a page for people, JSON and CSV for machines.

It belongs here: JSON and CSV. It does not: what is in them (report_data.py), the page (report_page.py), and how files
are replaced (documents.py).
"""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from migration_assets.documents import write_files
from migration_assets.losses import EXPORT_MISSING
from migration_assets.reconciliation.report.report_data import ReportData
from migration_assets.reconciliation.report.report_page import report_page, title
from migration_assets.reconciliation.report.report_verdict import ReportVerdict, decide_verdict
from migration_assets.spreadsheet import harmless


def write_handoff(folder: Path, evidence: ReportData) -> dict[str, str]:
    """Write report.html, reconciliation.json, losses.csv, quarantine.csv, conflicts.csv, the index and the manifest.

    Returns:
        File name -> sha256 of the files about the evidence, as in the manifest.
    """
    verdict = decide_verdict(evidence)
    files = {
        "report.html": report_page(evidence, verdict),
        "reconciliation.json": json.dumps(as_json(evidence, verdict), indent=2, default=str) + "\n",
        "losses.csv": _csv(evidence.losses),
        "quarantine.csv": _csv(evidence.quarantine),
        "conflicts.csv": _csv(evidence.conflicts),
    }
    as_of = f"{evidence.at:%Y-%m-%d %H:%M}"
    return write_files(
        folder,
        files,
        title=title(evidence),
        account=evidence.account,
        mapping_version=evidence.mapping_version,
        verdict={"level": verdict.level, "headline": verdict.headline, "as_of": as_of},
    )


def as_json(evidence: ReportData, verdict: ReportVerdict) -> dict[str, Any]:
    """The content of reconciliation.json."""
    return {
        "account": evidence.account,
        "mapping_version": evidence.mapping_version,
        "made_at": evidence.at.isoformat(),
        "source": evidence.source,
        "verdict": verdict.as_dict(),
        "balanced": evidence.balanced,
        "totals": [row.as_dict() for row in evidence.totals],
        "books": [row.as_dict() for row in evidence.rows],
        "reasons": evidence.reasons,
        "requests": evidence.calls,
        "answers_429": evidence.throttled,
        "seconds": round(evidence.seconds, 1),
        "quarantined": len(evidence.quarantine),
        "conflicts": len(evidence.conflicts),
        "closed_gates": evidence.closed_gates,
        "losses": int(evidence.losses["count"].sum()),
        "missing_exports": {
            row["field"]: row["detail"] for row in evidence.losses.to_dict("records") if row["kind"] == EXPORT_MISSING
        },
        "verification": evidence.coverage,
        "differences": evidence.differences,
        "read_back_calls": evidence.read_costs,
        "customers_proved": evidence.customer_proofs,
        "files_compared": evidence.compared_files,
    }


def _csv(frame: pd.DataFrame) -> str:
    """Comma, quotes where needed, LF. A text that a spreadsheet would run as a formula gets an apostrophe."""
    text = frame.select_dtypes(include=["str", "object"]).columns
    safe = frame.assign(**{name: frame[name].map(harmless) for name in text})
    return safe.to_csv(index=False, lineterminator="\n")
