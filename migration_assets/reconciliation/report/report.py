"""reconciliation/report: the books, and the evidence in MIGRATION_HOME/handoff.

It belongs here: the asset and its checks. It does not: collecting (report_data.py), judging (report_verdict.py), the
page (report_page.py) and what the UI shows of it (report_metadata.py).
"""

from collections import Counter
from urllib.parse import urlsplit

import dagster as dg

from checks.evaluate import Evaluation
from checks.step_check import StepCheck
from migration_assets.mapping import mapping_file
from migration_assets.mapping.confirm import FILE
from migration_assets.reconciliation.balance.balance import OUTCOMES, BalanceRow
from migration_assets.reconciliation.report.report_data import ReportData, collect
from migration_assets.reconciliation.report.report_files import write_handoff
from migration_assets.reconciliation.report.report_metadata import report_metadata
from migration_assets.reconciliation.report.report_verdict import decide_verdict, note
from migration_assets.settings import Settings, SettingsResource, Target
from migration_assets.wording import counted
from resources.ledger import LedgerResource
from resources.ledger.quality_gates import UNPARTITIONED
from resources.warehouse import WarehouseResource

KEY = dg.AssetKey(["reconciliation", "report"])
SHOWN = 3
BALANCE = StepCheck(
    KEY,
    "books_balance",
    "Every source row, of every object and day, is created, adopted, merged, skipped, quarantined, in conflict or "
    "rolled back, exactly once; nothing is in doubt, and nothing was booked that the source does not hold. Synthetic "
    "objects are counted apart.",
    blocking=True,
)
GATES = StepCheck(
    KEY,
    "gates_open",
    "No check that guards a load or a proof has failed without a person having overridden it. A closed gate does not "
    "make the report wrong: it says that the migration is not finished.",
    severity=dg.AssetCheckSeverity.WARN,
)


@dg.asset(
    key_prefix="reconciliation",
    group_name="reconciliation",
    kinds={"html", "json"},
    deps=[dg.AssetKey(["reconciliation", name]) for name in ("target_sweep", "comparison", "second_pass")],
    check_specs=[BALANCE.spec, GATES.spec],
)
def report(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """The verdict, the books per object and partition, charts, losses, quarantine, conflicts: for people and machines.

    Open handoff/index.html, which lists it and the documents for the admin. Next: the job handoff makes those.
    """
    chosen, open_warehouse = settings.get(), warehouse.get()
    with open_warehouse.held():
        evidence = collect(ledger.get(), open_warehouse, mapping_file.load(chosen.home / FILE), source_of(chosen))
    write_handoff(chosen.home / "handoff", evidence)
    context.log.info(decide_verdict(evidence).headline)
    for row in evidence.totals:
        ends = ", ".join(f"{getattr(row, name)} {name}" for name in OUTCOMES if getattr(row, name))
        context.log.info(f"{row.object}: {row.source} = {ends or 0}{'' if row.balanced else ': NOT BALANCED'}")
    return dg.MaterializeResult(
        metadata=report_metadata(evidence, chosen.home / "handoff"),
        check_results=[
            BALANCE.report(context, None, lambda: {None: balance(evidence.rows)}),
            GATES.report(context, None, lambda: {None: gates(evidence)}),
        ],
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
    sentence = f"{told}: {lines}{more}" if bad else f"all {len(rows)} lines of the books balance"
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
