"""Every request and every answer of a whole migration, with a delta and a verification, held against the contract."""

import functools
import json
from collections import Counter
from typing import Any

import pytest
from both_sides import both_sides
from jsonschema import Draft202012Validator
from mini_migration import mini_migration
from plain_migration import Plain, copy_of

from sandbox.gorgias import api
from sandbox.gorgias.answering import Answer, Asked
from sandbox.gorgias.contract import contract, document
from sandbox.gorgias.errors import ApiError

pytestmark = pytest.mark.acceptance
WITHOUT_BODY = (204, 301, 302)


@functools.cache
def _schema(path: str, method: str, status: str) -> Draft202012Validator | None:
    content = document()["paths"][path][method.lower()]["responses"].get(status, {}).get("content", {})
    if "application/json" not in content:
        return None
    return Draft202012Validator({**content["application/json"]["schema"], "components": document()["components"]})


class Recorder:
    """Looks at what goes through the account's front door.

    Attributes:
        requests: how many of each operation.
        wrong: what does not validate: operation, request or answer, and why.
    """

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.wrong: list[tuple[str, str, str]] = []

    def look(self, asked: Asked, given: Answer) -> None:
        operation = contract(refuse_unknown_keys=True).operations[asked.operation.id]
        self.requests[operation.route] += 1
        try:
            operation.query(asked.query)
            if operation.body is not None:
                operation.body.check(json.loads(asked.content))
        except (ApiError, ValueError) as error:
            self.wrong.append((operation.route, "request", f"{error} {getattr(error, 'data', '')}"))
        documented = document()["paths"][operation.path][operation.method.lower()]["responses"]
        if str(given.status) not in documented and given.status not in WITHOUT_BODY:
            self.wrong.append((operation.route, "answer", f"status {given.status}"))
        schema = _schema(operation.path, operation.method, str(given.status))
        if schema is not None and given.content:
            errors = [error.message[:200] for error in schema.iter_errors(json.loads(given.content))]
            self.wrong += [(operation.route, "answer", error) for error in errors]


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    seen, real = Recorder(), api.answer

    def answer(account: Any, principal: Any, asked: Asked, hidden_for: float = 0.0) -> Answer:
        given = real(account, principal, asked, hidden_for)
        seen.look(asked, given)
        return given

    monkeypatch.setattr(api, "answer", answer)
    return seen


def test_no_request_and_no_answer_of_a_migration_is_outside_of_the_contract(
    plain: Plain, tmp_path: Any, recorder: Recorder
):
    with (
        mini_migration(plain.dataset, copy_of(plain.discovered, tmp_path / "home")) as migration,
        both_sides(migration) as both,
    ):
        migration.load()
        kind = both.option("Activities", "activity", like="mail")
        both.at_source("Activities", None, {"ticket": "70003", "activity": kind, "body_plain": "Late"})
        both.at_source("Tickets", "70004", {"order_number": "#44444", "subject": "Changed", "owner": "0"})
        both.at_source("Tickets", "70005", {"status": both.option("Tickets", "status"), "tags": ""})
        both.at_source("Contacts", "501", {"last_name": "Changed", "mailing_city": "Elsewhere"})
        both.at_source("Tickets", "70006", None)
        both.delta()
        migration.verify()
    assert recorder.wrong == []
    assert len(recorder.requests) >= 20, sorted(recorder.requests)
    assert {"POST /api/tickets", "PUT /api/tickets/{id}", "PUT /api/customers/{id}"} <= set(recorder.requests)


def test_the_recorder_sees_what_is_outside_of_the_contract(recorder: Recorder):
    operation = contract(refuse_unknown_keys=True).operations["list-tickets"]
    asked = Asked(operation, {}, "/api/tickets", "page=2", [("page", "2")], "http://x")
    recorder.look(asked, Answer(200, b'{"data": "none"}'))
    assert {kind for _, kind, _ in recorder.wrong} == {"request", "answer"}
