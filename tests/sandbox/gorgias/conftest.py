"""A Gorgias sandbox over a real socket whose every answer is held against the contract."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from sandbox.gorgias.contract import contract, document
from sandbox.serve import running_gorgias

ADMIN = {"email": "ann@shop.example", "api_key": "ann-key", "role": "admin"}

CONFIG: dict[str, Any] = {
    "auth": [ADMIN],
    "users": [{"id": 1, "email": "ann@shop.example", "name": "Ann Agent", "role": {"name": "admin"}}],
    "customers": [{"id": 2, "name": "Carl Customer", "channels": [{"type": "email", "address": "carl@home.example"}]}],
    "tags": [{"name": "ai_ignore"}, {"name": "vip"}],
    "custom_fields": [
        {
            "id": 11,
            "object_type": "Ticket",
            "label": "Size",
            "definition": {"data_type": "text", "input_settings": {"input_type": "dropdown", "choices": ["S", "M"]}},
        },
        {
            "id": 12,
            "object_type": "Ticket",
            "label": "Count",
            "definition": {"data_type": "number", "input_settings": {"input_type": "input_number", "max": 9}},
        },
        {
            "id": 13,
            "object_type": "Customer",
            "label": "Company",
            "definition": {"data_type": "text", "input_settings": {"input_type": "input"}},
        },
    ],
}


@functools.cache
def _validator(path: str, method: str, status: str) -> Draft202012Validator | None:
    content = document()["paths"][path][method.lower()]["responses"].get(status, {}).get("content", {})
    if "application/json" not in content:
        return None
    return Draft202012Validator({**content["application/json"]["schema"], "components": document()["components"]})


def _check_answer(response: httpx.Response) -> None:
    """Documented statuses and bodies only; a fault's page is none of the contract's."""
    if not response.request.url.path.startswith("/api") or response.status_code in (404, 405, 501):
        return
    response.read()
    operation, _ = contract(True).find(response.request.method, response.request.url.path)
    documented = document()["paths"][operation.path][operation.method.lower()]["responses"]
    if response.status_code not in (302, 413):
        assert str(response.status_code) in documented, f"{operation.route} is not documented to answer {response}"
    validator = _validator(operation.path, operation.method, str(response.status_code))
    if validator is not None:
        validator.validate(response.json())
    if response.status_code >= 400:
        error = response.json()["error"]
        assert set(error) <= {"msg", "data"}
        assert all(isinstance(messages, list) for messages in error.get("data", {}).values())


class Sandbox:
    """A running account and a client that speaks to it as its admin."""

    def __init__(self, stack: contextlib.ExitStack, config: dict[str, Any], **options: Any) -> None:
        self._stack = stack
        self.running = stack.enter_context(running_gorgias(config, **options))
        self.url = self.running.gorgias_url
        self.client = self.client_of(self.running.gorgias_auth)

    def client_of(self, auth: tuple[str, str] | None, checked: bool = True, **options: Any) -> httpx.Client:
        hooks = {"response": [_check_answer]} if checked else {}
        client = httpx.Client(base_url=self.url, auth=auth, event_hooks=hooks, timeout=5, verify=False, **options)
        return self._stack.enter_context(client)

    @property
    def unchecked(self) -> httpx.Client:
        """For answers that faults spoil."""
        return self.client_of(self.running.gorgias_auth, checked=False)

    def mails(self) -> list[dict[str, Any]]:
        return self.client.get("/_sandbox/outbox").json()["mails"]

    def state(self, canonical: bool = False) -> dict[str, Any]:
        return self.client.get("/_sandbox/state", params={"canonical": "1"} if canonical else {}).json()

    def faults(self, *faults: dict[str, Any]) -> None:
        self.client.post("/_sandbox/faults", json=list(faults)).raise_for_status()


@pytest.fixture
def sandbox() -> Iterator[Callable[..., Sandbox]]:
    """Starts accounts: `sandbox(**changes to the config)`; keywords of running_gorgias go in `options`."""
    with contextlib.ExitStack() as stack:

        def start(options: dict[str, Any] | None = None, **changes: Any) -> Sandbox:
            return Sandbox(stack, {**CONFIG, **changes}, **(options or {}))

        yield start


@pytest.fixture
def running(sandbox: Callable[..., Sandbox]) -> Sandbox:
    """The account of CONFIG, with every switch at its default."""
    return sandbox()


@pytest.fixture
def client(running: Sandbox) -> httpx.Client:
    return running.client


def message(**changes: Any) -> dict[str, Any]:
    """A harmless incoming e-mail."""
    body = {
        "channel": "email",
        "via": "api",
        "from_agent": False,
        "sender": {"id": 2},
        "source": {"type": "email", "from": {"address": "carl@home.example"}, "to": [{"address": "help@shop.example"}]},
        "body_text": "Where is my parcel?",
        "created_datetime": "2026-01-02T10:00:00+00:00",
        "sent_datetime": "2026-01-02T10:00:00+00:00",
    }
    return {key: value for key, value in {**body, **changes}.items() if value is not ...}


def ticket(*messages: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A ticket with an incoming message; a change to `...` leaves the key out."""
    body = {
        "channel": "email",
        "via": "api",
        "customer": {"id": 2},
        "external_id": "t-1",
        "created_datetime": "2026-01-02T10:00:00+00:00",
        "messages": list(messages) or [message()],
    }
    return {key: value for key, value in {**body, **changes}.items() if value is not ...}


@pytest.fixture
def make_ticket() -> Callable[..., dict[str, Any]]:
    return ticket


@pytest.fixture
def make_message() -> Callable[..., dict[str, Any]]:
    return message


class Clock:
    """Time that a test moves."""

    def __init__(self, now: float = 1_790_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()
