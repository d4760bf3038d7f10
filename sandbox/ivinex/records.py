"""The Records JSON dialect: GET and POST on /API/Records.php (ivinex-api.md 3)."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from sandbox.ivinex import wire
from sandbox.ivinex.answers import Refusal, json_response
from sandbox.ivinex.server import Call, Server
from sandbox.ivinex.writes import write_record

EMPTY = b'{"Records":[]}'


def read(server: Server, call: Call) -> Response:
    """GET: a page of a module; unknown and unreadable modules answer alike (A-16).

    Raises:
        Refusal: 400 without CollectionTypeID; 403 where A-16 says so.
    """
    number = call.parameters.get("CollectionTypeID", "")
    if not number:
        raise Refusal(400, "CollectionTypeID is required.")
    tab = server.dataset.tabs.get(int(number)) if number.isdecimal() else None
    if tab is None or not call.user.may_read(tab.name):
        if server.switches["A-16"] == "403":
            raise Refusal(403, "No permission to read this module.")
        return json_response(EMPTY)
    rows = server.rows(call, tab, server.page(call, tab), classic=False)
    return json_response(b'{"Records":[' + b",".join(rows) + b"]}")


async def write(server: Server, call: Call) -> Response:
    """POST: creates, or updates where CollectionID is given; a bare array with one result per record.

    Raises:
        Refusal: 400 for a body that is not {"Records": [...]}, or more records than switch A-23 allows.
    """
    try:
        body = wire.loads(await call.request.body())
    except ValueError as error:
        raise Refusal(400, "The body is not JSON.") from error
    records = body.get("Records") if isinstance(body, dict) else None
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise Refusal(400, "Records must be a list of objects.")
    limits = server.switches["A-23"]
    if len(records) > limits["max_records"]:
        raise Refusal(400, f"At most {limits['max_records']} records per request.")
    results = _results(server, call, records, carry_out=not limits["atomic"])
    if limits["atomic"] and all(result["Status"] == "Success" for result in results):
        results = _results(server, call, records, carry_out=True)
    return json_response(wire.dumps(results))


def _results(server: Server, call: Call, records: list[dict[str, Any]], *, carry_out: bool) -> list[dict[str, Any]]:
    results = []
    for record in records:
        values = {key: value for key, value in record.items() if key not in ("CollectionTypeID", "CollectionID")}
        number, record_id = record.get("CollectionTypeID"), record.get("CollectionID")
        tab = server.dataset.tabs.get(int(str(number))) if str(number).isdecimal() else None
        results.append(write_record(server, call.user, tab, record_id, values, labels=False, carry_out=carry_out))
    return results
