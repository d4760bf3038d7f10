"""handoff/user_actions: what an admin must do by hand, each with where to click and how to see that it was done.

It belongs here: the document. It does not: finding the actions (task_list.py). `migrate verify` looks at those with a
check (completion_checks.py), and reads them from user_actions.json.
"""

from collections import Counter
from pathlib import Path

from checks.evaluate import Evaluation
from migration_assets.handoff.manual_tasks.task_list import ManualTask, manual_tasks
from migration_assets.handoff.results import HandoffDocument, publish_page, warning
from migration_assets.handoff.sources import mapping_of, places
from resources.ledger import Ledger
from resources.warehouse import Warehouse

NAME = "user_actions"
NOTHING_LEFT = warning(
    NAME,
    "nothing_left_to_do",
    "Nothing is left for an admin to do by hand in Gorgias. The document says what, why, where to click, and when it "
    "is done.",
)
USER_ACTIONS_COLUMNS = {"when": "when", "title": "what", "checked": "checked by"}
SHOWN = 30
"""Things that an action is about, on the page; the JSON has all."""


def evaluate_user_actions(found: list[ManualTask]) -> Evaluation:
    """How many actions are left, by when they are due."""
    due = Counter(action.when for action in found)
    if not found:
        return Evaluation(sentence="nothing is left to do by hand")
    listed = ", ".join(f"{number} {when}" for when, number in due.items())
    told = f"to do by hand: {listed}; `migrate verify` tells which of them are done"
    return Evaluation(len(found), Counter({("by hand", when): number for when, number in due.items()}), sentence=told)


def write_user_actions(warehouse: Warehouse, ledger: Ledger, home: Path) -> HandoffDocument:
    """The document, its numbers for the UI, and what its check says."""
    found = manual_tasks(warehouse, ledger, mapping_of(home), places(warehouse, ledger, home))
    paths = publish_page(home, NAME, {"actions": [one.as_dict() for one in found]}, actions=found, shown=SHOWN)
    numbers = {"actions": len(found), "checkable": sum(action.check is not None for action in found)}
    rows = [{"when": one.when, "title": one.title, "checked": "the program" if one.check else "eye"} for one in found]
    return HandoffDocument(paths, numbers, rows, USER_ACTIONS_COLUMNS, evaluate_user_actions(found))
