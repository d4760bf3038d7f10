"""How long Gorgias has said nothing definite to writes, and whether that is an outage. Not: how long one may last."""

from resources.patience import Patience

ENOUGH = 20
"""Requests in a row without a definite answer after which it is an outage, and one at a time is tried."""


class Silence:
    """Answers to the writes of one pass, counted.

    Attributes:
        number: requests in a row without a definite answer.
        definite: definite answers so far.
        said: what was said instead, last.
    """

    def __init__(self, patience: Patience):
        self.number = self.definite = 0
        self.said = ""
        self._outage = patience.outage()

    @property
    def is_outage(self) -> bool:
        return self.number >= ENOUGH

    def goes_on(self, said: str) -> None:
        """No definite answer, but this."""
        self.number, self.said = self.number + 1, said
        self._outage.begins()

    def ends(self) -> None:
        """Gorgias said something definite."""
        self.number, self.definite = 0, self.definite + 1
        self._outage.over()

    def wait(self) -> None:
        """Pause before the next try, longer each time.

        Raises:
            OutOfPatience: it lasted too long.
        """
        self._outage.wait(self.said)
