"""Puts the Gorgias side together: dataset in, Starlette application out."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.faults import Fault, FaultPlan
from sandbox.gorgias.account import Account
from sandbox.gorgias.api import GorgiasApi, Sleep
from sandbox.gorgias.bucket import Allowance
from sandbox.gorgias.config import ConfigError, Credential, read_config
from sandbox.gorgias.contract import contract
from sandbox.gorgias.control import control_routes
from sandbox.gorgias.credentials import Credentials
from sandbox.gorgias.journal import Journal
from sandbox.gorgias.seeding import credential_user, seed
from sandbox.gorgias.switches import UnknownSwitch
from sandbox.stats import Stats

DEFAULT_RATE = "40/20"


class GorgiasServer:
    """One account with everything around it.

    Attributes:
        account: the state in memory; read it from other threads only while no request runs.
        app: the ASGI application.
        auth: e-mail and API key of the first Basic credential, or ("", token).
    """

    def __init__(
        self,
        source: Path | dict[str, Any],
        *,
        rate: str = DEFAULT_RATE,
        faults: list[Fault] | None = None,
        state_file: Path | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Read the dataset's `gorgias.json` (or take its content as a dict) and seed the account from it.

        Raises:
            ConfigError: a mistake in the file, naming file and key.
            ValueError: a rate that is not REQUESTS/SECONDS.
        """
        path = source / "gorgias.json" if isinstance(source, Path) and source.is_dir() else source
        name = "gorgias.json" if isinstance(path, dict) else str(path)
        config = read_config(path)
        try:
            self.account = Account(config, clock)
        except UnknownSwitch as error:
            raise ConfigError(f"{name}: {error}") from None
        operations = contract(refuse_unknown_keys=self.account.switches["G-29"] == "refuse")
        self._journal = Journal(self.account, state_file) if state_file else None
        if not (self._journal and self._journal.load()):
            seed(self.account, operations, name)
        self.stats = Stats(clock)
        self.faults = FaultPlan(faults)
        self.credentials = Credentials(
            config.auth, Allowance.parse(rate), clock, lambda credential: credential_user(self.account, credential)
        )
        self.auth = _first(config.auth)
        if self._journal:
            self._journal.start()
        api = GorgiasApi(self.account, operations, self.credentials, self.faults, self.stats, self._journal, sleep)
        routes = control_routes(self.account, self.credentials, self.faults, self.stats)
        self.app = Starlette(routes=[*routes, Mount("/api", app=api)], middleware=[Middleware(_FoldedPath)])

    def close(self) -> None:
        """Write the state file for the last time."""
        if self._journal:
            self._journal.close()


class _FoldedPath:
    """`//api//tickets` is `/api/tickets`, as public clients write it (gorgias-api.md 14)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "//" in scope.get("path", ""):
            scope = {**scope, "path": re.sub("/{2,}", "/", scope["path"])}
        await self._app(scope, receive, send)


def _first(known: list[Credential]) -> tuple[str, str]:
    for credential in known:
        if credential.email and credential.api_key:
            return credential.email, credential.api_key
    return "", known[0].token or ""
