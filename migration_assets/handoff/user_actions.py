"""handoff/user_actions: what an admin must do by hand, each with where to click and how to see that it was done.

It belongs here: the document. It does not: finding the actions (actions.py). `migrate verify` looks at those with a
check (action_checks.py), and reads them from user_actions.json.
"""

from pathlib import Path
from typing import Any

import dagster as dg

from migration_assets import documents
from migration_assets.handoff.actions import Action, actions
from migration_assets.handoff.sources import mapping_of, places
from migration_assets.settings import SettingsResource
from resources.ledger import LedgerResource
from resources.warehouse import WarehouseResource

NAME = "user_actions"
SHOWN = 30
"""Things that an action is about, on the page; the JSON has all."""


@dg.asset(
    key_prefix="handoff",
    group_name="handoff",
    kinds={"json", "markdown"},
    deps=[
        dg.AssetKey(["reconciliation", "report"]),
        *(dg.AssetKey(["ivinex", name]) for name in ("groups", "workflows", "saved_views")),
    ],
)
def user_actions(
    warehouse: WarehouseResource, ledger: LedgerResource, settings: SettingsResource
) -> dg.MaterializeResult:
    """Stub users, mail, rules, views, teams, fields, `ai_ignore`, leftovers: when, where, and how to check."""
    home = settings.get().home
    store, book = warehouse.get(), ledger.get()
    found = actions(store, book, mapping_of(home), places(store, book, home))
    paths = publish(home, found)
    metadata = {name: dg.MetadataValue.path(str(path)) for name, path in paths.items()}
    return dg.MaterializeResult(
        metadata={
            "actions": len(found),
            "checkable": sum(action.check is not None for action in found),
            **metadata,
        }
    )


def publish(home: Path, found: list[Action]) -> dict[str, Path]:
    """Write the document."""
    content: dict[str, Any] = {"actions": [action.as_dict() for action in found]}
    return documents.publish(home, NAME, content, documents.render(f"{NAME}.md.j2", actions=found, shown=SHOWN))
