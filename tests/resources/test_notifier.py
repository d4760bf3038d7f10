"""The webhook, as a real server sees it: what arrives, what is repeated, and what an error may say."""

import json
import logging
from collections.abc import Iterator

import pytest
from webhook import Webhook, listening

from resources.notifier import ATTEMPTS, MOST_BYTES, NotifierResource, NotNotified


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with listening() as made:
        yield made


def test_the_content_arrives_as_json(hook: Webhook):
    assert NotifierResource(url=hook.url).tell({"job": "delta", "message": "zwölf"})
    assert [json.loads(body) for body in hook.bodies] == [{"job": "delta", "message": "zwölf"}]


def test_without_an_address_nobody_is_told():
    assert not NotifierResource(url="").tell({"job": "delta"})


@pytest.mark.parametrize("passing", [429, 500, 503])
def test_what_may_pass_is_repeated(hook: Webhook, passing: int):
    hook.answers = [passing, 204]
    assert NotifierResource(url=hook.url).tell({})
    assert len(hook.bodies) == 2


@pytest.mark.parametrize(("answer", "sent"), [(404, 1), (302, 1), (500, ATTEMPTS)])
def test_a_refusal_names_the_host_and_nothing_else_of_the_address(hook: Webhook, caplog, answer: int, sent: int):
    hook.answers = [answer]
    with caplog.at_level(logging.DEBUG), pytest.raises(NotNotified, match=str(answer)) as refused:
        NotifierResource(url=hook.url).tell({})
    assert "127.0.0.1" in str(refused.value)
    assert "s3cret" not in f"{refused.value}{refused.value.__cause__}{caplog.text}"
    assert len(hook.bodies) == sent


def test_a_server_that_does_not_answer_is_given_up(hook: Webhook):
    hook.seconds = 1
    with pytest.raises(NotNotified, match="did not answer"):
        NotifierResource(url=hook.url, timeout=0.05).tell({})
    with pytest.raises(NotNotified, match="ConnectError"):
        NotifierResource(url="http://127.0.0.1:9/hook").tell({})


def test_a_notice_has_a_size(hook: Webhook):
    with pytest.raises(NotNotified, match="bytes"):
        NotifierResource(url=hook.url).tell({"message": "x" * MOST_BYTES})
    assert hook.bodies == []
