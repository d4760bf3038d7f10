"""The evidence pack: closed, found when one byte changes, and checked by the tools of docs/evidence.md."""

import base64
import json
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from migration_assets import documents
from migration_assets.documents import ENVELOPE, MANIFEST, PUBLIC_KEY
from migration_assets.handoff.evidence.envelope import Envelope, pre_authentication_encoding
from migration_assets.handoff.evidence.pack import close_pack
from migration_assets.handoff.evidence.pack_check import PackVerdict, check_pack
from migration_assets.handoff.evidence.signing_key import key_id, public_key, public_pem, signing_key
from migration_assets.handoff.evidence.statement import PAYLOAD_TYPE, Statement
from migration_assets.settings import SettingsError

ROOT = Path(__file__).parents[4]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    verdict = {"level": "good", "headline": "All is there.", "as_of": "2026-01-05 10:00"}
    documents.write_files(tmp_path / "handoff", {"report.html": "<p>ü</p>"}, account="staging:shop", verdict=verdict)
    documents.publish(tmp_path, "views", {"rows": [1]}, "# Views\n")
    close_pack(tmp_path, None)
    return tmp_path / "handoff"


def test_the_encoding_is_the_one_of_the_specification():
    encoded = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world")
    assert encoded == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    # Lengths are of bytes, not of characters.
    assert pre_authentication_encoding("ü", "é".encode()) == b"DSSEv1 2 \xc3\xbc 2 \xc3\xa9"


def test_a_closed_pack_is_ok_and_says_what_the_migration_says_of_itself(pack: Path):
    found = check_pack(pack)
    assert (found.verdict, found.files, found.unknown) == (PackVerdict.OK, {}, [])
    assert found.compared == len(list(pack.iterdir())) - 2
    assert found.says["account"] == "staging:shop"
    assert found.says["verdict"]["headline"] == "All is there."


def test_the_statement_is_an_in_toto_statement_v1_over_every_file(pack: Path):
    held = json.loads((pack / ENVELOPE).read_text())
    assert set(held) == {"payload", "payloadType", "signatures"}
    assert held["payloadType"] == "application/vnd.in-toto+json"
    statement = json.loads(base64.b64decode(held["payload"]))
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert {one["name"] for one in statement["subject"]} == {p.name for p in pack.iterdir()} - {ENVELOPE, PUBLIC_KEY}


