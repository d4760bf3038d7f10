"""How many values a JSON text holds, before it is parsed: what fills the memory is values, not characters.

It belongs here: counting. It does not: what is too much (the parsers of either side).
"""

import re
from typing import Final

_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_MARKS: Final = (b",", b"[", b"{")


def values_in(text: bytes, most: int) -> int:
    """At least as many as there are, if that is above `most`; a mail full of commas or brackets is one value."""
    count = sum(map(text.count, _MARKS))
    return count if count <= most else sum(map(_STRING.sub(b"", text).count, _MARKS))
