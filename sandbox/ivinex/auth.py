"""Who is calling: credentials by Basic, form or query, and what happens when they do not do (A-02, A-17, A-18)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping

from starlette.requests import Request

from sandbox.ivinex.answers import LoginPage, Refusal
from sandbox.ivinex.site import ApiUser, Site

Credentials = tuple[str, str]


def from_basic(request: Request) -> Credentials | None:
    """Username and password of an Authorization header, if it is a readable Basic one."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        username, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (username, password) if colon else None


def from_parameters(parameters: Mapping[str, str]) -> Credentials | None:
    """UserName and Password of a form or a query."""
    if "UserName" in parameters and "Password" in parameters:
        return parameters["UserName"], parameters["Password"]
    return None


def classic_credentials(request: Request, form: Mapping[str, str], transport: str) -> Credentials | None:
    """The credentials of a classic call, looked for where switch A-02 allows."""
    query = dict(request.query_params)
    places: dict[str, Callable[[], Credentials | None]] = {
        "post": lambda: from_parameters(form),
        "get": lambda: from_parameters(query),
        "basic": lambda: from_basic(request),
        "any": lambda: from_parameters(form) or from_parameters(query) or from_basic(request),
    }
    return places[transport]()


def authenticate(site: Site, credentials: Credentials | None) -> ApiUser:
    """The API user behind the credentials.

    Raises:
        Refusal: 401 for wrong credentials; 403 or 200 for a user who is inactive or lacks the API permission.
        LoginPage: wrong credentials on a site that shows its login form.
    """
    known = {(user.username, user.password): user for user in site.api_users}
    user = known.get(credentials) if credentials else None
    if user is None:
        if site.switches["A-17"] == "html":
            raise LoginPage
        raise Refusal(401, "Invalid user name or password.", {"WWW-Authenticate": 'Basic realm="Ivinex"'})
    status = int(site.switches["A-18"])
    if not user.active:
        raise Refusal(status, "User is inactive.")
    if not user.api_permission:
        raise Refusal(status, "User does not have the API permission.")
    return user
