"""Do both servers answer, does their clock agree, and do they take the credentials: one request to each, and a read.

It belongs here: the request, and what its answer says of the credentials. It does not: how it is told (doctor.py), and
what a run does about an answer: here nothing is repeated and nothing is waited for.
"""

import json
from contextlib import closing
from dataclasses import dataclass

from pydantic import SecretStr

from migration_assets.settings import Settings
from resources.gorgias.failures import SendOutcome, advice
from resources.gorgias.resource import read_once
from resources.ivinex import failures
from resources.ivinex.failures import IvinexFailure
from resources.ivinex.sender import Sender
from resources.outgoing_text import kept_nowhere
from resources.server_clock import ClockWatch, ServerClock, look_at_clock

ACCOUNT = "/api/account"
_UNUSABLE = (
    "IVINEX_BASE_URL, IVINEX_CALL_PATH or IVINEX_PARAMETER_NAMES cannot be used: docs/reference/settings.md says how "
    "they are written"
)
_REFUSED = (
    *(failures.WrongCredentials, failures.NoApiPermission, failures.HtmlPage, failures.Redirected),
    failures.ErrorAnswer,
)
"""A run would end with it; the others may pass, or are about the path, of which a run tries several."""


@dataclass(frozen=True)
class ServerLook:
    """What one request to a server showed.

    Attributes:
        with_credentials: it was a read with the credentials.
        refused: why a run would end at its first call; empty where it would not.
        unknown: why this one read does not say whether the credentials do.
    """

    clock: ServerClock
    with_credentials: bool = False
    refused: str = ""
    unknown: str = ""


def look_at_ivinex(settings: Settings, seconds: float) -> ServerLook:
    """The list of tabs, once; without credentials the site's first page."""
    address, user, password = settings.ivinex_base_url or "", settings.ivinex_username, _said(settings.ivinex_password)
    if not user or not password:
        return ServerLook(look_at_clock(address, seconds))
    watch = ClockWatch()
    names = json.dumps(settings.ivinex_parameter_names) if settings.ivinex_parameter_names else ""
    try:
        sender = Sender(
            address,
            user,
            password,
            pacer=watch,
            seconds=seconds,
            call_path=settings.ivinex_call_path,
            names=names,
            credentials=settings.ivinex_credentials,
        )
    except ValueError:
        return ServerLook(ServerClock(), True, _UNUSABLE)
    with closing(sender), kept_nowhere():
        failure = sender.try_credentials()
    if isinstance(failure, failures.NetworkFailure):
        return ServerLook(ServerClock(problem="no complete answer"))
    return ServerLook(watch.seen, True, *_of_ivinex(failure))


def _of_ivinex(failure: IvinexFailure | None) -> tuple[str, str]:
    """(refused, unknown)"""
    if failure is None:
        return "", ""
    return (str(failure), "") if isinstance(failure, _REFUSED) else ("", str(failure))


def look_at_gorgias(settings: Settings, seconds: float) -> ServerLook:
    """The account itself, once; without credentials the site's first page."""
    address, token = settings.gorgias_base_url or "", _said(settings.gorgias_access_token)
    email, key = settings.gorgias_email, _said(settings.gorgias_api_key)
    if not token and not (email and key):
        return ServerLook(look_at_clock(address, seconds))
    watch = ClockWatch()
    try:
        with kept_nowhere():
            answer = read_once(address, token or (email or "", key), watch, seconds, ACCOUNT)
    except ValueError:
        return ServerLook(ServerClock(), True, "GORGIAS_BASE_URL cannot be used: it is https://<domain>.gorgias.com")
    if answer.status is None and answer.fate is not SendOutcome.DONE:
        return ServerLook(ServerClock(problem=answer.said))
    if answer.fate is SendOutcome.DONE:
        return ServerLook(watch.seen, True)
    sentence = f"GET {ACCOUNT} answered {answer.told}"
    if answer.fate is SendOutcome.STOP:
        return ServerLook(watch.seen, True, advice(answer.status or 0, sentence))
    if answer.fate is SendOutcome.THROTTLED or (answer.status or 0) >= 500:
        return ServerLook(watch.seen, True, unknown=sentence)
    return ServerLook(watch.seen, True, f"{sentence}: look at GORGIAS_BASE_URL, is it the address of an account?")


def _said(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
