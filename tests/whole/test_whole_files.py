"""Files from Ivinex to Gorgias and back: every file is delivered with its bytes or named with its reason."""

import base64
import hashlib
import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
from mini_migration import MiniMigration, Outcome, dataset_of, look, mini_migration

from migration_assets.handoff.documents.undelivered_files import write_undelivered_files
from migration_assets.mapping import mapping_file
from migration_assets.mapping.confirm import FILE
from migration_assets.reconciliation.balance.balance import calculate_balance
from sandbox.gorgias.control import outbox

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00"
BAD = {
    "expired": ("expired.pdf", 9, {"Fate": "expired"}),
    "gone": ("gone.pdf", 9, {"Fate": "404"}),
    "empty": ("empty.pdf", 9, {"Fate": "zero"}),
    "too_large": ("announced.bin", 5 * 1024**3, {"Fate": "short"}),
    "unending": ("stream.bin", 9, {"Fate": "endless"}),
    "refused_address": ("role.json", 9, {"URL": "http://169.254.169.254/latest/meta-data/role.json"}),
}
SHOWN = "a picture in a body"
Migrating = Callable[..., AbstractContextManager[MiniMigration]]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten tickets: one picture on every activity, two files of one name, bodies that show a picture, and bad ones."""
    folder = dataset_of(tmp_path_factory.mktemp("files") / "dataset")
    fields = json.loads((folder / "tabs/Activities/fields.json").read_text())["Fields"]
    file_field = next(field["FieldName"] for field in fields if field["DataType"] == "FILE")
    records = folder / "tabs/Activities/records.ndjson"
    rows = [json.loads(line) for line in records.read_text().splitlines()]
    with (folder / "files.ndjson").open("a") as index:

        def add(number: int, record: str, name: str, content: bytes | None, **more: Any) -> None:
            line = {"FileID": str(number), "FileName": name, "Size": len(content or b""), "ContentType": "image/png"}
            line |= {"Tab": "Activities", "CollectionID": record, "Field": file_field} | more
            index.write(json.dumps(line) + "\n")
            if content is not None:
                (folder / "files" / str(number)).write_bytes(content)

        for number, row in enumerate(rows):
            add(700_000 + number, row["collection_id"], "logo.png", PICTURE)
        first = rows[0]["collection_id"]
        add(710_000, first, "photo.png", PICTURE + b"1")
        add(710_001, first, "photo.png", PICTURE + b"22")
        add(710_002, first, "../../etc/passwd", b"root:x:0:0\n")
        add(710_003, first, "really a gif.pdf", GIF)
        for number, (name, size, more) in enumerate(BAD.values()):
            add(720_000 + number, rows[1]["collection_id"], name, None, Size=size, **more)
    shown = '<p>Look: <img src="{{file:710000}}"> and <img src="cid:gone.pdf"></p>'
    rows[1]["body"] = rows[0]["body"] = shown
    rows[-1]["body"] = '<p>Of another ticket: <img src="{{file:710000}}"></p>'
    records.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


@pytest.fixture
def migrating(dataset: Path, tmp_path: Path) -> Migrating:
    return lambda **options: mini_migration(dataset, tmp_path / "home", **({"file_max_bytes": 2_000_000} | options))


def attached(migration: MiniMigration) -> list[tuple[str, str, str]]:
    """(message, name, sha256 of the bytes that Gorgias gives out) of every attachment in the account."""
    account = migration.sandbox.gorgias
    held = {row["path"]: row["sha256"] for row in account.files}
    found = []
    for message in account.messages:
        for file in message.get("attachments") or ():
            kind, rest = re.search(r"/api/(\w+)/download/(.+)$", file["url"]).groups()  # type: ignore[union-attr]
            name = re.sub("^image-.*", SHOWN, file["name"])
            found.append((message["external_id"], name, held[f"{kind}/{rest}"]))
    return sorted(found)


def uploads(migration: MiniMigration) -> int:
    rows = migration.ledger.known_writes.request_counts()
    return int(rows.loc[rows["object"] == "files", "requests"].sum())


def source(dataset: Path) -> Counter[tuple[str, str]]:
    """(name, sha256) of every file that can be downloaded: those of the index, and a picture that a body shows."""
    found: Counter[tuple[str, str]] = Counter({(SHOWN, hashlib.sha256(PICTURE + b"1").hexdigest()): 1})
    for line in (dataset / "files.ndjson").read_text().splitlines():
        row = json.loads(line)
        if "Fate" not in row and "URL" not in row:
            content = (dataset / "files" / row["FileID"]).read_bytes()
            name = "etc_passwd" if "passwd" in row["FileName"] else row["FileName"]
            found[name, hashlib.sha256(content).hexdigest()] += 1
    return found


def file_book(migration: MiniMigration) -> dict[str, int]:
    rows = calculate_balance(migration.ledger, migration.warehouse, mapping_file.load(migration.home / FILE))
    assert all(row.balanced for row in rows), [row for row in rows if not row.balanced]
    mine = [row for row in rows if row.object == "files"]
    names = ("source", "created", "quarantined", "skipped", "adopted")
    return {name: total for name in names if (total := sum(getattr(row, name) for row in mine))}


def test_every_file_is_delivered_with_its_bytes_or_named_with_its_reason(migrating: Migrating, dataset: Path):
    with migrating() as migration:
        migration.discover()
        migration.load(verified=False)
        wanted = source(dataset)
        found = attached(migration)
        assert Counter((name, sha256) for _, name, sha256 in found) == wanted
        total = len((dataset / "files.ndjson").read_text().splitlines()) + 2
        book = file_book(migration)
        assert book == {"source": total, "created": len(found), "quarantined": len(BAD) + 1}
        assert len(found) + len(BAD) + 1 == total

        # One content is uploaded once, however many messages carry it, and all of them fit into one call.
        contents = [row["sha256"] for row in migration.sandbox.gorgias.files]
        assert sorted(contents) == sorted({sha256 for _, sha256 in wanted})
        assert uploads(migration) == 1
        file = next(iter(migration.ledger.uploads.of(contents).values()))
        redirect = httpx.get(file.url, auth=httpx.BasicAuth(*migration.sandbox.gorgias_auth))
        content = httpx.get(migration.sandbox.gorgias_url + redirect.headers["location"]).content
        assert hashlib.sha256(content).hexdigest() == file.sha256

        _told_in_the_ticket(migration)
        _documented(migration, total)
        before = migration.ledger.known_writes.request_counts()
        migration.load(verified=False)
        assert migration.ledger.known_writes.request_counts().equals(before)


def _told_in_the_ticket(migration: MiniMigration) -> None:
    """The internal note names each file that is missing; the body shows the picture and the other's name."""
    notes = [
        row["body_text"] for row in migration.sandbox.gorgias.messages if row["external_id"].endswith("#undelivered")
    ]
    for name, _, _ in BAD.values():
        assert sum(f'"{name}"' in note for note in notes) == 1, name
    bodies = [row["body_html"] for row in migration.sandbox.gorgias.messages if "Look:" in (row.get("body_html") or "")]
    assert len(bodies) == 2
    assert sum(bool(re.search(r'<img src="http[^"]+/api/attachment/download/[^"]+">', body)) for body in bodies) == 2
    assert all("[image: gone" in body for body in bodies)
    assert not any("files.invalid" in body for body in bodies)
    kinds = migration.ledger.losses.loss_rows().query("object == 'files'")
    assert dict(Counter(kinds["kind"])) == {"made safe": 1, "not what its name says": 1}


