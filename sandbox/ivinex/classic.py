"""The classic calls that name a tab: schema, records, and writes (ivinex-api.md 2). Relations are in `related.py`."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from sandbox.ivinex import wire
from sandbox.ivinex.answers import Refusal, json_response, xml
from sandbox.ivinex.fields import DEFAULT_FIELDS, FieldModel
from sandbox.ivinex.pages import cut
from sandbox.ivinex.server import Call, Server
from sandbox.ivinex.tabs import TabRows
from sandbox.ivinex.writes import write_record


def answer(server: Server, value: Any) -> Response:
    """A classic answer in the format of switch A-03."""
    return ready(server, wire.dumps(value))


def ready(server: Server, body: bytes) -> Response:
    """As `answer`, for a body that is JSON already."""
    if server.switches["A-03"] == "xml":
        return Response(xml(wire.loads(body)), media_type="text/xml")
    return json_response(body)


def readable_tab(server: Server, call: Call, parameter: str = "Tab") -> TabRows | None:
    """The tab that a parameter names; None where the user may not read it or it does not exist.

    Raises:
        Refusal: 400 without the parameter; 403 where A-16 says so.
    """
    name = call.parameters.get(parameter)
    if not name:
        raise Refusal(400, f"{parameter} is required.")
    tab = server.dataset.by_name.get(name)
    if tab is not None and call.user.may_read(name):
        return tab
    if server.switches["A-16"] == "403":
        raise Refusal(403, "No permission to read this tab.")
    return None


def get_tabs(server: Server, call: Call) -> Response:
    """GetTabs: the tabs that this user is shown, by number."""
    shown = [tab for _, tab in sorted(server.dataset.tabs.items()) if call.user.may_list(tab.name)]
    shape = server.switches["A-04"]
    keys = {"modules": ("Module_ID", "Module"), "name_id": ("ID", "Name")}.get(shape, ("CollectionTypeID", "Tab"))
    listed = [{keys[0]: tab.model.CollectionTypeID, keys[1]: tab.name} for tab in shown]
    if shape == "bare":
        return answer(server, listed)
    return answer(server, {"Modules" if shape == "modules" else "Tabs": listed})


def get_fields(server: Server, call: Call) -> Response:
    """GetFields: default fields first, but only once the tab has a record (A-05)."""
    tab = readable_tab(server, call)
    fields: list[FieldModel] = []
    if tab is not None:
        with_defaults = bool(server.visibility.ids(call.user, tab)) or server.switches["A-05"] == "defaults_always"
        fields = [*(DEFAULT_FIELDS if with_defaults else ()), *tab.model.Fields]
    describe = _short if server.switches["A-05"] == "short" else _documented
    return answer(server, {"Fields": [describe(field) for field in fields if field.Listed]})


def _documented(field: FieldModel) -> dict[str, Any]:
    return field.model_dump(exclude={"Listed"}, exclude_none=True)


def _short(field: FieldModel) -> dict[str, Any]:
    values = [{"ID": option.OptionID, "Label": option.DisplayText} for option in field.Options]
    short: dict[str, Any] = {
        "ID": field.FieldID,
        "Name": field.FieldName,
        "Label": field.DisplayText,
        "Type": field.DataType,
        "Values": values,
    }
    return short | ({"LinkedTab": field.LinkedCollectionTypeID} if field.LinkedCollectionTypeID else {})


def get_records(server: Server, call: Call) -> Response:
    """GetRecords: a page, or with A-06 = ignored always the first; `empty_fields` marks readable and empty (A-07)."""
    tab = readable_tab(server, call)
    if tab is None:
        return answer(server, {"Records": []})
    if server.switches["A-06"] == "ignored":
        ids = cut(server.visibility.ids(call.user, tab), 0, None, server.switches) or []
    else:
        ids = server.page(call, tab)
    if not ids and not server.visibility.ids(call.user, tab) and server.switches["A-07"] == "marker":
        return answer(server, {"Records": [], "empty_fields": True})
    return ready(server, b'{"Records":[' + b",".join(server.rows(call, tab, ids, classic=True)) + b"]}")


def add_record(server: Server, call: Call) -> Response:
    """AddRecord: Tab and field values by machine name."""
    return _write(server, call, None)


def update_record(server: Server, call: Call) -> Response:
    """UpdateRecord: as AddRecord, with CollectionID.

    Raises:
        Refusal: 400 without CollectionID.
    """
    if not call.parameters.get("CollectionID"):
        raise Refusal(400, "CollectionID is required.")
    return _write(server, call, call.parameters["CollectionID"])


def _write(server: Server, call: Call, record_id: str | None) -> Response:
    tab = server.dataset.by_name.get(call.parameters.get("Tab", ""))
    values = {key: value for key, value in call.parameters.items() if key not in ("Tab", "CollectionID")}
    written = write_record(server, call.user, tab, record_id, values, labels=True)
    return answer(server, [written] if server.switches["A-09"] == "list" else written)
