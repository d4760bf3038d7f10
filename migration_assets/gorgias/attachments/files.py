"""Files of a day: each distinct content uploaded once to the account, several to a call.

It belongs here: which contents are missing and how they are packed. It does not: the multipart call
(resources/gorgias/uploads.py) and the messages that refer to the uploads (load/tickets.py, load/ticket_messages.py).
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from checks.refusal import refusal
from resources.files import FileStore
from resources.gorgias.uploads import CALL_BYTES, CALL_PARTS, Part
from resources.gorgias.writer.upload_write import upload_write
from resources.gorgias.writer.write import Tally, Write
from resources.ledger import Ledger, Quarantined
from resources.warehouse import Warehouse

STAGE = "load"
"""Of files that Gorgias refused."""
_CONTENTS = """
    SELECT sha256, min(size) AS size, min(content_type) AS content_type, min(partition) AS day
    FROM staging.attachments
    WHERE list_contains($keys, partition) AND ($only IS NULL OR list_contains($only, ticket_source_id))
    GROUP BY sha256 ORDER BY min(partition), sha256
"""
_USERS = """
    SELECT source_id, partition, sha256 FROM staging.attachments
    WHERE list_contains(?, partition) AND list_contains(?, sha256) ORDER BY source_id
"""


def writes(warehouse: Warehouse, ledger: Ledger, days: Sequence[str]) -> Iterator[Write]:
    """The uploads that are missing, for who only plans: no content is opened."""
    if warehouse.exists("staging.attachments"):
        yield from UploadBatch().calls(missing_parts(ledger, parts_of(warehouse, FileStore(Path()), days)))


def parts_of(
    warehouse: Warehouse, contents: FileStore, days: Sequence[str], only: Sequence[str] | None = None
) -> list[Part]:
    """Each distinct content of these days, in the order of the first day that has it.

    Args:
        only: of these tickets.
    """
    return [
        Part(row["sha256"], row["size"], row["content_type"], contents.path(row["sha256"]), row["day"])
        for row in warehouse.rows(_CONTENTS, {"keys": list(days), "only": only})
    ]


class UploadBatch:
    """How contents go together in calls. It learns from a 413, and from a refusal of several at once.

    Attributes:
        changed: something was learned since, so that another round makes sense.
    """

    def __init__(self, most: int = CALL_BYTES) -> None:
        self.most, self.changed = most, False
        self._alone: set[str] = set()

    def calls(self, parts: Iterable[Part]) -> Iterator[Write]:
        """In the given order, up to the bytes that one call takes; a larger content goes alone."""
        call: list[Part] = []
        held = 0
        for part in parts:
            alone = part.sha256 in self._alone
            if call and (alone or held + part.size > self.most or len(call) >= CALL_PARTS):
                yield upload_write(call, self._shrink)
                call, held = [], 0
            call.append(part)
            held += part.size
            if alone:
                yield upload_write(call, self._shrink)
                call, held = [], 0
        if call:
            yield upload_write(call, self._shrink)

    def split(self, writes: Sequence[Write], tally: Tally) -> None:
        """Of a call that was refused as a whole, send each content alone: one bad one must not keep the others."""
        refused = {*tally.refused, *tally.transient}
        for write in writes:
            if write.key.source_id in refused and len(write.body.parts) > 1:
                self._alone |= {part.sha256 for part in write.body.parts}
                self.changed = True

    def _shrink(self, half: list[Part]) -> None:
        self.most = min(self.most, sum(part.size for part in half))
        self.changed = True


def missing_parts(ledger: Ledger, parts: Sequence[Part]) -> list[Part]:
    """Contents that the account neither holds nor refused."""
    held = ledger.uploads.of(part.sha256 for part in parts)
    refused = ledger.uploads.refused_uploads(part.sha256 for part in parts)
    return [part for part in parts if part.sha256 not in held and part.sha256 not in refused]


def record_refused(warehouse: Warehouse, ledger: Ledger, parts: Sequence[Part], days: Sequence[str]) -> int:
    """Set aside the files whose content Gorgias refused; returns how many."""
    refused = ledger.uploads.refused_uploads(part.sha256 for part in parts)
    rows = warehouse.rows(_USERS, [list(days), sorted(refused)]) if refused else []
    aside = [
        Quarantined(
            row["source_id"], "never_possible", f"refused: {refused[row['sha256']]}", partition=row["partition"]
        )
        for row in rows
    ]
    ledger.quarantine.record("files", STAGE, aside, days)
    return len(aside)


def require_contents(parts: Sequence[Part]) -> None:
    gone = [part.sha256 for part in parts if not part.path.exists()]
    if gone:
        raise refusal(
            f"{len(gone)} contents are not in MIGRATION_HOME/files any more ({gone[0][:12]}...), and nothing was sent. "
            "Read Ivinex again, which downloads what the store does not hold: in the UI the job discover, then "
            "migrate_day for these days; or `migrate run`, which does both.",
        )
