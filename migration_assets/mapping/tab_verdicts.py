"""May the API user really see a tab, and all of it? A verdict for each: readable, empty or suspect, with the reasons.

It belongs here: what speaks against a tab, once it was read. It does not: reading it (ivinex/), and who may accept it
all the same (gorgias/preflight/tab_points.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import orjson
import pandas as pd

from migration_assets.mapping.profile import SWEEPS
from migration_assets.markdown import table as markdown_table
from resources.warehouse import Table, Warehouse

VERDICTS = Table(
    "ivinex.tab_verdicts",
    {
        "collection_type_id": ("VARCHAR", "the tab's number"),
        "tab": ("VARCHAR", "its name"),
        "verdict": ("VARCHAR", "readable, empty or suspect"),
        "records": ("BIGINT", "records read; NULL where none was tried"),
        "reasons": ("VARCHAR", "JSON list: why it is suspect"),
    },
)

MOST_MISSING, SHARE_MISSING = 500, 0.2
"""A run of so many ids that no record has, and that is such a part of all, is what hidden records look like."""
_COUNTS = "SELECT collection_type_id AS tab, count(DISTINCT collection_id) AS records FROM {table} GROUP BY 1"
_IDS = "SELECT DISTINCT collection_type_id AS tab, TRY_CAST(collection_id AS BIGINT) AS id FROM {table}"
_GAPS = """
WITH ids AS ({ids}),
gaps AS (
    SELECT tab, id AS to_id, lag(id) OVER (PARTITION BY tab ORDER BY id) AS from_id,
           max(id) OVER (PARTITION BY tab) - min(id) OVER (PARTITION BY tab) AS span
    FROM ids WHERE id IS NOT NULL
)
SELECT gaps.tab, from_id, to_id,
       to_id - from_id - 1 - (SELECT count(DISTINCT id) FROM ids WHERE id > from_id AND id < to_id) AS missing
FROM gaps WHERE to_id - from_id - 1 >= {most} AND to_id - from_id - 1 >= {share} * span
ORDER BY missing DESC
"""


class Verdict(StrEnum):
    readable = "readable"
    empty = "empty"
    suspect = "suspect"


@dataclass(frozen=True)
class TabVerdict:
    """
    Attributes:
        reasons: why it is suspect; counts and ids only.
    """

    tab: str
    number: str
    verdict: Verdict
    records: int | None
    reasons: tuple[str, ...] = ()


def tab_verdicts(warehouse: Warehouse, expected: Mapping[str, int]) -> list[TabVerdict]:
    """Of every tab that is known, in the order of their numbers.

    Args:
        expected: tab name or number -> how many records it has at least (IVINEX_EXPECTED_RECORDS).
    """
    if not warehouse.exists("ivinex.tabs"):
        return []
    tables = [table for table in SWEEPS if warehouse.exists(table)]
    counts, gaps = _counts(warehouse, tables), _gaps(warehouse, tables)
    wanted = {name.casefold(): (name, number) for name, number in expected.items()}
    found = []
    for row in warehouse.rows("SELECT * FROM ivinex.tabs ORDER BY collection_type_id, tab"):
        name, number = str(row["tab"]), str(row["collection_type_id"] or row["tab"])
        reasons = [str(row["problem"])] if row["problem"] else []
        records = counts.get(number)
        _, least = wanted.pop(number.casefold(), wanted.pop(name.casefold(), (name, 0)))
        if (records or 0) < least:
            reasons.append(f"{records or 0} records were read, and IVINEX_EXPECTED_RECORDS says at least {least}")
        if number in gaps:
            first, last, missing = gaps[number]
            reasons.append(f"no record has an id between {first} and {last}: {missing} may be hidden or deleted")
        verdict = Verdict.suspect if reasons else Verdict.empty if row["empty"] else Verdict.readable
        found.append(TabVerdict(name, number, verdict, records, tuple(reasons)))
    found += [
        TabVerdict(name, name, Verdict.suspect, None, ("IVINEX_EXPECTED_RECORDS names it, and the site does not",))
        for name, _ in wanted.values()
    ]
    return found


def keep_verdicts(warehouse: Warehouse, verdicts: Sequence[TabVerdict]) -> None:
    """Write `ivinex.tab_verdicts`, which the load asks."""
    rows = [
        {
            "collection_type_id": one.number,
            "tab": one.tab,
            "verdict": str(one.verdict),
            "records": one.records,
            "reasons": orjson.dumps(one.reasons).decode(),
        }
        for one in verdicts
    ]
    warehouse.replace(VERDICTS, pd.DataFrame(rows, columns=list(VERDICTS.columns)).astype({"records": "Int64"}))


def kept_verdicts(warehouse: Warehouse) -> list[TabVerdict]:
    """Those of the last discovery."""
    query = f"SELECT * FROM {VERDICTS.name} ORDER BY collection_type_id"  # noqa: S608
    return [
        TabVerdict(
            *(row["tab"], row["collection_type_id"], Verdict(row["verdict"]), row["records"]),
            tuple(orjson.loads(row["reasons"])),
        )
        for row in warehouse.rows(query, if_exists=VERDICTS)
    ]


def as_markdown(verdicts: Sequence[TabVerdict]) -> str:
    """The verdicts as a table, suspect tabs first."""
    rows = [
        {"tab": one.tab, "verdict": str(one.verdict), "records": one.records, "reasons": "; ".join(one.reasons)}
        for one in sorted(verdicts, key=lambda one: one.verdict is not Verdict.suspect)
    ]
    return markdown_table(rows, {name: name for name in ("tab", "verdict", "records", "reasons")})


def _counts(warehouse: Warehouse, tables: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for table in tables:
        rows = warehouse.rows(_COUNTS.format(table=table))
        found |= {str(row["tab"]): int(row["records"]) for row in rows}
    if warehouse.exists("ivinex.unmapped_tabs"):
        rows = warehouse.rows("SELECT collection_type_id AS tab, records FROM ivinex.unmapped_tabs WHERE file <> ''")
        found |= {str(row["tab"]): int(row["records"]) for row in rows}
    return found


def _gaps(warehouse: Warehouse, tables: list[str]) -> dict[str, tuple[int, int, int]]:
    """Tab -> its longest run of ids that no record of any tab has: (before it, after it, how many)."""
    if not tables:
        return {}
    query = _GAPS.format(
        ids=" UNION ".join(_IDS.format(table=table) for table in tables), most=MOST_MISSING, share=SHARE_MISSING
    )
    found: dict[str, tuple[int, int, int]] = {}
    for row in warehouse.rows(query):
        if row["missing"] >= MOST_MISSING:
            found.setdefault(str(row["tab"]), (row["from_id"], row["to_id"], row["missing"]))
    return found
