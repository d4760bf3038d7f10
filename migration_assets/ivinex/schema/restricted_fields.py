"""Fields that some groups of users may not see in Ivinex, by the admin's restricted_fields.csv: no call shows them.

Belongs here: reading that list into `ivinex.fields`. Does not belong here: what a map does with such a field
(mapping/restricted_fields.py).
"""

from collections import defaultdict
from pathlib import Path

import pandas as pd

from migration_assets.ivinex.exports.export_files import RESTRICTED_COLUMNS, ExportProblem, export_file, read_rows

FILE = "restricted_fields.csv"


def mark_restricted(fields: pd.DataFrame, home: Path) -> pd.DataFrame:
    """The rows of `ivinex.fields` with `restricted` filled: how many groups the list names for a field.

    Raises:
        ExportProblem: a column is missing, or a line names no field of this site; a slip would leave it unguarded.
    """
    file = export_file(home, FILE)
    if not file.exists():
        return fields
    tabs = {str(name).casefold(): str(number) for number, name in zip(*_columns(fields, "tab"), strict=True)}
    tabs |= {number.casefold(): number for number in tabs.values()}
    names: dict[tuple[str, str], set[int]] = defaultdict(set)
    for column in ("label", "field_name"):
        for place, (number, name) in enumerate(zip(*_columns(fields, column), strict=True)):
            names[str(number), str(name).casefold()].add(place)
    groups: dict[int, set[str]] = defaultdict(set)
    for line, row in read_rows(file, RESTRICTED_COLUMNS, {}):
        tab = tabs.get(row["tab"].casefold())
        if tab is None:
            raise ExportProblem(f"{file}, line {line}, column tab: there is no tab of this name or number")
        found = names.get((tab, row["field"].casefold()))
        if not found:
            raise ExportProblem(f"{file}, line {line}, column field: tab {tab} has no field of this label or name")
        for place in found:
            groups[place].add(row["group"].casefold())
    told = ["" if place not in groups else _sentence(len(groups[place])) for place in range(len(fields))]
    return fields.assign(restricted=told)


def _sentence(groups: int) -> str:
    return f"not seen by every group ({groups} named)"


def _columns(fields: pd.DataFrame, name: str) -> tuple[list[str], list[str]]:
    return list(fields["collection_type_id"]), list(fields[name])
