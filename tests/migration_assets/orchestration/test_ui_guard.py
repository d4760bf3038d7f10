"""Requests as browsers and programs send them, and which of them reach Dagster's webserver."""

import asyncio
from typing import Any

import pytest

from migration_assets.orchestration.guarded_dagster import MODULE, guarded_command
from migration_assets.orchestration.ui_guard import UiGuard
from migration_assets.settings import Settings, SettingsError
from migration_assets.settings_source import load_settings

HOST = ("Host", "127.0.0.1:3000")
JSON = ("Content-Type", "application/json")
OWN = [HOST, JSON, ("Origin", "http://127.0.0.1:3000"), ("Sec-Fetch-Site", "same-origin")]
NAVIGATION = [("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")]
MUTATION = "query=mutation{launchRun(executionParams:{}){__typename}}"
LISTED = frozenset({"migrate.example.com", "localhost:4000"})

ANSWERED = {
    "the page itself": ("GET", "/", [HOST, ("Sec-Fetch-Site", "none"), *NAVIGATION]),
    "the page by its other name": ("GET", "/", [("Host", "localhost:3000")]),
    "a script of the page": ("GET", "/_next/a.js", [HOST, ("Sec-Fetch-Site", "same-origin")]),
    "what the page asks": ("POST", "/graphql", OWN),
    "what the page asks, as it names it": ("POST", "/graphql?op=PermissionsQuery", OWN),
    "with a charset": ("POST", "/graphql", [HOST, ("Content-Type", "Application/JSON; charset=utf-8")]),
    "a program": ("POST", "/graphql", [HOST, JSON]),
    "the playground": ("GET", "/graphql", [HOST, ("Accept", "text/html")]),
    "a log that is saved": ("GET", "/logs/a/out?x=1", [HOST, ("Sec-Fetch-Site", "same-origin")]),
    "a link from another site": ("GET", "/runs", [HOST, ("Sec-Fetch-Site", "cross-site"), *NAVIGATION]),
    "its live updates": ("WEBSOCKET", "/graphql", [HOST, ("Origin", "http://127.0.0.1:3000")]),
    "live updates, as one browser sends them": (
        "WEBSOCKET",
        "/graphql",
        [HOST, ("Origin", "http://localhost:3000"), ("Sec-Fetch-Site", "cross-site")],
    ),
    "a program's websocket": ("WEBSOCKET", "/graphql", [HOST]),
    "by a proxy": (
        "POST",
        "/graphql",
        [("Host", "migrate.example.com"), ("Origin", "https://migrate.example.com"), JSON],
    ),
    "by a proxy that names us itself": ("POST", "/graphql", [HOST, JSON, ("Origin", "https://migrate.example.com")]),
    "by a tunnel": ("POST", "/graphql", [("Host", "localhost:4000"), ("Origin", "http://localhost:4000"), JSON]),
}

REFUSED = {
    "a mutation in an image's address": ("GET", f"/graphql?{MUTATION}", [HOST]),
    "a query in an address": ("GET", "/graphql?query={version}", [HOST, ("Sec-Fetch-Site", "same-origin")]),
    "a link with a mutation": ("GET", f"/graphql?{MUTATION}", [HOST, ("Sec-Fetch-Site", "none"), *NAVIGATION]),
    "a mutation in the address of HEAD": ("HEAD", f"/graphql?{MUTATION}", [HOST]),
    "with a slash behind": ("GET", f"/graphql/?{MUTATION}", [HOST]),
    "a POST with the query in the address": ("POST", f"/graphql?{MUTATION}", OWN),
    "a query behind a name": ("POST", "/graphql?op=PermissionsQuery&Query=mutation{x}", OWN),
    "a query that is written otherwise": ("POST", "/graphql?%71uery=mutation{x}", OWN),
    "variables in the address": ("POST", "/graphql?variables={}", OWN),
    "a name in the address of a GET": ("GET", "/graphql?op=PermissionsQuery", [HOST]),
    "a form": ("POST", "/graphql", [HOST, ("Content-Type", "application/x-www-form-urlencoded")]),
    "a form with a file": ("POST", "/graphql", [HOST, ("Content-Type", "multipart/form-data; boundary=x")]),
    "plain text": ("POST", "/graphql", [HOST, ("Content-Type", "text/plain")]),
    "plain text that says JSON": ("POST", "/graphql", [HOST, ("Content-Type", "text/plain; application/json")]),
    "JSON that begins otherwise": ("POST", "/graphql", [HOST, ("Content-Type", "text/plain;x=application/json")]),
    "two kinds": ("POST", "/graphql", [HOST, JSON, ("Content-Type", "text/plain")]),
    "a list of kinds": ("POST", "/graphql", [HOST, ("Content-Type", "text/plain, application/json")]),
    "bare GraphQL": ("POST", "/graphql", [HOST, ("Content-Type", "application/graphql")]),
    "no kind": ("POST", "/graphql", [HOST]),
    "an asset reported from elsewhere": ("POST", "/report_asset_materialization/gorgias/tickets?x=1", [HOST]),
    "another method": ("PUT", "/graphql", OWN),
    "the question of a foreign page": ("OPTIONS", "/graphql", [HOST, ("Origin", "https://evil.example")]),
    "a rebound name": ("POST", "/graphql", [("Host", "evil.example:3000"), JSON]),
    "a rebound name on the page": ("GET", "/", [("Host", "evil.example:3000"), ("Sec-Fetch-Site", "none")]),
    "a name with ours in it": ("GET", "/", [("Host", "127.0.0.1:3000.evil.example")]),
    "another port": ("GET", "/", [("Host", "127.0.0.1:3001")]),
    "no port": ("GET", "/", [("Host", "localhost")]),
    "any address": ("GET", "/", [("Host", "0.0.0.0:3000")]),
    "no name": ("GET", "/", []),
    "two names": ("GET", "/", [HOST, ("Host", "evil.example")]),
    "a foreign page": ("POST", "/graphql", [HOST, JSON, ("Origin", "https://evil.example")]),
    "another port's page": ("POST", "/graphql", [HOST, JSON, ("Origin", "http://localhost:8888")]),
    "a page without origin": ("POST", "/graphql", [HOST, JSON, ("Origin", "null")]),
    "an origin that is ours in part": (
        "POST",
        "/graphql",
        [HOST, JSON, ("Origin", "http://127.0.0.1:3000@evil.example")],
    ),
    "an origin of another kind": ("POST", "/graphql", [HOST, JSON, ("Origin", "ftp://127.0.0.1:3000")]),
    "two origins": ("POST", "/graphql", [*OWN, ("Origin", "https://evil.example")]),
    "a script elsewhere": ("POST", "/graphql", [HOST, JSON, ("Sec-Fetch-Site", "cross-site")]),
    "a page of another port": ("POST", "/graphql", [HOST, JSON, ("Sec-Fetch-Site", "same-site")]),
    "an image elsewhere": (
        "GET",
        "/server_info",
        [HOST, ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "image")],
    ),
    "a frame elsewhere": (
        "GET",
        "/runs",
        [HOST, ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "iframe")],
    ),
    "a form elsewhere": ("POST", "/graphql", [HOST, JSON, ("Sec-Fetch-Site", "cross-site"), *NAVIGATION]),
    "a foreign page's websocket": ("WEBSOCKET", "/graphql", [HOST, ("Origin", "https://evil.example")]),
    "a websocket of another port": ("WEBSOCKET", "/graphql", [HOST, ("Origin", "http://localhost:8888")]),
    "a websocket without origin": ("WEBSOCKET", "/graphql", [HOST, ("Origin", "null")]),
    "a websocket that says it is foreign": ("WEBSOCKET", "/graphql", [HOST, ("Sec-Fetch-Site", "cross-site")]),
    "a websocket to a rebound name": (
        "WEBSOCKET",
        "/graphql",
        [("Host", "evil.example:3000"), ("Origin", "http://evil.example:3000")],
    ),
}


