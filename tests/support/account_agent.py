"""Somebody who works in the account of a migration, over the API. Not: what the verification makes of it."""

from typing import Any

import httpx
from mini_migration import MiniMigration

LATER = 3600.0
"""The account's clock is put forward by so much before the edits, so that none falls into the margin of clocks."""


class Agent:
    """Somebody who works in the account, over the API."""

    def __init__(self, migration: MiniMigration):
        account = migration.sandbox.gorgias
        clock = account.clock
        account.clock = lambda: clock() + LATER
        self._http = httpx.Client(base_url=migration.sandbox.gorgias_url, auth=migration.sandbox.gorgias_auth)

    def __call__(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        answer = self._http.request(method, path, json=body, params=query)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None
