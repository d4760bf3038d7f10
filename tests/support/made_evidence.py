"""Evidence of a migration in which everything that a report may show is there, made without any database."""

from datetime import UTC, datetime
from typing import Any

import pandas as pd

from migration_assets.reconciliation.balance.balance import BalanceRow, totals
from migration_assets.reconciliation.report.report_data import ReportData

EVIL = "<script>x</script>"
AT = datetime(2026, 1, 6, 10, tzinfo=UTC)


def frame(columns: str, *rows: tuple[Any, ...]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=columns.split())


def made(**changes: Any) -> ReportData:
    """A migration in which everything that a page may show is there."""
    rows = [
        BalanceRow("tickets", "2026-01-05", source=4, created=2, quarantined=1, conflict=1),
        BalanceRow("custom_fields", None, source=3, created=1, skipped=2),
        BalanceRow("messages", "2026-01-05", source=1, created=1, synthetic=2),
        BalanceRow("tasks", None),
    ]
    reasons = [
        ("custom_fields", "skipped", "mapped to meta", 2),
        ("tickets", "quarantined", "20.status is empty", 1),
        ("tickets", "conflict", EVIL, 1),
    ]
    quarantine = ("tickets", "ivinex:20:1", "2026-01-05", "staging", "needs_mapping", f"20.status is empty {EVIL}")
    values: dict[str, Any] = {
        "source": "shop.ivinex.com", "account": "staging:shop.gorgias.com", "mapping_version": "m1", "at": AT,
        "rows": rows, "totals": totals(rows),
        "closed_gates": [{"check_name": "staging/tickets:balance", "partition": "2026-01-05", "detail": EVIL}],
        "overridden_gates": 0,
        "reasons": [dict(zip(("object", "outcome", "reason", "rows"), row, strict=True)) for row in reasons],
        "synthetic": [{"object": "messages", "kind": "losses", "rows": 2}],
        "losses": frame(
            "object field kind count source_id detail",
            ("tickets", "20.due", "date as text", 5, "", ""),
            ("tickets", "20.secret", "left out", 7, "", ""),
            ("workflows", "workflows.json", "export missing", 1, "", "/home/ann/admin_exports/workflows.json is gone"),
        ),
        "quarantine": frame("object source_id partition stage reason_class message", quarantine),
        "conflicts": frame(
            "id object source_id field gorgias_id detail",
            ("0a1b2c3d4e", "tickets", "ivinex:20:2", "custom_fields.ivinex:field:20:1", 7, f"by {EVIL}"),
        ),
        "requests": frame("object part requests throttled first last", ("tickets", "create", 4, 0, AT, AT)),
        "source_calls": {"Records": 2},
        "target_reads": 0,
        "differences": [{"object": "tickets", "field": "ivinex:field:20:1", "kind": "altered", "rows": 3}],
        "coverage": [
            {"object": "tickets", "written": 2, "compared": 2, "equal": 1, "fields": ["ivinex:field:20:1"], "since": AT}
        ],
        "unread": [], "second_pass": [],
        "read_costs": [{"object": "tickets", "used": 2, "minimum": 2}],
        "customer_proofs": {"read": 1, "list and answer": 2},
        "compared_files": {"by_bytes": 3, "by_address": 1},
        "per_day": frame("day tickets messages", ("2026-01-05", 4, 1)),
        "names": {"20.status": "Tickets: Status", "20.due": "Tickets: Due", "20.secret": "Tickets: Secret",
                  "ivinex:field:20:1": "Tickets: Product Line"},
    }  # fmt: skip
    return ReportData(**values | changes)
