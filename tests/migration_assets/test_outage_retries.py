"""A step that an outage ended is tried again where nobody is there; what waits for a person is not."""

import dagster as dg
import pytest

from migration_assets import outage_retries
from migration_assets.expected_failures import plain_failures
from migration_assets.run_tags import ID_TAG, PARENT_TAG
from resources.gorgias.failures import GorgiasError, Outlasted, RunStopped
from resources.gorgias.known_account import LoadedElsewhere
from resources.ivinex.failures import OutOfOrder, Where

OUTAGE = Outlasted("GET", "/api/tickets", None, "no answer for 30 minutes")
OUTAGES = [OUTAGE, OutOfOrder("no answer", Where("GetTabs", "https://shop.ivinex.com/GetTabs.php"))]


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    taken: list[float] = []
    monkeypatch.setattr(outage_retries, "sleep", taken.append)
    return taken


def tries(error: Exception, fails: int, **tags: str) -> tuple[int, bool]:
    """How often a step was tried that fails so often, and whether the run succeeded in the end."""
    tried = []

    @dg.asset
    def step() -> None:
        tried.append(1)
        if len(tried) <= fails:
            raise error

    done = dg.materialize(plain_failures([step]), raise_on_error=False, tags=tags)
    return len(tried), done.success


@pytest.mark.parametrize("error", OUTAGES, ids=["gorgias", "ivinex"])
def test_after_an_outage_the_step_is_tried_again_until_it_is_over(error: Exception, pauses: list[float]) -> None:
    assert tries(error, 3) == (4, True)
    assert pauses == [outage_retries.PAUSE] * 3


def test_an_outage_without_end_ends_the_run_after_a_night(pauses: list[float]) -> None:
    assert tries(OUTAGE, 99) == (outage_retries.RETRIES + 1, False)


@pytest.mark.parametrize(
    "error",
    [
        RunStopped("GET", "/api/users", 401, "x"),
        GorgiasError("GET", "/api/users", 404, "x"),
        LoadedElsewhere("x"),
        dg.Failure("a gate is closed"),
        KeyError("x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_waits_for_a_person_is_not_tried_again(error: Exception, pauses: list[float]) -> None:
    assert tries(error, 1) == (1, False)
    assert pauses == []


def test_a_command_is_ended_and_a_job_of_the_ui_that_runs_others_is_not(pauses: list[float]) -> None:
    assert tries(OUTAGE, 1, **{ID_TAG: "7"}) == (1, False)
    assert tries(OUTAGE, 1, **{ID_TAG: "7", PARENT_TAG: "6"}) == (2, True)
