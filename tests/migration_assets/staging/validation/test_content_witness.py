"""The witness of staging: green over what staging makes of real mail, and red for each way in which it may break."""

from collections import Counter

import orjson
import pandas as pd
import pytest
from staged_site import open_site

from migration_assets.ivinex.attachments.file_tables import ATTACHMENTS
from migration_assets.settings import Target
from migration_assets.staging.bodies.safe_html import FILE_URL
from migration_assets.staging.conversations import attachments
from migration_assets.staging.validation import witness_records, witness_texts
from migration_assets.staging.validation.content_witness import messages_kept, tickets_kept
from migration_assets.staging.validation.file_balance import attachments_balance, attachments_kept
from migration_assets.staging.validation.mapping_validity import messages_valid, tickets_valid
from sandbox.generator.generate import generate_dataset

DAY = "2026-03-02"
TABLES = ("tickets", "messages", "attachments")
HTML = (
    "<html><head><title>Order</title></head><body><p>Thank you, <b>Ann</b>ika!</p><table><tr><th>Item<th>Price</table>"
    '<p><img src="cid:a.png@1"> and <img src="cid:b.png@2"></p><a href="https://x.example/y">see</a></body></html>'
)
PLAIN = "Hello,\n\n  indented\nP. Smith <p.smith@x.example> wrote:\nbye"
SHA_A, SHA_B = "aa" * 32, "bb" * 32


