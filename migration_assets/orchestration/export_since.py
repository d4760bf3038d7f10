"""What was done in Gorgias since the load, exported for a shop that goes back; for the command and the job alike.

It belongs here: putting it together, and what it came to. It does not: finding the work (gorgias/work_since/).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from migration_assets.gorgias.work_since.files import FOLDER, ExportFiles
from migration_assets.gorgias.work_since.look import WorkSince
from resources.gorgias.downloads import attachments
from resources.gorgias.resource import GorgiasResource
from resources.ledger import Ledger
from resources.warehouse import Warehouse

SAID_EVERY = 500


@dataclass(frozen=True)
class Exported:
    """Numbers only: the rows are people's data and stay in private/.

    Attributes:
        since: the first write of this migration.
        rows: `messages new` -> number.
        requests: to Gorgias, downloads included.
    """

    since: datetime
    rows: dict[str, int]
    requests: int
    place: str = f"private/{FOLDER}"

    def sentence(self) -> str:
        told = ", ".join(f"{number} {name}" for name, number in self.rows.items()) or "nothing was done"
        return (
            f"Since {self.since:%Y-%m-%d %H:%M} UTC: {told}. {self.requests} requests, none of them a write. It is in "
            f"{self.place} of MIGRATION_HOME, and holds people's data."
        )

    def as_data(self) -> dict[str, Any]:
        return {"since": self.since.isoformat(), "rows": self.rows, "requests": self.requests, "place": self.place}


def export_since(
    warehouse: Warehouse,
    ledger: Ledger,
    gorgias: GorgiasResource,
    home: Path,
    most: int,
    say: Callable[[str], None] = lambda _: None,
) -> Exported:
    """Read what people did since our first write, and write it to private/; nothing is sent but GET.

    Args:
        most: bytes of the largest attachment (FILE_MAX_BYTES).

    Raises:
        NothingLoaded: there is no load since which something could have been done.
        GorgiasError: Gorgias could not be read; the export of before stays as it was.
    """
    before, number = gorgias.connection.requests, 0
    work = WorkSince(warehouse, ledger, gorgias.reader)
    with ExportFiles(home) as files:
        downloads = attachments(gorgias.connection, files.store, most)
        try:
            for name, row in work.found():
                files.add(name, row, downloads)
                number += 1
                if number % SAID_EVERY == 0:
                    say(f"{number} rows found")
        finally:
            downloads.close()
        requests = gorgias.connection.requests - before
        done = Exported(work.since, dict(sorted(files.counts.items())), requests)
        files.finish({"account": ledger.account, **done.as_data()})
    return done
