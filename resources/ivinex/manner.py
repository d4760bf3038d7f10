"""How a site takes its calls: addresses, where the credentials go, and the request that follows from both.

Belongs here: making a request. Does not belong here: sending it, and finding out which manner a site has (sender.py).
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from resources.ivinex.calls import ReadCall, call_paths, parameter_names


class Credentials(Enum):
    """Ways in which a classic call may carry the credentials (A-02)."""

    POST_FORM = "POST form"
    BASIC = "HTTP Basic"
    GET_QUERY = "GET query"
    FORM_AND_BASIC = "POST form and HTTP Basic"


MANNERS: Final = {
    "auto": (Credentials.POST_FORM, Credentials.BASIC),
    "post": (Credentials.POST_FORM,),
    "basic": (Credentials.BASIC,),
    "query": (Credentials.GET_QUERY,),
}
"""IVINEX_CREDENTIALS -> what is tried, in this order. A query ends in logs of servers and proxies: on request only."""


@dataclass(frozen=True)
class Manner:
    """How this site takes classic calls: found out by the first one and then kept."""

    path: str
    credentials: Credentials


class RequestMaker:
    """Makes the requests of one site.

    Args:
        base_url: the site, with or without `/API`; plain http is refused for any host but loopback.
        call_path: template of classic calls (IVINEX_CALL_PATH).
        names: the site's parameter names (IVINEX_PARAMETER_NAMES).

    Raises:
        ValueError: an address or a template that cannot be used.
    """

    def __init__(
        self,
        http: httpx.Client,
        base_url: str,
        username: str,
        password: str,
        call_path: str,
        names: str | Mapping[str, str] | None,
    ):
        self._http, self.api = http, _api_address(base_url)
        self.paths = call_paths(call_path)
        self._names = parameter_names(names)
        self._username, self._password = username, password

    def request(self, call: ReadCall, parameters: Mapping[str, str], manner: Manner | None) -> httpx.Request:
        """The request of a call; without a manner, of a call that has one address and one way on every site."""
        sent: dict[str, Any] = {self._names[name]: value for name, value in parameters.items()}
        basic = httpx.BasicAuth(self._username, self._password)
        if manner is None:
            request = self._http.build_request("GET", f"{self.api}/Records.php", params=sent)
            return next(basic.auth_flow(request))
        url = f"{self.api}/{manner.path.format(Call=call.value)}"
        if manner.credentials is Credentials.BASIC:
            return next(basic.auth_flow(self._http.build_request("GET", url, params=sent)))
        sent |= {self._names["UserName"]: self._username, self._names["Password"]: self._password}
        if manner.credentials is Credentials.FORM_AND_BASIC:
            return next(basic.auth_flow(self._http.build_request("POST", url, data=sent)))
        if manner.credentials is Credentials.POST_FORM:
            return self._http.build_request("POST", url, data=sent)
        return self._http.build_request("GET", url, params=sent)


def _api_address(base_url: str) -> str:
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("IVINEX_BASE_URL is not an address such as https://<site>.ivinex.com")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("IVINEX_BASE_URL holds more than an address; credentials have variables of their own")
    if parts.scheme == "http" and not _loopback(parts.hostname):
        raise ValueError(f"plain http is refused for {parts.hostname}: set IVINEX_BASE_URL to https://...")
    address = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
    return address if address.lower().endswith("/api") else f"{address}/API"


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
