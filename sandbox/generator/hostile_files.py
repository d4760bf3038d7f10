"""Attachments that cannot be delivered as they are, on the first activities of a few tickets."""

from __future__ import annotations

import random
from dataclasses import dataclass

from sandbox.generator.attachments import png
from sandbox.generator.hostile_activities import make_email
from sandbox.generator.schema import TICKETS
from sandbox.generator.tickets import FIRST_TICKET, Made
from sandbox.generator.world import World

FIRST_CASE = 75
GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")


@dataclass(frozen=True)
class Case:
    """One file: its announced name, type, size and fate."""

    name: str
    content_type: str
    size: int
    fate: str | None = None
    content: bytes | None = None
    url: str | None = None


PICTURE = png(random.Random(3), 40, 40)
CASES: tuple[tuple[Case, ...], ...] = (
    (Case("expired.pdf", "application/pdf", 4_000, "expired"),),
    (Case("gone.png", "image/png", 4_000, "404"),),
    (Case("empty.txt", "text/plain", 4_000, "zero"),),
    (Case("film.mp4", "video/mp4", 25 * 1024 * 1024, "large"),),
    (Case("announced.bin", "application/octet-stream", 5 * 1024**3, "short"),),
    (Case("stream.bin", "application/octet-stream", 1_000, "endless"),),
    (Case("../../etc/passwd", "text/plain", len(GIF), None, GIF),),
    (Case("really a gif.pdf", "application/pdf", len(GIF), None, GIF),),
    (
        Case("photo.png", "image/png", len(PICTURE), None, PICTURE),
        Case("photo.png", "image/png", len(GIF), None, GIF),
    ),
    (Case("role credentials.json", "application/json", 900, None, None, "http://169.254.169.254/latest/meta-data/"),),
    (Case("inside.png", "image/png", 900, None, None, "https://[::ffff:10.0.0.7]/inside.png"),),
    (Case("shown.png", "image/png", len(PICTURE), None, PICTURE),),
    (Case("名前\u202egnp.exe\x07 " + "n" * 300, "", len(GIF), None, GIF),),
)


SHOWN = (
    '<p>As the picture shows: <img src="{{{{file:{file}}}}}" alt="shown.png"> and again '
    '<img src="cid:shown.png@mail">, not <img src="cid:gone@mail" alt="gone">. See '
    '<a href="/Record.php?CollectionTypeID={tab}&amp;CollectionID={ticket}">the other case</a> and '
    '<a href="/Record.php?CollectionTypeID={tab}&amp;CollectionID=9">a deleted one</a>.</p>'
)
"""A body with an image by address, one by Content-ID, one that nobody has, and links to tickets."""


def attach_hard_files(world: World, made: Made) -> None:
    """Hangs the case's files on the ticket's first activity."""
    case = made.index - FIRST_CASE
    if not 0 <= case < len(CASES):
        return
    table = world.schema.activities
    row = made.activities[0]
    make_email(table, row)
    for file in CASES[case]:
        line = {
            "FileID": str(next(world.file_ids)),
            "FileName": file.name,
            "Size": file.size,
            "ContentType": file.content_type,
            "Tab": table.name,
            "CollectionID": row["collection_id"],
            "Field": table.names["files"],
        }
        more = {"Fate": file.fate, "URL": file.url}
        world.writer.file(line | {key: value for key, value in more.items() if value}, file.content)
        if file.name == "shown.png":
            ticket = FIRST_TICKET + made.index - 1
            row[table.names["body"]] = SHOWN.format(file=line["FileID"], tab=TICKETS, ticket=ticket)
