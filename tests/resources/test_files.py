"""The attachment store, and what a content is."""

from pathlib import Path

import pytest

from resources.content_type import kind_of
from resources.files import FileStore, TooLarge

GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b")


def test_a_content_lies_under_its_digest_once_and_nothing_is_left_beside_it(tmp_path: Path):
    store = FileStore(tmp_path)
    first, second = store.put([b"he", b"llo"]), store.put([b"hello"])
    assert first == second
    assert first.size == 5
    assert store.path(first.sha256).read_bytes() == b"hello"
    assert store.path(first.sha256) == tmp_path / first.sha256[:2] / first.sha256[2:4] / first.sha256
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [store.path(first.sha256)]


def test_a_content_above_the_cap_or_cut_off_leaves_nothing(tmp_path: Path):
    def cut_off():
        yield b"x"
        raise ConnectionError

    store = FileStore(tmp_path)
    with pytest.raises(TooLarge):
        store.put([b"x" * 10], most=9)
    with pytest.raises(ConnectionError):
        store.put(cut_off())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "a" * 63, "A" * 64, "/" * 64])
def test_only_a_digest_is_a_path(tmp_path: Path, name: str):
    with pytest.raises(ValueError, match="sha256"):
        FileStore(tmp_path).path(name)


@pytest.mark.parametrize(
    ("head", "name", "content_type", "misnamed"),
    [
        (GIF, "really a gif.pdf", "image/gif", True),
        (GIF, "photo.gif", "image/gif", False),
        (GIF, "no suffix", "image/gif", False),
        (b"%PDF-1.4\n%", "invoice.pdf", "application/pdf", False),
        (b"%PDF-1.4\n%", "invoice.png", "application/pdf", True),
        (b"hello, this is plain text\n" * 4, "notes.txt", "text/plain", False),
        (b"hello, this is plain text\n" * 4, "notes.pdf", "text/plain", True),
        (b"a;b\n1;2\n" * 4, "rows.csv", "text/csv", False),
        (b"\x00\x01\x02\x03" * 8, "blob", "application/octet-stream", False),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01", "photo.JPEG", "image/jpeg", False),
    ],
)
def test_the_first_bytes_say_what_a_content_is(head: bytes, name: str, content_type: str, misnamed: bool):
    assert kind_of(head, name) == (content_type, misnamed)
