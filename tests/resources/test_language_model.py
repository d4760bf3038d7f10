"""The language model as a proposer, against a real server that answers well, badly, late, or not at all."""

import json
import logging
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from small_servers import Handler, http_server

from migration_assets.mapping.heuristics.labels import Reader
from migration_assets.mapping.heuristics.languages import languages
from migration_assets.mapping.heuristics.source_fields import Source
from migration_assets.mapping.proposers.language_model import MOST_SURE, ModelProposer
from migration_assets.mapping.proposers.proposer import Evidence
from resources import language_model
from resources.language_model import ATTEMPTS, Budget, LanguageModel

KEY = "sk-very-secret-key"
FIELDS = [
    Source("ticket", "1", "T", "zustand", "1", "Zustand?", "dropdown", options={"1": "Oben", "2": "Unten"}),
    Source("ticket", "1", "T", "worte", "2", "Worte", "text", shares={"email_share": 0.1}),
]
EVIDENCE = Evidence("ticket", FIELDS, Reader((languages()[0],)))


class Server:
    def __init__(self) -> None:
        self.answers: list[object] = []
        self.requests: list[dict] = []
        self.keys: list[str] = []
        self.seconds = self.drip = 0.0
        self.url = ""


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Model(Handler):
        def respond(self) -> None:
            state.requests.append(json.loads(self.content))
            state.keys.append(self.headers.get("Authorization", ""))
            time.sleep(state.seconds)
            answer = state.answers.pop(0) if len(state.answers) > 1 else state.answers[0]
            body = answer if isinstance(answer, bytes) else b"" if isinstance(answer, int) else said(answer)
            with suppress(OSError):  # the client may go away, as it should
                self.answer(answer if isinstance(answer, int) else 200, headers={"Content-Length": str(len(body))})
                for part in [body[at : at + 1] for at in range(len(body))] if state.drip else [body]:
                    self.wfile.write(part)
                    time.sleep(state.drip)

    with http_server(Model) as url:
        state.url = f"{url}/v1/chat/completions"
        yield state


def said(content: object, tokens: int = 100) -> bytes:
    text = content if isinstance(content, str) else json.dumps(content)
    return json.dumps({"choices": [{"message": {"content": text}}], "usage": {"total_tokens": tokens}}).encode()


def proposer(server: Server, requests: int = 10, tokens: int = 10_000, timeout: float = 5.0):
    told: list[str] = []
    model = LanguageModel(server.url, "m-1", Budget(requests, tokens), KEY, timeout)
    return ModelProposer(model, told.append), told, model.budget


GOOD = {"fields": [{"name": "zustand", "target": "status", "confidence": 0.99, "values": {"Oben": "closed"}}]}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language_model, "wait_exponential_jitter", lambda **_: lambda _state: 0)


def test_an_answer_is_an_opinion_that_is_never_sure_of_a_status(server: Server):
    server.answers = [GOOD]
    asked, told, _ = proposer(server)
    opinion = asked.propose(EVIDENCE)
    assert opinion.scores == {"zustand": {"status": MOST_SURE}}
    value = opinion.values[("zustand", "status")]["Oben"]
    assert value.value == "closed"
    assert value.confidence < 0.75
    assert not told


def test_names_types_options_and_profiles_are_sent_and_the_key_in_its_header(server: Server):
    server.answers = [GOOD]
    proposer(server)[0].propose(EVIDENCE)
    (request,) = server.requests
    question = json.loads(request["messages"][1]["content"])
    assert question["fields"][0]["options"] == ["Oben", "Unten"]
    assert question["fields"][1]["profile"]["email_share"] == 0.1
    assert request["model"] == "m-1"
    assert server.keys == [f"Bearer {KEY}"]
    assert KEY not in json.dumps(request)


