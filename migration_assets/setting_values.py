"""How the values of settings are written, as types: each reads the text of a variable, or says how it should look.

It belongs here: reading one value. It does not: which setting has which type (settings.py).
"""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode

from resources.ivinex.site_paths import file_paths
from resources.ledger.engine import password_of
from resources.working_hours import WorkingHours

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_OWNER = re.compile(r"team:\S.*|[^@\s]+@[^@\s]+\.[^@\s.]+")
"""What Dagster takes for an owner: a team, or an e-mail address."""
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?|\[[0-9a-f:]+\](:[0-9]{1,5})?")
"""A name as it stands in a browser's address, with its port where one stands there."""


def _folder_or_address(value: str) -> str:
    """Commands and runs of the UI start in different folders."""
    return value if "://" in value else str(Path(value).expanduser().resolve())


def _not_to_come(value: date) -> date:
    if value > datetime.now(UTC).date():
        raise ValueError("it lies in the future; write the first day to migrate, such as 2015-01-01")
    return value


def _address_of_ledger(value: SecretStr) -> SecretStr:
    password_of(value.get_secret_value())
    return value


def _hours(value: str) -> str:
    WorkingHours.parse(value, "UTC")
    return value


def _known_zone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("not an IANA time zone name, such as America/Denver") from None


def _path_of_files(value: str) -> str:
    file_paths(value, "/API")
    return value


def _listed(value: str) -> list[str]:
    return [item.strip() for item in value.split(",") if item.strip()]


def _names(value: object) -> object:
    """`Payroll, Old cases` -> a tuple."""
    return tuple(_listed(value)) if isinstance(value, str) else value


def _lower_names(value: object) -> object:
    """`Support@shop.com, sales@shop.com` -> a tuple, in lower case."""
    return tuple(_listed(value.lower())) if isinstance(value, str) else value


def _once(value: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value))


def _pairs(value: object) -> object:
    """`Tab=tab,CollectionID=record_id` -> a dict."""
    if not isinstance(value, str):
        return value
    pairs = [item.split("=", 1) for item in _listed(value)]
    if any(len(pair) != 2 for pair in pairs):
        raise ValueError("write it as Documented=actual,Documented=actual")
    return {key.strip(): name.strip() for key, name in pairs}


def _counts(value: object) -> object:
    """`Tickets=12000,Contacts=5000` -> a dict."""
    if not isinstance(value, str):
        return value
    pairs = [item.rpartition("=") for item in _listed(value)]
    if any(not name.strip() or not number.strip().isdecimal() for name, _, number in pairs):
        raise ValueError("write it as Tickets=12000,Contacts=5000: a tab and the number of its records")
    return {name.strip(): int(number) for name, _, number in pairs}


def _true_moment(value: str) -> str:
    record, _, moment = value.partition("=")
    try:
        known = not value or (":" in record and datetime.fromisoformat(moment).tzinfo is not None)
    except ValueError:
        known = False
    if not known:
        raise ValueError("write tab:record=moment with its zone, such as 10101:77=2024-07-01T15:30:00Z")
    return value


def _known_owners(value: tuple[str, ...]) -> tuple[str, ...]:
    if not all(_OWNER.fullmatch(owner) for owner in value):
        raise ValueError("write e-mail addresses or team:<name>, separated by commas")
    return value


def _host_names(value: tuple[str, ...]) -> tuple[str, ...]:
    if not all(_HOST.fullmatch(host) for host in value):
        raise ValueError("write names as they stand in the browser's address, such as localhost:3000, no wildcards")
    return value


def _safe_address(value: str, example: str) -> str:
    """An address that may be called: https, or http to loopback, with no credentials in it."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"not an address such as {example}")
    if parts.username or parts.password:
        raise ValueError("credentials do not belong in an address: use the variables for them")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("plain http is refused for any host but loopback: use https")
    return value


def _base_address(value: str) -> str:
    return _safe_address(value, "https://<domain>.gorgias.com").rstrip("/")


def _webhook(value: SecretStr) -> SecretStr:
    _safe_address(value.get_secret_value(), "https://hooks.example.com/<key>")
    return value


def _model_address(value: str) -> str:
    return _safe_address(value, "https://models.example.com/v1/chat/completions")


AbsolutePath = Annotated[Path, AfterValidator(lambda value: value.expanduser().resolve())]
FolderOrAddress = Annotated[str, AfterValidator(_folder_or_address)]
PastDate = Annotated[date, AfterValidator(_not_to_come)]
LedgerUrl = Annotated[SecretStr, AfterValidator(_address_of_ledger)]
BaseAddress = Annotated[str, AfterValidator(_base_address)]
ModelAddress = Annotated[str, AfterValidator(_model_address)]
Webhook = Annotated[SecretStr, AfterValidator(_webhook)]
Zone = Annotated[str, AfterValidator(_known_zone)]
Hours = Annotated[str, AfterValidator(_hours)]
FilePaths = Annotated[str, AfterValidator(_path_of_files)]
KnownTime = Annotated[str, AfterValidator(_true_moment)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)]
LowerNames = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_lower_names)]
Owners = Annotated[Names, AfterValidator(_once), AfterValidator(_known_owners)]
Hosts = Annotated[LowerNames, AfterValidator(_once), AfterValidator(_host_names)]
Pairs = Annotated[dict[str, str], NoDecode, BeforeValidator(_pairs)]
Counts = Annotated[dict[str, int], NoDecode, BeforeValidator(_counts)]


def problem_words(problem: Any) -> str:
    """What is wrong with a value, without the value."""
    words = str(problem["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{words[:1].lower()}{words[1:]}"
