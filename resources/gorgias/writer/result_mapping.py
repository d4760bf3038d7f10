"""From a verdict to what the ledger records: the write's state and the outcome of every row it decides."""

from dataclasses import replace

from resources.gorgias.uploads import Upload, uploaded
from resources.gorgias.writer.send import SendResult
from resources.gorgias.writer.value_equality import pair_messages
from resources.gorgias.writer.write import Write
from resources.ledger.records import Completion, Outcome, Quarantined, State
from resources.ledger.writes import LEFT_TO_MERGE

WHOLE_OBJECT = "*"
"""Field of a conflict about the whole object: trashed, doubled, gone."""
FOUND_THERE = "found in the account by its external id"
_OUTCOME = {State.DONE: "created", State.ADOPTED: "adopted", State.CONFLICT: "conflict"}


def completion_of(result: SendResult) -> Completion:
    """The rows of a write share its fate: a refused ticket sets its messages aside with it."""
    state, write = result.state, result.write
    assert state is not None
    outcomes: tuple[Outcome, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
    if state is State.REFUSED:
        outcomes, quarantined = _set_aside(write, "never_possible", result.said, "parent refused")
    elif state in _OUTCOME:
        reason = "" if state is State.DONE else result.said
        outcomes = tuple(
            replace(row, outcome=_OUTCOME[state], reason=reason, gorgias_id=number)
            for row, number in zip(write.rows, _numbers(result), strict=True)
        )
    fields = result.conflicts or ((WHOLE_OBJECT,) if state is State.CONFLICT else ())
    if state is State.REFUSED and not write.rows and not isinstance(write.body, Upload) and write.undoes is None:
        # No row of the source stands for this part of an object, so no quarantine would tell that it is missing; files
        # are set aside by the load that packed them.
        fields = (write.key.part,)
    conflicts = [
        {
            "object": write.key.object,
            "source_id": write.key.source_id,
            "field": name,
            "gorgias_id": result.gorgias_id,
            "detail": result.said,
        }
        for name in fields
    ]
    held = uploaded(write.body, result.body) if state is State.DONE and isinstance(write.body, Upload) else ()
    return Completion(
        *(write.key, state, result.gorgias_id, result.answer_hash, result.said),
        *(outcomes, quarantined, conflicts, _recorded_as(write), held),
        undoes=write.undoes if state in {State.DONE, State.ADOPTED} else None,
    )


def taken_over(result: SendResult) -> Completion:
    """An object that was found in the account and is looked at for the first time, with what was asked now.

    As it was asked for: it counts as made of this payload. Otherwise the rows that are there are adopted, and the
    merge of changes, which knows no base for it, brings what is missing and leaves the rest to a person.
    """
    write = result.write
    if result.state is State.ADOPTED or _only_holds_more_messages(result):
        kept = result.conflicts if result.state is State.ADOPTED else ()
        whole = replace(result, state=State.ADOPTED, conflicts=kept, said=FOUND_THERE)
        return replace(completion_of(whole), payload_hash=write.payload_hash)
    if result.gorgias_id is None or not result.conflicts:
        return completion_of(result)
    there = _numbers(result)
    messages = len(write.body.get("messages") or ())
    outcomes = tuple(
        replace(row, outcome="adopted", reason=FOUND_THERE, gorgias_id=number)
        for place, (row, number) in enumerate(zip(write.rows, there, strict=True))
        # A message that is not there is appended; a file has no number.
        if number is not None or place > messages
    )
    return Completion(
        write.key, State.ADOPTED, result.gorgias_id, result.answer_hash, FOUND_THERE, outcomes,
        booked_as=_recorded_as(write), payload_hash=LEFT_TO_MERGE,
    )  # fmt: skip


def _only_holds_more_messages(result: SendResult) -> bool:
    """Messages that were appended, by us or by people, make it no other ticket than the create made."""
    asked, body = result.write.body.get("messages"), result.body
    held = (body.get("messages") if isinstance(body, dict) else None) or []
    more = bool(asked) and len(pair_messages(asked, held)) == len(asked) < len(held)
    return more and result.conflicts == ("messages: number",)


def transient(result: SendResult) -> Completion:
    """For a write that something between kept refusing: set aside with what it said, and forgotten as a write."""
    write = result.write
    outcomes, quarantined = _set_aside(write, "transient", result.said, "parent not sent")
    return Completion(
        *(write.key, State.IN_DOUBT, None, None, result.said, outcomes, quarantined),
        booked_as=_recorded_as(write),
    )


def _set_aside(
    write: Write, reason_class: str, said: str, parent: str
) -> tuple[tuple[Outcome, ...], tuple[Quarantined, ...]]:
    """The object goes to quarantine, and the rows that went with it share its fate."""
    outcomes = tuple(replace(row, outcome="quarantined", reason=f"{parent}: {said}") for row in write.rows[1:])
    quarantined = tuple(
        Quarantined(
            *(row.source_id, reason_class, said),
            partition=row.partition,
            mapping_version=write.mapping_version,
            synthetic=row.synthetic,
        )
        for row in write.rows[:1]
    )
    return outcomes, quarantined


def _recorded_as(write: Write) -> str:
    return (write.rows[0].object if write.rows else "") or write.key.object


def _numbers(result: SendResult) -> list[int | None]:
    """Gorgias ids of a write's rows: the object's own, then those of its messages."""
    write: Write = result.write
    others: list[int | None] = [None] * (len(write.rows) - 1)
    body = result.body if isinstance(result.body, dict) else {}
    if others and body.get("messages"):
        asked = write.body["messages"]
        ids = {one["external_id"]: other.get("id") for one, other in pair_messages(asked, body["messages"])}
        # The messages come first; files, which have no id, after them.
        others[: len(asked)] = [ids.get(message["external_id"]) for message in asked]
    return [result.gorgias_id, *others][: len(write.rows)]
