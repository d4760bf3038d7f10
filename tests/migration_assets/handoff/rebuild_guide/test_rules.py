"""A workflow as a Gorgias rule: what fits is said in Gorgias's words, what does not is said plainly."""

from typing import Any

import pytest

from migration_assets.handoff.rebuild_guide.rules import Rule, suggest_rule
from migration_assets.handoff.target_locations import TargetLocations
from migration_assets.ivinex.exports.workflow_model import Workflow


def rule(lookup: TargetLocations, **given: Any) -> Rule:
    entry = {"id": "1", "name": "Rule", "tab": "Tickets", "trigger": {"type": "Record Created"}, **given}
    return suggest_rule(Workflow.model_validate(entry), lookup)


def update(**values: Any) -> dict[str, Any]:
    return {"type": "Update Existing Record", "set": values}


def test_a_rule_that_fits_names_event_condition_and_actions(lookup: TargetLocations):
    made = rule(
        lookup,
        filter=[{"field": "Subject", "operator": "Contains", "value": "it's urgent"}],
        actions=[update(Escalated=True, Owner="ann", Tags="Rush")],
    )
    assert made.fit == "full"
    assert made.outline() == "\n".join(
        [
            "WHEN ticket-created",
            r"IF contains(ticket.subject, 'it\'s urgent')",
            "  THEN setCustomFieldValue Ticket field 'Escalated' (id 504) = true",
            "  THEN setAssignee user 12 (ann)",
            "  THEN addTags Rush",
        ]
    )


@pytest.mark.parametrize(
    ("trigger", "events"),
    [
        ("Record Created", ["ticket-created"]),
        ("Record Updated", ["ticket-updated"]),
        ("Record Created or Updated", ["ticket-created", "ticket-updated"]),
        ("Timer", []),
        ("Records Linked", []),
        ("Full moon", []),
    ],
)
def test_a_trigger_becomes_an_event_or_is_said_to_have_none(lookup: TargetLocations, trigger: str, events: list[str]):
    made = rule(lookup, trigger={"type": trigger}, actions=[update(Tags="x")])
    assert made.events == events
    assert made.fit == ("full" if events else "none")
    assert bool(made.cannot) != bool(events)


def test_a_status_that_gorgias_does_not_tell_apart_is_said_with_the_exact_field_beside_it(lookup: TargetLocations):
    made = rule(lookup, filter=[{"field": "Status", "operator": "Equal", "value": "Resolved"}], actions=[])
    (test,) = made.tests
    assert test.expression == "eq(ticket.status, 'closed')"
    assert "Resolved and Closed are all 'closed' in Gorgias" in test.notes
    assert "for imported tickets exactly: eq(ticket.custom_fields['501'].value, 'Resolved')" in test.notes


def test_branches_become_if_else_if_and_else_and_an_unsaid_condition_keeps_its_place(lookup: TargetLocations):
    made = rule(
        lookup,
        filter=[{"field": "Status", "operator": "Changed", "value": ""}],
        branches=[
            {"filter": [{"field": "Tags", "value": "Wholesale"}], "actions": [update(Owner="ann")]},
            {"filter": [{"field": "Owner", "value": ""}], "actions": []},
        ],
        **{"else": {"actions": [{"type": "Send Email", "to": "Contact", "template": "Hello"}]}},
    )
    assert made.outline().splitlines()[:6] == [
        "WHEN ticket-created",
        "IF <Status Changed> && containsAny(ticket.tags.name, ['Wholesale'])",
        "  THEN setAssignee user 12 (ann)",
        "ELSE IF <Status Changed> && isEmpty(ticket.assignee_user.id)",
        "  THEN nothing",
        "ELSE",
    ]
    assert made.fit == "partly"
    assert any("no rule can test that a field changed" in line for line in made.cannot)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"actions": [{"type": "Create Record", "tab": "Tasks"}]}, "rules create nothing"),
        ({"actions": [{"type": "Link Record", "tab": "Contacts"}]}, "Gorgias links customers and tickets only"),
        ({"actions": [update(**{"Due Date": "2026-01-01"})]}, "ticket's meta"),
        ({"actions": [update(Owner="bob")]}, "has no user in Gorgias"),
        ({"actions": [update(Owner="zoe")]}, "nobody in users.csv"),
        ({"actions": [update(Colour="red")]}, "has no field 'Colour'"),
        ({"actions": [{**update(VIP=True), "tab": "Contacts"}]}, "a rule changes its own ticket only"),
        ({"actions": [{"type": "Send Email", "to": "Owner"}]}, "a rule mails fixed addresses only"),
        ({"filter": [{"field": "Owner", "value": "Current User"}]}, "knows no current user"),
        ({"filter": [{"field": "Secret", "value": "x"}]}, "not moved: test"),
        ({"filter": [{"field": "Status", "operator": "Sounds Like", "value": "x"}]}, "has no counterpart"),
        ({"tab": "Contacts"}, "run on tickets and their messages only"),
        ({"tab": "Payroll"}, "run on tickets and their messages only"),
    ],
)
def test_what_a_rule_cannot_do_is_said(lookup: TargetLocations, given: dict[str, Any], words: str):
    assert any(words in line for line in rule(lookup, **given).cannot)


def test_a_customer_field_is_set_on_the_tickets_customer(lookup: TargetLocations):
    assert lookup.find("Contacts", "vip")[0].path == "ticket.customer.custom_fields['509'].value"
