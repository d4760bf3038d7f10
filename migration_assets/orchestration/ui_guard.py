"""What may ask something of Dagster's webserver: this UI's own pages, and programs; no page of another site.

The webserver has no log-in, carries out a mutation that stands in an address, and looks neither at the name that it
was called by nor at the page that calls. So any page that is open in the same browser could start jobs. Every rule
here is one that browsers keep and pages cannot change: `Host`, `Origin`, `Sec-Fetch-*`, and the question beforehand
(preflight) for any content type but the three of a form.

It belongs here: judging a request. It does not: how the webserver is started with it (guarded_dagster.py). It is no
log-in: who can reach the port and is not a browser may do anything (docs/security.md).
"""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK_NAMES = ("127.0.0.1", "localhost")
_READS = ("GET", "HEAD")
_WAY_OUT = (
    "For a tunnel from another port, or a proxy with a log-in, set MIGRATION_UI_HOSTS to the name and port that stand "
    "in the browser's address, and start `migrate ui` again."
)


class UiGuard:
    """ASGI middleware that answers 403, with the reason, instead of handing on what `refusal` names.

    Args:
        hosts: further names (with their port, where it is not the scheme's) that the UI may be called by.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str] = ()):
        self._app, self._hosts = app, frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, answer: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, answer)
            return
        reason = refusal(scope, self._hosts)
        if reason is None:
            await self._app(scope, receive, _unframed(answer))
        elif scope["type"] == "websocket":
            await answer({"type": "websocket.close", "code": 1008, "reason": reason[:120]})
        else:
            headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
            await PlainTextResponse(f"Refused: {reason}\n", 403, headers)(scope, receive, answer)


def refusal(scope: Scope, hosts: Collection[str] = ()) -> str | None:
    """Why this request is not answered, in words for who sees it; None where it is."""
    headers = Headers(scope=scope)
    allowed = {*hosts, *_loopback(int(scope["server"][1]))}
    if [name.lower() for name in headers.getlist("host")] not in [[name] for name in allowed]:
        return f"this UI is not called by that name. {_WAY_OUT}"
    origins = headers.getlist("origin")
    if not all(_of_page(origin) in allowed for origin in origins):
        return f"it comes from a page of another site. {_WAY_OUT}"
    if scope["type"] == "websocket":
        # Browsers send Origin with each, and do not agree on Sec-Fetch-Site.
        foreign = not origins and _foreign(headers)
        return f"it comes from a page of another site. {_WAY_OUT}" if foreign else None
    method = scope["method"]
    if _foreign(headers) and not _opens_page(method, headers):
        return f"it comes from a page of another site. {_WAY_OUT}"
    if method not in (*_READS, "POST"):
        return "the UI uses GET and POST only."
    if scope["path"].rstrip("/") == "/graphql" and scope["query_string"]:
        return "a GraphQL query belongs into the body of a POST, as JSON, and not into the address."
    if method == "POST" and [_essence(kind) for kind in headers.getlist("content-type")] != ["application/json"]:
        return "what a POST brings must be application/json, and say so in Content-Type."
    return None


def _loopback(port: int) -> set[str]:
    names = {f"{name}:{port}" for name in LOOPBACK_NAMES}
    return names | set(LOOPBACK_NAMES) if port == 80 else names


def _of_page(origin: str) -> str:
    """Name and port of a web page's origin; empty for any other origin, `null` among them."""
    try:
        parts = urlsplit(origin.lower())
    except ValueError:
        return ""
    return parts.netloc if parts.scheme in ("http", "https") else ""


def _foreign(headers: Headers) -> bool:
    """Whether the browser says that another site's page, or another port's, asks. None: the user did."""
    return not all(said in ("same-origin", "none") for said in headers.getlist("sec-fetch-site"))


def _opens_page(method: str, headers: Headers) -> bool:
    """A link that was followed, or the way back from a proxy's log-in: reads only, and shows to the user alone."""
    opens = (headers.getlist("sec-fetch-mode"), headers.getlist("sec-fetch-dest")) == (["navigate"], ["document"])
    return method == "GET" and opens


def _essence(content_type: str) -> str:
    # Of "text/plain; application/json" a browser sees text/plain, and asks nobody before it sends it.
    return content_type.split(";", 1)[0].strip().lower()


def _unframed(answer: Send) -> Send:
    """No other site shows this one in a frame, where a click could be led to a button."""

    async def answering(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["X-Frame-Options"] = "SAMEORIGIN"
        await answer(message)

    return answering
