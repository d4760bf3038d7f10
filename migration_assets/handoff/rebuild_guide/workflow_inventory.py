"""handoff/workflow_inventory: what Ivinex did by itself, and the Gorgias rule that comes nearest to each.

It belongs here: the document. It does not: the recommendation (rules.py).
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from migration_assets import markdown
from migration_assets.handoff.rebuild_guide.rules import Rule, suggest_rule
from migration_assets.handoff.results import (
    HandoffDocument,
    export_check,
    export_evaluation,
    missing_export,
    publish_page,
)
from migration_assets.handoff.sources import places
from migration_assets.handoff.target_locations import TargetLocations
from migration_assets.ivinex.exports.export_files import export_file
from migration_assets.ivinex.exports.workflow_model import WORKFLOW_KEYS, WORKFLOWS_FILE, Action, Condition, Workflow
from resources.ledger import Ledger
from resources.warehouse import Warehouse

NAME = "workflow_inventory"
WORKFLOWS_EQUIVALENCE = {"full": "can be rebuilt", "partly": "partly", "none": "no rule does this"}
WORKFLOWS_EXPORT_CHECK = export_check(NAME, WORKFLOWS_FILE, WORKFLOW_KEYS)
WORKFLOW_INVENTORY_OVERVIEW = {"source_id": "workflow", "active": "active", "fit": "in Gorgias", "events": "event"}
_COLUMNS = {"name": "workflow", "tab": "tab", "active": "active", "fit": "in Gorgias", "events": "event"}


def write_workflow_inventory(warehouse: Warehouse, ledger: Ledger, home: Path) -> HandoffDocument:
    """The document, its numbers for the UI, and what its check says."""
    lookup, known = places(warehouse, ledger, home), warehouse.exists("ivinex.workflows")
    found = warehouse.rows("SELECT source_id, content FROM ivinex.workflows ORDER BY rowid") if known else []
    workflows = [entry(row["source_id"], Workflow.model_validate_json(row["content"]), lookup) for row in found]
    missing = missing_export(export_file(home, WORKFLOWS_FILE), WORKFLOW_KEYS, workflows)
    content = {"workflows": workflows, "missing": missing}
    rows = [_overview(workflow) for workflow in workflows]
    paths = publish_page(home, NAME, content, **content, table=markdown.table(rows, _COLUMNS))
    equivalence = Counter(row["rule"]["fit"] for row in workflows)
    numbers = {"workflows": len(rows)} | {f"fit_{name}": equivalence[name] for name in WORKFLOWS_EQUIVALENCE}
    evaluation = export_evaluation(missing, WORKFLOWS_FILE, len(rows), "workflows")
    return HandoffDocument(paths, numbers, rows, WORKFLOW_INVENTORY_OVERVIEW, evaluation)


def _overview(workflow: dict[str, Any]) -> dict[str, Any]:
    return {
        "source_id": workflow["source_id"],
        "name": workflow["ivinex"]["name"],
        "tab": workflow["ivinex"]["tab"],
        "active": "yes" if workflow["ivinex"]["active"] else "no",
        "fit": WORKFLOWS_EQUIVALENCE[workflow["rule"]["fit"]],
        "events": ", ".join(workflow["rule"]["events"]),
    }


def entry(source_id: str, workflow: Workflow, lookup: TargetLocations) -> dict[str, Any]:
    """One workflow as it is, in words, and as a rule."""
    rule = suggest_rule(workflow, lookup)
    return {
        "source_id": source_id,
        "ivinex": workflow.model_dump(by_alias=True),
        "told": list(_in_words(workflow)),
        "rule": rule.as_dict(),
        "notes": list(dict.fromkeys(_notes(rule))),
    }


def _notes(rule: Rule) -> Iterator[str]:
    for test in [*rule.tests, *(test for step in rule.steps for test in step.tests)]:
        for note in test.notes:
            yield f"{test.source}: {note}"


def _in_words(workflow: Workflow) -> Iterator[str]:
    trigger = workflow.trigger
    when = [
        *([", ".join(trigger.days_of_week)] if trigger.days_of_week else []),
        *([f"days of the month {', '.join(trigger.days_of_month)}"] if trigger.days_of_month else []),
        *([f"at {trigger.time}"] if trigger.time else []),
        *([f"with {trigger.other_tab}"] if trigger.other_tab else []),
    ]
    yield f"When: {trigger.type}{' (' + '; '.join(when) + ')' if when else ''}"
    if workflow.filter:
        yield f"If: {_conditions(workflow.filter)}"
    for action in workflow.actions:
        yield f"Then: {_action(action)}"
    for branch in workflow.branches:
        yield f"Branch, if {_conditions(branch.filter)}: {'; '.join(map(_action, branch.actions)) or 'nothing'}"
    if workflow.otherwise:
        yield f"Else: {'; '.join(map(_action, workflow.otherwise.actions))}"


def _conditions(conditions: list[Condition]) -> str:
    return " and ".join(f"{one.field} {one.operator} {', '.join(one.wanted)}".strip() for one in conditions) or "always"


def _action(action: Action) -> str:
    parts = [action.type, *([f"in {action.tab}"] if action.tab else []), *([f"to {action.to}"] if action.to else [])]
    parts += [f"'{action.template}'"] if action.template else []
    parts += [", ".join(f"{name} = {value}" for name, value in action.assign.items())] if action.assign else []
    parts += [f"(only where {_conditions(action.filter)})"] if action.filter else []
    return " ".join(parts)
