"""handoff/loss_ledger: everything that Gorgias could not take as it was, of all stages, in plain words.

It belongs here: the document. It does not: the words (losses.py), recording a loss (each stage does), and the note
inside a ticket (staging/messages).
"""

from collections import Counter
from pathlib import Path
from typing import Any

import dagster as dg

from checks.evaluate import Evaluation
from migration_assets import documents, markdown
from migration_assets.field_labels import labels
from migration_assets.handoff.results import document_metadata, warning
from migration_assets.losses import Fate, grouped
from migration_assets.settings import SettingsResource
from migration_assets.wording import counted
from resources.ledger import Ledger, LedgerResource
from resources.warehouse import WarehouseResource

NAME = "loss_ledger"
_COLUMNS = {
    "object": "object",
    "field": "field",
    "kind": "what",
    "count": "count",
    "means": "what it means",
    "examples": "examples",
}
SHOWN = 3
NOTHING_LOST = warning(
    NAME,
    "nothing_lost",
    "No value was dropped, cut, undelivered or unknown. What Gorgias keeps in another form or place (a date as text) "
    "is not lost and is counted apart.",
)


@dg.asset(
    key_prefix="handoff",
    group_name="handoff",
    kinds={"html", "json", "markdown"},
    deps=[dg.AssetKey(["reconciliation", "report"])],
    check_specs=[NOTHING_LOST.spec],
)
def loss_ledger(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Losses of all stages by object, field and kind, with counts, a plain sentence and example ids."""
    content, paths = publish(ledger.get(), settings.get().home, labels(warehouse.get()))
    numbers = {"kinds": len(content["losses"])} | {name: content[name] for name in ("total", "lost", "internal_notes")}
    return dg.MaterializeResult(
        metadata=document_metadata(paths, numbers, _shown(content["losses"]), _COLUMNS),
        check_results=[NOTHING_LOST.report(context, None, lambda: {None: evaluate(content["losses"])})],
    )


def publish(ledger: Ledger, home: Path, names: dict[str, str]) -> tuple[dict[str, Any], dict[str, Path]]:
    """Write the document; returns its content and the files.

    Args:
        names: id of a field -> what people call it (`field_labels.labels`).
    """
    losses = grouped(ledger.loss_rows(), names)
    lost, kept, undocumented = ([row for row in losses if row["fate"] == fate] for fate in Fate)
    content = {
        "total": _sum(losses),
        "lost": _sum(lost),
        "kept": _sum(kept),
        "internal_notes": ledger.created_outside_run("messages", "#losses"),
        "losses": losses,
    }
    tables = {
        f"{fate}_table": markdown.table(_shown(rows), _COLUMNS)
        for fate, rows in zip(Fate, (lost, kept, undocumented), strict=True)
    }
    page = markdown.render(f"{NAME}.md.j2", **content, **tables)
    return content, documents.publish(home, NAME, content, page)


def evaluate(losses: list[dict[str, Any]]) -> Evaluation:
    """Whether a value is really lost; fields and kinds, never a value."""
    lost = [row for row in losses if row["fate"] == Fate.lost]
    kept = f"{_sum(losses, Fate.kept)} are kept in another form or place"
    if not lost:
        return Evaluation(_sum(losses), sentence=f"no value is lost; {kept}")
    first = "; ".join(f"{row['object']} {row['field']}: {row['kind']} ({row['count']})" for row in lost[:SHOWN])
    more = f"; and {counted(len(lost) - SHOWN, 'more kind')}" if len(lost) > SHOWN else ""
    failures = Counter({(row["field"], row["kind"]): row["count"] for row in lost})
    return Evaluation(
        _sum(losses), failures, sentence=f"{counted(_sum(lost), 'value is', 'values are')} lost: {first}{more}; {kept}"
    )


def _sum(losses: list[dict[str, Any]], fate: Fate | None = None) -> int:
    return sum(row["count"] for row in losses if fate in (None, row["fate"]))


def _shown(losses: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row | {"examples": ", ".join(row["examples"])} for row in losses]
