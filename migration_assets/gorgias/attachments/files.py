"""Files of a day: each distinct content uploaded once to the account, several to a call.

It belongs here: which contents are missing and how they are packed. It does not: the multipart call
(resources/gorgias/uploads.py) and the messages that refer to the uploads (load/tickets.py, load/ticket_messages.py).
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import dagster as dg

from checks.quality_gates import require_not_failed, require_open
from checks.verification import BEFORE_LOADS
from migration_assets.gorgias import staged_reader
from migration_assets.gorgias.load_step import apply_writes, merged, result
from migration_assets.gorgias.preflight.loading import loading
from migration_assets.gorgias.sample_scope import sample_only
from migration_assets.partitions import daily_partitions
from migration_assets.set_aside import first_set_aside
from migration_assets.settings import SettingsResource
from resources.files import FileStore
from resources.gorgias.resource import GorgiasResource
from resources.gorgias.uploads import CALL_BYTES, CALL_PARTS, Part, upload_write
from resources.gorgias.writer.write import Tally, Write
from resources.ledger import Ledger, LedgerResource, Quarantined
from resources.warehouse import Warehouse, WarehouseResource

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


@dg.asset(
    key_prefix="gorgias",
    group_name="gorgias",
    kinds={"gorgias"},
    pool="gorgias_api",
    partitions_def=daily_partitions(),
    deps=[dg.AssetKey(["staging", "attachments"]), dg.AssetKey(["gorgias", "canary"])],
)
def files(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    ledger: LedgerResource,
    gorgias: GorgiasResource,
    settings: SettingsResource,
) -> dg.MaterializeResult:
    """Contents of the day's files in Gorgias: one upload for each, packed to 20 MB a call across tickets and days.

    A content that any ticket brought before costs no call. One that Gorgias refuses is set aside with its answer, told
    in the messages that it came with, and stays in the store.
    """
    open_warehouse, open_ledger, days = warehouse.get(), ledger.get(), list(context.partition_keys)
    staged_reader.ensure(open_warehouse)
    require_not_failed(open_ledger, BEFORE_LOADS, days)
    require_open(open_ledger, ["gorgias/canary"])
    require_open(open_ledger, ["staging/attachments"], days, staged_reader.days(open_warehouse, "attachments", days))
    parts = parts_of(
        open_warehouse, FileStore(settings.get().home / "files"), days, sample_only(context, open_ledger, "tickets")
    )
    missing = missing_parts(open_ledger, parts)
    _require_held(missing)
    tallies: list[Tally] = []
    if missing:
        packing = UploadBatch()
        with loading(context, gorgias, open_ledger, open_warehouse) as writer:
            while writes := list(packing.calls(missing)):
                tally = apply_writes(context, writer, open_ledger, f"gorgias/files {days[0]}", len(writes), writes)
                tallies.append(tally)
                packing.split(writes, tally)
                left = missing_parts(open_ledger, missing)
                if len(left) == len(missing) and not packing.changed:
                    break
                missing, packing.changed = left, False
    refused = record_refused(open_warehouse, open_ledger, parts, days)
    return result(
        merged(tallies),
        (),
        contents_of_days=len(parts),
        undeliverable=refused,
        uploaded=len(parts),
        **open_ledger.upload_counts(),
        **first_set_aside(open_ledger, ["files"], days),
    )


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
    held = ledger.uploads(part.sha256 for part in parts)
    refused = ledger.refused_uploads(part.sha256 for part in parts)
    return [part for part in parts if part.sha256 not in held and part.sha256 not in refused]


def record_refused(warehouse: Warehouse, ledger: Ledger, parts: Sequence[Part], days: Sequence[str]) -> int:
    """Set aside the files whose content Gorgias refused; returns how many."""
    refused = ledger.refused_uploads(part.sha256 for part in parts)
    rows = warehouse.rows(_USERS, [list(days), sorted(refused)]) if refused else []
    aside = [
        Quarantined(
            row["source_id"], "never_possible", f"refused: {refused[row['sha256']]}", partition=row["partition"]
        )
        for row in rows
    ]
    ledger.quarantine("files", STAGE, aside, days)
    return len(aside)


def _require_held(parts: Sequence[Part]) -> None:
    gone = [part.sha256 for part in parts if not part.path.exists()]
    if gone:
        raise dg.Failure(
            f"{len(gone)} contents are not in MIGRATION_HOME/files any more ({gone[0][:12]}...), and nothing was sent. "
            "Read Ivinex again, which downloads what the store does not hold: in the UI the job discover, then "
            "migrate_day for these days; or `migrate run`, which does both.",
            allow_retries=False,
        )
