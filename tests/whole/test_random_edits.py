"""Random edits on both sides, then a delta: what the verification finds was told, and a second delta writes nothing.

At the end a person decides every conflict, and the last delta of a cutover is through.
"""

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from both_sides import Both, both_sides, writes
from mini_migration import Outcome, look, mini_migration
from mini_runner import migration_of
from plain_migration import Plain

from migration_assets.orchestration.delta import final_delta
from migration_assets.reconciliation.comparison.comparison_rules import is_defect

pytestmark = pytest.mark.acceptance
ROUNDS, EDITS = 3, 15
DECISIONS = 3
"""What was carried out may show the next conflict."""
TICKETS = [f"700{number:02}" for number in range(1, 11)]
CONTACTS = [str(number) for number in range(501, 506)]
Edit = Callable[["Hands"], None]


class Hands:
    """A hand on either side, and what was deleted: in Gorgias (`gone`) and at the source (`deleted`)."""

    def __init__(self, both: Both, home: Path, chance: random.Random):
        self.both, self.home, self.chance = both, home, chance
        self.gone: set[str] = set()
        self.deleted: set[tuple[str, str]] = set()

    def ticket(self) -> str:
        left = [one for one in self._left("Tickets", TICKETS) if f"ivinex:10101:{one}" not in self.gone]
        return self.chance.choice(left)

    def contact(self) -> str:
        return self.chance.choice(self._left("Contacts", CONTACTS))

    def _left(self, tab: str, numbers: list[str]) -> list[str]:
        """Those that the source still holds."""
        return [one for one in numbers if (tab, one) not in self.deleted]

    def delete_at_source(self, tab: str, number: str) -> None:
        self.deleted.add((tab, number))
        self.both.at_source(tab, number, None)

    def activity(self) -> str:
        rows = self.both.migration.warehouse.rows("SELECT collection_id FROM ivinex.activity_sweep ORDER BY 1")
        return self.chance.choice(self._left("Activities", [str(row["collection_id"]) for row in rows]))

    def text(self) -> str:
        return f"Edited {self.chance.randrange(10**6)}"

    def moment(self) -> str:
        return f"2026-06-{self.chance.randrange(20, 30)} 1{self.chance.randrange(10)}:00:00"

    def at_source(self, tab: str, number: str | None, **fields: Any) -> str:
        return self.both.at_source(tab, number, fields, touch=self.chance.random() < 0.8 or number is None)

    def option(self, tab: str, name: str) -> str:
        rows = self.both.migration.warehouse.rows(
            "SELECT options FROM ivinex.fields WHERE tab = ? AND field_name = ?", [tab, name]
        )
        return str(self.chance.choice(json.loads(rows[0]["options"]))["id"])

    def in_gorgias(self, method: str, path: str, body: Any = None) -> Any:
        return self.both.in_gorgias(method, path, body)

    def held(self) -> dict[str, Any]:
        return self.both.ticket(f"ivinex:10101:{self.ticket()}")

    def customer(self) -> dict[str, Any]:
        number = self.both.number(f"ivinex:1001:{self.contact()}", "customers")
        return self.in_gorgias("GET", f"/api/customers/{number}")

    def export(self, name: str) -> Path:
        return self.home / "admin_exports" / name


def _history(hands: Hands) -> None:
    with hands.export("change_history.csv").open("a", encoding="utf-8") as file:
        field = hands.chance.choice(["Status,New,Open", "Owner,ebaum,iadams"])
        file.write(f"2026-07-0{hands.chance.randrange(1, 9)} 09:00:00,Tickets,{hands.ticket()},{field},ebaum\n")


def _user_off(hands: Hands) -> None:
    users = hands.export("users.csv")
    lines = users.read_text("utf-8").splitlines()
    at = hands.chance.randrange(2, len(lines))
    # Who is switched on again has no user in Gorgias, and a person must decide about that first.
    lines[at] = lines[at].replace(",true,", ",false,")
    users.write_text("\n".join(lines) + "\n", "utf-8")


def _new_activity(hands: Hands) -> None:
    kind = hands.both.option("Activities", "activity", like="mail")
    fields = {"ticket": hands.ticket(), "activity": kind, "body_plain": hands.text(), "created_date": hands.moment()}
    hands.at_source("Activities", None, **fields)


