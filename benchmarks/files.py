"""How much memory and time do files cost? A whole migration with 5,000 files of 200 kB, and the same without them.

    python -m benchmarks.files [--tickets 1000] [--files 5000] [--size 200000]

Both sides are sandboxes in a process of their own without a rate limit; each cell is one fresh process that does what
`migrate run` does. The cell without files is the same dataset under FILES=later. Prints a table and writes
results/files.json; exit code 1 where files cost more than 100 MiB.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from benchmarks.served import in_fresh_process, open_migration, served_home, write_result
from benchmarks.stage_run import peak_mib
from sandbox.generator.generate import generate_dataset

RESULTS = Path(__file__).parent / "results" / "files.json"
SEED, DAYS = 7, 10
MOST_MIB = 100


@dataclass
class Cell:
    """One migration.

    Attributes:
        peak_mib: highest resident memory of the migrating process.
        in_flight: most downloads under way at the same time.
        phases: seconds of discover, prepare, and all days.
    """

    files: int = 0
    bytes: int = 0
    upload_calls: int = 0
    in_flight: int = 0
    downloads: int = 0
    peak_mib: float = 0.0
    load_average: float = 0.0
    phases: dict[str, float] = field(default_factory=dict)


def dataset_with_files(folder: Path, tickets: int, files: int, size: int) -> Path:
    """Files of about the same size and of different contents, spread over all activities."""
    generate_dataset(folder, tickets=tickets, seed=SEED, days=DAYS)
    listing = json.loads((folder / "tabs/Activities/fields.json").read_text())
    name = next(one["FieldName"] for one in listing["Fields"] if one["DataType"] == "FILE")
    records = (folder / "tabs/Activities/records.ndjson").read_text().splitlines()
    ids = [json.loads(line)["collection_id"] for line in records]
    shutil.rmtree(folder / "files")
    (folder / "files").mkdir()
    with (folder / "files.ndjson").open("w") as index:
        for number in range(files):
            row = {"FileID": str(700_000 + number), "FileName": f"scan {number}.bin", "Size": size + number}
            row |= {"ContentType": "application/octet-stream", "Tab": "Activities", "Field": name, "Fate": "large"}
            index.write(json.dumps(row | {"CollectionID": ids[number * len(ids) // files]}) + "\n")
    return folder


def measure(dataset: Path, files: str) -> Cell:
    """Serve the dataset anew and migrate it in a fresh process."""
    with served_home(dataset) as (_, environment):
        return in_fresh_process(migrate, environment | {"FILES": files})


def migrate(environment: dict[str, str]) -> Cell:
    """A whole migration; run in a process of its own."""
    os.environ.update(environment)
    from migration_assets.cli.demo_sandbox import confirm_as_demo
    from resources.ivinex.downloads import Downloader

    cell, close = Cell(), Downloader.close

    def noted(self: Downloader) -> None:
        cell.in_flight, cell.downloads = max(cell.in_flight, self.peak), cell.downloads + self.requests
        close(self)

    Downloader.close = noted  # type: ignore[method-assign]
    with open_migration() as (_, migration):
        ledger = migration.ledger
        started = time.monotonic()
        migration.discover()
        cell.phases["discover"] = time.monotonic() - started
        confirm_as_demo(migration)
        ledger.decisions.decide("missing_users", "fallback", "benchmark")
        for name, work in (("prepare", migration.prepare), ("days", migration.days)):
            started = time.monotonic()
            work()
            cell.phases[name] = time.monotonic() - started
        counts = ledger.uploads.upload_counts()
        booked = ledger.outcomes.outcomes_of("files")
    cell.files = int((booked["outcome"] == "created").sum())
    cell.bytes, cell.upload_calls = counts["bytes"], counts["upload_calls"]
    cell.peak_mib, cell.load_average = peak_mib(), os.getloadavg()[1]
    return cell


@click.command()
@click.option("--tickets", default=1_000, show_default=True, help="With six times as many activities.")
@click.option("--files", default=5_000, show_default=True)
@click.option("--size", default=200_000, show_default=True, help="Bytes of the smallest; each next one is longer by 1.")
@click.option("--out", default=RESULTS, type=click.Path(path_type=Path))
def main(tickets: int, files: int, size: int, out: Path) -> None:
    """Measure both cells."""
    with tempfile.TemporaryDirectory() as scratch:
        dataset = dataset_with_files(Path(scratch) / "dataset", tickets, files, size)
        cells = {"without files": measure(dataset, "later"), "with files": measure(dataset, "with_tickets")}
    more = cells["with files"].peak_mib - cells["without files"].peak_mib
    table = Table("cell", "files", "MB", "uploads", "at once", "discover s", "days s", "MiB")
    for name, cell in cells.items():
        numbers = (str(cell.files), f"{cell.bytes / 1e6:.0f}", str(cell.upload_calls), str(cell.in_flight))
        seconds = (f"{cell.phases['discover']:.1f}", f"{cell.phases['days']:.1f}", f"{cell.peak_mib:.0f}")
        table.add_row(name, *numbers, *seconds)
    Console().print(table)
    click.echo(f"Files cost {more:.0f} MiB of memory; the bound is {MOST_MIB}. {tickets} tickets.")
    write_result(out, tickets=tickets, cells={name: asdict(cell) for name, cell in cells.items()})
    sys.exit(more > MOST_MIB or cells["with files"].files != files)


if __name__ == "__main__":
    main()
