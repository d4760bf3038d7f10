"""Whether the tree of an HTML value would grow out of proportion to it: reckoned before the parse. Pure.

It belongs here: the reckoning, and the value without what makes it grow. It does not: the parse (html_tree.py).

By the rules of HTML a formatting element that is still open where a paragraph ends (`<font ...>` without its end) is
made anew, with all its attributes, in each paragraph that follows. So 45 KB of a mail can ask for two million elements,
and 100 KB for more than a gigabyte. A mail of a person leaves few of them open.
"""

import re
from functools import lru_cache
from typing import Final

import turbohtml
from turbohtml import TokenType

MOST_MADE_ANEW: Final = 2_000_000
"""Elements and attributes."""
MOST_TOKENS: Final = 600_000
"""Tags and texts that are reckoned, one by one; the tree of a value of more is not walked anyway."""
_WORDS: Final = "a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u"
_NAMES: Final = frozenset(_WORDS.split("|"))
_SAME: Final = 3
"""So many equal ones stay open; HTML forgets the first of more."""
_FORMATTING: Final = re.compile(rf"<(?:{_WORDS})(?=[\s/>])", re.IGNORECASE)
_FORMATTING_TAGS: Final = re.compile(rf"</?(?:{_WORDS})(?=[\s/>])[^>]*>?", re.IGNORECASE)


@lru_cache(maxsize=1)
def bounded(html: str) -> str:
    """The value, without its formatting tags where its tree would grow out of proportion; its words stay.

    The last one is remembered: a body is parsed for its words and then for its markup.
    """
    return _FORMATTING_TAGS.sub("", html) if _FORMATTING.search(html) and _is_heavy(html) else html


def _is_heavy(html: str) -> bool:
    """An upper bound: as if every tag ended a paragraph."""
    still_open: list[tuple[str, str, int]] = []
    weight = made_anew = 0
    for number, token in enumerate(turbohtml.tokenize(html, resolve_references=False)):
        if number > MOST_TOKENS:
            return True
        if token.type is TokenType.START_TAG:
            made_anew += weight
            if (name := token.tag or "") in _NAMES:
                attributes = token.attrs or []
                still_open.append((name, str(attributes), 1 + len(attributes)))
                weight += still_open[-1][2]
                weight -= _forget_equal(still_open)
        elif token.type is TokenType.END_TAG:
            made_anew += weight
            if (name := token.tag or "") in _NAMES:
                weight -= _close(still_open, name)
        if made_anew > MOST_MADE_ANEW:
            return True
    return False


def _forget_equal(still_open: list[tuple[str, str, int]]) -> int:
    newest = still_open[-1]
    equal = [place for place, one in enumerate(still_open) if one == newest]
    return still_open.pop(equal[0])[2] if len(equal) > _SAME else 0


def _close(still_open: list[tuple[str, str, int]], name: str) -> int:
    for place in range(len(still_open) - 1, -1, -1):
        if still_open[place][0] == name:
            return still_open.pop(place)[2]
    return 0
