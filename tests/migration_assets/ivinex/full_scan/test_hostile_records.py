"""What strangers write: no address of theirs takes our credentials along, and one bad record is one bad record."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import orjson
import pytest
from ivinex_stage import Begun, run_stage

from migration_assets.ivinex import assets as ivinex_assets
from migration_assets.ivinex.schema.users import collect_users
from migration_assets.mapping.model import Mapping
from migration_assets.reconciliation.balance.source_counts import UNITS, count_units
from resources.ivinex.failures import UnexpectedShape

Ask = Callable[[httpx.Request], httpx.Response]

CALLS = (
    "/API/UpdateRecord.php?Tab=Contacts&CollectionID=502&email=attacker@evil.example&first_name=PWNED",
    "/API/AddRecord.php?Tab=Contacts&first_name=Mallory&email=mallory@evil.example",
    "/API/LinkRecords.php?Tab=Contacts&CollectionID=502&LinkedTab=Tickets&LinkedCollectionID=70001",
    "/API/GetRecords.php?Tab=Contacts&Limit=100",
    "/API/GetAllRelatedItems.php?Tab=Tickets&CollectionID=70001",
    "/API/Records.php?CollectionTypeID=1001&Limit=100",
    "/API/GetRecords?Tab=Contacts&Limit=99",
    "/API//UpdateRecord.php?Tab=Contacts&CollectionID=502&last_name=PWNED",
    "/API/./UpdateRecord.php?Tab=Contacts&CollectionID=502&last_name=PWNED",
    "/API/x/../UpdateRecord.php?Tab=Contacts&CollectionID=502&last_name=PWNED",
    "/x/..%2fAPI%2fUpdateRecord.php?Tab=Contacts&CollectionID=502&last_name=PWNED",
    "/%41PI/UpdateRecord.php?Tab=Contacts&CollectionID=502&last_name=PWNED",
    "/API/%55pdateRecord.php?%54ab=Contacts&CollectionID=502&last_name=PWNED",
    "/API/UpdateRecord%2ephp?Tab=Contacts&CollectionID=502&last_name=PWNED",
    "/API/UpdateRecord.php;x=y?Tab=Contacts&CollectionID=502&last_name=PWNED",
    "/API/UpdateRecord.php.?Tab=Contacts&CollectionID=502&last_name=PWNED",
    "/API/GetRecords.php?Tab=Contacts&Limit=98#x.png",
    "/API/Files.php/../GetRecords.php?Tab=Contacts",
    "/API/Files.php?FileID=600001&Tab=Contacts",
    "/_moved/API/GetRecords.php?Tab=Contacts",
)


def html(host: str) -> str:
    """Every place of HTML that a careless reader might fetch from, with every address."""
    parts = []
    for number, path in enumerate(CALLS):
        parts += [
            f'<img src="{host}{path}" alt="photo{number}.png">',
            f"<img src='  {host}{path}&more\n' alt=orders.json>",
            f'<img srcset="{host}{path} 2x"><source srcset="{host}{path}"><video poster="{host}{path}"></video>',
            f'<a href="{host}{path}">photo.png</a><table background="{host}{path}"></table>',
            f'<link rel=stylesheet href="{host}{path}"><p style="background:url({host}{path})">x</p>',
        ]
    return "<p>Hello</p>" + "".join(parts)


def lines(site: str) -> str:
    return "\n".join(f"photo{number}.png {site}{path}" for number, path in enumerate(CALLS))


def entries(site: str) -> list[dict[str, str]]:
    return [
        {"FileID": str(number), "FileName": f"file{number}.json", "Size": "12", "ContentType": "text/plain", "URL": url}
        for number, url in enumerate(f"{site}{path}" for path in CALLS)
    ]


def contents(home: Path) -> list[bytes]:
    return [path.read_bytes() for path in (home / "files").rglob("*") if path.is_file()]


def answer_instead(monkeypatch: pytest.MonkeyPatch, answer: Callable[[httpx.Request, Ask], httpx.Response]) -> None:
    """Puts a function between us and the site, which it may ask."""

    class Between(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return answer(request, super().handle_request)

    monkeypatch.setattr("resources.exchange.transport", Between)


def asked_for(request: httpx.Request) -> dict[str, str]:
    return dict(parse_qsl(request.read().decode())) | dict(request.url.params)


def test_no_address_that_a_stranger_wrote_reaches_the_api(begun: Begun, home: Path) -> None:
    site, run = begun()
    listed = orjson.dumps(entries(site.url)).decode()
    other = site.url.replace("127.0.0.1", "localhost")
    hosts = ("", site.url, site.url.replace("http:", "HTTP:"), site.url.replace("//", "//api:x@"), other)
    numbers = [number for (number,) in run.rows("SELECT collection_id FROM ivinex.activity_sweep ORDER BY 1")]
    for number, host in zip(numbers[4:], hosts, strict=False):
        site.edit("Activities", number, {"body": html(host)})
    site.edit("Activities", numbers[0], {"email_attachments": lines(other)})
    site.edit("Activities", numbers[1], {"body_plain": lines(site.url), "description": listed, "subject": lines("")})
    site.edit("Activities", numbers[2], {"email_attachments": listed})
    site.edit("Activities", numbers[3], {"email_attachments": lines(site.url)})
    numbers = numbers[:8]
    before, kept = site.stats()["requests"], contents(home)
    run = run_stage(site, home, select=[ivinex_assets.activity_sweep])
    after = site.stats()
    assert after["writes"] == 0
    asked = {name: count - before.get(name, 0) for name, count in after["requests"].items()}
    assert {name for name, count in asked.items() if count} <= {"GetTabs", "GetAllRelatedItems", "Records"}
    new = [content for content in contents(home) if content not in kept]
    assert not any(b"collection_id" in content or b"CollectionID" in content for content in new)
    told = run.rows(
        "SELECT m.record_source_id, d.status, d.detail, m.name FROM ivinex.mentions m JOIN ivinex.downloads d "
        "USING (source_id) WHERE split_part(m.record_source_id, ':', 3) IN (SELECT unnest(?)) AND d.status <> 'ok'",
        numbers,
    )
    assert {status for _, status, _, _ in told} == {"refused_address"}
    assert {record.split(":")[2] for record, *_ in told} == set(numbers)
    assert any("API" in detail for _, _, detail, _ in told)
    assert not any("evil" in detail or "Contacts" in detail for _, _, detail, _ in told)


def test_a_file_of_a_file_field_comes_and_the_same_address_in_a_text_does_not(begun: Begun, home: Path) -> None:
    site, run = begun()
    [(record, number)] = run.rows(
        "SELECT m.record_source_id, split_part(m.record_source_id, ':', 3) FROM ivinex.mentions m "
        "JOIN ivinex.downloads d USING (source_id) WHERE d.status = 'ok' AND m.role = 'activity' ORDER BY 1 LIMIT 1"
    )
    raw = orjson.loads(run.one("SELECT raw FROM ivinex.activity_sweep WHERE source_id = ?", record))
    entry = raw["email_attachments"][0]
    url = site.url + urlsplit(entry["URL"]).path + "?" + urlsplit(entry["URL"]).query
    others = [one for (one,) in run.rows("SELECT collection_id FROM ivinex.activity_sweep ORDER BY 1") if one != number]
    site.edit("Activities", others[0], {"body": f'<img src="{url}" alt="mine.png">'})
    site.edit("Activities", others[1], {"description": f"b.pdf {url}"})
    site.edit("Activities", number, {"body": f'<img src="{url}" alt="mine.png">'})
    run = run_stage(site, home, select=[ivinex_assets.activity_sweep])
    told = run.rows(
        "SELECT d.status, d.detail FROM ivinex.mentions m JOIN ivinex.downloads d USING (source_id) "
        "WHERE list_contains(?, split_part(m.record_source_id, ':', 3)) AND d.status <> 'ok'",
        [number, *others[:2]],
    )
    assert [status for status, _ in told] == ["unreadable", "unreadable"]
    assert all("401 (asked without credentials: its address stands in a text" in detail for _, detail in told)


POISON: list[dict[str, Any]] = [
    {"body": "invoice.pdf https://xn--a/invoice.pdf"},
    {"body": '<p>Hello</p><img src="https://cdn.example/x.png"><![foo[bar]]>'},
    {"body": "<p>Hello</p><![foo[bar]]>", "body_plain": ""},
    {"body": "<!--" * 30_000, "body_plain": ""},
    {"body": "".join(f"<html a{number}=1>" for number in range(20_000)) + "<img src=/a.png>"},
    {"body": "http://http://" * 20_000},
    {"body_plain": "https://" + "-" * 90_000},
    {"email_attachments": '[{"FileName": "a.pdf", "URL": "http://["}]'},
    {"email_attachments": "[" * 900 + '"https://x/a.pdf"' + "]" * 900},
    {"email_attachments": '[{"FileName": "a.pdf", "URL": "https://a..b/a.pdf"}]'},
    {"created_date": "9" * 5000, "modified_date": "\u0660\u0660"},
]


def test_no_record_of_a_stranger_stops_the_sweep(begun: Begun, home: Path) -> None:
    site, run = begun()
    numbers = [number for (number,) in run.rows("SELECT collection_id FROM ivinex.activity_sweep ORDER BY 1")]
    for number, fields in zip(numbers, POISON, strict=False):
        site.edit("Activities", number, fields)
    again = run_stage(site, home, select=[ivinex_assets.activity_sweep])
    assert again.one("SELECT count(*) FROM ivinex.activity_sweep") == len(numbers)
    assert again.metadata["activity_sweep"]["unreadable_records"] == 0


def test_records_that_cannot_be_read_are_set_aside_by_id_and_counted(
    begun: Begun, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, run = begun()
    whole = run.one("SELECT count(*) FROM ivinex.contacts")
    odd = [
        '{"collection_id": "9001", "first_name": ' + "[" * 400 + "]" * 400 + "}",
        '{"collection_id": "9002", "first_name": {"a": ' + "[" * 400 + "]" * 400 + "}}",
        '{"first_name": "nobody"}',
        '"a record"',
        "null",
        '{"collection_id": "9:3"}',
    ]

    def first_page_with_odd_rows(request: httpx.Request, ask: Ask) -> httpx.Response:
        response = ask(request)
        if "CollectionTypeID=1001" not in str(request.url) or "Offset=0&" not in f"{request.url}&":
            return response
        # By hand, because no JSON library writes some of it.
        rows = [orjson.dumps(row).decode() for row in orjson.loads(response.read())["Records"]] + odd
        return httpx.Response(200, content=('{"Records":[' + ",".join(rows) + "]}").encode())

    answer_instead(monkeypatch, first_page_with_odd_rows)
    again = run_stage(site, home, select=[ivinex_assets.contacts])
    assert again.one("SELECT count(*) FROM ivinex.contacts") == whole
    aside = again.ledger.quarantine.rows()
    assert len(aside[aside["stage"] == "ivinex sweep"]) == 6
    assert {"ivinex:1001:9001", "ivinex:1001:9002"} <= set(aside["source_id"])
    assert all(text.startswith("the record cannot be read: ") for text in aside["message"])
    assert again.metadata["contacts"]["unreadable_records"] == 6
    with again.warehouse.transaction() as tx:
        count_units(tx, Mapping(time_zone="UTC", roles={}))
        ends = tx.rows(f"SELECT source_id, fallback FROM {UNITS.name} WHERE object = 'contacts'")
    assert len(ends) == whole + 6
    assert sum(row["fallback"] == "quarantined" for row in ends) == 6
    odd.clear()
    healed = run_stage(site, home, select=[ivinex_assets.contacts])
    assert healed.metadata["contacts"]["unreadable_records"] == 0
    assert healed.ledger.quarantine.rows().empty


def test_tickets_that_cannot_be_read_belong_to_no_day(
    begun: Begun, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, run = begun()
    number = run.one("SELECT max(collection_id) FROM ivinex.ticket_sweep")

    def odd_id(request: httpx.Request, ask: Ask) -> httpx.Response:
        said = ask(request).read().replace(f'"collection_id":"{number}"'.encode(), b'"collection_id":"a b"')
        return httpx.Response(200, content=said)

    answer_instead(monkeypatch, odd_id)
    again = run_stage(site, home, select=[ivinex_assets.ticket_sweep])
    aside = again.ledger.quarantine.rows()
    assert list(aside[aside["stage"] == "ivinex sweep"]["partition"]) == ["none"]


def related_answers(monkeypatch: pytest.MonkeyPatch, answer: Callable[[str], bytes | None]) -> None:
    """Replaces what the site says is linked to a record, where the function gives something for its id."""

    def related(request: httpx.Request, ask: Ask) -> httpx.Response:
        asked = asked_for(request)
        said = answer(asked["CollectionID"]) if "CollectionID" in asked else None
        return ask(request) if said is None else httpx.Response(200, content=said)

    answer_instead(monkeypatch, related)


@pytest.mark.parametrize("relations", ["auto", "ticket"])
def test_a_record_whose_related_items_cannot_be_read_is_told_by_id_and_the_others_go_on(
    begun: Begun, home: Path, monkeypatch: pytest.MonkeyPatch, relations: str
) -> None:
    site, run = begun()
    number = run.one("SELECT min(collection_id) FROM ivinex.ticket_sweep")
    links = run.one("SELECT count(*) FROM ivinex.links WHERE role = 'activity_ticket'")
    odd = iter([b'{"RelatedItems":[7]}', b"[null]", b'{"RelatedItems":[{"Record":[]}]}'] * 9)
    related_answers(monkeypatch, lambda asked: next(odd) if asked == number else None)
    again = run_stage(site, home, select=[ivinex_assets.activity_sweep], relations=relations)
    losses = again.ledger.losses.loss_rows()
    told = losses[losses["stage"] == "ivinex relations"]
    assert list(told["source_id"]) == [f"ivinex:10101:{number}"]
    assert list(told["detail"]) == ["its related items cannot be read: UnexpectedShape"]
    assert again.one("SELECT count(*) FROM ivinex.links WHERE role = 'activity_ticket'") == links


def test_a_site_that_answers_for_no_record_is_no_list_of_bad_records(
    begun: Begun, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, _ = begun()
    related_answers(monkeypatch, lambda asked: b"{}")
    again = run_stage(site, home, select=[ivinex_assets.activity_sweep])
    assert "not proved per record" in again.metadata["activity_sweep"]["relations_note"]
    assert again.metadata["activity_sweep"]["unread"] == 0
    with pytest.raises(UnexpectedShape):
        run_stage(site, home, select=[ivinex_assets.activity_sweep], relations="ticket")


def test_a_user_field_of_any_name_is_counted(begun: Begun, home: Path) -> None:
    _, run = begun()
    with run.warehouse.transaction() as tx:
        tx.execute(
            "INSERT INTO ivinex.fields BY NAME SELECT * REPLACE (? AS field_name, 'user' AS kind) FROM ivinex.fields "
            "WHERE collection_type_id = '1001' LIMIT 1",
            ["we\"ird'n$.a[0]/~"],
        )
        tx.execute(
            "UPDATE ivinex.contacts SET raw = ? WHERE source_id = (SELECT min(source_id) FROM ivinex.contacts)",
            ['{"collection_id":"1","we\\"ird\'n$.a[0]/~":"4711"}'],
        )
    assert collect_users(run.warehouse)["4711"] == 1


ODD_LINKS = (
    None,
    7,
    [],
    {},
    {"FromCollectionTypeID": "10101"},
    {"FromCollectionTypeID": "10101", "FromCollectionID": "{}", "ToCollectionTypeID": "50"},
    {"FromCollectionTypeID": "10101", "FromCollectionID": ["{}"], "ToCollectionTypeID": "50", "ToCollectionID": "1"},
    {"FromCollectionTypeID": "10101", "FromCollectionID": "a b", "ToCollectionTypeID": {}, "ToCollectionID": None},
)


@pytest.mark.parametrize("place", [0, 9])
def test_a_row_of_a_whole_tab_s_links_that_is_none_is_one_bad_record_and_the_others_count(
    begun: Begun, home: Path, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    """Wherever it stands: in the first answer, by which the site is known to serve links, or in a later one."""
    site, run = begun()
    ticket = run.one("SELECT min(collection_id) FROM ivinex.ticket_sweep")
    links = run.one("SELECT count(*) FROM ivinex.links WHERE role = 'activity_ticket'")
    odd = orjson.loads(orjson.dumps(ODD_LINKS).replace(b'"{}"', f'"{ticket}"'.encode()))
    monkeypatch.setattr("resources.ivinex.client._LINK_ROWS", 9)

    @cache
    def whole(address: httpx.URL, tab: str) -> httpx.Response:
        return httpx.get(address, params={**asked[tab], "Offset": "0", "Limit": "100000"})

    asked: dict[str, dict[str, str]] = {}

    def links_with_odd_rows(request: httpx.Request, ask: Ask) -> httpx.Response:
        given = asked_for(request)
        if "GetAllRelatedItems" not in request.url.path or "CollectionID" in given:
            return ask(request)
        first, most = int(given["Offset"]), int(given["Limit"])
        asked[given["Tab"]] = given
        rows = whole(request.url.copy_with(query=None), given["Tab"]).json()["RelatedItems"]
        rows[place:place] = odd
        return httpx.Response(200, json={"RelatedItems": rows[first : first + most]})

    answer_instead(monkeypatch, links_with_odd_rows)
    again = run_stage(site, home, select=[ivinex_assets.activity_sweep], relations="sweep")
    assert again.metadata["activity_sweep"]["whole_tab_links"]
    losses = again.ledger.losses.loss_rows()
    told = losses[losses["stage"] == "ivinex relations"]
    assert f"ivinex:10101:{ticket}" in set(told["source_id"])
    assert set(told["detail"]) == {"a row of its tab's links cannot be read"}
    assert again.one("SELECT count(*) FROM ivinex.links WHERE role = 'activity_ticket'") == links
