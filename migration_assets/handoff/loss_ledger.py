"""handoff/loss_ledger: everything that Gorgias could not take as it was, of all rooms, in plain words.

It belongs here: the document and the words. It does not: recording a loss (each room does) and the note inside a
ticket (staging/messages).
"""

from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd

from migration_assets import documents
from migration_assets.settings import SettingsResource
from resources.ledger import Ledger, LedgerResource
from resources.warehouse import Warehouse, WarehouseResource

NAME = "loss_ledger"
EXAMPLES = 5
MEANINGS = (
    ("date as text", "Gorgias has no date fields: the date is there as text (2024-03-01) and sorts as text"),
    ("user as text", "Gorgias has no user fields: the colleague is there as text, name and address"),
    ("list as text", "Gorgias has no multiple choice: the choices are there, joined with commas"),
    ("no custom field, kept in data", "no custom field was free: the value is in the customer's data (API), not shown"),
    ("no custom field, kept in meta", "no custom field was free: the value is in the meta (API), not shown to agents"),
    ("no custom field, kept in note", "no custom field was free: the value is told in an internal note of the ticket"),
    ("left out", "the map skips this field: its values were not moved"),
    ("control bytes removed", "invisible control characters were taken out of the text"),
    ("characters that are no", "broken characters of the source were replaced"),
    ("unknown option", "the dropdown's option was deleted in Ivinex: its number is all that is left"),
    ("unknown user", "the number belongs to nobody in users.csv"),
    ("unknown person", "records name users that users.csv does not: they are shown by number"),
    ("value not in the map", "a value that the map did not foresee; its policy decided"),
    ("not an e-mail address", "could not be read as an address; the record kept its other ways of contact"),
    ("not a phone number", "could not be read as a number with a country code"),
    ("not a ", "could not be read as what the field's type says"),
    ("cut at", "longer than Gorgias takes: the beginning is there, and the ticket's note says so"),
    ("address of another customer", "an address belongs to one customer in Gorgias: it is kept in this one's data"),
    ("no address", "the contact has neither e-mail nor phone: an undeliverable address stands in"),
    ("differs from the contact", "two contacts shared an e-mail and became one customer: this value is in its data"),
    ("one of several organizations", "a customer has one company: one was kept, all are in organization_relations"),
    ("linked to an organization", "the organization is gone in Ivinex"),
    ("unusable", "the created date could not be used; another date of the ticket stands in"),
    ("closing time", "when it was closed is not known; its last change stands in"),
    ("ambiguous", "an hour that the clock showed twice: the first one was taken"),
    ("nonexistent", "an hour that the clock skipped: moved forward by the gap"),
    ("impossible", "no such day or time: left empty"),
    ("out_of_range", "a year that cannot be meant: left empty"),
    ("made safe", "the file's name could harm a computer: it travels under a safe one"),
    ("not what its name says", "the file is of another type than its name: it travels with its true type"),
    ("active content", "scripts and the like were taken out of the body"),
    ("image left as its name", "a picture inside the body could not be fetched: its name stands there"),
    ("to a ticket that is not", "a link to a ticket that was not moved: it still leads to Ivinex"),
    ("export missing", "the admin's export is not there: see the report for what it would document"),
)
"""Beginning of a kind (or a word in it) -> what it means for a reader."""
_COLUMNS = {
    "object": "object",
    "field": "field",
    "kind": "what",
    "count": "count",
    "means": "what it means",
    "examples": "examples",
}


@dg.asset(
    key_prefix="handoff",
    group_name="handoff",
    kinds={"json", "markdown"},
    deps=[dg.AssetKey(["reconciliation", "report"])],
)
def loss_ledger(
    warehouse: WarehouseResource, ledger: LedgerResource, settings: SettingsResource
) -> dg.MaterializeResult:
    """Losses of all rooms by object, field and kind, with counts, a plain sentence and example ids."""
    content, paths = publish(ledger.get(), settings.get().home, labels(warehouse.get()))
    metadata = {name: dg.MetadataValue.path(str(path)) for name, path in paths.items()}
    return dg.MaterializeResult(
        metadata={
            "kinds": len(content["losses"]),
            "losses": content["total"],
            "internal_notes": content["internal_notes"],
            **metadata,
        }
    )


def publish(ledger: Ledger, home: Path, names: dict[str, str]) -> tuple[dict[str, Any], dict[str, Path]]:
    """Write the document; returns its content and the files.

    Args:
        names: `<tab>.<machine name>` -> what people call the field.
    """
    losses = grouped(ledger.loss_rows(), names)
    content = {
        "total": sum(row["count"] for row in losses),
        "internal_notes": ledger.made_beside("messages", "#losses"),
        "losses": losses,
    }
    shown = [row | {"examples": ", ".join(row["examples"])} for row in losses]
    page = documents.render(f"{NAME}.md.j2", **content, table=documents.table(shown, _COLUMNS))
    return content, documents.publish(home, NAME, content, page)


def grouped(losses: pd.DataFrame, names: dict[str, str]) -> list[dict[str, Any]]:
    """One row per object, field and kind, the most frequent first; examples are ids of records."""
    if losses.empty:
        return []
    rows = []
    for (name, field, kind), part in losses.groupby(["object", "field", "kind"], sort=True):
        ids = part.loc[part["source_id"] != "", "source_id"]
        rows.append(
            {
                "object": str(name),
                "field": names.get(str(field), str(field)),
                "field_id": str(field),
                "kind": str(kind),
                "count": int(part["count"].sum()),
                "means": meaning(str(kind)),
                "examples": sorted(set(ids))[:EXAMPLES],
            }
        )
    return sorted(rows, key=lambda row: -row["count"])


def meaning(kind: str) -> str:
    """A sentence for a reader who knows neither API; the kind itself where there is none."""
    return next((words for start, words in MEANINGS if start in kind), kind)


def labels(warehouse: Warehouse) -> dict[str, str]:
    """`<tab>.<machine name>` -> `<Tab>: <label>`."""
    if not warehouse.exists("ivinex.fields"):
        return {}
    rows = warehouse.rows("SELECT collection_type_id, tab, field_name, label FROM ivinex.fields")
    return {f"{row['collection_type_id']}.{row['field_name']}": f"{row['tab']}: {row['label']}" for row in rows}
