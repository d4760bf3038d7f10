"""reconciliation/report: the books, and the evidence in MIGRATION_HOME/handoff."""

import dagster as dg

from migration_assets.mapping import mapping_file
from migration_assets.mapping.confirm import FILE
from migration_assets.reconciliation.books import OUTCOMES, BookRow
from migration_assets.reconciliation.evidence import collect
from migration_assets.reconciliation.handoff_files import note, write_handoff
from migration_assets.settings import SettingsResource
from resources.ledger import LedgerResource
from resources.warehouse import WarehouseResource

SHOWN = 20


@dg.asset(
    key_prefix="reconciliation",
    group_name="reconciliation",
    kinds={"html", "json"},
    deps=[dg.AssetKey(["reconciliation", name]) for name in ("target_sweep", "comparison", "second_pass")],
    check_specs=[
        dg.AssetCheckSpec(
            "books_balance",
            asset=["reconciliation", "report"],
            blocking=True,
            description="Every source row, of every object and day, is created, adopted, merged, skipped, "
            "quarantined, in conflict or rolled back, exactly once; nothing is in doubt, and nothing was booked that "
            "the source does not hold. Synthetic objects are counted apart.",
        )
    ],
)
def report(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """The books per object and partition, with charts, losses, quarantine and conflicts, for people and machines."""
    home, store = settings.get().home, warehouse.get()
    with store.held():
        evidence = collect(ledger.get(), store, mapping_file.load(home / FILE))
    write_handoff(home / "handoff", evidence)
    page = home / "handoff" / "report.html"
    for row in evidence.totals:
        ends = ", ".join(f"{getattr(row, name)} {name}" for name in OUTCOMES if getattr(row, name))
        context.log.info(f"{row.object}: {row.source} = {ends or 0}{'' if row.balanced else ': NOT BALANCED'}")
    numbers = {f"{row.object}_source": row.source for row in evidence.totals}
    return dg.MaterializeResult(
        metadata={
            "report": dg.MetadataValue.path(str(page)),
            "balanced_lines": sum(row.balanced for row in evidence.rows),
            "unbalanced_lines": sum(not row.balanced for row in evidence.rows),
            "quarantined": len(evidence.quarantine),
            "conflicts": len(evidence.conflicts),
            "losses": int(evidence.losses["count"].sum()),
            "requests": sum(evidence.calls.values()),
            "answers_429": evidence.throttled,
            **numbers,
        },
        check_results=[_check(evidence.rows)],
    )


def _check(rows: list[BookRow]) -> dg.AssetCheckResult:
    bad = [row for row in rows if not row.balanced]
    lines = [f"{row.object} {row.partition or ''}: {note(row)}" for row in bad]
    return dg.AssetCheckResult(
        check_name="books_balance",
        passed=not bad,
        severity=dg.AssetCheckSeverity.ERROR,
        description="every line balances" if not bad else f"{len(bad)} lines do not balance: " + " | ".join(lines[:3]),
        metadata={
            "lines": len(rows),
            "unbalanced": len(bad),
            "in_doubt": sum(row.in_doubt for row in rows),
            "missing": sum(row.missing for row in rows),
            "unknown": sum(row.unknown for row in rows),
            "first": dg.MetadataValue.md("\n".join(f"- {line}" for line in lines[:SHOWN]) or "none"),
        },
    )