def _trash(hands: Hands) -> None:
    held = hands.held()
    hands.gone.add(held["external_id"])
    hands.in_gorgias("PUT", f"/api/tickets/{held['id']}", {"trashed_datetime": "2026-07-01T00:00:00+00:00"})


def _delete(hands: Hands) -> None:
    held = hands.held()
    hands.gone.add(held["external_id"])
    hands.in_gorgias("DELETE", f"/api/tickets/{held['id']}")


def _edit_message(hands: Hands) -> None:
    held = hands.held()
    message = hands.chance.choice(held["messages"])
    asked = {name: message[name] for name in ("channel", "from_agent")}
    body = asked | {"body_text": hands.text()}
    hands.in_gorgias("PUT", f"/api/tickets/{held['id']}/messages/{message['id']}", body)


def _delete_message(hands: Hands) -> None:
    held = hands.held()
    if len(held["messages"]) > 2:
        message = held["messages"][-1]
        if ours := message["external_id"]:
            hands.gone.add(ours if "#" in ours else f"{ours}@{held['external_id']}")
        hands.in_gorgias("DELETE", f"/api/tickets/{held['id']}/messages/{message['id']}")


def _merge(hands: Hands) -> None:
    """A person merges one ticket into another; whoever asks for the one is answered 301."""
    one, other = hands.held(), hands.held()
    if one["id"] == other["id"]:
        return
    hands.gone.add(one["external_id"])
    hands.in_gorgias("POST", "/_sandbox/merge-tickets", {"ticket_id": one["id"], "into": other["id"]})


def _with_file(hands: Hands) -> tuple[int, dict[str, Any]] | None:
    """A ticket's number and a message with a file on it."""
    for held in (hands.held() for _ in range(8)):
        for message in held["messages"]:
            if message["attachments"]:
                return held["id"], message
    return None


