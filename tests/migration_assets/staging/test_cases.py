"""Public bug reports of other helpdesks as small datasets (tests/cases, with the outcomes of its README), staged.

Those with files, and what a staging account gets to see, are in tests/whole/test_served_cases.py.
"""

import time

import pytest
from case_dataset import case_dataset

from migration_assets.staging.validation.content_witness import messages_kept, tickets_kept

CUSTOMER = "ivinex:1001:501"


@pytest.fixture
def case(site, tmp_path):
    """Stages a case; gives its messages, those of its first ticket."""

    def staged(name):
        site.stage_dataset(case_dataset(name, tmp_path / "case"))
        assert site.ledger.quarantine.rows().empty
        for kept in (tickets_kept, messages_kept):
            for result in kept(site.warehouse, site.ledger, site.days, site.inputs).values():
                assert result.passed, result.description
        return site.messages("70001")

    return staged


def addresses(message, field):
    return [one["address"] for one in message["source"][field]]


def unread(site, field):
    losses = site.losses()
    found = losses[(losses["field"] == field) & losses["kind"].str.startswith("no address that can be read")]
    return dict(zip(found["source_id"], found["count"], strict=True))


def test_a_plain_field_keeps_every_character_of_addresses_indents_and_lines(case):
    (message,) = case("angle_address")
    assert message["body_text"] == (
        "Hello,\n\n  indented\n  list\n\nOn Monday P. Smith <p.smith@x.example> wrote:\n"
        "> quoted line one\n> quoted line two\n\nbye"
    )
    assert message["body_html"] is None


def test_a_plain_description_keeps_its_address_and_its_lines(case):
    (message,) = case("angle_description")
    assert (message["body_text"], message["body_html"]) == (
        "line one\nline two\nregards\nAnn <a.lee@x.example>",
        None,
    )


def test_a_rich_field_without_a_tag_is_text(case):
    description, note = case("rich_plain")
    assert description["body_text"].splitlines()[-1] == "Write to John <john.doe@x.example>"
    assert note["body_text"] == "Called back:\n1. agreed\n2. see Jane <jane.roe@x.example>\n\nif x<y then z>w"
    assert description["body_html"] is note["body_html"] is None


def test_xml_in_a_plain_field_stands_there_as_text(case):
    (message,) = case("xml_text")
    assert '<name part="full">Kim Doe</name>' in message["body_text"]
    assert '<address type="home"><street line="1">Main 1</street></address>' in message["body_text"]
    assert message["body_html"] is None


def test_contacts_get_the_addresses_that_their_fields_name_whatever_the_form(site, tmp_path):
    site.stage_dataset(case_dataset("contact_forms", tmp_path / "case"))
    found = {
        row["source_id"][-3:]: [(one["type"], one["address"]) for one in row["channels"]]
        for row in site.rows("customers")
    }
    assert found == {
        "501": [("email", "joe.secret@x.example")],
        "502": [("email", "info.secret@xn--ggsbrden-zzae.example")],
        "503": [("email", "a.secret@x.example"), ("email", "b.secret@x.example")],
        "504": [("email", "kim.secret@x.example")],
        "505": [("email", "c.secret@x.example"), ("email", "d.secret@x.example")],
        "506": [("email", "quoted.secret@x.example")],
        "507": [("email", "e.secret@x.example")],
        "508": [("email", "ivinex-1001-508@stubs.invalid")],
    }
    assert unread(site, "email") == {"ivinex:1001:508": 1}
    assert site.one("customers", "ivinex:1001:508")["data"]["unreadable_email"] == "f.secret@x .example"


def test_international_domains_are_written_in_ascii_and_no_receiver_is_dropped(case):
    for message in case("idn"):
        assert addresses(message, "cc") or addresses(message, "to")
        people = [message["source"]["from"]["address"], *addresses(message, "to"), *addresses(message, "cc")]
        assert all(one.isascii() for one in people)
        assert any("@xn--" in one for one in people)


def test_members_of_groups_are_receivers_and_what_names_nobody_is_kept_and_counted(site, case):
    first, second = case("groups")
    assert addresses(first, "to") == ["c@a.example", "joe@where.example", "jdoe@one.example"]
    assert addresses(second, "to") == ["ann@x.example", "bob@x.example"]
    assert (first["meta"]["ivinex_cc"], second["meta"]["ivinex_cc"]) == ("undisclosed-recipients:;", "x")
    assert unread(site, "cc") == {"ivinex:50:900001": 1, "ivinex:50:900002": 1}


def test_a_bounce_is_from_the_mail_system_and_never_from_the_customer(case):
    bounce, colleague = case("bounce_from")
    assert bounce["source"]["from"] == {"name": "Mail Delivery System", "address": "mailer-daemon@mx1.y.example"}
    assert colleague["source"]["from"]["address"] == "chef@xn--mller-kva.example"


def test_without_a_direction_answers_from_the_shop_are_the_agents(case):
    question, *answers = case("kind_email_only")
    assert (question["from_agent"], question["sender_source_id"]) == (False, CUSTOMER)
    assert [(one["from_agent"], one["sender_source_id"]) for one in answers] == [(True, "ivinex:user:3")] * 4


def test_a_title_is_in_no_body_and_what_is_left_out_runs_into_nothing(site, case):
    first, second = case("title_leak")
    assert (first["body_text"], first["body_html"]) == ("Thank you!", "<p>Thank you!</p>")
    words = second["body_html"].replace("<", " <").replace(">", "> ").split()
    assert [word for word in words if word[0] != "<"] == ["a", "enable", "it", "one", "two", "Buy"]
    left_out = site.losses().query("kind == 'text that no reader sees left out'")
    assert sorted(left_out["source_id"]) == ["ivinex:50:900001", "ivinex:50:900002"]


def test_a_head_that_is_never_closed_hides_nothing(case):
    (message,) = case("head_twice")
    assert message["body_text"] == "The real text of the mail"
    assert message["body_html"] == "<p>The real text of the mail</p>"


def test_order_and_times_of_a_thread_agree_where_the_ticket_is_younger_than_its_mails(site, case):
    rows = case("created_late")
    assert [row["kind"] for row in rows] == ["description", "activity", "activity"]
    times = [f"{row['created_at']:%m-%d}" for row in rows]
    assert times == ["04-19", "04-19", "04-20"]
    assert site.one("tickets", "ivinex:10101:70001")["meta"]["ivinex_created"] == "2026-05-10 10:00:00"


def test_a_body_of_open_comments_is_staged_at_once(case):
    started = time.process_time()
    (message,) = case("slow_html")
    assert time.process_time() - started < 5
    assert message["body_html"] == "<p>x</p>"


def test_soft_breaks_of_mail_clients_are_line_ends(case):
    (message,) = case("soft_breaks")
    assert message["body_text"].splitlines() == ["Street 1", "Town", "Country", "page two"]
