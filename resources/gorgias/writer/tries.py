"""How often each write of one pass was sent, and whether it may be sent once more.

It belongs here: counting. It does not: what becomes of a write that may not (batch.py).
"""

from dataclasses import dataclass

from resources.gorgias.writer.silence import Silence
from resources.ledger.records import WriteKey
from resources.patience import OutOfPatience


@dataclass
class _Count:
    """Of one write: how often, and how many definite answers others had got when it failed first."""

    number: int
    definite: int


class Tries:
    """
    Args:
        most: how often one write is sent while others get definite answers.
    """

    def __init__(self, silence: Silence, most: int):
        self._silence, self._most = silence, most
        self._counts: dict[WriteKey, _Count] = {}

    def first(self, key: WriteKey) -> _Count:
        """It was sent once, at least."""
        return self._counts.setdefault(key, _Count(1, self._silence.definite))

    def one_more(self, key: WriteKey, between: bool) -> bool:
        """Once more: until its tries are used up, and as long as nothing says whether it is the row or an outage.

        Args:
            between: something that is not Gorgias refused it, last.
        """
        count = self.first(key)
        count.number += 1
        if count.number <= self._most:
            return True
        if between or self._silence.definite > count.definite:
            return False
        try:
            self._silence.wait()
        except OutOfPatience:
            return False
        return True
