"""gorgias/account_before: the target as it was before the first write, as ids and digests.

A rollback is held against it: what was there is never deleted, and afterwards it must be there as it was. It belongs
here: looking once. It does not: reading the lists (rollback/target_image.py).
"""

import dagster as dg

from migration_assets.gorgias.rollback.forget import forget_rolled_back
from migration_assets.gorgias.rollback.target_image import owner_digest, target_image
from migration_assets.gorgias.rollback.written_objects import MAKING
from resources.gorgias.resource import GorgiasResource
from resources.ledger import LedgerResource
from resources.warehouse import WarehouseResource

SAID_EVERY = 10_000


@dg.asset(
    key_prefix="gorgias",
    group_name="gorgias",
    kinds={"gorgias"},
    pool="gorgias_api",
    deps=[dg.AssetKey(["mapping", "confirmed"])],
)
def account_before(
    context: dg.AssetExecutionContext, warehouse: WarehouseResource, ledger: LedgerResource, gorgias: GorgiasResource
) -> dg.MaterializeResult:
    """Ids and digests of what the account held before the first write; a rollback is proved against them.

    Read once, a hundred objects a call. An account that an earlier release has written to has no such image, and a
    rollback says so.
    """
    open_warehouse, open_ledger = warehouse.get(), ledger.get()
    forgotten = forget_rolled_back(open_warehouse, open_ledger)
    before = open_ledger.target_before()
    if before is None and not open_ledger.objects_written(MAKING):
        reader, found = gorgias.reader, list[tuple[str, int, str]]()
        for one in target_image(reader, with_ours=False):
            found.append(one)
            if len(found) % SAID_EVERY == 0:
                context.log.info(f"gorgias/account_before: {len(found)} objects read")
        # Whole before it is entered: half an image would let a rollback take the other half for ours.
        open_ledger.note_target(owner_digest(reader), found)
        before = open_ledger.target_before()
    objects = 0 if before is None else len(before) - 1
    metadata = {"objects": objects, "has_image": before is not None, "forgotten_bases": forgotten}
    return dg.MaterializeResult(metadata=metadata)
