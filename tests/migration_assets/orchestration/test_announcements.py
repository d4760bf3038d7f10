"""A wait is told where people look: on the screen of a command, and in the events of its run."""

import logging

import dagster as dg
import yaml

from migration_assets.orchestration.announcements import announced
from migration_assets.orchestration.dagster_home import COMMITTED

WAITS = "Gorgias gives no usable answer since 12 min"
PROGRESS = "gorgias/tickets: 10 of 20, 2.0 a second, 5 s left"


@dg.asset
def waiting(context: dg.AssetExecutionContext) -> None:
    context.log.info(PROGRESS)
    logging.getLogger("resources.patience").warning(WAITS)


def test_a_wait_is_on_the_screen_and_in_the_events_of_the_run():
    settings = yaml.safe_load(COMMITTED.read_text())
    heard: list[str] = []
    with dg.instance_for_test(overrides={"python_logs": settings["python_logs"]}) as instance, announced(heard.append):
        run = dg.materialize([waiting], instance=instance)
        events = [entry.user_message for entry in instance.all_logs(run.run_id)]
    assert heard == [WAITS]
    assert WAITS in events
    # A level for the adapters' log would drop what the assets themselves say of their progress.
    assert PROGRESS in events


def test_after_the_command_nothing_is_said_any_more():
    heard: list[str] = []
    with announced(heard.append):
        logging.getLogger("resources.pacing").info("nothing to worry about")
    logging.getLogger("resources.pacing").warning("later")
    assert heard == []
