"""A look at Ivinex's schema before a load goes on from a reading: did it change since the map was confirmed?

A few calls, against a reading that may be an hour old. It belongs here: asking, and when nobody can be asked. It does
not: what a change is (mapping/schema_check.py), and the check of a discovery, which keeps what it reads.
"""

from __future__ import annotations

from collections.abc import Callable

from migration_assets.ivinex.schema.live_schema import read_schema
from migration_assets.mapping.schema_check import drift_of_fields
from migration_assets.run_resources import ivinex_of
from migration_assets.settings import Settings
from resources.ivinex.failures import IvinexFailure
from resources.ledger import Ledger


def schema_changes(settings: Settings, ledger: Ledger, say: Callable[[str], None]) -> list[str]:
    """Each change by name; [] where nothing was confirmed yet, or the site does not answer, which is told."""
    confirmation = ledger.decisions.confirmed_mapping()
    if confirmation is None:
        return []
    # Nobody waits for a site that is down: what was read of it is there.
    ivinex = ivinex_of(settings.model_copy(update={"ivinex_patience": 0.0}))
    try:
        client = ivinex.get()
        live = read_schema(client, client.tabs())
    except IvinexFailure as failure:
        say(f"Whether Ivinex's fields changed since the map was confirmed is not known: {failure}")
        return []
    finally:
        ivinex.teardown_after_execution(None)  # type: ignore[arg-type]
    refused = {tab.collection_type_id for tab, _ in live.refused}
    if refused:
        say(f"The fields of {len(refused)} tabs cannot be read now, so nothing is said of their changes.")
    seen = {tab: fields for tab, fields in confirmation.schema["tabs"].items() if tab not in refused}
    return drift_of_fields(confirmation.schema | {"tabs": seen}, live.fields)
