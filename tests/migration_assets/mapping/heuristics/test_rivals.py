"""Of several fields whose labels name one target, the plainer word wins it, wherever it stands."""

import pytest

from migration_assets.mapping.heuristics.languages import Language, languages
from migration_assets.mapping.heuristics.rivals import LIKELY, behind_rivals
from migration_assets.mapping.target_fields import STANDARDS
from tests.migration_assets.mapping.heuristics.test_field_evidence import proposed

ENGLISH = languages()[:1]


@pytest.mark.parametrize(
    ("role", "kind", "target", "winner", "others"),
    [
        ("ticket", "datetime", "closed", "Closed time", ("Resolved time", "Solved at")),
        ("ticket", "dropdown", "priority", "Priority", ("Urgency", "Severity")),
        ("ticket", "dropdown", "team", "Team", ("Department",)),
        ("ticket", "user", "assignee", "Assigned to", ("Service technician",)),
        ("ticket", "text", "subject", "Subject", ("Summary",)),
        ("contact", "text", "name", "Full name", ("Display name",)),
        ("organization", "text", "domain", "Website", ("Account site", "Email domain")),
        ("activity", "text", "from", "From address", ("From name",)),
        ("activity", "text", "to", "To address", ("To name",)),
        ("activity", "user", "owner", "Author", ("Answered by",)),
        ("activity", "datetime", "date", "Sent", ("Created",)),
        ("activity", "number", "duration", "Actual duration", ("Scheduled duration",)),
        ("task", "datetime", "due", "Due date", ("Reminder",)),
        ("task", "datetime", "completed", "Completed on", ("Resolved on",)),
    ],
)
def test_the_plainer_word_wins_its_target(
    role: str, kind: str, target: str, winner: str, others: tuple[str, ...]
) -> None:
    for labels in ((winner, *others), (*others, winner)):
        found = proposed(role, *((label, kind) for label in labels))
        assert [label for label, name in found.items() if name == target] == [winner], labels


def test_people_of_companies_are_rung_at_work_and_residents_at_home() -> None:
    fields = (("Home phone", "phone"), ("Business phone", "phone"), ("Mobile phone", "phone"))
    assert proposed("contact", *fields, tab="Contacts") == {"Business phone": "phone", "Mobile phone": "other_phone"}
    assert proposed("contact", *fields[:2], tab="Residents") == {"Home phone": "phone", "Business phone": "other_phone"}


def test_a_weaker_word_has_the_target_where_it_stands_alone() -> None:
    assert proposed("ticket", ("Resolved time", "datetime")) == {"Resolved time": "closed"}
    assert proposed("contact", ("Home phone", "phone")) == {"Home phone": "phone"}


def test_who_is_behind_is_still_likely_and_who_is_no_rival_keeps_its_score() -> None:
    labels = ("Closed", "Restored", "Answered by post")
    assert behind_rivals("ticket closed", labels, (0.9, 0.75, 0.5), ENGLISH) == [0.9, LIKELY, 0.5]


@pytest.mark.parametrize("language", languages(), ids=lambda language: language.code)
def test_an_order_names_a_target_and_no_word_of_it_twice(language: Language) -> None:
    for key, order in language.rivals.items():
        role, target = key.removeprefix("private ").split()
        assert target in STANDARDS[role]
        words = [word for place in order for word in place]
        assert len(words) == len(set(words)), key
