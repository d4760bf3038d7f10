"""What `admin_exports/saved_views.json` holds: Ivinex's filters, which other products call saved views.

It belongs here: the shape. It does not: the nearest Gorgias view (handoff/rebuild_guide/view_filters.py).
"""

from typing import Final

from pydantic import Field

from migration_assets.ivinex.exports.json_export import Exported
from migration_assets.ivinex.exports.workflow_model import Condition

SAVED_VIEWS_FILE: Final = "saved_views.json"
SAVED_VIEW_KEYS: Final = (
    "id",
    "tab",
    "name",
    "criteria [{field, operator, value}]",
    "columns",
    "order_by {field, descending}",
)
"""The least that an entry needs, for the message on a missing file."""


class OrderBy(Exported):
    """The field that a view is sorted by."""

    field: str
    descending: bool = False


class SavedView(Exported):
    """One saved view. `visible_to` names groups or users."""

    id: str
    tab: str
    name: str
    criteria: list[Condition] = Field(default_factory=list)
    columns: list[str] = Field(default_factory=list)
    order_by: OrderBy | None = None
    visible_to: list[str] = Field(default_factory=list)
