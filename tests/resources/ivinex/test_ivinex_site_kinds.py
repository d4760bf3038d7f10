"""The client against real servers that show each of the answers an Ivinex site may give (ivinex-api.md 12)."""

import logging
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from ivinex_site import Site

from migration_assets.ivinex.records import content_hasher
from resources.ivinex import failures
from resources.ivinex.client import IvinexClient
from resources.ivinex.manner import Credentials
from resources.ivinex.rendering import Rendering
from resources.ivinex.response_parser import Tab
from resources.pacing import SteadyPacer

Serve = Callable[..., Site]
Connect = Callable[..., IvinexClient]
TICKETS = Tab("Tickets", "10101")
ACTIVITIES = Tab("Activities", "50")


def ids_of(client: IvinexClient, tab: Tab) -> list[str]:
    return [row["collection_id"] for page in client.walk(tab) for row in page.fresh]


@pytest.fixture
def activities(small: Any) -> int:
    return sum(1 for _ in (small / "tabs" / "Activities" / "records.ndjson").open())


@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"A-13": 50},
        {"A-13": 25},
        {"A-14": "unstable"},
        {"A-14": "descending"},
        {"A-15": "repeat_last"},
        {"A-15": "404"},
    ],
)
def test_a_walk_meets_every_record_exactly_once(
    serve: Serve, connect: Connect, activities: int, switches: dict[str, Any]
) -> None:
    client = connect(serve(switches=switches))
    for tab, expected in ((TICKETS, 30), (ACTIVITIES, activities)):
        ids = ids_of(client, tab)
        assert len(ids) == len(set(ids)) == expected


@pytest.mark.parametrize(
    ("switches", "joins"), [({}, True), ({"A-14": "unstable"}, False), ({"A-14": "descending"}, False)]
)
def test_a_walk_knows_that_its_pages_join_where_ids_rise_and_nowhere_else(
    serve: Serve, connect: Connect, switches: dict[str, Any], joins: bool
) -> None:
    walk = connect(serve(switches=switches)).walk(ACTIVITIES)
    assert list(walk)
    assert walk.contiguous is joins


@pytest.mark.parametrize(
    ("switches", "path", "credentials"),
    [
        ({"A-01": "php"}, "{Call}.php", Credentials.POST_FORM),
        ({"A-01": "bare"}, "{Call}", Credentials.POST_FORM),
        ({"A-02": "post"}, "{Call}.php", Credentials.POST_FORM),
        ({"A-02": "get"}, "{Call}.php", Credentials.GET_QUERY),
        ({"A-02": "basic"}, "{Call}.php", Credentials.BASIC),
    ],
)
def test_the_manner_of_classic_calls_is_found_once_and_kept(
    serve: Serve, connect: Connect, switches: dict[str, Any], path: str, credentials: Credentials
) -> None:
    site = serve(switches=switches)
    client = connect(site, credentials_by="query" if credentials is Credentials.GET_QUERY else "auto")
    client.tabs()
    assert client.sender.manner is not None
    assert (client.sender.manner.path, client.sender.manner.credentials) == (path, credentials)
    before = sum(site.stats()["requests"].values())
    client.tabs()
    assert sum(site.stats()["requests"].values()) == before + 1


@pytest.mark.parametrize(
    "switches",
    [
        *({"A-03": "xml"}, {"A-04": "modules"}, {"A-04": "bare"}, {"A-04": "name_id"}),
        *({"A-03": "xml", "A-04": "bare"}, {"A-05": "short"}),
    ],
)
def test_tabs_and_fields_are_the_same_in_every_shape(serve: Serve, connect: Connect, switches: dict[str, Any]) -> None:
    client = connect(serve(switches=switches))
    names = {tab.name: tab.collection_type_id for tab in client.tabs()}
    assert names["Tickets"] == "10101"
    assert names["Activities"] == "50"
    fields = {field.name: field for field in client.fields(ACTIVITIES)}
    assert fields["ticket"].linked_collection_type_id == "10101"
    assert len(fields["activity"].options) > 3
    assert all(option.id.isdigit() for option in fields["activity"].options)


