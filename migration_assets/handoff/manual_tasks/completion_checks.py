"""Which of the admin's actions are done, as far as the API can show: a pure look with a Reader, which cannot write.

It belongs here: one check per kind of action. It does not: making the list (task_list.py) and printing (the command).
Each list of the account is read once, whatever the number of actions.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from resources.gorgias.client import Reader
from resources.gorgias.failures import GorgiasError

DONE, OPEN, BY_HAND = "done", "open", "by hand"
MAIL_TYPES = {"email", "gmail", "outlook"}


@dataclass(frozen=True)
class CompletionCheck:
    """One action with its state: done, open, or by hand where the API cannot tell.

    Attributes:
        detail: what was found, ids and counts only.
    """

    id: str
    title: str
    state: str
    detail: str = ""


@dataclass
class Account:
    """The account's lists, each read when it is first asked for."""

    reader: Reader
    _read: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def rows(self, path: str) -> list[dict[str, Any]]:
        if path not in self._read:
            self._read[path] = list(self.reader.rows(path))
        return self._read[path]

    def names(self, path: str) -> set[str]:
        """Names in lower case of what is switched on."""
        return {str(row.get("name", "")).lower() for row in self.rows(path) if not row.get("deactivated_datetime")}

    def gone(self, path: str) -> bool:
        try:
            self.reader.get(path)
        except GorgiasError as error:
            if error.status == 404:
                return True
            raise
        return False


def check_manual_tasks(reader: Reader, actions: Iterable[dict[str, Any]]) -> list[CompletionCheck]:
    """Look at each action that has a `check`.

    Args:
        actions: those of handoff/user_actions.json.

    Raises:
        GorgiasError: the account could not be read.
    """
    account = Account(reader)
    checked = []
    for action in actions:
        look = CHECKS.get((action.get("check") or {}).get("kind", ""))
        open_, detail = look(account, action["check"]) if look else (None, action.get("how_to_check", ""))
        state = BY_HAND if open_ is None else OPEN if open_ else DONE
        checked.append(CompletionCheck(action["id"], action["title"], state, detail))
    return checked


def _users_kept(account: Account, check: dict[str, Any]) -> tuple[bool, str]:
    """One that was deleted is not done with: its tickets have lost their owner."""
    wanted = set(check["ids"])
    gone = sorted(wanted - {row["id"] for row in account.rows("/api/users")})
    lost = f"deleted: {_ids(gone)}; their tickets are unassigned, meta.ivinex_owner says whose they were"
    return bool(gone), lost if gone else f"{len(wanted)} are there"


def _tag_unused(account: Account, check: dict[str, Any]) -> tuple[bool, str]:
    used = sum(int(row.get("usage") or 0) for row in account.rows("/api/tags") if row["name"] == check["name"])
    return used > 0, f"on {used} tickets" if used else "on no ticket"


def _mail_connected(account: Account, check: dict[str, Any]) -> tuple[bool, str]:
    found = sorted(
        row["id"]
        for row in account.rows("/api/integrations")
        if row.get("type") in MAIL_TYPES and not row.get("deactivated_datetime")
    )
    return not found, f"connected: {_ids(found)}" if found else "no e-mail integration is active"


def _names_present(path: str) -> Callable[[Account, dict[str, Any]], tuple[bool, str]]:
    def look(account: Account, check: dict[str, Any]) -> tuple[bool, str]:
        there = account.names(path)
        absent = [name for name in check["names"] if name.lower() not in there]
        return bool(absent), f"{len(check['names']) - len(absent)} of {len(check['names'])} are there by name"

    return look


def _gone(account: Account, check: dict[str, Any]) -> tuple[bool, str]:
    left = [path for path in check["paths"] if not account.gone(path)]
    return bool(left), f"still there: {', '.join(left)}" if left else "gone"


def _ids(numbers: list[int], shown: int = 10) -> str:
    more = f" and {len(numbers) - shown} more" if len(numbers) > shown else ""
    return ", ".join(str(number) for number in numbers[:shown]) + more


CHECKS: dict[str, Callable[[Account, dict[str, Any]], tuple[bool, str]]] = {
    "users_kept": _users_kept,
    "tag_unused": _tag_unused,
    "mail_connected": _mail_connected,
    "rules_present": _names_present("/api/rules"),
    "views_present": _names_present("/api/views"),
    "teams_present": _names_present("/api/teams"),
    "gone": _gone,
}
"""Kind of a check -> (is it still open?, what was found)."""
