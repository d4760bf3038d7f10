"""A request is kept as it was sent, readable by its owner only, until its outcome is known."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest
from sample_writes import customer, ticket

from resources.gorgias.uploads import Part
from resources.gorgias.writer.sent_requests import SentRequests
from resources.gorgias.writer.upload_write import upload_write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "private" / "unsettled"


def test_a_kept_request_is_the_same_write_again(folder: Path):
    write = replace(ticket(1), basis=["something else"], before={"tags": []})
    assert write.payload_hash  # as it is known by the time it is kept
    SentRequests(folder, "staging:shop").keep([write])
    held = SentRequests(folder, "staging:shop").get(write.key, write.payload_hash)
    assert held == write
    assert held.payload_hash == write.payload_hash


def test_it_is_readable_by_its_owner_only(folder: Path):
    SentRequests(folder, "staging:shop").keep([ticket(1)])
    (place,) = folder.iterdir()
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert "ivinex" not in place.name


def test_another_payload_another_account_and_half_a_file_are_not_it(folder: Path):
    sent = SentRequests(folder, "staging:shop")
    sent.keep([ticket(1)])
    assert sent.get(ticket(1).key, ticket(1, "Other").payload_hash) is None
    assert SentRequests(folder, "production:shop").get(ticket(1).key, ticket(1).payload_hash) is None
    (place,) = folder.iterdir()
    place.write_bytes(place.read_bytes()[:100])
    assert sent.get(ticket(1).key, ticket(1).payload_hash) is None
    assert list(sent.all()) == []


def test_a_newer_request_takes_the_place_of_the_older_and_a_dropped_one_is_gone(folder: Path):
    sent = SentRequests(folder, "staging:shop")
    sent.keep([ticket(1), customer(1)])
    sent.keep([ticket(1, "Other")])
    assert {write.payload_hash for write in sent.all()} == {ticket(1, "Other").payload_hash, customer(1).payload_hash}
    sent.drop([ticket(1).key, ticket(7).key])
    assert [write.key for write in sent.all()] == [customer(1).key]


def test_a_link_in_its_place_is_not_followed(folder: Path, tmp_path: Path):
    sent = SentRequests(folder, "staging:shop")
    sent.keep([ticket(1)])
    (place,) = folder.iterdir()
    place.unlink()
    target = tmp_path / "elsewhere"
    target.write_text("mine")
    place.symlink_to(target)
    sent.keep([ticket(1)])
    assert target.read_text() == "mine"
    assert not place.is_symlink()


def test_contents_of_files_are_not_kept_and_without_a_folder_nothing_is(folder: Path, tmp_path: Path):
    SentRequests(folder, "a").keep([upload_write([Part("0" * 64, 1, "text/plain", tmp_path / "x")])])
    assert list(folder.iterdir()) == []
    nothing = SentRequests(None, "a")
    nothing.keep([ticket(1)])
    assert nothing.get(ticket(1).key, ticket(1).payload_hash) is None