@pytest.mark.parametrize("switches", [{}, {"A-08": "ids"}, {"A-33": "one_zero"}, {"A-33": "yes_no"}, {"A-03": "xml"}])
def test_both_dialects_say_the_same_once_rendered(serve: Serve, connect: Connect, switches: dict[str, Any]) -> None:
    site = serve(switches=switches)
    classic, records = connect(site, dialect="classic"), connect(site, dialect="records")
    fields = records.fields(TICKETS)
    content_hash = content_hasher(fields)
    usernames = {field.name for field in fields if field.data_type == "USER"} | {"created_by", "modified_by"}

    def said(client: IvinexClient) -> list[str]:
        rendering = Rendering(fields, {}, classic=client.renders_classic(TICKETS))
        rows = [rendering.apply(row) for page in client.walk(TICKETS) for row in page.fresh]
        return [content_hash({k: v for k, v in row.items() if k not in usernames}) for row in rows]

    assert said(classic) == said(records)


def test_usernames_become_user_ids_where_the_admins_list_knows_them(serve: Serve, connect: Connect) -> None:
    site = serve()
    client = connect(site, dialect="classic")
    rows = [row for page in client.walk(TICKETS) for row in page.fresh]
    named = next(row["created_by"] for row in rows if row["created_by"])
    rendering = Rendering(client.fields(TICKETS), {named: "77"}, classic=True)
    assert "77" in {rendering.apply(row)["created_by"] for row in rows}


