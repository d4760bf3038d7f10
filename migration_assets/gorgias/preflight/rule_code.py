"""What a rule of Gorgias would do, from its code: actions are calls by name; what cannot be read could do anything.

It belongs here: the names of actions, and whether imported tickets are excluded. It does not: running a rule.
"""

import re
from typing import Any

from migration_assets.gorgias.preflight.point import Effect

RUNS_ON = ("ticket-created", "ticket-updated", "ticket-message-created", "ticket-assigned")
"""Events that a load makes; a rule on another one (an answered survey, the end of a snooze) stays quiet."""
_ACTIONS: tuple[tuple[str, Effect], ...] = (
    (
        r"reply|sendEmail|send_email|applyMacro|apply_macro|applyExternalTemplate|notify|facebook|sms|message",
        Effect.mail,
    ),
    (r"http|webhook|shopify|recharge|bigcommerce|magento|woocommerce|cancelOrder|refund", Effect.call),
    (r"merge", Effect.merge),
    (r"close|setStatus|set_status|snooze|trash|spam", Effect.close),
    (r"assign", Effect.assign),
)
_CALL = re.compile(r"""Action\s*\(\s*["']([A-Za-z_-]+)["']""")
_EXCLUDED = re.compile(
    r"""(?:!\s*contains\w*|\bnot[_]?contains\w*)\s*\(\s*ticket\.tags[\w.]*\s*,\s*(?:\[[^\]]*)?["']ai_ignore["']""",
    re.IGNORECASE,
)


def effects_of(rule: dict[str, Any]) -> tuple[Effect, ...]:
    """What an active rule could do to what a load writes; () where no event of a load runs it."""
    events = str(rule.get("event_types") or "")
    if events and not any(name in events for name in RUNS_ON):
        return ()
    actions = _CALL.findall(str(rule.get("code") or ""))
    if not actions:
        return (Effect.unknown,)
    found = [
        next((effect for words, effect in _ACTIONS if re.search(words, action, re.IGNORECASE)), Effect.change)
        for action in actions
    ]
    return tuple(dict.fromkeys(found))


def excludes_imported(rule: dict[str, Any]) -> bool:
    """Whether its condition leaves tickets with the tag of imported ones alone."""
    return bool(_EXCLUDED.search(str(rule.get("code") or "")))
