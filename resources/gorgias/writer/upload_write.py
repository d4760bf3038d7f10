"""An upload of several contents as one write that can be halved (gorgias-api.md 9).

It belongs here: its key and its halves. It does not: the body of the call (resources/gorgias/uploads.py).
"""

import hashlib
from collections.abc import Callable

from resources.gorgias.uploads import PATH, Part, Upload
from resources.gorgias.writer.write import Write
from resources.ledger.records import WriteKey


def upload_write(parts: list[Part], shrunk: Callable[[list[Part]], None] = lambda _: None) -> Write:
    """One call as a write, named by its contents. On 413 half of it is sent; the caller asks for the rest.

    Args:
        shrunk: told what is sent instead.
    """
    digests = [part.sha256 for part in parts]

    def smaller() -> Write:
        half = parts[: len(parts) // 2]
        shrunk(half)
        return upload_write(half, shrunk)

    name = digests[0] if len(parts) == 1 else "batch:" + hashlib.sha256("".join(digests).encode()).hexdigest()
    return Write(
        WriteKey("files", name, "upload"),
        "POST",
        PATH,
        Upload(tuple(parts)),
        partition=parts[0].partition,
        basis=digests,
        smaller=smaller if len(parts) > 1 else None,
    )