def test_a_site_without_records_json_is_read_in_the_classic_dialect(serve: Serve, connect: Connect) -> None:
    class WithoutRecords(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            gone = request.url.path.endswith("/Records.php")
            return httpx.Response(404) if gone else super().handle_request(request)

    client = connect(serve(), transport=WithoutRecords())
    assert client.renders_classic(TICKETS)
    assert len(ids_of(client, TICKETS)) == 30


def test_the_call_that_chooses_the_dialect_is_the_first_look_at_its_tab(serve: Serve, connect: Connect) -> None:
    sent = []

    class Counting(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            sent.append(request.url.path)
            return super().handle_request(request)

    client = connect(serve(), transport=Counting())
    for tab, calls in ((TICKETS, 1), (ACTIVITIES, 2), (TICKETS, 3)):
        assert client.look(tab).rows == 1
        assert len(sent) == calls


def test_whole_tab_links_are_not_offered_where_the_site_wants_a_record(serve: Serve, connect: Connect) -> None:
    client = connect(serve(switches={"A-11": "record"}))
    assert client.all_links(TICKETS) is None
    assert client.all_related(TICKETS, ids_of(client, TICKETS)[0])


def test_link_rows_in_place_of_one_records_items_are_refused_by_name(serve: Serve, connect: Connect) -> None:
    client = connect(serve(switches={"A-11": "tab"}))
    assert client.all_links(TICKETS) is not None
    with pytest.raises(failures.UnexpectedShape, match="A-11"):
        client.all_related(TICKETS, ids_of(client, TICKETS)[0])


@pytest.mark.parametrize("answer", ["401", "html"])
def test_wrong_credentials_name_the_variables(serve: Serve, connect: Connect, answer: str) -> None:
    client = connect(serve(switches={"A-17": answer}), credentials=("migration", "wrong-secret"))
    with pytest.raises(failures.IvinexFailure, match="IVINEX_USERNAME and IVINEX_PASSWORD") as caught:
        client.tabs()
    assert "wrong-secret" not in str(caught.value)
    assert "migration" not in caught.value.url


@pytest.mark.parametrize("status", ["403", "200"])
def test_a_user_without_the_api_permission_is_told_apart_from_a_wrong_password(
    small: Any, serve: Serve, connect: Connect, status: str
) -> None:
    user = {"id": "4", "username": "cking", "password": "x", "api_permission": False}
    client = connect(
        serve(switches={"A-18": status}, api_users=[user | {"username": "ok", "api_permission": True}, user]),
        credentials=("cking", "x"),
    )
    with pytest.raises((failures.NoApiPermission, failures.ErrorAnswer), match="give the API user the API permission"):
        client.tabs()


def test_a_tab_without_the_right_to_read_is_forbidden_and_not_empty(serve: Serve, connect: Connect) -> None:
    user = {"id": "2", "username": "m", "password": "p", "unreadable_tabs": ["Tasks"]}
    client = connect(serve(switches={"A-16": "403"}, api_users=[user]))
    client.tabs()
    with pytest.raises(failures.Forbidden, match="Read permission"):
        client.look(Tab("Tasks", "10102"))


@pytest.mark.parametrize(("marker", "suspect"), [("marker", False), ("none", True)])
def test_zero_rows_prove_nothing_without_the_marker(serve: Serve, connect: Connect, marker: str, suspect: bool) -> None:
    everything = [{"field": "collection_id", "operator": "equal", "value": "0"}]
    user = {"id": "2", "username": "m", "password": "p", "row_filters": {"Tasks": everything}}
    look = connect(serve(switches={"A-07": marker}, api_users=[user])).look(Tab("Tasks", "10102"))
    assert look.rows == 0
    assert look.suspicious is suspect


@pytest.mark.parametrize(
    ("switches", "failure", "told"),
    [
        ({"A-06": "ignored"}, failures.OffsetIgnored, r"A-06.*IVINEX_PARAMETER_NAMES"),
        ({"A-32": "redirect"}, failures.Redirected, "A-32"),
    ],
    ids=["an offset that is ignored", "a redirect, which no credential follows"],
)
def test_what_contradicts_an_assumption_stops_with_its_name(
    serve: Serve, connect: Connect, switches: dict[str, Any], failure: type[Exception], told: str
) -> None:
    client = connect(serve(switches=switches), dialect="classic")
    with pytest.raises(failure, match=told):
        ids_of(client, ACTIVITIES)


@pytest.mark.parametrize("with_header", [True, False])
def test_a_throttling_site_is_read_to_the_end(
    serve: Serve, connect: Connect, activities: int, with_header: bool
) -> None:
    site = serve(switches={"A-19": {"per_second": 5, "retry_after": with_header}, "A-13": 25})
    nap = lambda seconds: time.sleep(min(seconds, 0.3))  # noqa: E731
    client = connect(site, pacer=SteadyPacer(400, sleep=nap), sleep=nap)
    assert len(ids_of(client, ACTIVITIES)) == activities
    assert site.stats()["throttled"] > 0


@pytest.mark.parametrize("kind", ["error_500", "html", "truncate", "drop", "invalid_utf8"])
def test_a_passing_fault_is_healed_and_loses_no_row(serve: Serve, connect: Connect, activities: int, kind: str) -> None:
    site = serve()
    client = connect(site)
    client.tabs()
    site.faults({"kind": kind, "route": "Records", "calls": [2, 5]})
    assert len(ids_of(client, ACTIVITIES)) == activities


@pytest.mark.parametrize(
    ("kind", "failure", "words"),
    [
        ("error_500", failures.ServerError, "HTTP 500"),
        ("html", failures.HtmlPage, "an HTML page"),
        ("truncate", failures.BrokenBody, "neither JSON nor XML"),
        ("drop", failures.NetworkFailure, "no complete answer"),
    ],
)
def test_a_lasting_fault_ends_as_a_failure_and_never_as_an_empty_list(
    serve: Serve, connect: Connect, kind: str, failure: type[Exception], words: str
) -> None:
    site = serve()
    client = connect(site, dialect="records")
    client.tabs()
    site.faults({"kind": kind, "route": "Records"})
    with pytest.raises(failure, match=words):
        ids_of(client, TICKETS)
    assert site.stats()["requests"]["Records"] == 6


@pytest.mark.parametrize("kind", ["duplicate_row", "row_added"])
def test_rows_that_move_while_pages_are_read_are_met_once(
    serve: Serve, connect: Connect, activities: int, kind: str
) -> None:
    site = serve()
    site.faults({"kind": kind, "route": "Records", "tab": "Activities", "calls": 3})
    ids = ids_of(connect(site), ACTIVITIES)
    assert len(ids) == len(set(ids)) >= activities


def test_nothing_is_ever_written_to_the_source(serve: Serve, connect: Connect) -> None:
    site = serve()
    client = connect(site)
    for tab in client.tabs():
        ids = ids_of(client, tab)
        client.all_related(tab, ids[0])
    assert site.stats()["writes"] == 0


def test_the_first_calls_show_what_kind_of_site_it_is(serve: Serve, connect: Connect) -> None:
    client = connect(serve(switches={"A-02": "basic", "A-11": "record"}))
    tabs = client.tabs()
    assert client.sender.manner is not None
    assert client.sender.manner.credentials.value == "HTTP Basic"
    assert not any(client.renders_classic(tab) for tab in tabs)
    assert client.all_links(tabs[0]) is None
    assert not any(client.look(tab).suspicious for tab in tabs)
    described = [field for tab in tabs for field in client.fields(tab)]
    assert "unknown" not in {field.kind for field in described}


def test_credentials_in_a_query_are_not_logged(
    serve: Serve, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    client = connect(serve(switches={"A-02": "get"}), credentials_by="query")
    with caplog.at_level(logging.DEBUG):
        client.tabs()
    password = client.sender._password
    assert "GetTabs.php" in caplog.text
    assert password not in caplog.text
    assert "UserName" not in caplog.text
