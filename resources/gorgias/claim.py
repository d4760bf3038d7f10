"""The account is claimed for its first load, so that two homes that begin in the same seconds do not both make it.

Until the first records are there to be seen, nothing in the account tells another home that one is at work. A tag does:
Gorgias refuses a second one of the same name (gorgias-api.md 4), and its description holds a word that only the ledger
of the home that made it knows the hash of. Who finds another's stops. It is taken back as soon as the first records are
there to be seen, by which others are stopped from then on (known_account.py).

It belongs here: claiming and taking the claim back. It does not: an account that is loaded already.
"""

import hashlib
import logging
import secrets
import time
from typing import Any

from resources.gorgias.client import Reader
from resources.gorgias.external_ids import is_of_this_site
from resources.gorgias.known_account import LISTS, NEWEST_FIRST, LoadedElsewhere
from resources.gorgias.writer.write import Write
from resources.gorgias.writer.write_context import ADOPTED_ACCOUNT
from resources.gorgias.writer.writer import Writer
from resources.ledger import Ledger
from resources.ledger.records import UNSETTLED, WRITTEN, WriteKey

NAME = "ivinex-migration-at-work"
KEY = WriteKey("canary", "ivinex:canary:claim", "tag")
DELETE = WriteKey("canary", "ivinex:canary:claim", "delete_tag")
"""Like the trial tickets, it is counted with no record."""
PARTITION = "canary"
CLAIMED = "account:claimed_from_here"
"""Its name among the gates."""
_TEXT = "A first load from Ivinex is at work here; it removes this tag itself. "
_log = logging.getLogger(__name__)


def claim(writer: Writer, reader: Reader, ledger: Ledger) -> bool:
    """Claim the account, where no record of it was ever made from here; returns whether a claim was made.

    Raises:
        LoadedElsewhere: another home has claimed it; the gate is recorded as closed, and who opens it by name takes the
            responsibility.
    """
    if ledger.known_writes.has_made(LISTS) or ledger.decisions.decision(ADOPTED_ACCOUNT) is not None:
        _open(ledger, writer.run_id)
        return False
    held = _in_account(reader)
    made = not held
    if made:
        ledger.writes.take_back([KEY, DELETE], writer.fencing_token(), writer.run_id, "claimed anew")
        body = {"name": NAME, "description": _TEXT + secrets.token_hex(8)}
        writer.apply([_made(body)])
        held = _in_account(reader)
    if not held:
        _log.warning(
            "Gorgias took no tag that would claim this account for the load: let no other home begin one meanwhile."
        )
        return False
    if _is_ours(ledger, held[0]):
        writer.adopt([(_made(held[0]), held[0]["id"])])  # where its answer was lost with a run that was killed
        _open(ledger, writer.run_id)
        return made
    if _is_forced(ledger):
        return False
    told = (
        f"This account is being loaded by another home: the tag {NAME} in it claims it, and no record of that load is "
        "there yet. Let that home go on. If it is gone, delete the tag in Gorgias, or open the gate: in the UI the job "
        f"override_gate, or `migrate gates override {CLAIMED} --by NAME --reason TEXT`. Nothing was written."
    )
    ledger.quality_gates.record_gate(CLAIMED, None, False, told.split(":", maxsplit=1)[0], writer.run_id)
    raise LoadedElsewhere(told)


def take_back_claim(writer: Writer, reader: Reader, ledger: Ledger) -> None:
    """Delete the claim of this home once others can see its records; does nothing before, and where there is none."""
    known = ledger.known_writes.known([KEY, DELETE])
    if KEY not in known or known[KEY].state not in {*WRITTEN, *UNSETTLED} or not ledger.known_writes.has_made(LISTS):
        return
    if DELETE in known and known[DELETE].state in WRITTEN:
        return
    held = [row for row in _in_account(reader) if _is_ours(ledger, row)]
    if held:
        _wait_for_records(reader, writer.options.settling, writer.sleep)
        number = held[0]["id"]
        writer.adopt([(_made(held[0]), number)])
        write = Write(DELETE, "DELETE", f"/api/tags/{number}", None, partition=PARTITION, basis=[number])
        writer.apply([write])
    else:
        ledger.writes.take_back([KEY], writer.fencing_token(), writer.run_id, "not there any more")


def _in_account(reader: Reader) -> list[dict[str, Any]]:
    """The claims, the first made first: it wins where an account refuses no second one."""
    return sorted((row for row in reader.rows("/api/tags") if row.get("name") == NAME), key=lambda row: row["id"])


def _is_ours(ledger: Ledger, held: dict[str, Any]) -> bool:
    known = ledger.known_writes.known([KEY]).get(KEY)
    return known is not None and known.payload_hash == _made(held).payload_hash


def _made(tag: dict[str, Any]) -> Write:
    """The write that made this tag, or is to make it."""
    body = {name: tag.get(name) for name in ("name", "description")}
    return Write(KEY, "POST", "/api/tags", body, partition=PARTITION, basis=_word(tag))


def _is_forced(ledger: Ledger) -> bool:
    gate = ledger.quality_gates.gate_rows([CLAIMED])
    return not gate.empty and bool(gate["overridden"].all())


def _open(ledger: Ledger, run_id: str) -> None:
    gate = ledger.quality_gates.gate_rows([CLAIMED])
    if not gate.empty and not gate["passed"].all():
        ledger.quality_gates.record_gate(CLAIMED, None, True, "the account's first load is this home's", run_id)


def _word(tag: dict[str, Any]) -> str:
    return hashlib.sha256(str(tag.get("description")).encode()).hexdigest()


def _wait_for_records(reader: Reader, settling: float, sleep: Any) -> None:
    until = time.monotonic() + settling
    while time.monotonic() < until and not any(_shows(reader, path) for path in LISTS.values()):
        sleep(min(1.0, settling / 5))


def _shows(reader: Reader, path: str) -> bool:
    page = reader.get(path, limit=100, order_by=NEWEST_FIRST)
    return any(is_of_this_site(row.get("external_id")) for row in page.get("data") or ())
