"""The order of evidence on who wrote a message, line by line as in docs/authorship.md."""

from types import SimpleNamespace

import pytest

from migration_assets.staging.conversations.authorship import Author, AuthorEvidence, author_of
from migration_assets.staging.mailboxes import domains_of

ANN = {"source_id": "ivinex:user:7"}
CUSTOMER, COLLEAGUE, SHOP, STRANGER = "cleo@mail.example", "ann@shop.example", "help@else.example", "x@stranger.example"
INPUTS = SimpleNamespace(
    lookups=SimpleNamespace(user=lambda key: ANN if key == "7" else None, senders={COLLEAGUE: "ivinex:user:8"}),
    listed_users=frozenset({"7"}),
    is_shops=lambda address: address == SHOP or address.endswith("@shop.example"),
    masked_address=lambda address: address,
)


def decide(word, **given):
    return author_of(AuthorEvidence(word, customer=frozenset({CUSTOMER}), **given), INPUTS)


TO_CUSTOMER = frozenset({CUSTOMER})


@pytest.mark.parametrize(
    ("word", "given", "author"),
    [
        ("note", {"created_by": "7", "sender": CUSTOMER}, Author(True, "ivinex:user:7")),
        ("note", {"owner": "ivinex:user:9"}, Author(True, "ivinex:user:9")),
        ("email_in", {"sender": CUSTOMER, "created_by": "7"}, Author(False, None)),
        ("email_in", {"sender": COLLEAGUE}, Author(False, None)),
        ("email_out", {"sender": COLLEAGUE}, Author(True, "ivinex:user:8")),
        ("email_out", {"sender": SHOP, "created_by": "7"}, Author(True, "ivinex:user:7")),
        ("email", {"direction": "out", "owner": "ivinex:user:9"}, Author(True, "ivinex:user:9")),
        ("email", {"sender": CUSTOMER, "created_by": "7"}, Author(False, None)),
        ("email", {"sender": COLLEAGUE, "created_by": "7"}, Author(True, "ivinex:user:8")),
        ("email", {"sender": SHOP, "created_by": "7"}, Author(True, "ivinex:user:7")),
        ("email", {"sender": SHOP}, Author(True, None)),
        ("email", {"sender": "new@shop.example", "owner": "ivinex:user:9"}, Author(True, "ivinex:user:9")),
        ("email", {"created_by": "7", "unread": True}, Author(True, "ivinex:user:7")),
        ("email", {"created_by": "7"}, Author(True, "ivinex:user:7")),
        ("email", {"sender": STRANGER, "created_by": "7", "receivers": TO_CUSTOMER}, Author(True, "ivinex:user:7")),
        ("email", {"sender": STRANGER, "receivers": TO_CUSTOMER}, Author(True, None)),
        ("email", {"sender": STRANGER, "created_by": "7"}, Author(False, None)),
        ("email", {"unread": True}, Author(False, None)),
        ("call", {"created_by": "7"}, Author(False, None)),
        ("call", {"direction": "out", "created_by": "7"}, Author(True, "ivinex:user:7")),
        ("email", {"created_by": "99"}, Author(False, None)),
    ],
)
def test_the_first_line_of_the_table_that_speaks_decides(word, given, author):
    assert decide(word, **given) == author


@pytest.mark.parametrize(
    ("word", "sender", "told"),
    [
        ("email_in", COLLEAGUE, True),
        ("email_in", SHOP, True),
        ("email_out", CUSTOMER, True),
        ("email_in", CUSTOMER, False),
        ("email_out", SHOP, False),
        ("email", STRANGER, False),
    ],
)
def test_evidence_against_the_stated_direction_is_told_without_an_address(word, sender, told):
    contradiction = decide(word, sender=sender).contradiction
    assert bool(contradiction) == told
    assert "@" not in contradiction


def test_an_address_that_is_a_users_and_the_customers_is_the_users_and_told():
    evidence = AuthorEvidence("email", sender=COLLEAGUE, customer=frozenset({COLLEAGUE}))
    author = author_of(evidence, INPUTS)
    assert author == Author(True, "ivinex:user:8")
    assert "at once" in author.contradiction


def test_a_public_provider_makes_nobody_one_of_the_shop():
    assert domains_of(["Ann@Shop.example", "kim@gmail.com", ""]) == {"shop.example"}


def test_a_receiver_of_many_senders_is_a_mailbox_of_the_shop_and_a_contact_never_is(site):
    site.contact(1, email="cleo@mail.example")
    site.ticket(1)
    for number in range(6):
        receivers = "sales@brand.example, cleo@mail.example"
        site.activity(number, activity="6", created_by="0", field_from=f"c{number}@x.example", email_to=receivers)
    site.activity(9, activity="6", created_by="0", field_from="sales@brand.example", email_to="c1@x.example")
    site.stage()
    assert site.inputs.mailboxes == {"sales@brand.example"}
    answer = next(row for row in site.messages() if row["external_id"] == "ivinex:50:9")
    assert answer["from_agent"]


def test_a_contradiction_is_noted_in_the_message_and_counted(site):
    site.contact(1, email="cleo@mail.example")
    site.ticket(1)
    site.activity(1, activity="1", field_from="ann@shop.example")
    (message,) = site.stage().messages()
    assert not message["from_agent"]
    assert "incoming" in message["meta"]["ivinex_contradiction"]
    assert site.losses().query("field == 'author'")["source_id"].tolist() == ["ivinex:50:1"]
