"""Names, e-mail addresses and phone numbers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache

import orjson
import phonenumbers

ADDRESS_LENGTH = 320
"""Characters of a channel address (gorgias-api.md 6.1)."""

_EMAIL = re.compile(
    r"[^@\s<>(),;:\\\"\[\]]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)


def email(text: str) -> str | None:
    """The address in lower case, or None where it is none that a mail could go to.

    Lower case is the dedupe key (design.md 6). `Ann Lee <ann@x.com>` gives the address alone.
    """
    found = text.strip().strip("<>").lower()
    if "<" in found:
        found = found[found.rfind("<") + 1 :].strip("> ")
    found = found.removeprefix("mailto:").rstrip(".,;")
    valid = _EMAIL.fullmatch(found) and ".." not in found and not found.startswith(".") and ".@" not in found
    return found if valid and len(found) <= ADDRESS_LENGTH else None


@lru_cache(maxsize=65_536)
def phone(text: str, region: str = "US") -> str | None:
    """The number in E.164, or None where it is no possible number. `region` reads numbers without a country code."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number) or number.extension:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def name(*parts: str | None) -> str:
    """First and last name, or whatever there is, with single spaces."""
    return " ".join(" ".join(part for part in parts if part).split())


def addresses(value: object) -> list[dict[str, str]]:
    """An address field as [{"name", "address"}].

    Args:
        value: a text with commas or semicolons, a JSON-like list of texts or objects, or nothing: Ivinex does not say
            which (ivinex-api.md 6), and one site may hold several forms.
    """
    if value is None or value == "":
        return []
    found: dict[str, dict[str, str]] = {}
    if isinstance(value, str) and value[:1] in "[{":
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            value = str(value).strip("[]{}")
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            pairs = [(str(item.get("name") or ""), str(item.get("address") or item.get("email") or ""))]
        else:
            pairs = [_named(part) for part in _parts(str(item))]
        for shown, address in pairs:
            valid = email(address)
            if valid and valid not in found:
                found[valid] = {"name": name(shown), "address": valid}
    return list(found.values())


def _parts(text: str) -> Iterator[str]:
    """Split at commas and semicolons that stand outside quotation marks."""
    held = ""
    for part in text.replace(";", ",").split(","):
        held = f"{held},{part}" if held else part
        if held.count('"') % 2 == 0:
            yield held
            held = ""
    if held:
        yield held


def _named(part: str) -> tuple[str, str]:
    """`Ann Lee <ann@x.com>` -> (name, address)."""
    start = part.rfind("<")
    return (part[:start].strip(" \"'"), part[start:]) if start >= 0 else ("", part)


def stub_address(source_id: str, stub_domain: str) -> str:
    """The address of a customer or user that has none: unique, the same in every run, and undeliverable."""
    return f"{re.sub(r'[^a-z0-9]+', '-', source_id.lower()).strip('-')}@{stub_domain}"


def mask(address: str, stub_domain: str) -> str:
    """An address that stands for a real one in a staging account: the same for the same address, and undeliverable.

    A phone number becomes one under +999, a country code that is not assigned. Addresses inside bodies stay.
    """
    if address.endswith(f"@{stub_domain}"):
        return address
    digest = hashlib.sha256(address.lower().encode()).hexdigest()
    return f"masked-{digest[:16]}@{stub_domain}" if "@" in address else f"+999{int(digest[:12], 16) % 10**11:011d}"
