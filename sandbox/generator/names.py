"""Machine names as Ivinex makes them from labels (ivinex-api.md 5.2)."""

from __future__ import annotations

import re

RESERVED = frozenset({"from"})


def machine_name(label: str, taken: set[str]) -> str:
    """The machine name of a new field; it is added to `taken`.

    The label is cut to 25 characters before it is cleaned, so names may end in an underscore and collide.
    What a label without any letter or digit becomes is not known; here it is `field_`.
    """
    cut = label[:25].lower().replace(" ", "_")
    name = re.sub(r"[^a-z0-9_]", "", cut)
    if not name or name[0].isdigit() or name in RESERVED:
        name = f"field_{name}"
    unique, number = name, 0
    while unique in taken:
        unique, number = f"{name}{number}", number + 1
    taken.add(unique)
    return unique
