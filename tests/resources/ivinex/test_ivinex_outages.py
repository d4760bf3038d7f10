"""Outages of Ivinex are waited out and said; one read that fails by itself keeps nobody waiting; on a turned clock."""

from collections.abc import Callable

import httpx
import pytest
from test_ivinex_sender import SITE, Unpaced

from resources.ivinex import failures
from resources.ivinex.calls import ReadCall
from resources.ivinex.sender import Sender
from resources.patience import Patience

TABS = {"Tabs": []}


class Site:
    """A site that is down from one moment to another, on a clock that sleeping moves."""

    def __init__(self, patience: float = 1800.0) -> None:
        self.now = self.down_from = self.down_until = 0.0
        self.bad: Callable[[httpx.Request], bool] = lambda _: False
        self.said: list[str] = []
        self.asked = 0
        kept = Patience(
            "Ivinex", "IVINEX_PATIENCE", patience, clock=lambda: self.now, sleep=self.sleep, say=self.said.append
        )
        transport = httpx.MockTransport(self.answer)
        self.sender = Sender(
            SITE, "ann", "s3cret", pacer=Unpaced(), transport=transport, sleep=self.sleep, patience=kept
        )

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.down_from <= self.now < self.down_until or self.bad(request):
            return httpx.Response(503, text="<html>Maintenance</html>")
        return httpx.Response(200, json=TABS)

    def goes_down(self, seconds: float) -> None:
        self.down_from, self.down_until = self.now, self.now + seconds


@pytest.mark.parametrize("seconds", [3, 120, 900])
def test_an_outage_within_the_patience_costs_time_and_nothing_else(seconds: float) -> None:
    site = Site()
    site.sender.read(ReadCall.GET_TABS, {})
    site.goes_down(seconds)
    assert site.sender.read(ReadCall.GET_FIELDS, {"Tab": "Contacts"}).value == TABS
    assert site.now >= seconds
    if seconds > 60:
        assert any("Ivinex gives no usable answer since" in line and "IVINEX_PATIENCE" in line for line in site.said)
        assert site.said[-1].startswith("Ivinex answers again after")
        assert site.asked < 100


def test_an_outage_beyond_the_patience_ends_the_run_with_what_to_do_and_is_never_about_one_record() -> None:
    site = Site(patience=600)
    site.sender.read(ReadCall.GET_TABS, {})
    site.goes_down(7200)
    with pytest.raises(failures.OutOfOrder, match="run the same command again once it answers") as ended:
        site.sender.read(ReadCall.GET_FIELDS, {"Tab": "Contacts"})
    assert not isinstance(ended.value, failures.OF_ONE_RECORD)
    assert 500 < site.now < 700


def test_one_read_that_the_site_always_fails_at_is_told_at_once_while_others_work() -> None:
    site = Site()
    site.sender.read(ReadCall.GET_TABS, {})
    site.bad = lambda request: b"70003" in request.content
    with pytest.raises(failures.ServerError):
        site.sender.read(ReadCall.GET_ALL_RELATED_ITEMS, {"Tab": "Tickets", "CollectionID": "70003"})
    assert site.now < 60


def test_a_site_that_never_answered_is_not_waited_for_because_it_may_be_the_address() -> None:
    site = Site()
    site.goes_down(7200)
    with pytest.raises(failures.ServerError):
        site.sender.read(ReadCall.GET_TABS, {})
    assert site.now < 60


def test_a_file_that_cannot_be_read_in_an_outage_waits_for_the_site_and_one_by_itself_does_not() -> None:
    site = Site()
    assert site.sender.was_out() is False
    site.sender.read(ReadCall.GET_TABS, {})
    assert site.sender.was_out() is False
    site.goes_down(120)
    assert site.sender.was_out() is True
    assert 120 <= site.now < 250
