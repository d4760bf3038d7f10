"""The classic calls about relations: GetRelatedItems, GetAllRelatedItems, LinkRecords (ivinex-api.md 2.6 to 2.8)."""

from __future__ import annotations

from itertools import islice

from starlette.responses import Response

from sandbox.ivinex import pages, wire
from sandbox.ivinex.answers import Refusal
from sandbox.ivinex.classic import answer, readable_tab, ready
from sandbox.ivinex.links import Reference, reference
from sandbox.ivinex.server import Call, Server
from sandbox.ivinex.tabs import TabRows
from sandbox.ivinex.writes import result

Item = tuple[TabRows, int, str]


def _visible(server: Server, call: Call, record: Reference) -> list[Item]:
    found = []
    for (number, record_id), kind in server.dataset.links.of(record):
        tab = server.dataset.tabs.get(number)
        if tab is not None and server.visibility.sees(call.user, tab, record_id):
            found.append((tab, record_id, kind))
    return found


def _record(server: Server, call: Call, tab: TabRows) -> int | None:
    """The record that CollectionID names, None if the user does not see it."""
    record_id = pages.number(call.parameters.get("CollectionID"))
    return record_id if record_id is not None and server.visibility.sees(call.user, tab, record_id) else None


def get_related_items(server: Server, call: Call) -> Response:
    """GetRelatedItems: whole records of RelatedTab that are linked to one record.

    Raises:
        Refusal: 404 where A-10 says so; 400 without Tab, CollectionID or RelatedTab.
    """
    if server.switches["A-10"] == "absent":
        raise Refusal(404, "Unknown call.")
    tab, wanted = readable_tab(server, call), readable_tab(server, call, "RelatedTab")
    if not call.parameters.get("CollectionID"):
        raise Refusal(400, "CollectionID is required.")
    record_id = _record(server, call, tab) if tab else None
    if tab is None or wanted is None or record_id is None:
        return answer(server, {"RelatedItems": []})
    items = _visible(server, call, (tab.number, record_id))
    ids = sorted({other_id for other, other_id, _ in items if other is wanted})
    return ready(server, b'{"RelatedItems":[' + b",".join(server.rows(call, wanted, ids, classic=True)) + b"]}")


def get_all_related_items(server: Server, call: Call) -> Response:
    """GetAllRelatedItems: with CollectionID all items of one record, without it the link rows of the tab (A-11).

    Raises:
        Refusal: 400 without Tab, or without CollectionID where A-11 = record.
    """
    tab = readable_tab(server, call)
    scope = server.switches["A-11"]
    of_record = bool(call.parameters.get("CollectionID")) and scope != "tab"
    if scope == "record" and not of_record:
        raise Refusal(400, "CollectionID is required.")
    if tab is None:
        return answer(server, {"RelatedItems": []})
    if not of_record:
        return _link_rows(server, call, tab)
    record_id = _record(server, call, tab)
    items = _visible(server, call, (tab.number, record_id)) if record_id is not None else []
    return ready(server, b'{"RelatedItems":[' + b",".join(_tagged(server, call, items)) + b"]}")


def _tagged(server: Server, call: Call, items: list[Item]) -> list[bytes]:
    tagged = []
    for tab, record_id, kind in items:
        head = wire.dumps(
            {
                "CollectionTypeID": tab.model.CollectionTypeID,
                "Tab": tab.name,
                "CollectionID": str(record_id),
                "LinkType": kind,
            }
        )
        tagged.append(head[:-1] + b',"Record":' + server.rows(call, tab, [record_id], classic=True)[0] + b"}")
    return tagged


def _link_rows(server: Server, call: Call, tab: TabRows) -> Response:
    """Every link of every record of the tab, without the records; Offset and Limit act, a cap does not."""
    rows = (
        {
            "FromCollectionTypeID": tab.model.CollectionTypeID,
            "FromCollectionID": str(record_id),
            "CollectionTypeID": other.model.CollectionTypeID,
            "Tab": other.name,
            "CollectionID": str(other_id),
            "LinkType": kind,
        }
        for record_id in server.visibility.ids(call.user, tab)
        for other, other_id, kind in _visible(server, call, (tab.number, record_id))
    )
    offset = pages.number(call.parameters.get("Offset")) or 0
    limit = pages.number(call.parameters.get("Limit"))
    end = offset + limit if limit else None
    return answer(server, {"RelatedItems": list(islice(rows, offset, end))})


def link_records(server: Server, call: Call) -> Response:
    """LinkRecords: From and To as `CollectionTypeID:CollectionID`; makes a Related link.

    Raises:
        Refusal: 400 for references of another form.
    """
    try:
        ends = [reference(call.parameters[key]) for key in ("From", "To")]
    except (KeyError, ValueError) as error:
        raise Refusal(400, "From and To are required, each as CollectionTypeID:CollectionID.") from error
    for number, record_id in ends:
        tab = server.dataset.tabs.get(number)
        if tab is None or not server.visibility.sees(call.user, tab, record_id):
            return answer(server, [result(server, number, record_id, "Record not found.")])
    server.dataset.links.add(ends[0], ends[1], "Related")
    return answer(server, [result(server, *ends[0], "")])
