"""Mails in the styles of public test suites (tests/mails), staged together: nothing of them changes untold.

Each mail is there twice, with its headers decoded and as they stand in the mail: Ivinex does not say which it keeps.
What is right of each is in tests/mails/outcomes.yaml.
"""

import hashlib
import re
from collections import defaultdict
from pathlib import Path

import pandas as pd
import pytest
import yaml
from mail_dataset import Mail, read_mail, write_dataset
from staged_site import Site, open_site

from migration_assets.ivinex.attachments.file_tables import ATTACHMENTS
from migration_assets.ivinex.tables import OTHER_LINKS
from migration_assets.staging.bodies.safe_html import FILE_URL
from migration_assets.staging.conversations import attachments
from migration_assets.staging.validation.content_witness import messages_kept, tickets_kept
from migration_assets.staging.validation.file_balance import attachments_balance, attachments_kept
from migration_assets.staging.validation.mapping_validity import messages_valid, tickets_valid

MAILS = Path(__file__).parents[2] / "mails"
OUTCOMES = yaml.safe_load((MAILS / "outcomes.yaml").read_text(encoding="utf-8"))
NAMES = sorted(path.stem for path in MAILS.glob("*.eml"))
CONTACTS = {
    "Pat Berg <pat.berg@x.example>": ["pat.berg@x.example"],
    "=?utf-8?Q?Zo=C3=AB?= <zoe@bücher.example>": ["zoe@xn--bcher-kva.example"],
    '"Poe, Ben" <a1@x.example>, b1@x.example': ["a1@x.example", "b1@x.example"],
    "mailto:q1@x.example?subject=hi": ["q1@x.example"],
    "w1@x.example (at work)": ["w1@x.example"],
    "Pat <@relay.example:r1@x.example>": ["r1@x.example"],
    "Team: g1@x.example, g2@x.example;": ["g1@x.example", "g2@x.example"],
    "o'neil@x.example": ["o'neil@x.example"],
    "a2@x.example und b2@x.example": ["a2@x.example", "b2@x.example"],
    "ask at the desk": [],
    '"odd local"@x.example': [],
}
"""What stands in a contact's e-mail field -> its addresses."""


class Mails:
    """All mails as staging made them: number n is the ticket, the contact and the activity of the n-th."""

    def __init__(self, site: Site, mails: list[Mail]):
        self.site, self.mails = site, mails
        numbered = [row for row in site.rows("messages") if row["kind"] == "activity"]
        self.messages = {_number(row["ticket_source_id"]): row for row in numbered}
        self.tickets = {_number(row["source_id"]): row for row in site.rows("tickets")}
        self.files: dict[int, list[dict]] = defaultdict(list)
        for row in site.warehouse.rows("SELECT * FROM staging.attachments ORDER BY message_source_id, position"):
            self.files[_number(row["ticket_source_id"])].append(row)
        self.told: dict[int, list[str]] = defaultdict(list)
        losses = site.losses().query("field != 'name'").sort_values(["field", "kind"])
        for source_id, field, kind in zip(losses["source_id"], losses["field"], losses["kind"], strict=True):
            if source_id.startswith("ivinex:50:"):
                self.told[_number(source_id)].append(f"{field}: {kind}")


def _number(source_id: str) -> int:
    return int(re.split("[@/]", source_id)[0].rpartition(":")[2])


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    home = tmp_path_factory.mktemp("mails")
    mails = [read_mail(MAILS / f"{name}.eml", decoded=decoded) for name in NAMES for decoded in (True, False)]
    emails = [*CONTACTS, *(f"pat{number}@mail.example" for number in range(len(CONTACTS), len(mails)))]
    write_dataset(home / "data", mails, [{"first_name": "Pat", "email": email} for email in emails])
    files = [_file(n, place, *one) for n, mail in enumerate(mails, 1) for place, one in enumerate(mail.files)]
    twins = [_link(number) for number in range(1, len(mails), 2)]
    with open_site(home) as site:
        site.warehouse.append(ATTACHMENTS, pd.DataFrame(files))
        site.warehouse.append(OTHER_LINKS, pd.DataFrame(twins))
        site.stage_dataset(home / "data")
        attachments.record_attachments(
            site.ledger, attachments.stage_attachments(site.warehouse, site.days, False), site.days
        )
        yield Mails(site, mails)


