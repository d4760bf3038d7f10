"""Where a file may be downloaded from, and whether our credentials go along: URLs in records are written by strangers.

It belongs here: the judgement over one URL. It does not: requests (downloads.py), what a path of the site leads to
(site_paths.py) and which network addresses are public (networks.py).

The credentials go to the site's own origin, for an address of a FILE field whose path is the site's file path, and
nowhere else. Every other address is asked without them, and not at all where it could be a call of the site's API.
The configured site may be anywhere, on a private network or on loopback. Every other name must resolve to public
addresses only, and the connection goes to the address that was judged, so that a name cannot change its mind between
the two. Another name of the site's own machine and port is the site, without its credentials.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import httpx

from resources.ivinex.networks import is_public
from resources.ivinex.site_paths import SitePaths

Resolve = Callable[[str], Sequence[str]]
_LONGEST = 16_000
_HIGHEST_PORT = 65_535


class Paths(Protocol):
    """What a path of a site leads to, as it would be sent."""

    def is_file(self, sent: str) -> bool: ...

    def is_call(self, sent: str) -> bool: ...


class RefusedAddress(Exception):
    """The URL leads where a download must not go; says why, without the URL."""


@dataclass(frozen=True)
class Target:
    """A judged URL.

    Attributes:
        url: as it will be sent.
        host: its host as text.
        own: it is the configured site, whose pace holds.
        credentials: they go along.
        address: connect to this address; None: to the name itself.
    """

    url: httpx.URL
    host: str
    own: bool
    credentials: bool
    address: str | None


def resolve(host: str) -> list[str]:
    """The addresses of a name.

    Raises:
        RefusedAddress: it has none.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        raise RefusedAddress("its host has no address") from None
    return list(dict.fromkeys(str(entry[4][0]).split("%")[0] for entry in found))


class Guard:
    """Judges URLs for one configured site."""

    def __init__(self, base_url: str, paths: Paths | None = None, resolve: Resolve = resolve):
        self._site, self._resolve = httpx.URL(base_url), resolve
        self._paths: Paths = paths or SitePaths(base_url)

    def admit(self, text: str, *, trusted: bool = False) -> Target:
        """
        Args:
            trusted: the site itself wrote the address, into a FILE field.

        Raises:
            RefusedAddress: no web address, credentials inside, plain http, a host that is not public, or a call.
        """
        url, host = self._parsed(text)
        sent = url.raw_path.decode("ascii")
        own = _origin(url) == _origin(self._site)
        addresses: Sequence[str] = [] if own else self._resolve(host)
        shared = [] if own else sorted(set(addresses) & set(self._own_addresses()))
        if (own or shared or _normalized(host) == _normalized(self._site.host)) and self._paths.is_call(sent):
            raise RefusedAddress("it leads to the site's API, which only our own calls may reach")
        if own:
            return Target(url, host, True, trusted and self._paths.is_file(sent), None)
        if shared and _port(url) == _port(self._site) and url.scheme == self._site.scheme:
            return Target(url, host, False, False, shared[0])
        if not addresses or not all(is_public(address) for address in addresses):
            raise RefusedAddress("its host is on a private, loopback, link-local or reserved network")
        if url.scheme != "https":
            raise RefusedAddress("it is plain http")
        return Target(url, host, False, False, addresses[0])

    def _parsed(self, text: str) -> tuple[httpx.URL, str]:
        try:
            if len(text) > _LONGEST:
                raise ValueError
            url = httpx.URL(self._site.join(text))
            # The host is read here as well, because a name that cannot be decoded raises only then.
            host, port = url.host, _port(url) if url.scheme in ("http", "https") else 1
            if not 0 < port <= _HIGHEST_PORT:
                raise ValueError
        except (httpx.InvalidURL, ValueError, TypeError):
            raise RefusedAddress("it is no address") from None
        if url.scheme not in ("http", "https") or not host:
            raise RefusedAddress("it is no web address")
        if url.userinfo:
            raise RefusedAddress("it holds credentials")
        return url, host

    def _own_addresses(self) -> Sequence[str]:
        try:
            return self._resolve(self._site.host)
        except RefusedAddress:
            return []


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, _port(url)


def _port(url: httpx.URL) -> int:
    return url.port or {"http": 80, "https": 443}[url.scheme]


def _normalized(host: str) -> str:
    return host.rstrip(".").lower()
