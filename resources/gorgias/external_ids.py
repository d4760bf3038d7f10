"""External ids as Gorgias holds them: with the source site at their end, because ids of two sites look alike.

`ivinex:20:70003` of the site `3f9a1c` is `ivinex:20:70003~3f9a1c` in Gorgias. Everywhere else, in the ledger, the
warehouse and the evidence, the site goes without saying: it is put on and taken off where requests leave and answers
arrive (client.py), and nowhere else. An id of another site keeps its site on the way in, and one without a site is
told by a bare `~`, so neither can be taken for one of this site's. A home whose ids hold no site sends and sees them
as they are.

It belongs here: making and reading ids. It does not: which site it is (migration_assets/mapping/source_site.py, and the
ledger, which remembers it).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PREFIX = "ivinex:"
MARK = "~"
SITE = re.compile(r"[a-z0-9]{1,20}")
_FOREIGN = re.compile(r"~[a-z0-9]{0,20}$")
_NAME = "external_id"


@dataclass(frozen=True)
class ExternalIds:
    """
    Attributes:
        site: the short name that ids hold; empty: none.
    """

    site: str = ""

    def __post_init__(self) -> None:
        if self.site and not SITE.fullmatch(self.site):
            raise ValueError("the name of a site has 1 to 20 small letters and digits")

    def outward(self, value: Any) -> Any:
        """A body or parameters, as Gorgias is to get them."""
        return self._each(value, self._put_on) if self.site else value

    def inward(self, value: Any) -> Any:
        """An answer, as the migration speaks of it."""
        return self._each(value, self._take_off) if self.site else value

    def _put_on(self, one: str) -> str:
        if not _FOREIGN.search(one):
            return f"{one}{MARK}{self.site}"
        return one.removesuffix(MARK)

    def _take_off(self, one: str) -> str:
        if one.endswith(f"{MARK}{self.site}"):
            return one.removesuffix(f"{MARK}{self.site}")
        return one if _FOREIGN.search(one) else f"{one}{MARK}"

    def _each(self, value: Any, change: Any) -> Any:
        if isinstance(value, Mapping):
            return {
                name: change(one)
                if name == _NAME and isinstance(one, str) and one.startswith(PREFIX)
                else self._each(one, change)
                for name, one in value.items()
            }
        return [self._each(one, change) for one in value] if isinstance(value, list) else value


def site_of(external_id: str) -> str | None:
    """The site that an id names which is not this home's: empty where it names none; None for one of this home's."""
    found = _FOREIGN.search(external_id)
    return found.group()[1:] if found else None


def without_site(external_id: str) -> str:
    return _FOREIGN.sub("", external_id)


def is_of_this_site(external_id: Any) -> bool:
    """Whether this migration gave it, as far as an id tells."""
    return isinstance(external_id, str) and external_id.startswith(PREFIX) and site_of(external_id) is None