def test_one_changed_byte_anywhere_is_found(pack: Path):
    for path in sorted(pack.iterdir()):
        content = path.read_bytes()
        # Every byte of what is signed by hand; of the documents the first, one within and the last.
        small = path.name in {ENVELOPE, PUBLIC_KEY}
        for place in range(len(content)) if small else {0, len(content) // 2, len(content) - 1}:
            spoilt = bytearray(content)
            spoilt[place] ^= 1
            path.write_bytes(spoilt)
            found = check_pack(pack)
            assert found.verdict is PackVerdict.FAILED, (path.name, place)
            assert small or found.files == {path.name: "changed"}, (path.name, place)
        path.write_bytes(content)
    assert check_pack(pack).verdict is PackVerdict.OK


def test_what_is_missing_or_added_is_listed_by_name(pack: Path):
    (pack / "views.md").unlink()
    (pack / "notes.txt").write_text("mine")
    (pack / "below").mkdir()
    (pack / "below" / "more.csv").write_text("a")
    assert check_pack(pack).files == {"views.md": "missing", "notes.txt": "added", "below/more.csv": "added"}


def test_a_name_that_a_terminal_would_obey_is_spelt_out(pack: Path):
    for name in (b"\xff.md", b"\x1b[2J\nOK: 9 files compared.md", "\u202egnp.md".encode()):
        (pack / os.fsdecode(name)).write_text("mine")
    said = check_pack(pack).sentences()
    assert said[1:4] == [
        "\\x1b[2J\\nOK: 9 files compared.md: added",
        "\\u202egnp.md: added",
        "\\udcff.md: added",
    ]


def test_a_folder_that_cannot_be_listed_is_not_taken_for_an_empty_one(pack: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(pack)
    for _ in range(20):  # deeper than a path may be long, also for root
        Path("d" * 250).mkdir()
        os.chdir("d" * 250)
    Path("added.txt").write_text("mine")
    found = check_pack(pack)
    assert (found.verdict, found.files) == (PackVerdict.NOT_PROVED, {})
    assert "what is in a folder of it" in found.unknown[0]


def test_a_signature_of_another_pack_by_the_same_key_is_found(pack: Path, tmp_path: Path):
    first = json.loads((pack / ENVELOPE).read_text())
    documents.publish(tmp_path, "views", {"rows": [2]}, "# Views again\n")
    close_pack(tmp_path, None)
    second = json.loads((pack / ENVELOPE).read_text())
    for name in ("signatures", "payload"):
        (pack / ENVELOPE).write_text(json.dumps(second | {name: first[name]}, separators=(",", ":")) + "\n")
        assert ENVELOPE in check_pack(pack).files, name
    # The whole envelope of before holds, and says of other files than these.
    (pack / ENVELOPE).write_text(json.dumps(first, separators=(",", ":")) + "\n")
    again = {MANIFEST, "views.html", "views.json", "views.md"}
    assert check_pack(pack).files == dict.fromkeys(again, "changed")


def test_a_link_to_the_same_content_is_not_the_file(pack: Path, tmp_path: Path):
    shutil.move(pack / "views.md", tmp_path / "elsewhere.md")
    (pack / "views.md").symlink_to(tmp_path / "elsewhere.md")
    (pack / "folder").symlink_to(tmp_path)
    assert check_pack(pack).files == {"views.md": "changed", "folder": "added"}


def test_a_pack_signed_anew_with_a_strange_key_is_not_ok_for_who_knows_the_right_one(pack: Path, tmp_path: Path):
    known = tmp_path / "known.pem"
    shutil.copy(pack / PUBLIC_KEY, known)
    (pack / "views.md").write_text("# Forged\n")
    documents.write_files(pack, {"views.md": "# Forged\n"})
    forged = tmp_path / "forged.pem"
    strange = Ed25519PrivateKey.generate()
    forged.write_bytes(strange.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    close_pack(tmp_path, forged)
    beside, with_known = check_pack(pack), check_pack(pack, known)
    assert (beside.verdict, beside.signer) == (PackVerdict.OK, key_id(strange.public_key()))
    assert "Compare it" in beside.sentences()[-1]
    assert (with_known.verdict, set(with_known.files)) == (PackVerdict.FAILED, {ENVELOPE, PUBLIC_KEY})


def test_a_statement_that_leads_out_of_the_folder_is_refused_and_nothing_outside_is_read(pack: Path, tmp_path: Path):
    key = signing_key(tmp_path, None)
    for name in ("../private/evidence_key.pem", "/etc/hostname", "a/../../b", "./report.html", "", "a\\b"):
        payload = Statement({name: "0" * 64}, {}).as_json()
        (pack / ENVELOPE).write_bytes(Envelope.signed(PAYLOAD_TYPE, payload, key).as_json())
        assert "outside" in check_pack(pack).files[ENVELOPE], name


def test_what_cannot_be_known_is_said_and_is_no_ok(pack: Path, tmp_path: Path):
    key = (pack / PUBLIC_KEY).read_bytes()
    (pack / PUBLIC_KEY).unlink()
    keyless = check_pack(pack)
    assert (keyless.verdict, keyless.files) == (PackVerdict.NOT_PROVED, {})
    assert "--key FILE" in keyless.unknown[0]
    given = tmp_path / "given.pem"
    given.write_bytes(key)
    assert check_pack(pack, given).verdict is PackVerdict.OK
    (pack / ENVELOPE).unlink()
    assert check_pack(pack).verdict is PackVerdict.NOT_PROVED
    (pack / "views.md").write_text("# Another\n")
    assert check_pack(pack).files == {"views.md": "changed"}
    (pack / MANIFEST).unlink()
    assert check_pack(pack).verdict is PackVerdict.NOT_PROVED


@pytest.mark.parametrize("content", [b"", b"null", b"[]", b"{}", b'{"payload":3}', b"[" * 100_000, b"\xff\xfe"])
def test_nonsense_in_place_of_the_envelope_or_the_manifest_is_a_change(pack: Path, content: bytes):
    (pack / ENVELOPE).write_bytes(content)
    assert check_pack(pack).verdict is PackVerdict.FAILED
    (pack / MANIFEST).write_bytes(content)
    assert set(check_pack(pack).files) == {ENVELOPE, MANIFEST}


def test_a_document_that_is_written_later_opens_the_pack_and_the_next_closing_signs_it(pack: Path, tmp_path: Path):
    signer = check_pack(pack).signer
    documents.publish(tmp_path, "views", {"rows": [2]}, "# Views again\n")
    assert (check_pack(pack).verdict, (pack / ENVELOPE).exists()) == (PackVerdict.NOT_PROVED, False)
    close_pack(tmp_path, None)
    assert (check_pack(pack).verdict, check_pack(pack).signer) == (PackVerdict.OK, signer)


def test_the_key_is_made_once_for_its_owner_and_no_other_kind_is_taken(tmp_path: Path):
    first = signing_key(tmp_path, None)
    path = tmp_path / "private" / "evidence_key.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == [path.name]
    assert key_id(signing_key(tmp_path, None).public_key()) == key_id(first.public_key())
    assert key_id(public_key(public_pem(first.public_key()))) == key_id(first.public_key())
    given = tmp_path / "given.pem"
    for content in (
        b"",
        generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    ):
        given.write_bytes(content)
        with pytest.raises(SettingsError, match="MIGRATION_EVIDENCE_KEY"):
            signing_key(tmp_path, given)
    with pytest.raises(SettingsError, match="cannot be read"):
        signing_key(tmp_path, tmp_path / "none.pem")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_the_public_tools_of_the_page_say_the_same(pack: Path):
    (script,) = re.findall(r"```sh\ncd DIR\n(.*?)```", (ROOT / "docs" / "evidence.md").read_text("utf-8"), re.DOTALL)

    def told() -> tuple[int, str]:
        done = subprocess.run(["bash", "-ec", script], cwd=pack, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    code, output = told()
    assert (code, "Signature Verified Successfully" in output) == (0, True), output
    assert str(check_pack(pack).signer) in output
    (pack / "views.md").write_text("# Another\n")
    assert told()[0] != 0
    held = json.loads((pack / ENVELOPE).read_text())
    held["payload"] = base64.b64encode(base64.b64decode(held["payload"]).replace(b"shop", b"shoq")).decode()
    (pack / ENVELOPE).write_text(json.dumps(held))
    assert "Signature Verified Successfully" not in told()[1]
