"""Which points an account has, and what may be decided about each: only what is true now, and only what is safe."""

from typing import Any

import pytest

from migration_assets.gorgias.preflight.account import AccountFacts
from migration_assets.gorgias.preflight.load_size import LoadSize
from migration_assets.gorgias.preflight.point import EXCLUSION, Point
from migration_assets.gorgias.preflight.points import account_points
from migration_assets.mapping.account_fields import ActiveField
from sandbox.generator.account import recorded_settings

SIZE = LoadSize(tickets=12, messages=80, customers=6)
REPLY = 'Action("replyToTicket", {"body_text": "Hello"})'


def points(**facts: Any) -> dict[str, Point]:
    return {point.name: point for point in account_points(AccountFacts(**facts), SIZE)}


def settings(**more: Any) -> list[dict[str, Any]]:
    return [{"id": number, **row} for number, row in enumerate(recorded_settings(**more), start=11)]


def rule(number: int, code: str, **more: Any) -> dict[str, Any]:
    return {"id": number, "code": code, "event_types": "ticket-created", "deactivated_datetime": None, **more}


def test_a_recorded_account_sends_surveys_and_splits_and_its_switches_change_nothing_else():
    found = points(settings=settings())
    assert {name: point.options for name, point in found.items()} == {
        "surveys": ("off",),
        "auto_split": ("off", "accept"),
    }
    surveys = found["surveys"].switch
    assert surveys is not None
    assert surveys.path == "/api/account/settings/11"
    before, after = surveys.restore["data"], surveys.off["data"]
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {f"send_survey_for_{one}" for one in ("chat", "email", "help_center", "contact_form")}
    assert not any(after[name] for name in changed)
    split = found["auto_split"].switch
    assert split is not None
    assert split.off["data"] == {"email": {"enabled": False, "split_after_days": 10}}
    assert found["surveys"].touches == 12


def test_auto_merge_can_only_be_switched_off():
    assert points(settings=settings(auto_merge=True))["auto_merge"].options == ("off",)


def test_an_account_that_does_nothing_by_itself_is_asked_nothing():
    assert points() == {}


@pytest.mark.parametrize(
    ("code", "effect", "acceptable"),
    [
        (REPLY, "mail people", False),
        ('Action("applyMacro", {"macro": 3})', "mail people", False),
        ('Action("mergeTicket", {})', "merge tickets", False),
        ("", "do what cannot be read", False),
        ('Action("setStatus", {"status": "closed"})', "close tickets", True),
        ('Action("setTeamAssignee", {"assignee_team": {"id": 3}})', "assign tickets", True),
        ('Action("addTags", {"tags": "new"})', "change tickets", True),
        ('Action("httpRequest", {"url": "x"})', "call out", True),
    ],
)
def test_what_a_rule_could_do_is_read_from_its_code_and_mail_cannot_be_accepted(
    code: str, effect: str, acceptable: bool
):
    (point,) = points(rules=[rule(5, code)]).values()
    assert point.effects == (effect,)
    assert ("accept" in point.options) is acceptable
    assert {"off", "exclude_by_tag"} < {*point.options, ""}


@pytest.mark.parametrize(
    "quiet",
    [
        rule(5, REPLY, deactivated_datetime="2026-01-01T00:00:00+00:00"),
        rule(5, REPLY, event_types="satisfaction-survey-responded"),
        rule(5, f"if ({EXCLUSION}) {{ {REPLY} }}"),
        rule(5, f'if (!containsAny(ticket.tags.name, ["vip", "ai_ignore"])) {{ {REPLY} }}'),
    ],
)
def test_a_rule_that_is_off_runs_on_something_else_or_excludes_imported_tickets_is_no_point(quiet: dict[str, Any]):
    assert points(rules=[quiet]) == {}


def test_a_condition_for_imported_tickets_does_not_exclude_them():
    code = f'if (containsAny(ticket.tags.name, ["ai_ignore"])) {{ {REPLY} }}'
    assert set(points(rules=[rule(5, code)])) == {"rule:5"}


def test_an_edited_rule_is_another_question():
    one, other = (points(rules=[rule(5, code)])["rule:5"] for code in (REPLY, f"{REPLY} {REPLY}"))
    assert one.topic != other.topic


def test_integrations_that_call_out_mailboxes_and_signs_of_ai_agent_are_points():
    hook = {"id": 7, "name": "Hook", "type": "http", "http": {"url": "u", "triggers": {"ticket-created": True}}}
    quiet = {**hook, "id": 8, "http": {"url": "u", "triggers": {"ticket-created": False}}}
    box = {"id": 9, "name": "Box", "type": "gmail", "http": None}
    intent = ActiveField(31, "Ticket", "AI Intent", managed=True, ours=False)
    found = points(integrations=[hook, quiet, box], fields=[intent])
    assert {name: point.options for name, point in found.items()} == {
        "integration:7": ("accept", "off"),
        "mailboxes": ("accept",),
        "ai_agent": ("exclude_by_tag", "accept"),
    }


def test_what_the_credential_may_not_read_is_a_point_and_not_silence():
    assert set(points(unreadable={"rules": 403}, role="agent")) == {"hidden:rules"}
