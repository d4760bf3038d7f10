"""No text leaves with a secret in it, and nobody else's words leave at all."""

import base64
import json
import logging
import re
import stat
from pathlib import Path
from urllib.parse import quote

import pytest

from resources import outgoing_text
from resources.outgoing_text import (
    FILE,
    ProgramFault,
    fault,
    open_door,
    outgoing,
    set_aside,
    with_place,
    with_reference,
)

KEY = "gk_S3cr3t/Key+=%x"
MAIL = "admin@shop.example"


@pytest.mark.parametrize(
    "quoted",
    [
        KEY,
        quote(KEY, safe=""),
        json.dumps(KEY),
        base64.b64encode(f"{MAIL}:{KEY}".encode()).decode(),
        base64.b64encode(f"x:{KEY}".encode()).decode(),
        MAIL,
        MAIL.replace("@", "%40"),
    ],
)
def test_a_secret_does_not_leave_in_any_form_in_which_it_is_quoted(quoted: str):
    open_door(None, [KEY, MAIL])
    told = outgoing(f"401 for {quoted}, they say")
    assert told == "401 for [secret], they say".replace(
        "[secret]", '"[secret]"' if quoted.startswith('"') else "[secret]"
    )


def test_a_reference_to_kept_words_is_explained_once_and_nothing_else_is(tmp_path: Path):
    open_door(tmp_path / "private")
    told = with_place(with_reference("the credentials were refused", "Wrong password"))
    reference = re.findall(r"answers.ndjson, (\w+)\]", told)[0]
    assert f"the line with {reference} in private/answers.ndjson of MIGRATION_HOME" in told
    assert with_place(told) == told
    assert with_place("nothing was said") == "nothing was said"


def test_words_are_kept_where_only_the_owner_reads_and_the_sentence_says_where(tmp_path: Path):
    open_door(tmp_path / "private", [KEY])
    told = with_reference("400: refused (email)", f"'Jane Doe' is taken, says {KEY}")
    found = re.fullmatch(r"400: refused \(email\) \[words: private/answers.ndjson, ([0-9a-f]{10})\]", told)
    assert found
    path = tmp_path / "private" / FILE
    (row,) = map(json.loads, path.read_text().splitlines())
    assert (row["reference"], row["words"]) == (found[1], "'Jane Doe' is taken, says [secret]")
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)


def test_the_same_words_have_one_reference_and_are_kept_once_so_that_reasons_can_be_counted(tmp_path: Path):
    open_door(tmp_path, [KEY])
    assert set_aside("Jane") == set_aside("Jane") != set_aside("Joe")
    assert len((tmp_path / FILE).read_text().splitlines()) == 2
    open_door(tmp_path / "other", ["another key"])
    assert "Jane" not in set_aside("Jane")
    assert set_aside("Jane").rpartition(" ")[2] not in (tmp_path / FILE).read_text()


def test_without_a_folder_the_words_are_dropped_and_the_sentence_stands(tmp_path: Path):
    assert with_reference("refused", "Jane") == "refused"
    (tmp_path / "file").write_text("")
    open_door(tmp_path / "file")
    assert with_reference("refused", "Jane") == "refused"


def test_words_do_not_fill_the_disk_and_no_link_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    open_door(tmp_path)
    set_aside("x" * 1_000_000)
    assert (tmp_path / FILE).stat().st_size < 5_000
    monkeypatch.setattr(outgoing_text, "MOST_BYTES", 10)
    assert set_aside("others") == ""
    (tmp_path / FILE).unlink()
    (tmp_path / FILE).symlink_to(tmp_path / "elsewhere")
    assert set_aside("more") == ""
    assert not (tmp_path / "elsewhere").exists()


def test_a_fault_keeps_its_class_its_place_and_its_stack_and_not_what_a_library_quotes(tmp_path: Path):
    open_door(tmp_path)
    try:
        int("Jane Doe")
    except ValueError as error:
        made = fault(error)
    assert isinstance(made, ProgramFault)
    assert made.__traceback__ is not None
    assert re.match(
        r"ValueError at tests/resources/test_outgoing_text\.py:\d+, a fault of the program \[words: ", str(made)
    )
    assert "Jane" not in str(made)
    assert "Jane Doe" in (tmp_path / FILE).read_text()


def test_a_log_line_holds_neither_a_secret_nor_the_query_of_a_request(caplog: pytest.LogCaptureFixture):
    open_door(None, [KEY])
    with caplog.at_level(logging.INFO):
        logging.getLogger("any").info("it says %s", KEY)
        logging.getLogger("httpx").info('HTTP Request: GET %s "200"', "https://x.example/api/customers?email=jane@x")
    assert [one.getMessage() for one in caplog.records] == [
        "it says [secret]",
        'HTTP Request: GET https://x.example/api/customers "200"',
    ]
