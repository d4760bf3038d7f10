"""What a discovery proved or could not prove, in sentences for whoever reads the map: time zone, restricted fields.

It belongs here: putting them together for the command and the UI. It does not: the verdicts themselves.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from migration_assets.mapping.confirm import live_fields
from migration_assets.mapping.restricted_fields import restrictions_of, restrictions_sentence
from migration_assets.mapping.time_zone_proof import kept_proof

if TYPE_CHECKING:
    from resources.warehouse import Warehouse


def discovery_notes(home: Path, warehouse: Warehouse) -> list[str]:
    """Of the last discovery; [] where there was none."""
    proof = kept_proof(warehouse)
    if proof is None:
        return []
    return [proof.sentence, restrictions_sentence(home, restrictions_of(live_fields(warehouse)))]
