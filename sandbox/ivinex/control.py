"""/_sandbox on the Ivinex port: statistics, faults, and edits that a delta test makes at the source.

Outside /API: needs no credential, is not counted, paced or spoiled.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from sandbox.ivinex import wire
from sandbox.ivinex.answers import json_response
from sandbox.ivinex.faults import Fault
from sandbox.ivinex.fields import FieldModel
from sandbox.ivinex.server import Server
from sandbox.ivinex.writes import store


class RecordEdit(BaseModel):
    """Body of POST /_sandbox/records.

    Attributes:
        tab: name of the tab.
        collection_id: absent adds a record.
        fields: wire values by machine name, also of default fields; null deletes softly.
        modified_date: site-local; absent means the present.
        touch: false leaves modified_by, modified_date and fields_changed as they are.
        user_id: becomes modified_by, and created_by of a new record.
    """

    model_config = ConfigDict(extra="forbid")

    tab: str
    collection_id: str | None = Field(default=None, pattern=r"^\d+$")
    fields: dict[str, Any] | None
    modified_date: str | None = None
    touch: bool = True
    user_id: str = "0"


class FieldEdit(BaseModel):
    """Body of POST /_sandbox/fields: adds a field to a tab, or replaces the one of the same FieldName."""

    model_config = ConfigDict(extra="forbid")

    tab: str
    field: FieldModel


FAULTS = TypeAdapter(list[Fault])


def _problem(message: str) -> Response:
    return json_response(wire.dumps({"error": message}), 400)


async def stats(server: Server, request: Request) -> Response:
    """GET: counts; POST: starts counting anew."""
    if request.method == "POST":
        server.stats.reset()
    return json_response(wire.dumps(server.stats.shown(writes=server.stats.writes)))


async def faults(server: Server, request: Request) -> Response:
    """GET: the faults in force; POST: a list that replaces them."""
    if request.method == "POST":
        try:
            server.faults.replace(FAULTS.validate_json(await request.body()))
        except ValidationError as error:
            return _problem(str(error))
    listed = [fault.model_dump(exclude_none=True) for fault in server.faults.listed]
    return json_response(wire.dumps(listed))


async def records(server: Server, request: Request) -> Response:
    """POST: adds, changes or deletes one record; answers with its collection_id."""
    try:
        edit = RecordEdit.model_validate(wire.loads(await request.body()))
    except ValueError as error:
        return _problem(str(error))
    tab = server.dataset.by_name.get(edit.tab)
    if tab is None:
        return _problem(f"there is no tab {edit.tab!r}")
    number = int(edit.collection_id) if edit.collection_id else tab.new_id()
    if edit.fields is None:
        if number not in tab:
            return _problem(f"{edit.tab} has no record {number}")
        tab.delete(number)
        server.dataset.links.embed(tab, number, None)
        return json_response(wire.dumps({"collection_id": str(number)}))
    unknown = sorted(edit.fields.keys() - tab.stored_names - tab.file_fields)
    if unknown:
        return _problem(f"{edit.tab} has no field {', '.join(unknown)}")
    for name in tab.file_fields & edit.fields.keys():
        if not edit.fields[name]:
            tab.files.get(number, {}).pop(name, None)
    old = tab.record(number) if tab.knows(number) else {}
    record = old | edit.fields
    if edit.touch or not old:
        now = edit.modified_date or server.local_now()
        store(server, tab, number, record, edit.user_id, now, changed=edit.fields)
    else:
        tab.put(number, record)
        server.dataset.links.embed(tab, number, record)
    return json_response(wire.dumps({"collection_id": str(number)}))


async def fields(server: Server, request: Request) -> Response:
    """POST: changes the schema of a tab, as an Ivinex admin would."""
    try:
        edit = FieldEdit.model_validate_json(await request.body())
    except ValidationError as error:
        return _problem(str(error))
    tab = server.dataset.by_name.get(edit.tab)
    if tab is None:
        return _problem(f"there is no tab {edit.tab!r}")
    tab.put_field(edit.field)
    return json_response(b"{}")