def _documented(migration: MiniMigration, total: int) -> None:
    calculate_balance(migration.ledger, migration.warehouse, mapping_file.load(migration.home / FILE))
    written = write_undelivered_files(migration.warehouse, migration.ledger, migration.home)
    paths = written.paths
    assert written.numbers["delivered"] + written.numbers["undelivered"] == total
    text = "".join(path.read_text() for path in paths.values())
    said = json.loads(paths["json"].read_text())
    words = " ".join(row["reason"] for row in said["files"])
    for status in ("expired", "gone", "empty", "too_large", "refused_address", "asked without credentials"):
        assert status in words
    assert not any(name in text for name, _, _ in BAD.values())
    private = (migration.home / said["names"]).read_text()
    assert all(name in private for name, _, _ in BAD.values())


@pytest.mark.parametrize(
    "puts", [pytest.param(True, id="by PUT"), pytest.param(False, id="by note", marks=pytest.mark.acceptance)]
)
def test_files_left_for_later_are_added_once_to_the_known_tickets(migrating: Migrating, dataset: Path, puts: bool):
    with migrating(files="later", switches={"G-39": puts}) as migration:
        migration.discover()
        migration.load(verified=False)
        assert attached(migration) == []
        assert not list(migration.sandbox.gorgias.files)
        assert set(file_book(migration)) == {"source", "skipped"}
        assert not any(row["external_id"].endswith("#undelivered") for row in migration.sandbox.gorgias.messages)
        # The URLs of the sweep are forgotten; fresh ones come from the tickets' related items.
        migration.resources["settings"].values["files"] = "with_tickets"
        tickets = len(list(migration.sandbox.gorgias.tickets))
        migration.load()

        found = attached(migration)
        assert Counter((name, sha256) for _, name, sha256 in found) == source(dataset)
        assert any(message.endswith("#files") for message, _, _ in found) is not puts
        told = [row["body_text"] for row in migration.sandbox.gorgias.messages if "not here" in row["body_text"]]
        assert all(sum(f'"{name}"' in text for text in told) == 1 for name, _, _ in BAD.values())
        assert file_book(migration)["created"] == len(found)
        assert len(list(migration.sandbox.gorgias.tickets)) == tickets
        assert outbox(migration.sandbox.gorgias)["mails"] == []
        outcome = Outcome()
        look(migration, outcome)
        # An account that takes no PUT keeps bodies as they were: what they would say now is told as a difference.
        fields = {row["field"] for row in outcome.differences}
        assert (fields if puts else fields - {"body_html", "body_text"}, outcome.conflicts) == (set(), [])
        before = migration.ledger.known_writes.request_counts()
        migration.load(verified=False)
        assert migration.ledger.known_writes.request_counts().equals(before)


