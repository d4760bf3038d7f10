"""Which addresses a file may be downloaded from: URLs in records are written by strangers.

It belongs here: the judgement over one URL. It does not: requests (downloads.py).

The configured site itself may be anywhere, on a private network or on loopback. Every other name must resolve to
public addresses only, and the connection goes to the address that was judged, so that a name cannot change its mind
between the two. Another name of the site's own machine and port is the site, without its credentials.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx

Resolve = Callable[[str], Sequence[str]]


class RefusedAddress(Exception):
    """The URL leads where a download must not go; says why, without the URL."""


@dataclass(frozen=True)
class Target:
    """A judged URL.

    Attributes:
        url: as given.
        own: it is the configured site, which gets the credentials.
        address: connect to this address; None: to the name itself.
    """

    url: httpx.URL
    own: bool
    address: str | None


def resolve(host: str) -> list[str]:
    """The addresses of a name.

    Raises:
        RefusedAddress: it has none.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise RefusedAddress("its host has no address") from None
    return list(dict.fromkeys(str(entry[4][0]).split("%")[0] for entry in found))


class Guard:
    """Judges URLs for one configured site."""

    def __init__(self, base_url: str, resolve: Resolve = resolve):
        self._site, self._resolve = httpx.URL(base_url), resolve

    def admit(self, text: str) -> Target:
        """
        Raises:
            RefusedAddress: no web address, credentials inside, plain http, or a host that is not public.
        """
        try:
            url = httpx.URL(self._site.join(text))
        except (httpx.InvalidURL, ValueError, UnicodeError):
            raise RefusedAddress("it is no address") from None
        if url.scheme not in ("http", "https") or not url.host:
            raise RefusedAddress("it is no web address")
        if url.userinfo:
            raise RefusedAddress("it holds credentials")
        if _origin(url) == _origin(self._site):
            return Target(url, True, None)
        addresses = self._resolve(url.host)
        if _port(url) == _port(self._site) and url.scheme == self._site.scheme:
            same = set(self._resolve(self._site.host)) & set(addresses)
            if same:
                return Target(url, False, sorted(same)[0])
        if not addresses or not all(_public(address) for address in addresses):
            raise RefusedAddress("its host is on a private, loopback, link-local or reserved network")
        if url.scheme != "https":
            raise RefusedAddress("it is plain http")
        return Target(url, False, addresses[0])


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, _port(url)


def _port(url: httpx.URL) -> int:
    return url.port or {"http": 80, "https": 443}[url.scheme]


def _public(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        # An IPv4 address inside an IPv6 one goes where the IPv4 one goes.
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is not None:
            return _public(str(inner))
        if address in ipaddress.ip_network("64:ff9b::/96"):
            return _public(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
    return address.is_global and not address.is_multicast
