"""Something between this program and Gorgias that answers in its place: a proxy, a firewall, a load balancer.

It belongs here: answers that are not Gorgias's, before or after the call is passed on. It does not: what Gorgias
itself says (the sandbox).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

HTML = {"content": b"<html><head><title>Nope</title></head><body>nginx</body></html>"}
FORMS = {
    "a page": HTML | {"headers": {"content-type": "text/html", "server": "nginx"}},
    "nothing": {"content": b""},
    "a gateway's JSON": {"json": {"message": "Forbidden"}},
    "another envelope": {"json": {"error": {"code": 403, "message": "Forbidden", "status": "PERMISSION_DENIED"}}},
    "an error as text": {"json": {"error": "bad request"}},
    "a list": {"json": []},
}
ENVELOPE = {"json": {"error": {"msg": "Request timeout."}}}


@dataclass
class Between(httpx.BaseTransport):
    """Passes calls on, but for those that `hits` names.

    Attributes:
        status: the same for every call that is hit, or the n-th one's.
        after: the call is passed on first and its answer thrown away.
        methods: which calls it counts and may hit.
        spoiled: calls answered in Gorgias's place.
    """

    status: int | Callable[[int], int]
    hits: Callable[[httpx.Request, int], bool]
    form: str | Callable[[httpx.Request], httpx.Response] = "a page"
    after: bool = False
    methods: tuple[str, ...] = ("POST", "PUT", "PATCH", "DELETE")
    spoiled: int = 0
    seen: int = 0
    _to: httpx.HTTPTransport = field(default_factory=httpx.HTTPTransport)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        wanted = request.method in self.methods
        self.seen += wanted
        if not (wanted and self.hits(request, self.seen)):
            return self._to.handle_request(request)
        if self.after:
            self._to.handle_request(request).read()
        self.spoiled += 1
        if callable(self.form):
            return self.form(request)
        status = self.status if isinstance(self.status, int) else self.status(self.spoiled)
        return httpx.Response(status, **(FORMS | {"Gorgias's envelope": ENVELOPE})[self.form])

    def close(self) -> None:
        self._to.close()


def on_calls(*numbers: int) -> Callable[[httpx.Request, int], bool]:
    """The n-th calls of those that it counts."""
    return lambda _request, number: number in numbers


def holding(text: str) -> Callable[[httpx.Request, int], bool]:
    """Writes whose body holds this text, each time."""
    return lambda request, _number: text.encode() in request.read()
