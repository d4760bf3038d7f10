"""A loaded migration with a hand on either side: the source through the sandbox's control route, Gorgias by its API."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from mini_migration import MiniMigration

from sandbox.gorgias.control import outbox

READS = ("GET ",)


class Both:
    """A loaded migration, and a hand on either side."""

    def __init__(self, migration: MiniMigration, source: httpx.Client, target: httpx.Client):
        self.migration, self._source, self._target = migration, source, target

    def at_source(self, tab: str, number: str | None, fields: dict[str, Any] | None, **how: Any) -> str:
        body = {"tab": tab, "fields": fields, **({"collection_id": number} if number else {}), **how}
        return self._source.post("/_sandbox/records", json=body).raise_for_status().json()["collection_id"]

    def in_gorgias(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._target.request(method, path, json=body).raise_for_status()
        return answer.json() if answer.content else None

    def upload(self, name: str, content: bytes, content_type: str) -> str:
        """The address of a file that a person uploaded."""
        answer = self._target.post("/api/upload", files=[(name, (name, content, content_type))]).raise_for_status()
        return answer.json()[0]["url"]

    def delta(self) -> dict[str, int]:
        """Requests to Gorgias by route."""
        self._target.post("/_sandbox/stats/reset")
        # Who closes a ticket in Gorgias has a survey mailed; a delta mails nothing.
        before = outbox(self.migration.sandbox.gorgias)["mails"]
        self.days = self.migration.delta()
        assert outbox(self.migration.sandbox.gorgias)["mails"] == before
        return {name: number for name, number in self._target.get("/_sandbox/stats").json()["requests"].items()}

    def number(self, source_id: str, object: str = "tickets") -> int:
        return self.migration.ledger.known_writes.gorgias_ids(object)[source_id]

    def ticket(self, source_id: str) -> dict[str, Any]:
        return self.in_gorgias("GET", f"/api/tickets/{self.number(source_id)}?relationships=custom_fields")

    def record(self, table: str, source_id: str) -> dict[str, Any]:
        rows = self.migration.warehouse.rows(f"SELECT raw FROM ivinex.{table} WHERE source_id = ?", [source_id])
        return json.loads(rows[0]["raw"])

    def option(self, tab: str, name: str, other_than: str = "", like: str = "") -> str:
        rows = self.migration.warehouse.rows(
            "SELECT options FROM ivinex.fields WHERE tab = ? AND field_name = ?", [tab, name]
        )
        found = [one for one in json.loads(rows[0]["options"]) if one["id"] != other_than and like in one["label"]]
        return found[0]["id"]

    @property
    def conflicts(self) -> list[tuple[str, str, str]]:
        rows = self.migration.ledger.conflicts.conflict_rows()
        return [tuple(row) for row in rows[["object", "source_id", "field"]].itertuples(index=False)]


def writes(requests: dict[str, int]) -> dict[str, int]:
    return {name: number for name, number in requests.items() if not name.startswith(READS)}


def writes_to_records(requests: dict[str, int]) -> dict[str, int]:
    """Without what is switched off while something is written, and on again."""
    return {name: number for name, number in writes(requests).items() if name != "PUT /api/account/settings/{id}"}


@contextmanager
def both_sides(migration: MiniMigration) -> Iterator[Both]:
    sandbox = migration.sandbox
    with (
        httpx.Client(base_url=sandbox.ivinex_url) as source,
        httpx.Client(base_url=sandbox.gorgias_url, auth=sandbox.gorgias_auth) as target,
    ):
        yield Both(migration, source, target)
