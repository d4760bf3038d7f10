from datetime import UTC, datetime

import pandas as pd
import pytest

from migration_assets.staging.validation.balance import messages_balance, tickets_balance

TICKET = "ivinex:10101:1"


@pytest.fixture
def shop(site):
    site.contact(1, email="cleo@mail.example")
    return site


def test_ai_ignore_is_on_every_ticket_beside_the_mapped_tags(shop):
    shop.ticket(1, tags="50,51")
    shop.ticket(2)
    shop.stage()
    assert [row["tags"] for row in shop.rows("tickets")] == [["ai_ignore", "Return", "Refund"], ["ai_ignore"]]
    assert [row["name"] for row in shop.rows("tags")] == ["Refund", "Return", "ai_ignore"]


def test_option_ids_become_labels_and_please_select_is_empty(shop):
    shop.ticket(1, product="61", priority="30")
    shop.ticket(2, product="60", priority="32")
    first, second = shop.stage().rows("tickets")
    field = next(row for row in shop.rows("custom_fields") if row["label"] == "Product")
    assert field["choices"] == ["Tent", "Stove"]
    assert first["field_values"][field["external_id"]] == "Tent"
    assert first["priority"] == "normal"
    assert field["external_id"] not in second["field_values"]
    assert second["priority"] == "critical"


def test_an_option_deleted_since_keeps_its_id_as_label_is_a_choice_and_a_loss(shop):
    shop.ticket(1, product="666")
    [row] = shop.stage().rows("tickets")
    field = next(row for row in shop.rows("custom_fields") if row["label"] == "Product")
    assert row["field_values"][field["external_id"]] == "unknown option 666"
    assert "unknown option 666" in field["choices"]
    losses = shop.losses()
    assert losses[losses["kind"] == "unknown option"]["count"].sum() == 1


def test_status_and_closing_time_come_from_the_value_map(shop):
    shop.ticket(1, status="22")
    shop.ticket(2, status="21")
    closed, opened = shop.stage().rows("tickets")
    assert closed["status"] == "closed"
    assert closed["closed_at"] == datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert closed["meta"]["ivinex_status"] == "Resolved"
    assert (opened["status"], opened["closed_at"]) == ("open", None)
    assert "closing time unknown, last change taken" in shop.losses()["kind"].tolist()


def test_the_old_number_is_a_searchable_custom_field(shop):
    shop.ticket(1, ticket_number="T-100")
    [row] = shop.stage().rows("tickets")
    field = next(row for row in shop.rows("custom_fields") if row["label"] == "Ivinex number")
    assert row["field_values"][field["external_id"]] == "T-100"


def test_without_a_number_field_the_record_id_is_the_searchable_number(shop):
    shop.ticket(1, ticket_number="")
    [row] = shop.stage(own_map=True).rows("tickets")
    assert row["field_values"]["ivinex:field:10101:collection_id"] == "1"


def test_numbers_flags_and_dates_take_the_types_that_gorgias_has(shop):
    shop.ticket(1, paid="true", total="1,234.50", due="2026-04-01", product="61", ticket_number="T")
    [row] = shop.stage().rows("tickets")
    kinds = {field["label"]: field for field in shop.rows("custom_fields")}
    values = {label: row["field_values"].get(field["external_id"]) for label, field in kinds.items()}
    assert (values["Paid"], values["Total"], values["Due Date"]) == (True, 1234.5, "2026-04-01")
    assert (kinds["Paid"]["data_type"], kinds["Total"]["data_type"]) == ("boolean", "number")
    losses = shop.losses()
    assert losses[losses["kind"] == "date as text"]["field"].tolist() == ["10101.due"]


def test_a_value_that_is_no_number_stays_as_text_in_meta(shop):
    shop.ticket(1, total="a lot")
    shop.ticket(2, total="1.00")
    [row, _] = shop.stage().rows("tickets")
    assert row["meta"]["unreadable_total"] == "a lot"


