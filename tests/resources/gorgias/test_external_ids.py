"""External ids hold their site in Gorgias and nowhere else, so that two sites stay apart in one account."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sample_writes import customer, many, ticket

from resources.gorgias.external_ids import ExternalIds, is_of_this_site, site_of, without_site
from resources.gorgias.writer.writer import Writer

OURS = "ivinex:20:7"
IDS = [OURS, f"{OURS}#files2", "ivinex:field:20:start_time", "ivinex:canary:one-for-all-runs", "order 7", "", None, 7]


@pytest.mark.parametrize("site", ["", "a1", "3f9a1c"])
def test_what_goes_out_comes_back_as_it_was_wherever_it_stands_in_a_body(site: str) -> None:
    ids = ExternalIds(site)
    body = {
        "external_id": OURS,
        "messages": [{"external_id": one, "body_text": OURS} for one in IDS],
        "meta": {"a": OURS},
    }
    out = ids.outward(body)
    assert ids.inward(out) == body
    assert out["external_id"] == (f"{OURS}~{site}" if site else OURS)
    assert [one["body_text"] for one in out["messages"]] == [OURS] * len(IDS)
    assert out["messages"][4:] == body["messages"][4:]
    assert out["meta"] == {"a": OURS}


def test_ids_of_other_sites_and_of_none_are_never_this_site_s_and_go_back_as_they_came() -> None:
    for site, foreign in (("a1", OURS), ("a1", f"{OURS}~b2"), ("", f"{OURS}~b2")):
        ids = ExternalIds(site)
        seen = ids.inward({"external_id": foreign})
        assert seen["external_id"] != OURS
        assert not is_of_this_site(seen["external_id"])
        assert site_of(seen["external_id"]) is not None
        assert without_site(seen["external_id"]) == OURS
        assert ids.outward(seen) == {"external_id": foreign}
    assert is_of_this_site(ExternalIds("a1").inward({"external_id": f"{OURS}~a1"})["external_id"])


def test_a_name_that_could_not_be_told_from_an_id_is_refused() -> None:
    with pytest.raises(ValueError, match="small letters"):
        ExternalIds("a~b")


def gate_of(side: Any, folder: Path, site: str) -> Writer:
    """A gate of a home of its own, on the same account."""
    return side.gate(side.ledger_in(f"sqlite:///{folder / f'{site}.sqlite'}"), run_id=site, site=site)


def test_two_sites_that_are_loaded_into_one_account_by_force_are_not_mixed(
    serve: Callable[..., Any], tmp_path: Path
) -> None:
    side = serve()
    for site in ("", "a1", "b2"):
        with gate_of(side, tmp_path, site) as gate:
            assert gate.apply([*many(ticket, 2), customer(1, f"of-{site}@mail.example")]).sent == 3
        with gate_of(side, tmp_path, site) as gate:
            assert gate.apply([*many(ticket, 2), customer(1, f"of-{site}@mail.example")]).sent == 0
    numbers = ("ivinex:20:1", "ivinex:20:2")
    assert side.tickets() == sorted(f"{one}{end}" for one in numbers for end in ("", "~a1", "~b2"))
    assert side.customers() == ["ivinex:10:1", "ivinex:10:1~a1", "ivinex:10:1~b2"]


@pytest.mark.parametrize("site", ["", "a1"])
def test_a_doubt_is_settled_by_the_id_with_its_site(serve: Callable[..., Any], tmp_path: Path, site: str) -> None:
    side = serve(faults=[{"kind": "reset_after", "method": "POST", "route": "/api/tickets", "calls": [1, 2]}])
    with gate_of(side, tmp_path, "b2") as gate:
        gate.apply([ticket(1)])
    with gate_of(side, tmp_path, site) as gate:
        gate.apply([ticket(1)])
    assert len(side.tickets()) == 2


def test_the_ledger_decides_and_one_that_was_used_before_stays_without(
    serve: Callable[..., Any], tmp_path: Path
) -> None:
    side = serve()
    url, account = f"sqlite:///{tmp_path / 'one.sqlite'}", "staging:shop"

    def site_now() -> str:
        return side.resource(ledger_url=url, account=account, site="a1").connection.ids.site

    ledger = side.ledger_in(url)
    assert site_now() == "a1"
    ledger.sources.bind_site("", {}, {}, "b2")
    assert site_now() == "b2"
    ledger.sources.bind_site("", {}, {})
    assert site_now() == ""
    with ledger.transaction() as tx:
        tx.exec_driver_sql("UPDATE source_sites SET in_ids = NULL")
    assert site_now() == ""
    with ledger.transaction() as tx:
        tx.exec_driver_sql("DELETE FROM source_sites")
    assert site_now() == "a1"
    with side.gate(side.ledger) as gate:
        gate.apply([ticket(1)])
    assert side.ledger.sources.site_of_ids("a1") == ""
