"""What others ask of a bucket that is shared with them, learned from its level, and how much room they are left.

The live helpdesk works in bursts: a click asks for several things at once. A burst must find room at whatever moment
it comes, so as many places are kept free as the largest of late took, and half as many more. It belongs here: others'
demand. It does not: when our own requests leave (pacing.py).
"""

SPARE = 1.5
HALF_LIFE = 600.0
"""Seconds after which half of what was learned is forgotten."""
FIRST_SHARE = 0.25
"""Of the bucket, until something is known of them."""
MOST_SHARE = 0.75


class Neighbours:
    """The demand of others, in requests.

    Args:
        size: of the bucket.
        leak: requests a second that it drains.
    """

    def __init__(self, size: float, leak: float):
        self._size, self._leak = size, leak
        self._level = 0.0
        self._largest = FIRST_SHARE * size / SPARE

    @property
    def room(self) -> float:
        """Places to be kept free for them."""
        return min(SPARE * self._largest, MOST_SHARE * self._size)

    def resize(self, size: float, leak: float) -> None:
        """The bucket is another one than believed."""
        self._largest *= size / self._size
        self._size, self._leak = size, leak

    def pass_time(self, seconds: float) -> None:
        """Their requests drain, and what they once did counts less."""
        self._level = max(0.0, self._level - seconds * self._leak)
        self._largest *= 0.5 ** (seconds / HALF_LIFE)

    def seen(self, requests: float, full: bool) -> None:
        """They have sent so many since the last look.

        Args:
            full: the bucket is; then more may have come and been refused.
        """
        self._level += max(0.0, requests) + (self._size / 8 if full and requests > 0 else 0.0)
        self._largest = max(self._largest, min(self._level, self._size))

    def crowded(self) -> None:
        """One of our own requests was refused: others need more than was believed."""
        self._largest = max(self._largest * 1.25, FIRST_SHARE * self._size / SPARE)
