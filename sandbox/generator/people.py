"""Users, organizations and contacts of a generated shop."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sandbox.generator.calendar import Calendar, written
from sandbox.generator.prose import Prose, rich
from sandbox.generator.schema import COUNTRIES, Schema

SHOP = "ridgeline-outfitters"
SHOP_DOMAIN = f"{SHOP}.example"
SUPPORT_ADDRESS = f"support@{SHOP_DOMAIN}"
AREA_CODES = (
    "201", "202", "203", "205", "206", "207", "208", "209", "210", "212",
    "213", "214", "215", "216", "217", "218", "224", "225", "228", "231",
    "234", "239", "240", "248", "251", "252", "253", "254", "256", "260",
    "262", "267", "269", "270", "276", "281", "301", "302", "303", "304",
)  # fmt: skip
INACTIVE = frozenset({"8", "10"})
FIRST_ORGANIZATION, FIRST_CONTACT = 101, 501


@dataclass(frozen=True)
class User:
    """An Ivinex user."""

    id: str
    username: str
    first: str
    last: str
    email: str
    active: bool
    title: str

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"


@dataclass(frozen=True)
class Contact:
    """What tickets need to know of a contact."""

    id: int
    name: str
    email: str
    phone: str
    organization: int


def ascii_name(text: str) -> str:
    """Letters and digits of a name, without accents, for addresses."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    return "".join(char for char in plain if char.isascii() and char.isalnum()).lower()


def users(prose: Prose, dice: random.Random) -> list[User]:
    """The migration's API user first, then nine agents of whom two have left."""
    made = [User("2", "migration", "Mig", "Ration", f"migration@{SHOP_DOMAIN}", True, "API")]
    lasts = dice.sample([last for last in prose.lasts if ascii_name(last) == last.lower()], 9)
    for number, last in enumerate(lasts, start=3):
        first = dice.choice(prose.firsts)
        username = f"{ascii_name(first)[:1]}{ascii_name(last)}"
        address = f"{ascii_name(first)}.{ascii_name(last)}@{SHOP_DOMAIN}"
        title = "Team Lead" if number in (3, 7) else "Support Agent"
        made.append(User(str(number), username, first, last, address, str(number) not in INACTIVE, title))
    return made


def phone(index: int) -> str:
    """The index-th of many different numbers: ten digits, exchange 555."""
    line, area = divmod(index, len(AREA_CODES))
    return f"{AREA_CODES[area]}555{(100 + line) % 10_000:04d}"


def organizations(
    number: int, schema: Schema, prose: Prose, calendar: Calendar, staff: list[User], dice: random.Random
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields (domain, row) of each organization."""
    table = schema.organizations
    industries = [label for label in table.options["industry"] if not label.startswith("(")]
    for index in range(number):
        name = prose.companies[index % len(prose.companies)] + (f" {index}" if index >= len(prose.companies) else "")
        domain = f"{ascii_name(name)[:30]}{index}.example"
        created = calendar.real(_before(calendar, dice))
        values = {
            "name": name,
            "domain": domain,
            "website": f"https://www.{domain}",
            "phone": phone(300_000 + index),
            "industry": table.option("industry", dice.choice(industries)) if dice.random() < 0.8 else "0",
            "manager": dice.choice(staff).id,
            "tier": table.option("tier", dice.choice(("Bronze", "Silver", "Gold"))),
            "revenue": f"{dice.randrange(50_000, 9_000_000)}.00",
            "employees": str(dice.randrange(2, 900)),
            "contract": created.date().isoformat() if dice.random() < 0.7 else "0000-00-00",
            "discount": f"{dice.randrange(0, 30)}.50",
            "exempt": "true" if dice.random() < 0.2 else "false",
            "street": dice.choice(prose.streets),
            "city": dice.choice(prose.cities),
            "notes": rich(prose.paragraph()) if dice.random() < 0.4 else "",
        }
        yield (
            domain,
            table.row(FIRST_ORGANIZATION + index, values, created=written(created), created_by=dice.choice(staff).id),
        )


def contacts(
    number: int,
    domains: list[str],
    schema: Schema,
    prose: Prose,
    calendar: Calendar,
    staff: list[User],
    dice: random.Random,
) -> Iterator[tuple[Contact, dict[str, Any]]]:
    """Yields each contact; about half belong to an organization, about one in twenty has a phone only."""
    table = schema.contacts
    for index in range(number):
        first, last = dice.choice(prose.firsts), dice.choice(prose.lasts)
        organization = dice.randrange(len(domains)) if dice.random() < 0.5 else None
        domain = domains[organization] if organization is not None else "mail.example"
        phone_only = index % 20 == 13
        address = "" if phone_only else f"{ascii_name(first)}.{ascii_name(last)}{index}@{domain}"
        number_of_phone = phone(index) if phone_only or dice.random() < 0.6 else ""
        created = calendar.real(_before(calendar, dice))
        street = dice.choice(prose.streets)
        values = {
            "first": first,
            "last": last,
            "email": address,
            "phone": number_of_phone,
            "phone2": phone(150_000 + index) if dice.random() < 0.1 else "",
            "type": table.option(
                "type", dice.choice(("(please select)", "Shopper", "Shopper", "Wholesale Buyer", "Press"))
            ),
            "organization": "0" if organization is None else str(FIRST_ORGANIZATION + organization),
            "owner": dice.choice(staff).id if dice.random() < 0.7 else "0",
            "street": street,
            "city": dice.choice(prose.cities),
            "country": table.option("country", dice.choice(COUNTRIES)) if dice.random() < 0.8 else "0",
            "delivery1": street if dice.random() < 0.3 else "",
            "delivery2": "c/o Müller" if dice.random() < 0.05 else "",
            "language": table.option("language", dice.choice(("English", "English", "Deutsch", "Français"))),
            "vip": "true" if dice.random() < 0.08 else "false",
            "since": created.date().isoformat() if dice.random() < 0.8 else "0000-00-00",
            "orders": str(dice.randrange(0, 40)),
            "lifetime": f"{dice.randrange(0, 9000)}.{dice.randrange(100):02d}",
            "interests": ",".join(
                table.option("interests", label)
                for label in ("Outdoor", "Kitchen", "Garden", "Kids", "Office")
                if dice.random() < 0.25
            ),
            "profile": f"https://shop.{SHOP_DOMAIN}/customers/{FIRST_CONTACT + index}",
            "notes": prose.paragraph() if dice.random() < 0.2 else "",
        }
        known = Contact(
            FIRST_CONTACT + index,
            f"{first} {last}",
            address,
            number_of_phone,
            0 if organization is None else FIRST_ORGANIZATION + organization,
        )
        yield known, table.row(known.id, values, created=written(created), created_by=dice.choice(staff).id)


def _before(calendar: Calendar, dice: random.Random) -> datetime:
    """A moment in the three years before the period."""
    start = datetime.combine(calendar.first, time(9))
    return start - timedelta(days=dice.randrange(1, 1000), seconds=dice.randrange(0, 30_000))
