"""What a ticket's fields become. One site is staged, on which each case has its own ticket."""

from datetime import UTC, datetime

import pandas as pd
import pytest
from staged_site import at, open_site

from migration_assets.staging.chunks import chunks
from migration_assets.staging.conversations import conversations
from migration_assets.staging.validation.balance import messages_balance, tickets_balance

TICKET = "ivinex:10101:1"
TEN, NOON = datetime(2026, 3, 2, 10, tzinfo=UTC), datetime(2026, 3, 2, 12, tzinfo=UTC)
CASES = {
    "ai_ignore is beside the mapped tags": ({"tags": "50,51"}, {"tags": ["ai_ignore", "Return", "Refund"]}),
    "ai_ignore is on every ticket, and times come from the source and are UTC": (
        {},
        {"tags": ["ai_ignore"], "created_at": TEN, "opened_at": TEN, "updated_at": NOON, "partition": "2026-03-02"},
    ),
    "the id of an option becomes its label, a choice": (
        {"product": "61", "priority": "30"},
        {"Product": "Tent", "priority": "normal"},
    ),
    "please select is empty": ({"product": "60", "priority": "32"}, {"Product": None, "priority": "critical"}),
    "an option deleted since keeps its id as label": ({"product": "666"}, {"Product": "unknown option 666"}),
    "status and closing time come from the value map": (
        {"status": "22"},
        {"status": "closed", "closed_at": NOON, "meta.ivinex_status": "Resolved"},
    ),
    "a status that is open has no closing time": ({"status": "21"}, {"status": "open", "closed_at": None}),
    "the old number is a searchable custom field": ({"ticket_number": "T-100"}, {"Ivinex number": "T-100"}),
    "numbers, flags and dates take the types that Gorgias has": (
        {"paid": "true", "total": "1,234.50", "due": "2026-04-01"},
        {"Paid": True, "Total": 1234.5, "Due Date": "2026-04-01"},
    ),
    "a value that is no number stays as text in meta": ({"total": "a lot"}, {"meta.unreadable_total": "a lot"}),
    "a date that cannot be read is a loss": ({"due": "2026-02-31"}, {}),
    "the assignee is the user of an id": ({"owner": "7"}, {"assignee_source_id": "ivinex:user:7"}),
    "the assignee may be inactive": ({"owner": "8"}, {"assignee_source_id": "ivinex:user:8"}),
    "the assignee is nobody": ({"owner": "0"}, {"assignee_source_id": None}),
    "the assignee is the user of a user name": ({"owner": "old"}, {"assignee_source_id": "ivinex:user:8"}),
    "a long subject is cut": ({"subject": "s" * 1500}, {"messages": 2}),
    "the channel is that of the first activity that is no note": ({}, {"channel": "phone"}),
    "the channel of notes alone is the API": ({}, {"channel": "api"}),
}
"""Sentence -> fields of a ticket, and what it becomes: path into the row, or label of a custom field -> value."""
NUMBERS = {name: 100 + place for place, name in enumerate(CASES)}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    with open_site(tmp_path_factory.mktemp("tickets")) as site:
        site.contact(1, email="cleo@mail.example")
        site.users.append({"id": "9", "username": "x", "first": "X", "last": "Y", "email": "", "active": "true"})
        for name, (fields, _) in CASES.items():
            site.ticket(NUMBERS[name], **fields)
        phone = NUMBERS["the channel is that of the first activity that is no note"]
        site.activity(1, ticket=phone, activity="4", created_date="2026-03-02 10:01:00")
        site.activity(2, ticket=phone, activity="3", created_date="2026-03-02 10:02:00")
        site.activity(3, ticket=NUMBERS["the channel of notes alone is the API"], activity="4")
        yield site.stage()


def source_id(case):
    return f"ivinex:10101:{NUMBERS[case]}"


@pytest.mark.parametrize("case", CASES)
def test_a_ticket_is_staged(told, case):
    row, expected = told.one("tickets", source_id(case)), CASES[case][1]
    labels = {field["label"]: field["external_id"] for field in told.rows("custom_fields")}
    found = {name: row["field_values"].get(labels[name]) if name in labels else at(row, name) for name in expected}
    assert found == expected


def test_what_the_tickets_need_is_staged_as_fields_and_tags(told):
    fields = {field["label"]: field for field in told.rows("custom_fields")}
    assert (fields["Paid"]["data_type"], fields["Total"]["data_type"]) == ("boolean", "number")
    assert fields["Product"]["choices"] == ["Tent", "Stove", "unknown option 666"]
    assert [row["name"] for row in told.rows("tags")] == ["Refund", "Return", "ai_ignore"]


