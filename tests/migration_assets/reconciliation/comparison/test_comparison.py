"""Every compared field is changed in Gorgias, each on a ticket of its own: the comparison names exactly these."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from target_account import COLOUR, CONFIG, Target, connected, happened, load
from verified_account import found, verify

from migration_assets.reconciliation.comparison.comparison_rules import FORMS
from migration_assets.reconciliation.comparison.expected_objects import CUSTOMER_FIELDS
from migration_assets.reconciliation.comparison.expected_tickets import MESSAGE_FIELDS, TICKET_FIELDS
from resources.gorgias import wire
from resources.ledger import Ledger
from sandbox.gorgias.account import Account
from sandbox.serve import RunningGorgias, running_gorgias

TOUCHED = "2099-01-01T00:00:00+00:00"


@dataclass(frozen=True)
class Case:
    """One change of one ticket (`t`) or of one of its messages (`m`: e-mail, note, answer).

    Attributes:
        field: what must be named; "" where the change is none by a normal form or a rule.
        message: place of the message that it is about; None: the ticket.
    """

    field: str
    kind: str
    change: Callable[[dict[str, Any], list[dict[str, Any]]], Any]
    message: int | None = None


def on_ticket(field: str, kind: str, **values: Any) -> Case:
    return Case(field, kind, lambda t, m: t.update(values))


def on_message(field: str, kind: str, place: int = 0, **values: Any) -> Case:
    return Case(field, kind, lambda t, m: m[place].update(values), place)


CASES = [
    on_ticket("external_id", "altered", external_id="other"),
    on_ticket("subject", "altered", subject="other"),
    on_ticket("subject", "dropped", subject=None),
    on_ticket("subject", "truncated", subject="Tick"),
    on_ticket("", "", subject=" Ticket 5 \r\n"),
    on_ticket("status", "altered", status="open", closed_datetime=None),
    on_ticket("priority", "altered", priority="high"),
    on_ticket("channel", "altered", channel="phone"),
    on_ticket("via", "altered", via="helpdesk"),
    on_ticket("from_agent", "altered", from_agent=True),
    on_ticket("customer", "dropped", customer_id=None),
    on_ticket("assignee_user", "dropped", assignee_user_id=None),
    on_ticket("assignee_user", "dropped", assignee_user_id=None, updated_datetime=TOUCHED),
    on_ticket("assignee_team", "dropped", assignee_team_id=None),
    Case("tags", "altered", lambda t, m: t.update(tag_ids=t["tag_ids"][:1])),
    on_ticket("tags", "dropped", tag_ids=[]),
    on_ticket("meta", "dropped", meta=None),
    on_ticket("meta", "altered", meta={"ivinex_id": "other"}),
    Case("", "", lambda t, m: t.update(meta={**t["meta"], "theirs": 1})),
    on_ticket("created_datetime", "altered", created_datetime="2026-01-05T10:00:01+00:00"),
    on_ticket("opened_datetime", "dropped", opened_datetime=None),
    on_ticket("closed_datetime", "altered", closed_datetime="2026-01-09T10:00:00+00:00"),
    on_ticket("trashed_datetime", "extra", trashed_datetime="2026-02-01T00:00:00+00:00"),
    on_ticket("trashed_datetime", "extra", trashed_datetime=TOUCHED, updated_datetime=TOUCHED),
    on_ticket("spam", "altered", spam=True),
    on_ticket("snooze_datetime", "extra", snooze_datetime=TOUCHED),
    on_ticket("", "", language="fr"),
    on_ticket("updated_datetime", "altered", updated_datetime="2026-01-05T11:00:00+00:00"),
    on_ticket("", "", updated_datetime=TOUCHED),
    Case(COLOUR, "altered", lambda t, m: t["custom_fields"].update({k: "blue" for k in t["custom_fields"]})),
    Case(COLOUR, "dropped", lambda t, m: t["custom_fields"].clear()),
    Case(COLOUR, "truncated", lambda t, m: t["custom_fields"].update({k: "re" for k in t["custom_fields"]})),
    on_message("external_id", "altered", external_id="other"),
    on_message("channel", "altered", 2, channel="phone"),
    on_message("via", "altered", via="helpdesk"),
    on_message("from_agent", "altered", from_agent=True),
    on_message("public", "altered", public=False),
    Case("sender", "altered", lambda t, m: m[0].update(sender_id=m[1]["sender_id"]), 0),
    Case("receiver", "altered", lambda t, m: m[2].update(receiver_id=m[1]["sender_id"]), 2),
    Case("source.type", "altered", lambda t, m: m[0].update(source={**m[0]["source"], "type": "api"}), 0),
    on_message("subject", "dropped", subject=None),
    on_message("body_text", "truncated", body_text="text 0, lo"),
    on_message("body_text", "altered", body_text="other"),
    on_message("", "", body_text="text 0, long enough to be cut\r\n"),
    on_message("body_html", "dropped", body_html=None),
    on_message("body_html", "truncated", body_html="<p>te"),
    on_message("", "", body_html="<p>text  0</p>\n"),
    on_message("body_html", "extra", 1, body_html="<p>other</p>"),
    on_message("", "", 1, body_html="<p>text 1, long enough</p> <b>to be cut</b>"),
    on_message("message_id", "dropped", message_id=None),
    on_message("meta", "dropped", meta=None),
    on_message("created_datetime", "altered", created_datetime="2026-01-05T10:00:01+00:00"),
    on_message("sent_datetime", "altered", sent_datetime="2026-01-05T10:00:01+00:00"),
    on_message("failed", "altered", 2, failed_datetime="2026-01-05T10:00:01+00:00"),
]


@pytest.fixture
def served() -> Iterator[RunningGorgias]:
    with running_gorgias(CONFIG) as running:
        yield running


@pytest.fixture
def target(served: RunningGorgias, ledger: Ledger, tmp_path: Path) -> Iterator[Target]:
    with connected(served, ledger, tmp_path) as made:
        yield made


def messages(account: Account, number: int) -> list[dict[str, Any]]:
    return account.messages.by("ticket_id", number)


def test_each_change_is_named_with_its_field_and_kind_and_nothing_else_is(target: Target, served: RunningGorgias):
    account = served.gorgias
    load(target, len(CASES))
    assert found(target) == []
    expected = set()
    for number, case in enumerate(CASES, start=1):
        name = f"ivinex:20:{number}"
        ticket = account.tickets.rows[target.tickets[name]]
        case.change(ticket, messages(account, ticket["id"]))
        if case.field:
            row = name if case.message is None else f"ivinex:30:{number * 100 + case.message}@{name}"
            expected.add(("tickets" if case.message is None else "messages", case.field, case.kind, row))
    assert set(found(target)) == expected
    counts = target.warehouse.rows("SELECT object, written, compared, equal FROM reconciliation.compared ORDER BY ALL")
    tickets = next(row for row in counts if row["object"] == "tickets")
    changed = sum(case.message is None and bool(case.field) for case in CASES)
    assert tickets == {
        "object": "tickets",
        "written": len(CASES),
        "compared": len(CASES),
        "equal": len(CASES) - changed,
    }


def test_what_only_a_single_read_shows_is_compared_where_tickets_are_read_singly(
    target: Target, served: RunningGorgias
):
    served.gorgias.switches._values["G-03"] = False
    load(target, 1)
    served.gorgias.tickets.rows[target.tickets["ivinex:20:1"]]["imported"] = False
    assert found(target) == [("tickets", "imported", "altered", "ivinex:20:1")]


def test_a_changed_envelope_is_named_by_its_part_and_letter_case_is_a_normal_form(
    target: Target, served: RunningGorgias
):
    load(target, 5)
    *first, last = [messages(served.gorgias, number)[0] for _, number in sorted(target.tickets.items())]
    parts = {
        "from": {"address": "eve@mail.example"},
        "to": [{"address": "other@shop.example"}],
        "cc": [],
        "bcc": [{"address": "z@y.example"}],
    }
    kinds = {"from": "altered", "to": "altered", "cc": "dropped", "bcc": "extra"}
    for message, (part, value) in zip(first, parts.items(), strict=True):
        message["source"] = {**message["source"], part: value}
    sender = last["source"]["from"]
    last["source"] = {**last["source"], "from": {**sender, "address": sender["address"].upper()}}
    told = found(target)
    assert sorted(row[1:3] for row in told) == sorted((f"source.{part}", kind) for part, kind in kinds.items())
    normalised = target.warehouse.rows("SELECT object, field FROM reconciliation.verdicts WHERE verdict = 'normalised'")
    assert normalised == [{"object": "messages", "field": "source.from"}]


def test_messages_of_one_time_that_changed_places_are_out_of_order(target: Target, served: RunningGorgias):
    load(target, 1)
    rows = messages(served.gorgias, target.tickets["ivinex:20:1"])
    with target.warehouse.transaction() as tx:
        tx.execute("UPDATE staging.messages SET created_at = '2026-01-05T10:00:00Z', position = 2 - position")
    for row in rows:
        row["created_datetime"] = "2026-01-05T10:00:00+00:00"
    # The staged order is turned round and the middle one keeps its place.
    assert [(row[1], row[2]) for row in found(target)] == [("order", "altered")] * 2


def test_a_changed_customer_is_named_by_field(target: Target, served: RunningGorgias):
    load(target, 1)
    (customer,) = [row for row in served.gorgias.customers if row["external_id"] == "ivinex:10:1"]
    customer.update(name="Someone Else")
    customer["channels"] = [*customer["channels"], {"type": "phone", "address": "+4930123456", "preferred": False}]
    assert found(target) == [
        ("customers", "channels", "altered", "ivinex:10:1"),
        ("customers", "name", "altered", "ivinex:10:1"),
    ]
    customer["updated_datetime"] = TOUCHED
    assert {row[2] for row in found(target)} == {"altered"}
    happened(served.gorgias, "customer-updated", "Customer", customer["id"])
    assert {row[2] for row in found(target)} == {"changed since write"}


def test_a_team_with_another_member_is_named(target: Target, served: RunningGorgias):
    load(target, 1)
    (team,) = served.gorgias.teams
    team["member_ids"] = [target.ledger.known_writes.gorgias_ids("users")["ivinex:user:7"]]
    assert [row[:2] for row in found(target)] == [("teams", "members")]


def test_every_field_that_a_request_carries_is_compared():
    """The wire models are what the load can send; a field that is added there must be compared here."""
    compared = {
        wire.Ticket: {field.name for field in TICKET_FIELDS} | {"custom_fields", "messages"},
        wire.Message: {field.name.partition(".")[0] for field in MESSAGE_FIELDS},
        wire.Customer: {field.name for field in CUSTOMER_FIELDS},
    }
    for model, fields in compared.items():
        assert set(model.model_fields) - fields == set()


def test_every_form_is_used():
    used = {field.form for field in (*TICKET_FIELDS, *MESSAGE_FIELDS, *CUSTOMER_FIELDS)}
    assert used | {"number"} == set(FORMS)


@pytest.mark.parametrize("values_in_lists", [True, False])
def test_a_verification_sends_no_write_and_no_more_calls_than_it_must(
    target: Target, served: RunningGorgias, values_in_lists: bool
):
    served.gorgias.switches._values["G-03"] = values_in_lists
    load(target, 120, messages=3)
    before = dict(served.server.stats.requests)
    meter = verify(target)
    sent = {
        route: number - before.get(route, 0)
        for route, number in served.server.stats.requests.items()
        if number != before.get(route, 0)
    }
    assert all(route.startswith("GET ") for route in sent), sent
    assert sum(sent.values()) == meter.used <= 1.01 * meter.minimum
    spent: dict[str, list[int]] = {}
    for name, minimum, used in meter.rows:
        both = spent.setdefault(name, [0, 0])
        both[0], both[1] = both[0] + minimum, both[1] + used
    read = {"tickets": [2, 2], "messages": [4, 4]} if values_in_lists else {"tickets": [2 + 120, 2 + 120]}
    assert spent == read | {
        "events": [2, 2] if values_in_lists else [1, 1],
        "users": [2, 2],
        "teams": [1, 1],
        "tags": [1, 1],
        "custom_fields": [2, 2],
        "customers": [2, 2],
        "surveys": [1, 1],
    }


def test_an_account_that_shows_empty_values_in_every_list_row_accuses_nothing(target: Target, served: RunningGorgias):
    load(target, 3)
    rows = [dict(row, custom_fields={}) for row in target.reader.rows("/api/tickets")]
    whole = target.reader.rows
    target.reader.rows = lambda path, **asked: iter(rows) if path == "/api/tickets" else whole(path, **asked)
    assert found(target) == []
    assert served.server.stats.requests["GET /api/tickets/{id}"] == 3


def test_a_day_is_a_slice_of_the_sweep(target: Target, served: RunningGorgias):
    load(target, 5)
    meter = verify(target)
    assert [row for row in meter.rows if row[0] in {"tickets", "messages"}] == [
        ("tickets", 1, 1),
        ("messages", 1, 1),
        ("tickets", 0, 0),
    ]
    assert found(target) == []
    # A ticket that the list does not hold any more is asked for by itself.
    number = target.tickets["ivinex:20:2"]
    for message in list(messages(served.gorgias, number)):
        served.gorgias.messages.remove(message["id"])
    served.gorgias.tickets.remove(number)
    served.gorgias.tickets.rows[target.tickets["ivinex:20:3"]]["priority"] = "high"
    assert {row[:3] for row in found(target)} == {
        ("tickets", "*", "missing"),
        ("messages", "*", "missing"),
        ("tickets", "priority", "altered"),
    }
