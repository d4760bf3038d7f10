"""One write on the wire: sent once, its answer judged, an existing object adopted. Runs in a worker thread.

It belongs here: from a committed intent to a verdict. It does not: the ledger (only the gate commits) and what is
sent when.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from resources.gorgias.answer import Answer
from resources.gorgias.channel_digest import channel_digest
from resources.gorgias.client import WriteClient
from resources.gorgias.failures import Blocked, GorgiasError, RunStopped, SendOutcome, advice
from resources.gorgias.writer.object_types import Found, ObjectType
from resources.gorgias.writer.write import Write, hash_answer
from resources.ledger.records import State

BY_EXTERNAL_ID = "found by our external_id"
BY_NATURAL_KEY = "found by its natural key"
"""Why an object was adopted; kept with the write."""


@dataclass(frozen=True)
class SendResult:
    """What came of one flight.

    Attributes:
        state: the write's new state; None where it was certainly not carried out and is nobody's fault.
        fate: why, for those.
        conflicts: fields of an adopted object that differ and stay.
        follow_up: the write that fills an adopted object's empty fields.
    """

    write: Write
    fate: SendOutcome
    state: State | None = None
    gorgias_id: int | None = None
    body: Any = None
    said: str = ""
    conflicts: tuple[str, ...] = ()
    follow_up: Write | None = None
    status: int | None = None
    error: Exception | None = None

    @property
    def between(self) -> bool:
        """Something that is not Gorgias said no; what became of the write, only Gorgias can tell."""
        return self.state is State.IN_DOUBT and self.status is not None and 400 <= self.status < 500

    @property
    def answer_hash(self) -> str | None:
        """Of what came back; of a customer's write, of its channels, which no list shows afterwards."""
        if self.body is None:
            return None
        if self.write.key.object == "customers" and isinstance(self.body, dict) and self.body.get("channels"):
            return channel_digest(self.body["channels"])
        return hash_answer(self.body)


def send_once(
    writer: WriteClient, kind: ObjectType, write: Write, latest: float, clock: Callable[[], float]
) -> SendResult:
    """Send once and judge.

    A request is not sent later than `latest` by the gate's clock: a new runner must be able to rely on when the
    last request of the old one left.
    """
    if clock() > latest:
        return SendResult(write, SendOutcome.NOT_SENT, said="too late after its intent")
    answer = writer.send(write.method, write.path, write.body)
    try:
        return _judge(kind, write, answer)
    except Exception as error:
        if answer.fate in {SendOutcome.DONE, SendOutcome.DOUBT} or isinstance(error, Blocked):
            # Perhaps carried out, and the answer has a shape that nobody foresaw: the read-back must decide.
            return SendResult(
                write, SendOutcome.DOUBT, State.IN_DOUBT, said=f"the answer cannot be judged: {type(error).__name__}"
            )
        # A definite no that could not be followed up (a read failed): the row stays unsent, the run ends.
        return SendResult(write, answer.fate, said=type(error).__name__, error=error)


def adopt(kind: ObjectType, write: Write, found: list[Found]) -> SendResult:
    """Take what a read-back found as the result, or say why it cannot be taken."""
    found = list({one.id: one for one in found}.values())
    if len(found) > 1:
        ids = ", ".join(str(one.id) for one in found)
        return SendResult(write, SendOutcome.DONE, State.CONFLICT, said=f"{len(found)} objects answer to it: {ids}")
    one = found[0]
    if one.trashed:
        return SendResult(
            write, SendOutcome.DONE, State.CONFLICT, one.id, said="it was trashed or deactivated in Gorgias"
        )
    if one.ours and not kind.natural:
        differing = kind.differences(write.body, one.body)
        if differing:
            return _conflict(write, one.id, one.body, differing)
        return SendResult(write, SendOutcome.DONE, State.ADOPTED, one.id, one.body, said=BY_EXTERNAL_ID)
    fill, conflicts = kind.fill(write.body, one)
    follow_up = None
    if fill:
        path = f"{write.path}/{one.id}"
        key = type(write.key)(write.key.object, write.key.source_id, "update")
        follow_up = Write(key, "PUT", path, fill, partition=write.partition, before=one.body)
    said = BY_EXTERNAL_ID if one.ours else BY_NATURAL_KEY
    return SendResult(write, SendOutcome.DONE, State.ADOPTED, one.id, one.body, said, tuple(conflicts), follow_up)


def _judge(kind: ObjectType, write: Write, answer: Answer) -> SendResult:
    fate, status = answer.fate, answer.status
    if fate is SendOutcome.DONE:
        return _done(kind, write, answer)
    if fate is SendOutcome.DOUBT or (fate is SendOutcome.STOP and answer.body is None):
        # A 401 that is not Gorgias's own ends the run as well; what became of this write, the next one looks up.
        return SendResult(write, fate, State.IN_DOUBT, said=answer.told, status=status)
    if fate is SendOutcome.TAKEN and kind.natural and (found := kind.holder(write)):
        return adopt(kind, write, found)
    if fate is SendOutcome.STOP and status == 403 and kind.forbidden_is_refusal:
        return SendResult(write, fate, State.REFUSED, said=answer.told)
    if fate in {SendOutcome.TAKEN, SendOutcome.REFUSED}:
        return SendResult(write, fate, State.REFUSED, said=answer.told, status=status)
    if fate is SendOutcome.TOO_LARGE and (write.smaller is None or write.smaller() is None):
        return SendResult(write, fate, State.REFUSED, said=f"{answer.told}; it cannot be made smaller")
    if fate is SendOutcome.GONE and write.method == "DELETE" and status in {301, 404}:
        return SendResult(write, SendOutcome.DONE, State.DONE, said="it was gone already")
    if fate is SendOutcome.GONE and _names_a_target(write) and status != 405:
        return SendResult(write, fate, State.CONFLICT, said=f"the target is not there any more ({answer.told})")
    return SendResult(write, fate, said=answer.said, status=status)


def _done(kind: ObjectType, write: Write, answer: Answer) -> SendResult:
    body = answer.body
    if body is None and kind.answers_empty:
        return SendResult(write, SendOutcome.DONE, State.DONE)
    if body is None or not kind.named(write, body):
        return SendResult(
            write, SendOutcome.DOUBT, State.IN_DOUBT, said="the answer does not name the object", status=answer.status
        )
    number = body.get("id") if isinstance(body, dict) else None
    differing = kind.differences(write.body, body)
    if differing:
        return _conflict(write, number, body, differing)
    return SendResult(write, SendOutcome.DONE, State.DONE, number, body)


def _conflict(write: Write, number: int | None, body: Any, differing: list[str]) -> SendResult:
    told = "what Gorgias holds differs from what was asked: " + ", ".join(differing)
    return SendResult(write, SendOutcome.DONE, State.CONFLICT, number, body, told, tuple(differing))


def _names_a_target(write: Write) -> bool:
    return any(part.isdigit() for part in write.path.split("/"))


def stopping_error(result: SendResult) -> GorgiasError:
    """The error with which a run ends because of this landing."""
    if result.fate is SendOutcome.STOP:
        text = advice(result.status or 0, result.said)
        return RunStopped(result.write.method, result.write.path, result.status, text)
    text = f"{result.said or 'no such operation'}. Is GORGIAS_BASE_URL the address of a Gorgias account?"
    return RunStopped(result.write.method, result.write.path, result.status, text)