def _change_files(hands: Hands, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
    if (found := _with_file(hands)) is None:
        return
    number, message = found
    asked = {name: message[name] for name in ("channel", "from_agent", "sent_datetime")}
    files = change(message["attachments"])
    hands.in_gorgias("PUT", f"/api/tickets/{number}/messages/{message['id']}", asked | {"attachments": files})


def _replaced(hands: Hands, files: list[dict[str, Any]]) -> list[dict[str, Any]]:
    content = bytes(hands.chance.randrange(256) for _ in range(files[0]["size"]))
    url = hands.both.upload(files[0]["name"], content, files[0]["content_type"])
    return [files[0] | {"url": url}, *files[1:]]


def _note(hands: Hands) -> None:
    body = {"channel": "internal-note", "via": "api", "from_agent": True, "public": False, "body_text": hands.text()}
    me = hands.in_gorgias("GET", "/api/users/0")["id"]
    hands.in_gorgias("POST", f"/api/tickets/{hands.held()['id']}/messages", body | {"sender": {"id": me}})


def _value(hands: Hands) -> None:
    held = hands.held()
    fields = hands.in_gorgias("GET", "/api/custom-fields?object_type=Ticket&limit=100")["data"]
    plain = [one["id"] for one in fields if one["definition"]["input_settings"]["input_type"] == "input"]
    number = hands.chance.choice(plain)
    hands.in_gorgias("PUT", f"/api/tickets/{held['id']}/custom-fields/{number}", hands.text())


def _merge_customers(hands: Hands) -> None:
    one, other = hands.customer(), hands.customer()
    if one["id"] != other["id"] and one["external_id"] not in hands.gone:
        path = f"/api/customers/merge?source_id={other['id']}&target_id={one['id']}"
        hands.in_gorgias("PUT", path, {"name": one["name"]})
        hands.gone.add(other["external_id"])


def _tags(hands: Hands) -> list[dict[str, Any]]:
    return [one for one in hands.in_gorgias("GET", "/api/tags?limit=100")["data"] if one["name"] != "ai_ignore"]


def _retag(hands: Hands) -> None:
    tag = {"name": hands.chance.choice(_tags(hands))["name"]}
    hands.in_gorgias("PUT", f"/api/tickets/{hands.held()['id']}", {"tags": [tag]})


def _relabel(hands: Hands) -> None:
    fields = hands.in_gorgias("GET", "/api/custom-fields?object_type=Customer&limit=100")["data"]
    ours = [one["id"] for one in fields if not one["managed_type"]]
    hands.in_gorgias("PUT", f"/api/custom-fields/{hands.chance.choice(ours)}", {"label": hands.text()})


def _rename_tag(hands: Hands) -> None:
    tag = hands.chance.choice(_tags(hands))
    hands.in_gorgias("PUT", f"/api/tags/{tag['id']}", {"name": hands.text()})


def _delete_tag(hands: Hands) -> None:
    hands.in_gorgias("DELETE", f"/api/tags/{hands.chance.choice(_tags(hands))['id']}")


def _team(hands: Hands, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    team = hands.chance.choice(hands.in_gorgias("GET", "/api/teams")["data"])
    hands.in_gorgias("PUT", f"/api/teams/{team['id']}", change(team))


def _channel(hands: Hands) -> None:
    held = hands.customer()
    kept = [{name: one[name] for name in ("type", "address", "preferred")} for one in held["channels"]]
    added = {"type": "email", "address": f"added{hands.chance.randrange(10**6)}@shop.example", "preferred": False}
    hands.in_gorgias("PUT", f"/api/customers/{held['id']}", {"channels": [*kept, added]})


def _put(name: str, *values: Any) -> Edit:
    return lambda hands: hands.in_gorgias(
        "PUT", f"/api/tickets/{hands.held()['id']}", {name: hands.chance.choice(values)}
    )


def decide_all(hands: Hands) -> None:
    """A person decides every conflict, and a delta carries it out; what is gone in Gorgias can only be accepted."""
    ledger = hands.both.migration.ledger
    for _ in range(DECISIONS):
        if not (rows := ledger.conflicts.conflict_rows().to_dict("records")):
            return
        for row in rows:
            ledger.conflicts.resolve(
                row, "theirs" if row["field"] == "*" else hands.chance.choice(["ours", "theirs"]), "Ann Lee"
            )
        hands.both.delta()
    assert ledger.conflicts.conflict_rows().to_dict("records") == []


EDITS_OF: dict[str, Edit] = {
    "history": _history,
    "user off": _user_off,
    "subject": lambda h: h.at_source("Tickets", h.ticket(), subject=h.text()) and None,
    "custom field": lambda h: h.at_source("Tickets", h.ticket(), order_number=h.text()) and None,
    "custom field cleared": lambda h: h.at_source("Tickets", h.ticket(), order_number="") and None,
    "status": lambda h: h.at_source("Tickets", h.ticket(), status=h.option("Tickets", "status")) and None,
    "priority": lambda h: h.at_source("Tickets", h.ticket(), priority=h.option("Tickets", "priority")) and None,
    "tags": lambda h: h.at_source("Tickets", h.ticket(), tags=h.option("Tickets", "tags")) and None,
    "team": lambda h: h.at_source("Tickets", h.ticket(), team=h.option("Tickets", "team")) and None,
    "owner": lambda h: h.at_source("Tickets", h.ticket(), owner=str(h.chance.randrange(2, 12))) and None,
    "contact of a ticket": lambda h: h.at_source("Tickets", h.ticket(), contact=h.contact()) and None,
    "created date": lambda h: h.at_source("Tickets", h.ticket(), created_date=h.moment()) and None,
    "no created date": lambda h: h.at_source("Tickets", h.ticket(), created_date="0000-00-00 00:00:00") and None,
    "description": lambda h: h.at_source("Tickets", h.ticket(), description=f"<p>{h.text()}</p>") and None,
    "no description": lambda h: h.at_source("Tickets", h.ticket(), description="") and None,
    "ticket deleted": lambda h: h.delete_at_source("Tickets", h.ticket()),
    "ticket new": lambda h: (
        h.at_source("Tickets", None, subject=h.text(), contact=h.contact(), created_date=h.moment()) and None
    ),
    "activity text": lambda h: h.at_source("Activities", h.activity(), body_plain=h.text(), body="") and None,
    "activity time": lambda h: h.at_source("Activities", h.activity(), created_date=h.moment()) and None,
    "activity moved": lambda h: h.at_source("Activities", h.activity(), ticket=h.ticket()) and None,
    "activity on no ticket": lambda h: h.at_source("Activities", h.activity(), ticket="0") and None,
    "activity deleted": lambda h: h.delete_at_source("Activities", h.activity()),
    "activity new": _new_activity,
    "file removed": lambda h: h.at_source("Activities", h.activity(), email_attachments="") and None,
    "contact name": lambda h: h.at_source("Contacts", h.contact(), last_name=h.text()) and None,
    "contact address": lambda h: (
        h.at_source("Contacts", h.contact(), email=f"n{h.chance.randrange(10**6)}@x.example") and None
    ),
    "contact without address": lambda h: h.at_source("Contacts", h.contact(), email="") and None,
    "contact deleted": lambda h: h.delete_at_source("Contacts", h.contact()),
    "contact field": lambda h: h.at_source("Contacts", h.contact(), mailing_city=h.text()) and None,
    "gorgias priority": _put("priority", "low", "high", "critical"),
    "gorgias subject": _put("subject", "Seen", "Seen by an agent"),
    "gorgias status": _put("status", "open", "closed"),
    "gorgias unassigned": _put("assignee_user", {"id": None}),
    "gorgias spam": _put("spam", True),
    "gorgias language": _put("language", "fr"),
    "gorgias snooze": _put("snooze_datetime", "2027-01-01T00:00:00+00:00"),
    "gorgias message": _edit_message,
    "gorgias message deleted": _delete_message,
    "gorgias trash": _trash,
    "gorgias delete": _delete,
    "gorgias customer name": lambda h: h.in_gorgias("PUT", f"/api/customers/{h.customer()['id']}", {"name": h.text()}),
    "gorgias channel": _channel,
    "gorgias tag renamed": _rename_tag,
    "gorgias tag deleted": _delete_tag,
    "gorgias team renamed": lambda h: _team(h, lambda team: {"name": h.text()}),
    "gorgias note": _note,
    "gorgias value": _value,
    "gorgias tags": _retag,
    "gorgias merge": _merge,
    "gorgias file removed": lambda h: _change_files(h, lambda files: files[1:]),
    "gorgias file replaced": lambda h: _change_files(h, lambda files: _replaced(h, files)),
    "gorgias field label": _relabel,
    "gorgias team emptied": lambda h: _team(h, lambda team: {"members": []}),
}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(4))
def test_no_difference_that_the_delta_did_not_tell_and_no_write_of_a_second_one(
    plain: Plain, tmp_path: Path, seed: int
):
    home, chance = tmp_path / "home", random.Random(seed)
    shutil.copytree(plain.discovered, home)
    with mini_migration(plain.dataset, home) as migration, both_sides(migration) as both:
        migration.load()
        hands, account = Hands(both, home, chance), migration.sandbox.gorgias
        done: list[str] = []
        for number in range(ROUNDS):
            clock = account.clock
            account.clock = lambda clock=clock: clock() + 3600
            for name in chance.sample(sorted(EDITS_OF), EDITS):
                done.append(f"{number}: {name}")
                EDITS_OF[name](hands)
            both.delta()
            migration.verify()
            rows = migration.warehouse.rows("SELECT * FROM reconciliation.differences ORDER BY ALL")
            unexplained = [
                row
                for row in rows
                if is_defect(row["kind"], row["field"]) and not any(name in row["source_id"] for name in hands.gone)
            ]
            assert unexplained == [], "\n".join(done)
            shut = migration.ledger.quality_gates.gate_rows()
            days = {row["partition"] for row in rows if is_defect(row["kind"], row["field"])}
            shut = shut[~shut["passed"] & ~shut["partition"].isin(days)]
            assert shut[["check_name", "partition", "detail"]].to_dict("records") == [], "\n".join(done)
            assert writes(both.delta()) == {}, "\n".join(done)
        outcome = Outcome()
        look(migration, outcome)
        assert [row for row in outcome.books if not row.balanced] == [], "\n".join(done)
        decide_all(hands)
        migration.verify()
        rows = migration.warehouse.rows("SELECT * FROM reconciliation.differences ORDER BY ALL")
        assert [row for row in rows if is_defect(row["kind"], row["field"])] == [], "\n".join(done)
        _, result = final_delta(migration_of(migration), "Ann Lee")
        assert (result.exit_code, result.sentence()) == (0, ""), "\n".join(done)