def test_what_is_not_kept_as_it_was_is_a_loss_with_its_record(told):
    losses = told.losses()
    assert losses[losses["kind"] == "unknown option"]["count"].sum() == 1
    assert "closing time unknown, last change taken" in losses["kind"].tolist()
    assert losses[losses["kind"] == "date as text"]["field"].tolist() == ["10101.due"]
    unreadable = losses[losses["kind"] == "not a date"]["source_id"].tolist()
    assert unreadable == [source_id("a date that cannot be read is a loss")]


def test_a_cut_subject_is_told_in_the_ticket(told):
    cut = source_id("a long subject is cut")
    note = told.messages(cut.rpartition(":")[2])[-1]
    assert (note["kind"], len(told.one("tickets", cut)["subject"])) == ("losses", 998)
    assert f"subject of {cut}: cut at 998 characters" in note["body_text"]


def test_an_inactive_owner_is_a_stub_and_one_who_owns_nothing_is_unused(told):
    found = {row["source_id"]: (row["disposition"], row["email"]) for row in told.rows("users")}
    assert found == {
        "ivinex:user:7": ("match", "ann@shop.example"),
        "ivinex:user:8": ("stub", "ivinex-user-8@stubs.invalid"),
        "ivinex:user:9": ("unused", None),
    }


@pytest.fixture
def shop(site):
    """A site of a test's own."""
    site.contact(1, email="cleo@mail.example")
    return site


def test_without_a_number_field_the_record_id_is_the_searchable_number(shop):
    shop.ticket(1, ticket_number="")
    [row] = shop.stage(own_map=True).rows("tickets")
    assert row["field_values"]["ivinex:field:10101:collection_id"] == "1"


def test_a_ticket_that_breaks_a_limit_is_quarantined_with_its_messages_and_the_others_go_on(shop):
    shop.edit = lambda text: text.replace("      Waiting: open\n", "").replace(
        "unmapped: default\n    default: open", "unmapped: keep_label\n    default: open"
    )
    shop.ticket(1, status="21", description="<p>secret words</p>")
    shop.activity(1, ticket="1")
    shop.ticket(2)
    shop.stage()
    assert [row["source_id"] for row in shop.rows("tickets")] == ["ivinex:10101:2"]
    assert {row["ticket_source_id"] for row in shop.rows("messages")} == {"ivinex:10101:2"}
    quarantine = shop.ledger.quarantine.rows().set_index("source_id")
    assert quarantine.loc[TICKET, "message"] == "status: one of open, closed"
    assert quarantine.loc["ivinex:50:1@ivinex:10101:1", "message"] == "its ticket: status: one of open, closed"
    assert quarantine.loc[f"{TICKET}#description", "partition"] == "2026-03-02"
    assert "secret" not in quarantine.to_string()
    assert tickets_balance(shop.warehouse, shop.ledger, shop.days)["2026-03-02"].passed
    assert messages_balance(shop.warehouse, shop.ledger, shop.days)["2026-03-02"].passed


def test_a_ticket_that_the_map_refuses_is_quarantined_as_needing_the_map(shop):
    shop.edit = lambda text: text.replace("source: due\n", "source: due\n    missing: quarantine\n")
    shop.ticket(1)
    shop.stage()
    [row] = shop.ledger.quarantine.rows().query("object == 'tickets'").to_dict("records")
    assert (row["reason_class"], row["mapping_version"]) == ("needs_mapping", shop.mapping.mapping_version)


def test_staging_again_gives_the_same_rows_and_the_same_books(shop):
    shop.ticket(1, status="22", description="<p>hello</p>")
    shop.activity(1, activity="1", field_from="cleo@mail.example")
    shop.stage()
    rows, losses = shop.rows("tickets") + shop.rows("messages"), shop.losses()
    shop.restage()
    assert shop.rows("tickets") + shop.rows("messages") == rows
    pd.testing.assert_frame_equal(shop.losses(), losses)


def test_a_day_is_replaced_without_touching_the_others(shop):
    shop.ticket(1)
    shop.ticket(2, created_date="2026-03-03 10:00:00")
    shop.stage()
    shop.warehouse.execute("DELETE FROM ivinex.tickets")
    conversations.stage_conversations(shop.warehouse, shop.inputs, ["2026-03-03"])
    assert [row["partition"] for row in shop.rows("tickets")] == ["2026-03-02"]


def test_small_chunks_give_the_same_rows_as_one_large_one(shop, monkeypatch):
    for number in range(1, 8):
        shop.ticket(number)
        shop.activity(number, ticket=str(number))
    whole = shop.stage().rows("tickets") + shop.rows("messages")
    monkeypatch.setattr(conversations, "chunks", lambda plan: chunks(plan, rows=2))
    assert shop.restage().rows("tickets") + shop.rows("messages") == whole


def test_chunks_are_bounded_by_bytes_too():
    plan = pd.DataFrame({"source_id": list("abcd"), "bytes": [10, 90, 10, 500]})
    assert list(chunks(plan, rows=10, size=100)) == [["a", "b"], ["c"], ["d"]]