@pytest.mark.acceptance
def test_a_content_that_gorgias_refuses_is_told_where_it_was_and_kept(migrating: Migrating):
    with migrating(switches={"G-21": 0.00008}) as migration:
        migration.discover()
        migration.load(verified=False)
        refused = [row for row in migration.ledger.quarantine.rows().to_dict("records") if "413" in row["message"]]
        assert refused
        texts = [row["body_text"] for row in migration.sandbox.gorgias.messages]
        assert sum(text.count("is not attached: Gorgias refused it") for text in texts) == len(refused)
        assert migration.ledger.conflicts.conflict_rows().empty
        file_book(migration)
        store = migration.home / "files"
        assert sum(path.is_file() for path in store.rglob("*")) > len(list(migration.sandbox.gorgias.files))


@pytest.mark.acceptance
def test_an_expired_link_is_refreshed_and_a_lost_store_is_filled_again(migrating: Migrating):
    with migrating() as migration:
        migration.discover()
        migration.warehouse.execute(
            "UPDATE ivinex.downloads SET status = 'expired', sha256 = NULL WHERE status = 'pending'"
        )
        migration.load(verified=False)
        held = file_book(migration)
        assert (held["source"] - held["created"], held["quarantined"]) == (len(BAD) + 1, len(BAD) + 1)
        shutil.rmtree(migration.home / "files")
        migration.discover()
        assert sum(path.is_file() for path in (migration.home / "files").rglob("*")) > 3


@pytest.mark.acceptance
def test_a_file_on_fifty_tickets_is_uploaded_once(tmp_path: Path):
    folder = dataset_of(tmp_path / "dataset", tickets=50)
    fields = json.loads((folder / "tabs/Tickets/fields.json").read_text())["Fields"]
    name = next(field["FieldName"] for field in fields if field["DataType"] == "FILE")
    tickets = [json.loads(line)["collection_id"] for line in (folder / "tabs/Tickets/records.ndjson").open()]
    shutil.rmtree(folder / "files")
    (folder / "files").mkdir()
    with (folder / "files.ndjson").open("w") as index:
        for number, ticket in enumerate(tickets):
            (folder / "files" / str(number + 1)).write_bytes(PICTURE)
            line = {"FileID": str(number + 1), "FileName": f"{number}.png", "Size": 1, "ContentType": "image/png"}
            index.write(json.dumps(line | {"Tab": "Tickets", "CollectionID": ticket, "Field": name}) + "\n")
    with mini_migration(folder, tmp_path / "home") as migration:
        migration.discover()
        migration.load(verified=False)
        assert len({name for _, name, _ in attached(migration)}) == len(tickets) == 50
        assert len(list(migration.sandbox.gorgias.files)) == uploads(migration) == 1