class Asked:
    """One request to a guarded application: whether it came through, and what was sent back."""

    def __init__(self, method: str, address: str, headers: list[tuple[str, str]]):
        self.through, self.sent = False, []
        path, _, query = address.partition("?")
        scope: dict[str, Any] = {
            "type": "websocket" if method == "WEBSOCKET" else "http",
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
            "server": ("127.0.0.1", 3000),
        }
        scope |= {} if method == "WEBSOCKET" else {"method": method}
        asyncio.run(UiGuard(self._app, LISTED)(scope, self._receive, self._send))

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        self.through = True
        await send({"type": f"{scope['type']}.response.start", "status": 200, "headers": []})

    async def _receive(self) -> dict[str, Any]:
        return {"type": "http.request"}

    async def _send(self, message: Any) -> None:
        self.sent.append(message)


@pytest.mark.parametrize("case", ANSWERED)
def test_what_the_ui_itself_and_programs_send_is_answered(case: str):
    asked = Asked(*ANSWERED[case])
    assert asked.through
    assert asked.sent[0].get("status") == 200


@pytest.mark.parametrize("case", REFUSED)
def test_what_another_page_can_make_a_browser_send_is_refused(case: str):
    asked = Asked(*REFUSED[case])
    assert not asked.through
    if REFUSED[case][0] == "WEBSOCKET":
        assert asked.sent[0]["type"] == "websocket.close"
    else:
        assert asked.sent[0]["status"] == 403
        assert asked.sent[1]["body"].startswith(b"Refused: ")


def test_a_refusal_for_the_name_says_what_to_set():
    body = Asked("GET", "/", [("Host", "migrate.elsewhere.example")]).sent[1]["body"].decode()
    assert "MIGRATION_UI_HOSTS" in body
    assert "elsewhere" not in body


def test_no_other_site_can_show_the_ui_in_a_frame():
    assert (b"x-frame-options", b"SAMEORIGIN") in Asked("GET", "/", [HOST]).sent[0]["headers"]


def test_the_server_that_dagster_dev_starts_is_the_guarded_one():
    webserver = ["python", "-m", "dagster_webserver", "--port", "3000"]
    assert guarded_command(webserver) == ["python", "-m", MODULE, "dagster_webserver", "--port", "3000"]
    daemon = ["python", "-m", "dagster._daemon", "run"]
    assert guarded_command(daemon) == daemon
    # Every worker would import the whole webserver only to list these tests.
    from dagster._cli import dev
    from dagster_webserver import cli

    assert callable(dev.open_ipc_subprocess)
    assert callable(cli.create_app_from_workspace_process_context)


def test_names_of_the_ui_are_a_list_without_wildcards(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MIGRATION_UI_HOSTS", "Migrate.Example.com, localhost:4000,localhost:4000")
    assert load_settings().ui_hosts == ("migrate.example.com", "localhost:4000")
    assert Settings().ui_hosts == ("migrate.example.com", "localhost:4000")
    for wrong in ("*", "https://migrate.example.com", "a/b", "*.example.com", "a b"):
        monkeypatch.setenv("MIGRATION_UI_HOSTS", wrong)
        with pytest.raises(SettingsError, match="MIGRATION_UI_HOSTS"):
            load_settings()
