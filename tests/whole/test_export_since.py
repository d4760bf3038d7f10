"""What people did in Gorgias after a load comes out again, all of it and nothing of ours, keyed by the ids of Ivinex.

One loaded migration into an account that was in use, a delta, people's work, and one export; the tests look at it.
"""

import csv
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from both_sides import Both, both_sides, writes
from mini_migration import mini_migration
from shop_before import native_ticket, stock

from migration_assets.gorgias.work_since.files import COLUMNS
from migration_assets.gorgias.work_since.look import NothingLoaded
from migration_assets.orchestration.export_since import Exported, export_since

SECRET = "=HYPERLINK(1) and the words of an agent"
FILE = b"%PDF-1.4 what the customer sent"


@dataclass
class Work:
    """What was done, what was exported, and what it took."""

    both: Both
    shop: dict[str, int]
    nothing: Exported
    tickets: list[str] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)
    done: Exported | None = None
    requests: dict[str, int] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.both.migration.home / "private" / "export_since"

    def rows(self, name: str, **wanted: Any) -> list[dict[str, Any]]:
        lines = (self.folder / f"{name}.ndjson").read_text("utf-8").splitlines()
        return [row for row in map(json.loads, lines) if wanted.items() <= row.items()]


@pytest.fixture(scope="module")
def work(plain: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    home = tmp_path_factory.mktemp("export") / "home"
    shutil.copytree(plain.discovered, home)
    with mini_migration(plain.dataset, home) as migration, both_sides(migration) as both:
        with pytest.raises(NothingLoaded, match="`migrate run`"):
            _export(both)
        shop = stock(both)
        migration.load(verified=False)
        both.at_source("Contacts", "501", {"mailing_city": "Elsewhere"})
        kind, at = both.option("Activities", "activity", like="mail"), "2026-07-02 10:01:00"
        late = {"ticket": "70002", "activity": kind, "body_plain": "Late", "created_date": at}
        both.at_source("Activities", None, late, modified_date=at)
        both.delta()
        told = Work(both, shop, _export(both))
        _people_work(told)
        both.in_gorgias("POST", "/_sandbox/stats/reset")
        told.done = _export(both)
        told.requests = dict(both.in_gorgias("GET", "/_sandbox/stats")["requests"])
        yield told


def _export(both: Both) -> Exported:
    migration = both.migration
    stores = migration.warehouse, migration.ledger, migration.resources["gorgias"]
    return export_since(*stores, migration.home, 1_000_000)


def _people_work(told: Work) -> None:
    both = told.both
    told.tickets = sorted(both.migration.ledger.known_writes.gorgias_ids("tickets"))
    noted, closed, deleted, answered, tagged = told.tickets[:5]
    number = both.number
    agent = told.shop["colleague"]
    note = {"channel": "internal-note", "via": "api", "from_agent": True, "public": False, "body_text": SECRET}
    told.ids["note"] = both.in_gorgias(
        "POST", f"/api/tickets/{number(noted)}/messages", note | {"sender": {"id": agent}}
    )["id"]
    other = "closed" if both.ticket(closed)["status"] == "open" else "open"
    both.in_gorgias("PUT", f"/api/tickets/{number(closed)}", {"status": other, "assignee_user": {"id": agent}})
    both.in_gorgias("DELETE", f"/api/tickets/{number(deleted)}")
    customer = both.ticket(answered)["customer"]["id"]
    sandbox = both.migration.sandbox
    with httpx.Client(base_url=sandbox.gorgias_url, auth=sandbox.gorgias_auth) as client:
        (file,) = client.post("/api/upload?type=attachment", files={"bill.pdf": ("bill.pdf", FILE)}).json()
    answer = {"channel": "api", "via": "api", "from_agent": False, "public": True, "body_text": "And now?"}
    answer |= {"sender": {"id": customer}, "sent_datetime": "2026-11-20T10:00:00+00:00"}
    strange = {"url": "http://127.0.0.1:9/latest", "name": "x.png", "content_type": "image/png", "size": 1}
    told.ids["answer"] = both.in_gorgias(
        "POST", f"/api/tickets/{number(answered)}/messages", answer | {"attachments": [file, strange]}
    )["id"]
    both.in_gorgias("POST", "/api/tags", {"name": "of-an-agent"})
    both.in_gorgias("POST", f"/api/tickets/{number(tagged)}/tags", {"names": ["of-an-agent"]})
    channel = {"type": "email", "address": "new.person@mail.example", "preferred": True}
    person = {"name": "New Person", "email": channel["address"], "channels": [channel]}
    new = both.in_gorgias("POST", "/api/customers", person)["id"]
    told.ids["customer"], told.ids["ticket"] = new, native_ticket(both, new)


def test_right_after_a_load_and_a_delta_nothing_was_done(work: Work):
    assert work.nothing.rows == {}


def test_every_kind_of_work_is_there_once_and_nothing_of_ours(work: Work):
    assert work.done is not None
    noted, closed, deleted, answered, tagged = work.tickets[:5]
    assert {row["ivinex_id"]: row["what"] for row in work.rows("tickets")} == {
        **dict.fromkeys((noted, closed, answered, tagged), "changed"),
        **{deleted: "deleted", None: "new"},
    }
    assert Counter((row["kind"], row["ivinex_id"]) for row in work.rows("messages")) == {
        ("internal note", noted): 1,
        ("customer message", answered): 1,
        ("customer message", None): 1,
    }
    assert {row["email"]: row["what"] for row in work.rows("customers")} == {"new.person@mail.example": "new"}
    assert work.done.rows["changes tickets"] == len(work.rows("changes"))


def test_rows_are_keyed_by_the_ids_that_ivinex_takes(work: Work):
    (note,) = work.rows("messages", gorgias_id=work.ids["note"])
    type_id, record = work.tickets[0].split(":")[1:]
    assert (note["collection_type_id"], note["collection_id"]) == (type_id, record)
    (answer,) = work.rows("messages", gorgias_id=work.ids["answer"])
    contact = {
        number: name for name, number in work.both.migration.ledger.known_writes.gorgias_ids("customers").items()
    }
    assert answer["sender"]["ivinex_id"] == contact[answer["sender"]["gorgias_id"]]
    (new,) = work.rows("tickets", gorgias_id=work.ids["ticket"])
    assert (new["what"], new["customer"]["gorgias_id"]) == ("new", work.ids["customer"])


def test_a_change_says_what_we_left_and_what_is_there_now(work: Work):
    closed, tagged = work.tickets[1], work.tickets[4]
    changes = {row["field"]: row for row in work.rows("changes", ivinex_id=closed)}
    assert {"status", "assignee_user"} <= set(changes)
    assert {changes["status"]["before"], changes["status"]["now"]} == {"open", "closed"}
    assert changes["assignee_user"]["now"] == work.shop["colleague"]
    (tag,) = work.rows("changes", ivinex_id=tagged)
    assert (tag["field"], tag["element"], tag["before"], tag["now"]) == ("tags", "of-an-agent", None, True)


def test_an_attachment_is_read_and_an_address_inside_our_network_is_not(work: Work):
    (answer,) = work.rows("messages", gorgias_id=work.ids["answer"])
    bill, strange = answer["attachments"]
    assert (bill["problem"], (work.folder / bill["file"]).read_bytes()) == (None, FILE)
    assert (strange["file"], "network" in strange["problem"]) == (None, True)
    assert work.done is not None
    assert (work.done.rows["attachments"], work.done.rows["attachments that could not be read"]) == (1, 1)


def test_the_csv_says_the_same_and_runs_no_formula(work: Work):
    for name, columns in COLUMNS.items():
        with (work.folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
        assert tuple(reader.fieldnames or ()) == columns
        assert len(rows) == len(work.rows(name))
        assert all(set(row) <= set(columns) for row in work.rows(name))
    with (work.folder / "messages.csv").open(encoding="utf-8", newline="") as file:
        assert "'" + SECRET in [row["body_text"] for row in csv.DictReader(file)]


def test_nothing_is_written_and_every_request_is_counted(work: Work):
    assert work.done is not None
    assert writes(work.requests) == {}
    # To where a download is redirected is no request of the API.
    assert work.done.requests == sum(work.requests.values())
    singles = {name: number for name, number in work.requests.items() if "{" in name}
    assert singles.get("GET /api/tickets/{id}", 0) <= 7, singles
    summary = json.loads((work.folder / "summary.json").read_text())
    assert summary["requests"] == work.done.requests


def test_it_is_its_owners_alone_and_no_half_export_is_left(work: Work):
    private = work.folder.parent
    assert {path.name for path in private.iterdir()} & {"export_since.part", "export_since.old"} == set()
    assert all(path.stat().st_mode & 0o077 == 0 for path in work.folder.glob("*.*"))
    assert not (work.folder / "attachments" / "incoming").exists()
