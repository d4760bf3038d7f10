"""Bodies: safe HTML, pictures that point at their files, links that name their tickets; hostile file names."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from migration_assets.ivinex import tables
from migration_assets.ivinex.attachments.file_tables import ATTACHMENTS
from migration_assets.ivinex.file_identity import image_key
from migration_assets.staging.bodies.body_rewriter import BodyRewriter
from migration_assets.staging.bodies.safe_html import FILE_URL
from migration_assets.staging.file_names import LENGTH, safe_name
from resources.warehouse import Warehouse

TICKET, RECORD, DAY = "ivinex:20:1", "ivinex:50:5", "2026-03-02"
SITE = "acme.ivinex.com"
SHA = "ab" * 32


@pytest.fixture
def finish(tmp_path):
    """Finishes a body of an activity with one file `photo.png` that is held and one `gone.png` that is not."""
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")

    def file(key: str, name: str, status: str, labels: str = "[]") -> dict:
        held = {"status": status, "sha256": SHA if status == "ok" else None}
        place = {"partition": DAY, "ticket_source_id": TICKET, "record_source_id": RECORD, "position": 0}
        return place | held | {"source_id": f"{RECORD}/{key}", "name": name, "labels": labels, "inline": False}

    picture = f"https://{SITE}/p?id=1&Token=x"
    rows = [file("00", "photo.png", "ok", '["<part1@mail>"]'), file("01", "gone.png", "gone")]
    rows.append(file(image_key(picture), "shown.png", "ok"))
    warehouse.append(ATTACHMENTS, pd.DataFrame(rows))
    tickets = [{"source_id": f"ivinex:20:{n}", "collection_type_id": "20", "partition": DAY} for n in (1, 2)]
    warehouse.append(tables.TICKET_SWEEP, pd.DataFrame(tickets))

    def run(html: str | None, text: str = "text"):
        with warehouse.transaction() as tx:
            return BodyRewriter(tx, [TICKET], (DAY, DAY), SITE).rewrite(TICKET, DAY, RECORD, RECORD, text, html)

    return run


@pytest.mark.parametrize(
    "source", ["cid:photo.png", "CID:part1@mail", "cid:photo.png@01DA.7", f"https://{SITE}/p?id=1&amp;Token=other"]
)
def test_a_picture_is_found_by_content_id_by_name_and_by_address(finish, source):
    body = finish(f'<p>See <img src="{source}"></p>')
    assert body.html == f'<p>See <img src="{FILE_URL}{SHA}"></p>'
    assert body.losses == []


def test_a_picture_that_cannot_be_shown_is_its_name_and_a_loss(finish):
    body = finish(
        '<p><img src="cid:gone.png"><img alt="a > b" src="cid:never@mail"><img src="https://cdn.x/y.png"></p>'
    )
    assert body.html == '<p>[image: gone.png][image: never]<img src="https://cdn.x/y.png"></p>'
    assert body.notes == [
        f'The image "gone.png" is shown as its name, because its file is not here, in {RECORD}',
        f'The image "never" is shown as its name, because no file of that name came with {RECORD}',
    ]
    assert [(loss.field, loss.kind, loss.count) for loss in body.losses] == [
        ("body", "image left as its name", 2),
        ("body", "image stays on the web", 1),
    ]


@pytest.mark.parametrize(
    "address",
    [
        f"https://{SITE}/Record.php?CollectionTypeID=20&amp;CollectionID=2",
        "/Record.php?CollectionTypeID=20&amp;CollectionID=2",
        f"https://{SITE}/#/20:2",
    ],
)
def test_a_link_to_a_ticket_names_its_external_id(finish, address):
    body = finish(f'<p><a href="{address}"><b>this</b></a></p>')
    assert body.html == f'<p><a href="{address}" rel="noopener noreferrer"><b>this</b> [ivinex:20:2]</a></p>'


def test_links_in_plain_text_are_named_and_those_to_missing_tickets_are_listed(finish):
    text = f"See https://{SITE}/20:2. Not https://{SITE}/20:99, not https://{SITE}/50:5 nor https://else.example/20:2"
    body = finish(None, text)
    assert body.text == text.replace("/20:2.", "/20:2 [ivinex:20:2].", 1)
    assert [(loss.kind, loss.detail) for loss in body.losses] == [
        ("to a ticket that is not carried over", "ivinex:20:99")
    ]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "etc_passwd"),
        ("C:\\Users\\ann\\x.pdf", "x.pdf"),
        ("名前\u202egnp.exe\x07", "名前gnp.exe"),
        ("C:\\TEMP\\a.png", "a.png"),
        ("\\\\server\\share\\a.png", "a.png"),
        ("=?utf-8?Q?Gr=C3=BC=C3=9Fe.pdf?=", "Grüße.pdf"),
        ("..", "file"),
        ("", "file"),
        ("photo.png", "photo.png"),
    ],
)
def test_a_hostile_name_is_made_safe(name, shown):
    assert safe_name(name) == shown


@given(st.text(max_size=400))
def test_any_name_is_short_and_has_no_path(name):
    shown = safe_name(name, "image/png")
    assert 0 < len(shown) <= LENGTH + 4
    assert not set(shown) & set("/\\\x00\n")
