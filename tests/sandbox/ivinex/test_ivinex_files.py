"""File lists in records, URLs that end, and the fates of downloads."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from served_ivinex import Choose, Serve, records


def urls(client: httpx.Client) -> dict[str, str]:
    """FileID to URL of the first case."""
    paper = records(client)[0]["paper"]
    return {entry["FileID"]: entry["URL"] for entry in (json.loads(paper) if isinstance(paper, str) else paper)}


def test_a_file_is_listed_with_its_metadata_and_downloads(ivinex: httpx.Client) -> None:
    entry = records(ivinex)[0]["paper"][0]
    assert entry | {"URL": ""} == {
        "FileID": "901",
        "FileName": "901.txt",
        "Size": "5",
        "ContentType": "text/plain",
        "URL": "",
    }
    assert ivinex.get(entry["URL"]).content == b"paper"
    assert httpx.get(entry["URL"]).status_code == 401


def test_the_fates(ivinex: httpx.Client) -> None:
    found = urls(ivinex)
    assert ivinex.get(found["902"]).status_code == 403
    assert ivinex.get(found["903"]).status_code == 404
    assert ivinex.get(found["904"]).content == b""
    assert len(ivinex.get(found["905"]).content) == 300_000
    with pytest.raises(httpx.RemoteProtocolError):
        ivinex.get(found["906"])


def test_a_url_expires_and_a_forged_token_is_refused(choose: Choose, serve: Serve) -> None:
    now = [1_000.0]
    with serve(choose({"A-12": {"lifetime_seconds": 2}}), clock=lambda: now[0]) as client:
        url = urls(client)["901"]
        assert client.get(url).status_code == 200
        now[0] += 3
        assert client.get(url).status_code == 403
        assert client.get(urls(client)["901"]).status_code == 200
        assert client.get("/API/Files.php?FileID=901&Token=9999999999-0").status_code == 403


def test_the_file_switches(choose: Choose, serve: Serve) -> None:
    with serve(choose({"A-12": {"auth": "none", "form": "text"}})) as client:
        assert httpx.get(urls(client)["901"]).content == b"paper"
    with serve(choose({"A-12": {"host": "other"}})) as client:
        url = httpx.URL(urls(client)["901"])
        assert url.host == "localhost"
        assert client.get(url.copy_with(host="127.0.0.1"), auth=("api", "secret")).status_code == 400
        assert httpx.get(url.copy_with(host="127.0.0.1")).content == b"paper"


def test_a_file_field_may_hold_text_of_its_own(folder: Path, serve: Serve) -> None:
    file = folder / "tabs" / "Cases" / "records.ndjson"
    lines = file.read_text().splitlines()
    lines[1] = json.dumps(json.loads(lines[1]) | {"paper": "see the mail"})
    file.write_text("\n".join(lines))
    with serve(folder) as client:
        row = records(client)[1]
        assert (row["paper"], row["head"]) == ("see the mail", "1")