def test_nonsense_in_an_answer_counts_for_nothing(server: Server):
    server.answers = [
        {
            "fields": [
                {"name": "no such field", "target": "status", "confidence": 1},
                {"name": "worte", "target": "status of the moon", "confidence": 1},
                {"name": "worte", "target": "closed", "confidence": 1},  # a text is no date
                {"name": "zustand", "target": "status", "confidence": 0.9,
                 "values": {"Oben": "ajar", "Nirgends": "open", "Unten": "open"}},
            ]
        }
    ]  # fmt: skip
    opinion = proposer(server)[0].propose(EVIDENCE)
    assert set(opinion.scores) == {"zustand"}
    assert set(opinion.values[("zustand", "status")]) == {"Unten"}


@pytest.mark.parametrize("broken", [b"<html>", said("no json"), said({"fields": [{"name": 1}]}), b"{}", 503, 429])
def test_what_is_broken_is_asked_again_and_then_done_without(server: Server, broken: object):
    server.answers = [broken, broken, GOOD]
    asked, told, budget = proposer(server)
    assert asked.propose(EVIDENCE).scores
    assert budget.requests_made == ATTEMPTS
    server.answers = [broken]
    assert not asked.propose(EVIDENCE).scores
    assert "proposed without it" in told[0]


@pytest.mark.parametrize("refused", [401, 404, 302])
def test_a_refusal_is_not_repeated(server: Server, refused: int):
    server.answers = [refused]
    asked, told, _ = proposer(server)
    assert not asked.propose(EVIDENCE).scores
    assert len(server.requests) == 1
    assert str(refused) in told[0]


def test_silence_ends_at_the_timeout_and_neither_the_key_nor_the_address_is_told(server: Server, caplog):
    server.answers, server.seconds = [GOOD], 0.5
    asked, told, _ = proposer(server, timeout=0.05)
    with caplog.at_level(logging.DEBUG):
        assert not asked.propose(EVIDENCE).scores
    assert "ReadTimeout" in told[0]
    assert KEY not in caplog.text + told[0]


def test_an_answer_that_drips_ends_at_the_timeout_too(server: Server):
    server.answers, server.drip = [GOOD], 0.03
    asked, told, _ = proposer(server, timeout=0.3)
    begun = time.monotonic()
    assert not asked.propose(EVIDENCE).scores
    assert "did not come to its end" in told[0]
    assert time.monotonic() - begun < ATTEMPTS * 1.5


@pytest.mark.parametrize("key", ["sk-geheim-ä", "sk-\nX-Other: 1", "sk-\x00"])
def test_a_key_that_no_header_can_hold_is_said_without_it(server: Server, key: str, caplog):
    server.answers, told = [GOOD], list[str]()
    model = LanguageModel(server.url, "m-1", Budget(10, 10_000), key, 5.0)
    with caplog.at_level(logging.DEBUG):
        assert not ModelProposer(model, told.append).propose(EVIDENCE).scores
    assert "MIGRATION_MODEL_KEY" in told[0]
    assert key not in caplog.text + told[0]
    assert not server.requests


@pytest.mark.parametrize(
    "odd",
    [
        said("[" * 100_000),
        said(GOOD, tokens=-1),
        said({"fields": [{"name": "zustand", "target": "status", "confidence": "NaN"}]}),
        b'{"choices": [{"message": {"content": "\\ud800"}}]}',
        b'{"choices": [{"message": {"content": null}}]}',
        b"\xff\xfe",
        b"[]",
        b" " * 2_000_000,
    ],
)
def test_an_odd_answer_breaks_no_proposal(server: Server, odd: bytes):
    server.answers = [odd]
    asked, told, _ = proposer(server)
    assert not asked.propose(EVIDENCE).scores
    assert "proposed without it" in told[0]


def test_requests_and_tokens_are_budgeted(server: Server):
    server.answers = [GOOD]
    for budget, setting in (({"requests": 1}, "MAX_REQUESTS"), ({"tokens": 50}, "MAX_TOKENS")):
        asked, told, _ = proposer(server, **budget)
        asked.propose(EVIDENCE)
        assert not asked.propose(EVIDENCE).scores
        assert f"MIGRATION_MODEL_{setting}" in told[0]
    assert len(server.requests) == 2
