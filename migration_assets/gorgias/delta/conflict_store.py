"""Conflicts of a merge: ids and field names in the ledger, the three values in MIGRATION_HOME/private/conflicts.

It belongs here: where each of the two goes. It does not: finding conflicts (three_way_merge.py) and deciding them
(migration_assets/cli/conflicts.py).
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from migration_assets.documents import private_folder
from migration_assets.gorgias.three_way_merge import Conflict
from resources.ledger import Ledger
from resources.ledger.conflicts import conflict_id

WHOLE_OBJECT = "*"
"""Field of a conflict about the whole object: trashed, merged, deleted."""


def note(
    ledger: Ledger, home: Path, object: str, source_id: str, number: int | None, conflicts: Sequence[Conflict], why: str
) -> None:
    """Enter one record's conflicts; a later merge of the record replaces what is said of the same field."""
    folder = private_folder(home) / "conflicts"
    folder.mkdir(mode=0o700, exist_ok=True)
    for one in conflicts:
        name = conflict_id(object, source_id, one.field)
        values: dict[str, Any] = {
            "id": name,
            "object": object,
            "source_id": source_id,
            "field": one.field,
            "gorgias_id": number,
            "base": one.base,
            "source": one.source,
            "target": one.target,
            "changed_in_gorgias": why,
        }
        path = folder / f"{name}.json"
        path.write_text(json.dumps(values, indent=2, ensure_ascii=False, default=str) + "\n", "utf-8")
        path.chmod(0o600)
        detail = "changed at the source and in Gorgias since it was written; Gorgias's value stays"
        ledger.conflicts.note_conflict(object, source_id, one.field, number, f"{detail} ({why})" if why else detail)


def note_whole(ledger: Ledger, object: str, source_id: str, number: int, problem: str) -> None:
    """A record that changed at the source and cannot be written to any more."""
    detail = f"changed at the source, but {problem}; nothing was written"
    ledger.conflicts.note_conflict(object, source_id, WHOLE_OBJECT, number, detail)
