"""What Gorgias could not take as it was, in plain words, and what of it is really lost.

It belongs here: the words for each kind of loss, and grouping. It does not: recording a loss (each stage does), and
the documents that show them (handoff/loss_ledger, the report).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import pandas as pd

from migration_assets.field_labels import readable

EXAMPLES = 5
EXPORT_MISSING = "export missing"
"""The kind of loss where a file that an admin had to export is not there."""


class LossEffect(StrEnum):
    """What became of a value that Gorgias could not take as it was."""

    lost = "lost"
    kept = "kept"
    undocumented = "undocumented"


MEANINGS = (
    (
        "date as text",
        LossEffect.kept,
        "Gorgias has no date fields: the date is there as text (2024-03-01), sorted as text",
    ),
    ("user as text", LossEffect.kept, "Gorgias has no user fields: the colleague is there as text, name and address"),
    ("list as text", LossEffect.kept, "Gorgias has no multiple choice: the choices are there, joined with commas"),
    (
        "no custom field, kept in data",
        LossEffect.kept,
        "no custom field was free: the value is in the customer's data (API), not shown to agents",
    ),
    (
        "no custom field, kept in the field",
        LossEffect.kept,
        "no custom field of its own was free: the value is in the customer's field Ivinex record, beside others",
    ),
    (
        "no custom field, kept in meta",
        LossEffect.kept,
        "no custom field was free: the value is in the meta (API), not shown to agents",
    ),
    (
        "no custom field, kept in note",
        LossEffect.kept,
        "no custom field was free: the value is told in an internal note of the ticket",
    ),
    ("left out", LossEffect.lost, "the map skips this field: its values were not moved"),
    ("dropped for privacy", LossEffect.lost, "the map keeps this field's values from Gorgias"),
    ("masked for privacy", LossEffect.lost, "the map shows the form of this field's values only"),
    (
        "hashed for privacy",
        LossEffect.lost,
        "the map replaces this field's values: equal ones stay equal",
    ),
    ("control bytes removed", LossEffect.kept, "invisible control characters were taken out of the text"),
    ("characters that are no", LossEffect.lost, "broken characters of the source were replaced"),
    ("unknown option", LossEffect.lost, "the dropdown's option was deleted in Ivinex: its number is all that is left"),
    ("unknown user", LossEffect.lost, "the number belongs to nobody in users.csv"),
    ("unknown person", LossEffect.lost, "records name users that users.csv does not: they are shown by number"),
    ("value not in the map", LossEffect.lost, "a value that the map did not foresee; its policy decided"),
    (
        "not an e-mail address",
        LossEffect.lost,
        "could not be read as an address; the record kept its other ways of contact",
    ),
    ("not a phone number", LossEffect.lost, "could not be read as a number with a country code"),
    ("not a ", LossEffect.lost, "could not be read as what the field's type says"),
    ("not carried over", LossEffect.lost, "the file could not be fetched whole: it is in undelivered_files"),
    ("cut at", LossEffect.lost, "longer than Gorgias takes: the beginning is there, and the ticket's note says so"),
    (
        "address of another customer",
        LossEffect.kept,
        "an address belongs to one customer in Gorgias: it is kept in this one's data, or in its field Ivinex record",
    ),
    ("no address", LossEffect.kept, "the contact has neither e-mail nor phone: an undeliverable address stands in"),
    (
        "differs from the contact",
        LossEffect.kept,
        "two contacts shared an e-mail and became one customer: this value is in its data, or its field Ivinex record",
    ),
    (
        "one of several organizations",
        LossEffect.kept,
        "a customer has one company: one was kept, all are in organization_relations",
    ),
    ("linked to an organization", LossEffect.lost, "the organization is gone in Ivinex"),
    ("unusable", LossEffect.lost, "the created date could not be used; another date of the ticket stands in"),
    ("closing time", LossEffect.lost, "when it was closed is not known; its last change stands in"),
    ("ambiguous", LossEffect.kept, "an hour that the clock showed twice: the first one was taken"),
    ("nonexistent", LossEffect.kept, "an hour that the clock skipped: moved forward by the gap"),
    ("impossible", LossEffect.lost, "no such day or time: left empty"),
    ("out_of_range", LossEffect.lost, "a year that cannot be meant: left empty"),
    ("made safe", LossEffect.kept, "the file's name could harm a computer: it travels under a safe one"),
    (
        "not what its name says",
        LossEffect.kept,
        "the file is of another type than its name: it travels with its true type",
    ),
    ("active content", LossEffect.lost, "scripts and the like were taken out of the body"),
    (
        "image left as its name",
        LossEffect.lost,
        "a picture inside the body could not be fetched: its name stands there",
    ),
    ("to a ticket that is not", LossEffect.lost, "a link to a ticket that was not moved: it still leads to Ivinex"),
    (
        "no team of that name",
        LossEffect.kept,
        "no team has that name: the ticket has none, and the name is in its meta",
    ),
    ("no user in Gorgias", LossEffect.lost, "a member of the team has no user in Gorgias"),
    (
        "immutable after creation",
        LossEffect.lost,
        "it changed in Ivinex later, and Gorgias takes it at the creation only",
    ),
    (
        "came later within its second",
        LossEffect.kept,
        "messages of one second stand in Gorgias in the order in which they came there",
    ),
    (
        "moved to another ticket",
        LossEffect.kept,
        "it was moved to another ticket in Ivinex after it was moved here: it is on both in Gorgias",
    ),
    (
        "removed at the source",
        LossEffect.kept,
        "the file was removed in Ivinex after it was moved: it stays in Gorgias",
    ),
    (
        "changed at the source, the first",
        LossEffect.lost,
        "the file changed in Ivinex later: Gorgias keeps the first one",
    ),
    (
        "kept as it was written",
        LossEffect.kept,
        "it changed in Ivinex after it was made in Gorgias, where people work with it: it stays as it was made",
    ),
    ("deleted at the source", LossEffect.kept, "it was deleted in Ivinex after it was moved: it stays in Gorgias"),
    (
        EXPORT_MISSING,
        LossEffect.undocumented,
        "the admin's export is not there: the report names the file and what it would document",
    ),
)
"""Beginning of a kind (or words in it) -> what became of the value, and what that means for a reader."""


def meaning(kind: str) -> tuple[LossEffect, str]:
    """For a reader who knows neither API. A kind without words of its own counts as lost and speaks for itself."""
    return next(((fate, words) for start, fate, words in MEANINGS if start in kind), (LossEffect.lost, kind))


def grouped(losses: pd.DataFrame, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """One row per object, field and kind: what is lost first, then by count; examples are ids of records.

    Args:
        losses: `Losses.loss_rows`.
        names: as `field_labels.labels`.
    """
    if losses.empty:
        return []
    rows = []
    for (name, field, kind), part in losses.groupby(["object", "field", "kind"], sort=True):
        ids = part.loc[part["source_id"] != "", "source_id"]
        fate, words = meaning(str(kind))
        rows.append(
            {
                "object": str(name),
                "field": str(field) if fate is LossEffect.undocumented else readable(str(field), names),
                "field_id": str(field),
                "kind": str(kind),
                "count": int(part["count"].sum()),
                "fate": str(fate),
                "means": words,
                "examples": sorted(set(ids))[:EXAMPLES],
            }
        )
    return sorted(rows, key=lambda row: (list(LossEffect).index(row["fate"]), -row["count"]))
