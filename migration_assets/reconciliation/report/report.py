"""reconciliation/report: the books, and the evidence in MIGRATION_HOME/handoff.

It belongs here: writing it, and its checks. It does not: collecting (report_data.py), judging (report_verdict.py), the
page (report_page.py) and what the UI shows of it (report_metadata.py).
"""

from collections import Counter
from urllib.parse import urlsplit

from checks.evaluate import Evaluation
from checks.step_check import WARN, StepCheck, asset_key
from checks.step_result import StepResult
from migration_assets.gorgias.step_context import TargetStep
from migration_assets.mapping import mapping_file
from migration_assets.mapping.confirm import FILE
from migration_assets.reconciliation.balance.balance import OUTCOMES, BalanceRow
from migration_assets.reconciliation.report.report_data import ReportData, collect
from migration_assets.reconciliation.report.report_files import write_handoff
from migration_assets.reconciliation.report.report_metadata import report_metadata
from migration_assets.reconciliation.report.report_verdict import decide_verdict, note
from migration_assets.settings import Settings, Target
from migration_assets.wording import counted
from resources.ledger.quality_gates import UNPARTITIONED

KEY = asset_key("reconciliation", "report")
SHOWN = 3
BALANCE = StepCheck(
    KEY,
    "books_balance",
    "Every source row, of every object and day, is created, adopted, merged, skipped, quarantined, in conflict or "
    "rolled back, exactly once; nothing is in doubt, and nothing was recorded that the source does not hold. Synthetic "
    "objects are counted apart.",
    blocking=True,
)
GATES = StepCheck(
    KEY,
    "gates_open",
    "No check that guards a load or a proof has failed without a person having overridden it. A closed gate does not "
    "make the report wrong: it says that the migration is not finished.",
    severity=WARN,
)


def source_of(settings: Settings) -> str:
    """The Ivinex site as people know it: its host."""
    if settings.target is Target.demo:
        return "sandbox"
    return urlsplit(settings.ivinex_base_url or "").hostname or "unset"


def balance(rows: list[BalanceRow]) -> Evaluation:
    """Whether every line of the books balances, and why not."""
    bad = [row for row in rows if not row.balanced]
    failures: Counter[tuple[str, str]] = Counter()
    for row in bad:
        for rule in ("in_doubt", "missing", "unknown"):
            failures[row.object, rule.replace("_", " ")] += getattr(row, rule)
        # Ends that do not add up without any of these would be a fault of the books themselves.
        failures[row.object, "line does not balance"] += 1
    lines = "; ".join(f"{' '.join(filter(None, (row.object, row.partition)))}: {note(row)}" for row in bad[:SHOWN])
    more = f"; and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
    told = counted(len(bad), "line does not balance", "lines do not balance")
    sentence = f"{told}: {lines}{more}" if bad else f"all {len(rows)} lines of the balance add up"
    return Evaluation(len(rows), +failures, sentence=sentence)


def gates(evidence: ReportData) -> Evaluation:
    """Whether a gate is closed, and what the first of them found."""
    closed = evidence.closed_gates
    first = "; ".join(
        f"{row['check_name']}{'' if row['partition'] == UNPARTITIONED else ' ' + row['partition']}: {row['detail']}"
        for row in closed[:SHOWN]
    )
    more = f"; and {len(closed) - SHOWN} more" if len(closed) > SHOWN else ""
    told = counted(len(closed), "gate is closed", "gates are closed")
    sentence = f"{told}: {first}{more}" if closed else told
    return Evaluation(len(closed), Counter((row["check_name"], "closed") for row in closed), sentence=sentence)


def write_report(step: TargetStep) -> StepResult:
    """The verdict, the balance per object and partition, charts, losses, quarantine and conflicts.

    Open handoff/index.html, which lists it and the documents for the admin. Next: the job handoff makes those.
    """
    home, log = step.settings.home, step.context.log
    with step.warehouse.held():
        evidence = collect(step.ledger, step.warehouse, mapping_file.load(home / FILE), source_of(step.settings))
    write_handoff(home / "handoff", evidence)
    log.info(decide_verdict(evidence).headline)
    for row in evidence.totals:
        ends = ", ".join(f"{getattr(row, name)} {name}" for name in OUTCOMES if getattr(row, name))
        log.info(f"{row.object}: {row.source} = {ends or 0}{'' if row.balanced else ': NOT BALANCED'}")
    return StepResult(
        report_metadata(evidence, home / "handoff"), [lambda: balance(evidence.rows), lambda: gates(evidence)]
    )