def _file(number: int, place: int, name: str, kind: str, content: bytes) -> dict:
    record = f"ivinex:50:{number}"
    return {
        "partition": "2026-05-04", "ticket_source_id": f"ivinex:10101:{number}", "record_source_id": record,
        "role": "activity", "source_id": f"{record}/{place}", "position": place, "inline": False, "name": name,
        "labels": "[]", "status": "ok", "sha256": hashlib.sha256(content).hexdigest(), "size": len(content),
        "content_type": kind, "claimed_type": kind, "misnamed": False,
    }  # fmt: skip


def _link(number: int) -> dict:
    one, other = (f"ivinex:10101:{end}" for end in (number, number + 1))
    return {"asked_tab": "10101", "one_source_id": one, "other_source_id": other}


def outcome_of(staged: Mails, number: int) -> dict:
    """What became of a mail, in the form of outcomes.yaml."""
    message, files = staged.messages[number], staged.files[number]
    source, html = message["source"], message["body_html"]
    for place, file in enumerate(files):
        html = html and html.replace(FILE_URL + file["sha256"], f"file {place + 1}")
    found = {
        "from": _written(source.get("from")),
        "to": [_written(one) for one in source["to"]],
        "cc": [_written(one) for one in source["cc"]],
        "kept": {name: message["meta"][f"ivinex_{name}"] for name in _KEPT if f"ivinex_{name}" in message["meta"]},
        "subject": message["subject"],
        "agent": message["from_agent"],
        "text": message["body_text"],
        "html": html,
        "files": [file["name"] for file in files],
        "told": staged.told[number],
    }
    return {key: value for key, value in found.items() if value}


_KEPT = ("from", "to", "cc")


def _written(person: dict | None) -> str:
    if person is None:
        return ""
    address = re.sub(r"^pat\d+@", "its-contact@", person["address"])
    return f"{person['name']} <{address}>" if person["name"] else address


def test_each_mail_has_an_outcome():
    assert list(OUTCOMES) == NAMES
    assert len(NAMES) > 40


@pytest.mark.parametrize("name", NAMES)
def test_a_mail_arrives_as_it_was_written_whether_its_headers_were_decoded_or_not(staged, name):
    for number in [number for number, mail in enumerate(staged.mails, 1) if mail.name == name]:
        assert outcome_of(staged, number) == OUTCOMES[name]


def test_the_witness_finds_nothing_that_is_not_told(staged):
    site = staged.site
    assert site.ledger.quarantine.rows().empty
    for look in (tickets_kept, messages_kept, tickets_valid, messages_valid, attachments_kept):
        for result in look(site.warehouse, site.ledger, site.days, site.inputs).values():
            assert result.passed, result.description
    assert all(one.passed for one in attachments_balance(site.warehouse, site.ledger, site.days).values())


def test_contacts_get_the_addresses_of_any_form_and_those_without_are_told(staged):
    rows = {row["source_id"]: row for row in staged.site.rows("customers")}
    for number, (written, addresses) in enumerate(CONTACTS.items(), start=1):
        customer = rows[f"ivinex:1001:{number}"]
        stub = [] if addresses else [f"ivinex-1001-{number}@stubs.invalid"]
        assert [one["address"] for one in customer["channels"]] == addresses + stub, written
        assert addresses or customer["data"]["unreadable_email"] == written


def test_every_mail_keeps_its_time_its_last_change_and_the_links_of_its_ticket(staged):
    for number, mail in enumerate(staged.mails, start=1):
        ticket, message = staged.tickets[number], staged.messages[number]
        assert ticket["meta"]["ivinex_links"] == [f"ivinex:10101:{number + 1 if number % 2 else number - 1}"]
        written = pd.Timestamp(mail.record.get("created_date", "2026-05-04 08:00:00"), tz="America/Denver")
        assert message["created_at"] == written
        assert (message["meta"]["ivinex_modified"], message["meta"]["ivinex_modifier"]) == (
            "2026-05-06 12:00:00",
            "ivinex:user:3",
        )