def look(site):
    """(field, rule) -> rows, of all three tables."""
    found = Counter()
    for kept in (tickets_kept, messages_kept, attachments_kept, attachments_balance):
        given = (site.inputs,) if kept is not attachments_balance else ()
        for result in kept(site.warehouse, site.ledger, site.days, *given).values():
            assert not result.error
            found.update(result.failures)
    return found


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A ticket with a mail in HTML with two images, one in plain text, and a note; every kind of field is filled."""
    with open_site(tmp_path_factory.mktemp("witness")) as site:
        site.warehouse.append(ATTACHMENTS, pd.DataFrame([_file("a.png", SHA_A, 0), _file("b.png", SHA_B, 1)]))
        site.contact(1, email="cleo@mail.example")
        site.ticket(
            1, description="<p>My tent leaks</p>", product="61", due="2026-04-01", paid="true", total="12.50",
            team="80", tags="50,51", owner="7", priority="32",
        )  # fmt: skip
        site.activity(
            1, activity="1", subject="Tent", body=HTML, location="here", field_from="Cleo <cleo@mail.example>",
            email_to="help@shop.example, ann@shop.example", cc="x@y.example; nobody", email_id="<1@mail.example>",
        )  # fmt: skip
        site.activity(2, activity="6", body="", description=PLAIN, field_from="cleo@mail.example")
        site.activity(3, activity="4", subject="Call", body="<p>soon</p>")
        site.stage()
        attachments.record_attachments(
            site.ledger, attachments.stage_attachments(site.warehouse, site.days, False), site.days
        )
        site.warehouse.execute("CREATE SCHEMA kept")
        for table in TABLES:
            site.warehouse.execute(f"CREATE TABLE kept.{table} AS SELECT * FROM staging.{table}")
        yield site


@pytest.fixture
def staged(whole):
    """The same, as staging made it, whatever the test before broke."""
    for table in TABLES:
        whole.warehouse.execute(f"DELETE FROM staging.{table}")
        whole.warehouse.execute(f"INSERT INTO staging.{table} SELECT * FROM kept.{table}")
    return whole


def _file(name, sha, position):
    return {
        "partition": DAY, "ticket_source_id": "ivinex:10101:1", "record_source_id": "ivinex:50:1", "role": "activity",
        "source_id": f"ivinex:50:1/{name}", "position": position, "inline": False, "name": name, "labels": "[]",
        "status": "ok", "sha256": sha, "size": 1, "content_type": "image/png", "misnamed": False,
    }  # fmt: skip


def test_it_is_green_over_what_staging_makes(staged):
    assert look(staged) == {}
    assert (
        sum(result.rows for result in messages_kept(staged.warehouse, staged.ledger, [DAY], staged.inputs).values())
        == 3
    )


@pytest.mark.parametrize("target", [Target.demo, Target.staging])
def test_it_is_green_over_what_mail_clients_write(tmp_path, target):
    generate_dataset(tmp_path / "mail", tickets=12, seed=3, days=4, profile="mail")
    with open_site(tmp_path) as mail:
        mail.target = target
        mail.stage_dataset(tmp_path / "mail")
        for look_at in (tickets_kept, messages_kept, tickets_valid, messages_valid):
            results = look_at(mail.warehouse, mail.ledger, mail.days, mail.inputs)
            assert all(result.passed and result.rows for result in results.values()), results


@pytest.mark.parametrize("value", [None, "", " ", "0", "0000-00-00", "0000-00-00 00:00:00"])
def test_a_date_that_is_not_set_asks_for_no_time_of_its_message(value):
    assert witness_records._unset(value)
    assert not witness_records._unset("2026-03-02")


MESSAGE = "UPDATE staging.messages SET {} WHERE source_id LIKE 'ivinex:50:{}@%'"
TICKET = "UPDATE staging.tickets SET {}"
MISSING, ADDED, LINES = witness_texts.MISSING, witness_texts.ADDED, witness_texts.LINES
OTHER = "an address that the source has not"


@pytest.mark.parametrize(
    ("break_", "field", "rule"),
    [
        (MESSAGE.format("body_html = replace(body_html, 'Thank', '')", 1), "body", MISSING),
        (MESSAGE.format("body_text = replace(body_text, 'you', '')", 1), "body", MISSING),
        (MESSAGE.format("body_text = replace(body_text, 'Item' || chr(9), 'Item')", 1), "body", MISSING),
        (MESSAGE.format("body_html = 'Order' || body_html", 1), "body", ADDED),
        (MESSAGE.format("body_html = NULL", 1), "body", witness_texts.NO_MARKUP),
        (MESSAGE.format("body_text = replace(body_text, '<p.smith@x.example>', '')", 2), "description", MISSING),
        (MESSAGE.format("body_text = replace(body_text, '  indented', 'indented')", 2), "description", LINES),
        (MESSAGE.format("body_text = replace(body_text, chr(10), ' ')", 2), "description", LINES),
        (MESSAGE.format("body_html = body_text", 2), "description", witness_texts.MARKUP),
        (MESSAGE.format("subject = 'Other'", 1), "subject", "value differs"),
        (MESSAGE.format("channel = 'phone'", 1), "activity", "value differs"),
        (MESSAGE.format("message_id = NULL", 1), "email_id", "value differs"),
        (MESSAGE.format("meta = replace(meta, 'here', 'there')", 1), "location", "value differs"),
        (MESSAGE.format("source = replace(source, 'x@y.example', 'y@y.example')", 1), "cc", "an address is missing"),
        (MESSAGE.format("source = replace(source, 'ann@shop', 'eve@shop')", 1), "email_to", "an address is missing"),
        (MESSAGE.format("source = replace(source, 'cleo@mail', 'zoe@mail')", 2), "field_from", OTHER),
        (TICKET.format("field_values = replace(field_values, 'Tent', 'Stove')"), "product", "value differs"),
        (TICKET.format("field_values = replace(field_values, '12.5', '125')"), "total", "value differs"),
        (TICKET.format("field_values = '{}'"), "due", "value differs"),
        (TICKET.format("""tags = '["ai_ignore","Return"]'"""), "tags", "value differs"),
        (TICKET.format("priority = 'low'"), "priority", "value differs"),
        (TICKET.format("assignee_source_id = 'ivinex:user:8'"), "owner", "value differs"),
        (TICKET.format("contact_source_id = 'ivinex:1001:2'"), "contact", "value differs"),
        ("DELETE FROM staging.messages WHERE kind = 'description'", "description", MISSING),
        ("DELETE FROM staging.attachments WHERE name = 'a.png'", "row", "neither staged nor recorded"),
        (f"UPDATE staging.attachments SET sha256 = '{SHA_B}'", "sha256", "not the content that was downloaded"),
        ("UPDATE staging.attachments SET message_source_id = 'ivinex:50:2@ivinex:10101:1'", "message_source_id",
         "not the message of the record that has the file"),
    ],
)  # fmt: skip
def test_each_way_to_break_a_staged_row_turns_it_red(staged, break_, field, rule):
    staged.warehouse.execute(break_)
    found = look(staged)
    assert found[(field, rule)] >= 1, found


def test_two_swapped_images_turn_it_red_and_one_less_as_well(staged):
    (row,) = staged.warehouse.rows("SELECT body_html FROM staging.messages WHERE source_id LIKE 'ivinex:50:1@%'")
    first, second = (f'<img src="{FILE_URL}{sha}">' for sha in (SHA_A, SHA_B))
    assert first in row["body_html"]
    swapped = row["body_html"].replace(first, "\x00").replace(second, first).replace("\x00", second)
    broken = {witness_texts.WRONG_IMAGE: swapped, witness_texts.NO_IMAGE: row["body_html"].replace(second, "")}
    for rule, html in broken.items():
        staged.warehouse.execute(MESSAGE.format("body_html = ?", 1), [html])
        assert look(staged)[("body", rule)] == 1


def test_a_loss_row_of_the_record_explains_what_was_cut_and_nothing_else(site):
    site.contact(1, email="cleo@mail.example")
    site.ticket(1)
    site.activity(1, activity="4", body="word " * 300_000)
    site.activity(2, activity="4", body="<p>" + "word " * 300_000)
    site.stage()
    assert messages_kept(site.warehouse, site.ledger, site.days, site.inputs)[DAY].passed
    site.ledger.losses.record_losses("staging", "messages", [], site.days)
    result = messages_kept(site.warehouse, site.ledger, site.days, site.inputs)[DAY]
    assert result.failures[("body", witness_texts.MISSING)] == 2


UNREAD = (
    '<img src="data:,x"><img src="data:,y">',
    "<a href=x><a href=x>",
    "<font color=0><font color=1>",
    "<html a0=1><html a1=1>",
    "<![foo[bar]]><![foo[bar]]>",
    "<?php foo ?><!x>",
    "<b<b><b<b>",
    "a stray <b<b>bracket</b>",
    "one <b<b> bracket",
)


def test_a_mail_of_nothing_that_is_read_is_kept_as_its_subject_and_what_is_no_tag_as_its_text(site):
    site.contact(1, email="cleo@mail.example")
    site.ticket(1, subject="Lamp", date=f"{DAY} 10:00:00")
    for number, body in enumerate(UNREAD, 1):
        site.activity(number, activity="1", subject="Two words", body=body, field_from="cleo@mail.example")
    site.stage()
    assert sum(row["kind"] == "activity" for row in site.messages()) == len(UNREAD)
    result = messages_kept(site.warehouse, site.ledger, site.days, site.inputs)[DAY]
    assert (result.source_ids, result.failures, result.error) == ([], {}, "")


def test_words_in_the_place_of_none_are_those_that_are_known_of_the_record(site):
    site.contact(1, email="cleo@mail.example")
    site.ticket(1, subject="Lamp", date=f"{DAY} 10:00:00")
    site.activity(1, activity="1", subject="Two words", body="<a href=x>", field_from="cleo@mail.example")
    site.stage()
    with site.warehouse.transaction() as tx:
        tx.execute("UPDATE staging.messages SET body_text = 'Two strange words' WHERE kind = 'activity'")
    result = messages_kept(site.warehouse, site.ledger, site.days, site.inputs)[DAY]
    assert result.failures == {("body", witness_texts.ADDED): 1}


def test_a_ticket_that_was_closed_without_a_closing_time_is_whole(site):
    site.contact(1, email="cleo@mail.example")
    site.ticket(1, status="23", date_closed="0000-00-00 00:00:00")
    site.ticket(3, status="23", date_closed=f"{DAY} 11:00:00")
    site.ticket(2, status="20", contact="0", owner="0", priority="0", team="0", tags="", product="60")
    site.activity(1)
    site.stage()
    assert tickets_kept(site.warehouse, site.ledger, site.days, site.inputs)[DAY].passed


def test_findings_are_fields_rules_and_ids_and_never_a_value(staged):
    staged.warehouse.execute(MESSAGE.format("body_text = 'Thank'", 2))
    (result,) = messages_kept(staged.warehouse, staged.ledger, [DAY], staged.inputs).values()
    assert result.source_ids == ["ivinex:50:2@ivinex:10101:1"]
    assert "Smith" not in orjson.dumps([result.description, result.source_ids]).decode()
