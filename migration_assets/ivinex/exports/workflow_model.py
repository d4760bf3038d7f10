"""What `admin_exports/workflows.json` holds: workflows as an admin exports or types them (ivinex-api.md 8).

It belongs here: the shape. It does not: what Gorgias could make of a workflow (handoff/rebuild_guide/rules.py). Words
for triggers, operators and actions are the product's own; others are kept as they are written, for a person to read.
"""

from typing import Any, Final

from pydantic import Field, field_validator

from migration_assets.ivinex.exports.json_export import Exported

WORKFLOWS_FILE: Final = "workflows.json"
WORKFLOW_KEYS: Final = ("id", "name", "tab", "trigger {type}", "filter [{field, operator, value}]", "actions [{type}]")
"""The least that an entry needs, for the message on a missing file."""


def as_text(value: Any) -> Any:
    """true, false and null as the product writes them."""
    if value is None:
        return ""
    return ("true" if value else "false") if isinstance(value, bool) else value


class Condition(Exported):
    """One line of a filter: field (its label), operator (Equal, NOT Equal, Changed, ...), value (a label)."""

    field: str
    operator: str = "Equal"
    value: str | list[str] = ""

    _plain = field_validator("value", mode="before")(as_text)

    @property
    def wanted(self) -> list[str]:
        """The values, whether one or several."""
        return self.value if isinstance(self.value, list) else [self.value]


class Trigger(Exported):
    """When a workflow runs. Timers have days and a time (blank means midnight)."""

    type: str
    days_of_week: list[str] = Field(default_factory=list)
    days_of_month: list[str] = Field(default_factory=list)
    time: str = ""
    next_date: str = ""
    other_tab: str = ""


class Action(Exported):
    """One step. `set` is field label -> value; `filter` narrows the records that the step works on."""

    type: str
    tab: str = ""
    to: str = ""
    template: str = ""
    assign: dict[str, str] = Field(default_factory=dict, alias="set")
    filter: list[Condition] = Field(default_factory=list)

    @field_validator("assign", mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        return {key: as_text(one) for key, one in value.items()} if isinstance(value, dict) else value


class Branch(Exported):
    """Conditions of its own, and what is done where they hold."""

    name: str = ""
    filter: list[Condition]
    actions: list[Action] = Field(default_factory=list)


class Otherwise(Exported):
    """What is done where no branch holds."""

    actions: list[Action]


class Workflow(Exported):
    """One workflow: `filter` holds for all of it; the first branch that holds is taken, else `else`."""

    id: str
    group: str = ""
    name: str
    tab: str
    trigger: Trigger
    filter: list[Condition] = Field(default_factory=list)
    actions: list[Action] = Field(default_factory=list)
    branches: list[Branch] = Field(default_factory=list)
    otherwise: Otherwise | None = Field(default=None, alias="else")
    active: bool = True
