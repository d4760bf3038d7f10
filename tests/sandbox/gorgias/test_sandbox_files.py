import hashlib

import httpx
import pytest


def _upload(client, *files, **params):
    return client.post("/api/upload", params=params, files=[(name, ("x", *rest)) for name, *rest in files])


def test_the_name_of_a_part_becomes_the_name_of_the_file(running):
    answer = _upload(running.client, ("a b.txt", b"hello", "text/plain"), ("photo.png", b"\x89PNG", "image/png"))
    assert answer.status_code == 201
    assert [(file["name"], file["size"], file["content_type"]) for file in answer.json()] == [
        ("a b.txt", 5, "text/plain"),
        ("photo.png", 4, "image/png"),
    ]
    (first, _) = running.state()["files"]
    assert first["sha256"] == hashlib.sha256(b"hello").hexdigest()


def test_of_two_parts_of_one_name_the_first_counts(sandbox):
    (file,) = _upload(sandbox().client, ("a.txt", b"one", "text/plain"), ("a.txt", b"three", "text/plain")).json()
    assert file["size"] == 3


def test_a_download_takes_credentials_and_redirects_to_where_there_are_none(running):
    url = _upload(running.client, ("a.txt", b"hello", "text/plain")).json()[0]["url"]
    assert httpx.get(url).status_code == 401
    redirect = running.client.get(url)
    assert redirect.status_code == 302
    place = running.url + redirect.headers["location"]
    assert httpx.get(place).content == b"hello"
    assert running.client.get(place).status_code == 400
    assert running.client.get("/api/attachment/download/abc/none.txt").status_code == 404


def test_a_public_file_needs_no_credentials(sandbox):
    url = _upload(sandbox().client, ("a.txt", b"hello", "text/plain"), type="public_attachment").json()[0]["url"]
    assert httpx.get(url).content == b"hello"


def test_the_upload_limit_answers_413(sandbox):
    running = sandbox(switches={"G-21": 0.001})
    assert _upload(running.unchecked, ("a.txt", b"x" * 1001, "text/plain")).status_code == 413
    assert _upload(running.client, ("a.txt", b"x" * 1000, "text/plain")).status_code == 201
    assert len(running.state()["files"]) == 1


@pytest.mark.parametrize("request_args", [{"json": {}}, {"files": [], "data": {"a": "b"}}])
def test_an_upload_without_files_is_refused(sandbox, request_args):
    assert sandbox().client.post("/api/upload", **request_args).status_code == 400
