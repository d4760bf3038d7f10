"""A saved view as the nearest Gorgias view: filters, columns, order, and what a view cannot do."""

from typing import Any

from migration_assets.handoff.rebuild_guide.view_filters import suggest_view
from migration_assets.handoff.target_locations import TargetLocations
from migration_assets.ivinex.exports.saved_view_model import SavedView


def view(lookup: TargetLocations, **given: Any) -> dict[str, Any]:
    return suggest_view(SavedView.model_validate({"id": "1", "name": "Mine", "tab": "Tickets", **given}), lookup)


def test_my_open_tickets_is_the_same_view_in_gorgias(lookup: TargetLocations):
    made = view(
        lookup,
        criteria=[
            {"field": "Owner", "operator": "Equal", "value": "Current User"},
            {"field": "Status", "operator": "NOT Equal", "value": "Closed"},
        ],
        columns=["Subject", "Status"],
        order_by={"field": "Date Created", "descending": True},
    )
    assert made["fit"] == "full"
    assert made["view"] == {
        "name": "Mine",
        "type": "ticket-list",
        "filters": "eq(ticket.assignee_user.id, '{{current_user.id}}') && neq(ticket.status, 'closed')",
        "fields": ["details", "subject", "status"],
        "order_by": "created_datetime",
        "order_dir": "desc",
    }


def test_several_values_that_are_one_in_gorgias_become_one(lookup: TargetLocations):
    made = view(lookup, criteria=[{"field": "Status", "operator": "Equal", "value": ["New", "Open"]}])
    assert made["view"]["filters"] == "eq(ticket.status, 'open')"
    made = view(lookup, criteria=[{"field": "Status", "operator": "Equal", "value": ["New", "Closed"]}])
    assert made["view"]["filters"] == "containsAny(ticket.status, ['open', 'closed'])"


def test_a_criterion_that_cannot_be_said_makes_the_view_wider_and_says_so(lookup: TargetLocations):
    made = view(lookup, criteria=[{"field": "Due Date", "operator": "Before", "value": "2026-01-01"}])
    assert made["fit"] == "wider"
    assert made["view"]["filters"] == ""
    assert any("Due Date Before 2026-01-01" in line for line in made["cannot"])


def test_columns_and_orders_that_a_view_lacks_are_named(lookup: TargetLocations):
    made = view(lookup, columns=["Subject", "Escalated"], order_by={"field": "Due Date"})
    assert made["fit"] == "partly"
    assert "columns that a view does not have: Escalated" in made["cannot"]
    assert (made["view"]["order_by"], made["view"]["order_dir"]) == ("updated_datetime", "desc")


def test_a_view_of_another_tab_has_none(lookup: TargetLocations):
    made = view(lookup, tab="Contacts")
    assert made["fit"] == "none"
    assert "view" not in made


def test_a_time_is_compared_and_a_text_with_quotes_stays_one_text(lookup: TargetLocations):
    made = view(
        lookup,
        criteria=[
            {"field": "Date Created", "operator": "After", "value": "2026-01-01"},
            {"field": "Subject", "operator": "Equal", "value": "a') || eq(1, '1"},
        ],
    )
    assert made["view"]["filters"] == (
        r"gte(ticket.created_datetime, '2026-01-01') && eq(ticket.subject, 'a\') || eq(1, \'1')"
    )
