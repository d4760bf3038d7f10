"""A workflow of Ivinex as a rule that an admin could build in Gorgias: event, conditions, actions. Pure.

It belongs here: what fits, and plainly what does not with the nearest way. It does not: single conditions
(conditions.py) and the document (workflow_inventory.py). Nothing here is sent to Gorgias: rules are rebuilt by hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from migration_assets.handoff.rebuild_guide.conditions import TranslatedCondition, translate
from migration_assets.handoff.target_locations import TargetLocations
from migration_assets.ivinex.exports.workflow_model import Action, Condition, Workflow

EVENTS = {
    "record created": ["ticket-created"],
    "record updated": ["ticket-updated"],
    "record created or updated": ["ticket-created", "ticket-updated"],
}
MESSAGE_EVENTS = {
    "record created": ["ticket-message-created"],
    "record created or updated": ["ticket-message-created"],
}
NO_EVENT = {
    "timer": "no rule runs at a time of day. Nearest: a rule that snoozes the ticket (snoozeTicket) and a second one "
    "on ticket-self-unsnoozed that does the rest; or a person works a view of these tickets with a macro each day",
    "records linked": "no event says that two records were linked. Nearest: ticket-updated, which also runs when the "
    "ticket's customer changes",
}
CUSTOMER_WORDS = {"contact", "customer", "requester"}


@dataclass
class Step:
    """One IF/THEN of a rule; `tests` empty means always, or for the last one else."""

    tests: list[TranslatedCondition]
    actions: list[str]

    def as_dict(self) -> dict[str, Any]:
        return {"if": [test.as_dict() for test in self.tests], "then": self.actions}


@dataclass
class Rule:
    """The recommendation.

    Attributes:
        events: Gorgias's names; empty where none fits.
        tests: hold for all of it.
        steps: in order; of branches only the first that holds is taken.
        cannot: what Gorgias cannot do, each with the nearest way.
    """

    name: str
    events: list[str] = field(default_factory=list)
    tests: list[TranslatedCondition] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    cannot: list[str] = field(default_factory=list)

    @property
    def fit(self) -> str:
        """full, partly or none."""
        if not self.events or not any(step.actions for step in self.steps):
            return "none"
        return "partly" if self.cannot else "full"

    def outline(self) -> str:
        """WHEN, IF, THEN as an admin clicks it together. What cannot be tested is left in its place, in brackets."""
        if self.fit == "none":
            return ""
        lines = [f"WHEN {' or '.join(self.events)}"]
        for number, step in enumerate(self.steps):
            if not step.actions and not step.tests:
                continue
            tests = [test.expression or f"<{test.source}>" for test in [*self.tests, *step.tests]]
            word = "IF" if number == 0 else "ELSE IF" if step.tests else "ELSE"
            lines.append("ELSE" if word == "ELSE" else f"{word} {' && '.join(tests) or 'always'}")
            lines += [f"  THEN {action}" for action in step.actions] or ["  THEN nothing"]
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "fit": self.fit,
            "events": self.events,
            "conditions": [test.as_dict() for test in self.tests],
            "steps": [step.as_dict() for step in self.steps],
            "outline": self.outline(),
            "cannot": self.cannot,
        }


def suggest_rule(workflow: Workflow, places: TargetLocations) -> Rule:
    """The nearest rule."""
    rule = Rule(workflow.name)
    role = places.role(workflow.tab)
    kind = workflow.trigger.type.lower()
    if role == "ticket":
        rule.events = list(EVENTS.get(kind, []))
    elif role == "activity":
        rule.events = list(MESSAGE_EVENTS.get(kind, []))
    if role not in ("ticket", "activity"):
        rule.cannot.append(
            f"it works on the tab {workflow.tab}, and Gorgias's rules run on tickets and their messages only. Nearest: "
            "an HTTP integration with a tool outside, or a macro that a person applies"
        )
    elif not rule.events:
        why = NO_EVENT.get(kind, f"'{workflow.trigger.type}' has no event. The events are: {', '.join(_all_events())}")
        rule.cannot.append(why)
    rule.tests = _tests(workflow.filter, workflow.tab, places, rule)
    if workflow.actions:
        rule.steps.append(Step([], _actions(workflow.actions, workflow.tab, places, rule)))
    for branch in workflow.branches:
        tests = _tests(branch.filter, workflow.tab, places, rule)
        rule.steps.append(Step(tests, _actions(branch.actions, workflow.tab, places, rule)))
    if workflow.otherwise:
        rule.steps.append(Step([], _actions(workflow.otherwise.actions, workflow.tab, places, rule)))
    if workflow.actions and (workflow.branches or workflow.otherwise):
        rule.cannot.append("it acts before it branches: make two rules, this one's first actions and its branches")
    return rule


def _tests(conditions: Iterable[Condition], tab: str, places: TargetLocations, rule: Rule) -> list[TranslatedCondition]:
    tests = [translate(condition, tab, places) for condition in conditions]
    rule.cannot += [f"condition '{test.source}': {test.cannot}" for test in tests if test.cannot]
    return tests


def _actions(actions: Iterable[Action], tab: str, places: TargetLocations, rule: Rule) -> list[str]:
    made: list[str] = []
    for action in actions:
        kind = action.type.lower()
        if action.filter:
            rule.cannot.append(f"action '{action.type}' has conditions of its own: give it a rule of its own")
        if kind.startswith("update"):
            made += _update(action, tab, places, rule)
        elif kind == "send email":
            made.append(_mail(action, places, rule))
        else:
            rule.cannot.append(_impossible(action))
    return [one for one in made if one]


def _update(action: Action, tab: str, places: TargetLocations, rule: Rule) -> list[str]:
    if action.tab and places.role(action.tab) != places.role(tab):
        rule.cannot.append(f"it changes records of the tab {action.tab}: a rule changes its own ticket only")
        return []
    made = []
    for name, value in action.assign.items():
        place = places.find(tab, name)[0]
        if not place.action:
            rule.cannot.append(f"set {name} to '{value}': {place.why or f'no action sets {place.name}'}")
        elif place.kind == "assignee":
            number, told = places.user(value)
            if number is None and value:
                rule.cannot.append(f"set {name}: {told}")
            else:
                made.append(f"{place.action} {told if value else 'nobody'}")
        elif place.kind == "custom_field":
            made.append(f"{place.action} {place.name} (id {place.number}) = {place.value(value)}")
        else:
            made.append(f"{place.action} {place.value(value)}")
            if alike := place.same(value) if place.kind in ("status", "priority") else []:
                rule.cannot.append(
                    f"set {name} to '{value}': Gorgias's {place.name.lower()} becomes '{place.value(value)}', which "
                    f"{', '.join(alike)} are too"
                )
    return made


def _mail(action: Action, places: TargetLocations, rule: Rule) -> str:
    text = f"with the text of '{action.template}'" if action.template else "with the text from Ivinex"
    if action.to.lower() in CUSTOMER_WORDS:
        return f"replyToTicket {text} (copy it into a macro; it is sent to the customer, so switch it on after go-live)"
    number, _ = places.user(action.to)
    if number is None:
        rule.cannot.append(
            f"mail to '{action.to}': a rule mails fixed addresses only. Nearest: assign the ticket, whose assignee is "
            "notified, or name the address"
        )
        return ""
    return f"sendEmail to user {number} {text}"


def _impossible(action: Action) -> str:
    kind = action.type.lower()
    if kind == "create record":
        return (
            f"create a record in {action.tab or 'another tab'}: rules create nothing. Nearest: add a tag that names "
            "the follow-up and a view of the tickets with that tag, or an HTTP integration with a task tool"
        )
    if kind == "link record":
        return f"link a record of {action.tab or 'another tab'}: Gorgias links customers and tickets only, by hand"
    return f"action '{action.type}' has no counterpart among Gorgias's actions"


def _all_events() -> list[str]:
    return [
        *("ticket-created", "ticket-updated", "ticket-message-created", "ticket-assigned"),
        *("ticket-self-unsnoozed", "satisfaction-survey-responded"),
    ]