def test_the_assignee_is_the_user_whether_the_wire_gives_an_id_or_a_user_name(shop):
    shop.ticket(1, owner="7")
    shop.ticket(2, owner="0")
    shop.ticket(3, owner="old")
    assert [row["assignee_source_id"] for row in shop.stage().rows("tickets")] == [
        "ivinex:user:7",
        None,
        "ivinex:user:8",
    ]


def test_an_inactive_owner_is_a_stub_and_one_who_owns_nothing_is_unused(shop):
    shop.users.append({"id": "9", "username": "x", "first": "X", "last": "Y", "email": "", "active": "true"})
    shop.ticket(1, owner="8")
    found = {row["source_id"]: row for row in shop.stage().rows("users")}
    assert found["ivinex:user:7"]["disposition"] == "match"
    assert found["ivinex:user:7"]["email"] == "ann@shop.example"
    assert found["ivinex:user:8"]["disposition"] == "stub"
    assert found["ivinex:user:8"]["email"] == "ivinex-user-8@stubs.invalid"
    assert (found["ivinex:user:9"]["disposition"], found["ivinex:user:9"]["email"]) == ("unused", None)


def test_a_long_subject_is_cut_and_the_ticket_tells_so(shop):
    shop.ticket(1, subject="s" * 1500)
    [row] = shop.stage().rows("tickets")
    assert len(row["subject"]) == 998
    note = shop.messages()[-1]
    assert note["kind"] == "losses"
    assert "subject of ivinex:10101:1: cut at 998 characters" in note["body_text"]
    assert row["messages"] == 2


def test_channel_is_that_of_the_first_activity_that_is_no_note(shop):
    shop.ticket(1)
    shop.activity(1, activity="4", created_date="2026-03-02 10:01:00")
    shop.activity(2, activity="3", created_date="2026-03-02 10:02:00")
    shop.ticket(2)
    shop.activity(3, ticket="2", activity="4")
    first, second = shop.stage().rows("tickets")
    assert (first["channel"], second["channel"]) == ("phone", "api")


def test_times_come_from_the_source_and_are_utc(shop):
    shop.ticket(1)
    [row] = shop.stage().rows("tickets")
    assert row["created_at"] == row["opened_at"] == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert row["updated_at"] == datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert row["partition"] == "2026-03-02"


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
    from migration_assets.staging.conversations.conversations import stage_conversations

    shop.ticket(1)
    shop.ticket(2, created_date="2026-03-03 10:00:00")
    shop.stage()
    shop.warehouse.execute("DELETE FROM ivinex.tickets")
    stage_conversations(shop.warehouse, shop.inputs, ["2026-03-03"])
    assert [row["partition"] for row in shop.rows("tickets")] == ["2026-03-02"]


def test_small_chunks_give_the_same_rows_as_one_large_one(shop, monkeypatch):
    for number in range(1, 8):
        shop.ticket(number)
        shop.activity(number, ticket=str(number))
    whole = shop.stage().rows("tickets") + shop.rows("messages")
    from migration_assets.staging import chunks
    from migration_assets.staging.conversations import conversations

    monkeypatch.setattr(conversations, "chunks", lambda plan: chunks.chunks(plan, rows=2))
    assert shop.restage().rows("tickets") + shop.rows("messages") == whole


def test_chunks_are_bounded_by_bytes_too():
    from migration_assets.staging.chunks import chunks

    plan = pd.DataFrame({"source_id": list("abcd"), "bytes": [10, 90, 10, 500]})
    assert list(chunks(plan, rows=10, size=100)) == [["a", "b"], ["c"], ["d"]]


def test_a_date_that_cannot_be_read_is_a_loss_with_its_record(shop):
    shop.ticket(1, due="2026-02-31")
    shop.ticket(2, due="2026-02-28")
    shop.stage()
    losses = shop.losses()
    assert losses[losses["kind"] == "not a date"]["source_id"].tolist() == [TICKET]
