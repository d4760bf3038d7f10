"""gorgias/account_before: the target as it was before the first write, as ids and digests.

A rollback is held against it: what was there is never deleted, and afterwards it must be there as it was. It belongs
here: looking once. It does not: reading the lists (target_image.py).
"""

from logging import Logger

from migration_assets.gorgias.rollback.written_objects import MAKING
from migration_assets.gorgias.target_image import owner_digest, target_image
from resources.gorgias.client import Reader
from resources.ledger import Ledger

REPORT_EVERY = 10_000


def note_account_before(reader: Reader, ledger: Ledger, log: Logger) -> int | None:
    """Keep the image of the account, once; returns its objects, or None where an earlier release has written to it."""
    before = ledger.images.target_before()
    if before is None and not ledger.rollbacks.objects_written(MAKING):
        found = list[tuple[str, int, str]]()
        for image in target_image(reader, with_ours=False):
            found.append(image)
            if len(found) % REPORT_EVERY == 0:
                log.info(f"gorgias/account_before: {len(found)} objects read")
        # Whole before it is entered: half an image would let a rollback take the other half for ours.
        ledger.images.note_target(owner_digest(reader), found)
        before = ledger.images.target_before()
    return None if before is None else len(before) - 1
