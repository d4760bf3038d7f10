"""Names, phone numbers, and what stands for an address: stubs and masks."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import Any

import phonenumbers

from migration_assets.transforms.addresses import plain_address

_ADDRESS = re.compile(r"(?:\"[^\"@]{1,64}\"|[^\s<>()\[\]{}\"',;:@|]+)@(?:\[[^\]\s]*\]|[^\s<>()\[\]{}\"',;:@|]+)")
"""What looks like an address to a person, whether or not it can be read as one."""
_DOT = r"\s{0,3}(?:\.|\(dot\)|\[dot\])\s{0,3}"
_DOMAIN = rf"[\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{0,5}}{_DOT}[^\W\d_]{{2,63}}"
_SPREAD = re.compile(
    rf"[\w.+-]{{1,64}}(?:\s{{0,3}}@\s{{1,3}}|\s{{1,3}}@|\s{{0,3}}[(\[{{]at[)\]}}]\s{{0,3}}){_DOMAIN}", re.IGNORECASE
)
"""One that is written with blanks or in words, so that no machine reads it."""
_SPOKEN = re.compile(rf"[\w.+-]{{1,64}}\s{{1,3}}at\s{{1,3}}{_DOMAIN}", re.IGNORECASE)
_OF_ADDRESSES = re.compile(r"unreadable_|ivinex_(?:from|to|cc|bcc)$")
_AT_SIGNS = str.maketrans({"\uff20": "@", "\ufe6b": "@"})


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


def stub_address(source_id: str, stub_domain: str) -> str:
    """The address of a customer or user that has none: unique, the same in every run, and undeliverable."""
    return f"{re.sub(r'[^a-z0-9]+', '-', source_id.lower()).strip('-')}@{stub_domain}"


def mask(address: str, stub_domain: str) -> str:
    """An address that stands for a real one in a staging account: the same for the same address, and undeliverable.

    A phone number becomes one under +999, a country code that is not assigned. Addresses inside bodies stay.
    """
    if address.endswith(f"@{stub_domain}"):
        return address
    digest = hashlib.sha256((plain_address(address) or address.lower()).encode("utf-8", "replace")).hexdigest()
    return f"masked-{digest[:16]}@{stub_domain}" if "@" in address else f"+999{int(digest[:12], 16) % 10**11:011d}"


def mask_all(value: Any, stub_domain: str, kept: frozenset[str] = frozenset(), spoken: bool = False) -> Any:
    """The value with every address in its texts masked, those that cannot be read among them.

    Args:
        value: a text, or what JSON can hold.
        kept: addresses in lower case that stay, such as those of colleagues.
        spoken: it holds addresses and nothing else, so `joe at x.example` is one; values of `unreadable_...` and
            `ivinex_from` always do.
    """
    if isinstance(value, dict):
        return {key: mask_all(item, stub_domain, kept, bool(_OF_ADDRESSES.match(key))) for key, item in value.items()}
    if isinstance(value, list):
        return [mask_all(item, stub_domain, kept, spoken) for item in value]
    if not isinstance(value, str):
        return value
    text = value.translate(_AT_SIGNS)

    def masked(found: re.Match[str]) -> str:
        if found[0].lower() in kept:
            return found[0]
        return mask(found[0] if "@" in found[0] else f"@{found[0]}", stub_domain)

    for pattern in (_SPREAD, _ADDRESS, *((_SPOKEN,) if spoken else ())):
        text = pattern.sub(masked, text)
    return text
