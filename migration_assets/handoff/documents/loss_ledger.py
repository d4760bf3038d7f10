"""handoff/loss_ledger: everything that Gorgias could not take as it was, of all stages, in plain words.

It belongs here: the document. It does not: the words (losses.py), recording a loss (each stage does), and the note
inside a ticket (staging/messages).
"""

from collections import Counter
from pathlib import Path
from typing import Any

from checks.evaluate import Evaluation
from migration_assets import markdown
from migration_assets.field_labels import labels
from migration_assets.handoff.results import HandoffDocument, publish_page, warning
from migration_assets.losses import LossEffect, grouped
from migration_assets.wording import counted
from resources.ledger import Ledger
from resources.warehouse import Warehouse

NAME = "loss_ledger"
LOSS_LEDGER_COLUMNS = {
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


def write_loss_ledger(warehouse: Warehouse, ledger: Ledger, home: Path) -> HandoffDocument:
    """The document, its numbers for the UI, and what its check says."""
    losses = grouped(ledger.losses.loss_rows(), labels(warehouse))
    lost, kept, undocumented = ([row for row in losses if row["fate"] == fate] for fate in LossEffect)
    content = {
        "total": _sum(losses),
        "lost": _sum(lost),
        "kept": _sum(kept),
        "internal_notes": ledger.outcomes.created_outside_run("messages", "#losses"),
        "losses": losses,
    }
    tables = {
        f"{fate}_table": markdown.table(shown_losses(rows), LOSS_LEDGER_COLUMNS)
        for fate, rows in zip(LossEffect, (lost, kept, undocumented), strict=True)
    }
    paths = publish_page(home, NAME, content, **content, **tables)
    numbers = {"kinds": len(losses)} | {name: content[name] for name in ("total", "lost", "internal_notes")}
    return HandoffDocument(paths, numbers, shown_losses(losses), LOSS_LEDGER_COLUMNS, evaluate_loss_ledger(losses))


def evaluate_loss_ledger(losses: list[dict[str, Any]]) -> Evaluation:
    """Whether a value is really lost; fields and kinds, never a value."""
    lost = [row for row in losses if row["fate"] == LossEffect.lost]
    kept = f"{_sum(losses, LossEffect.kept)} are kept in another form or place"
    if not lost:
        return Evaluation(_sum(losses), sentence=f"no value is lost; {kept}")
    first = "; ".join(f"{row['object']} {row['field']}: {row['kind']} ({row['count']})" for row in lost[:SHOWN])
    more = f"; and {counted(len(lost) - SHOWN, 'more kind')}" if len(lost) > SHOWN else ""
    failures = Counter({(row["field"], row["kind"]): row["count"] for row in lost})
    return Evaluation(
        _sum(losses), failures, sentence=f"{counted(_sum(lost), 'value is', 'values are')} lost: {first}{more}; {kept}"
    )


def _sum(losses: list[dict[str, Any]], fate: LossEffect | None = None) -> int:
    return sum(row["count"] for row in losses if fate in (None, row["fate"]))


def shown_losses(losses: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row | {"examples": ", ".join(row["examples"])} for row in losses]
