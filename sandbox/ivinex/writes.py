"""Creating, changing and linking records. Implemented for real, so that a test can prove they are never called."""

from __future__ import annotations

from typing import Any

from sandbox.ivinex.fields import DEFAULT_FIELDS, OPTION_TYPES
from sandbox.ivinex.server import Server
from sandbox.ivinex.site import ApiUser
from sandbox.ivinex.tabs import Record, TabRows

READ_ONLY = frozenset(field.FieldName for field in DEFAULT_FIELDS)


def write_record(
    server: Server,
    user: ApiUser,
    tab: TabRows | None,
    record_id: Any,
    values: dict[str, Any],
    *,
    labels: bool,
    carry_out: bool = True,
) -> dict[str, Any]:
    """Creates (record_id None) or updates one record.

    Args:
        server: the site.
        user: becomes created_by or modified_by.
        tab: None for an unknown one, which is refused.
        record_id: an existing id for an update.
        values: machine name to value.
        labels: whether an option may be given by its label (classic).
        carry_out: False only checks.

    Returns:
        The result object of ivinex-api.md 3.2; Status is the failure word of A-22 and Message says why.
    """
    if tab is None or not user.may_read(tab.name):
        return result(server, 0, 0, "Unknown module, or no permission.")
    old: Record = {}
    if record_id is not None:
        if not str(record_id).isdecimal() or not server.visibility.sees(user, tab, int(record_id)):
            return result(server, tab.number, 0, "Record not found.")
        old = tab.record(int(record_id))
    try:
        new = {name: _stored(tab, name, value, labels=labels) for name, value in values.items()}
    except ValueError as problem:
        return result(server, tab.number, int(record_id or 0), str(problem))
    number = int(record_id) if record_id is not None else tab.new_id()
    if carry_out:
        store(server, tab, number, old | new, user.id, server.local_now(), changed=new)
    return result(server, tab.number, number, "")


def store(
    server: Server, tab: TabRows, number: int, record: Record, user_id: str, now: str, *, changed: Record
) -> None:
    """Puts a record into its tab and its link fields into the links; sets who and when."""
    if not tab.knows(number):
        record = {"created_by": user_id, "created_date": now} | record
    changed_ids = [tab.fields[name].FieldID for name in changed if name in tab.fields]
    stamp = {"modified_by": user_id, "modified_date": now, "fields_changed": ",".join(["0", *changed_ids, "0"])}
    tab.put(number, record | stamp)
    server.dataset.links.embed(tab, number, record)


def _stored(tab: TabRows, name: str, value: Any, *, labels: bool) -> str:
    field = tab.fields.get(name)
    if field is None or name in READ_ONLY or field.DataType in ("LAYOUT", "FILE", "EQUATION"):
        raise ValueError(f"Unknown field {name}.")
    text = str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
    if field.DataType in OPTION_TYPES and text not in ("", "0"):
        by_label = {option.DisplayText: option.OptionID for option in field.Options} if labels else {}
        text = by_label.get(text, text)
        if text not in {option.OptionID for option in field.Options}:
            raise ValueError(f"Unknown option for {name}.")
    return text or field.unset


def result(server: Server, number: int, record_id: int, problem: str) -> dict[str, Any]:
    """One result object; success where there is no problem."""
    answer: dict[str, Any] = {
        "CollectionTypeID": number,
        "CollectionID": record_id,
        "Status": server.switches["A-22"] if problem else "Success",
        "Message": problem,
    }
    if server.switches["A-30"] == "empty":
        answer["RelatedRecords"] = []
    return answer
