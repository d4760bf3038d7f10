"""The one place from which a request leaves for Ivinex: pacing, repeats, and nothing but reads.

Belongs here: how a `ReadCall` is sent and its answer becomes a `Body`. Does not belong here: how a request is made
(manner.py), what an answer means (response_parser.py), paging (paging.py), the choice of dialect (client.py).
"""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Final

import httpx
import tenacity

from resources import exchange
from resources.ivinex import failures
from resources.ivinex.body import Body, UnreadableBody, decode
from resources.ivinex.calls import ReadCall
from resources.ivinex.failures import IvinexFailure, Where
from resources.ivinex.manner import MANNERS, Credentials, Manner, RequestMaker
from resources.ivinex.response_parser import refusal
from resources.outgoing_text import know, with_reference
from resources.pacer import Pacer
from resources.patience import Outage, OutOfPatience, Patience, Rest
from resources.request_counts import RequestCounts
from resources.secrets import strike

MOST_BYTES: Final = 64_000_000
"""Of one answer, unpacked: a page of 100 records has room for 640 kB each."""
SECONDS: Final = 300.0
"""For one exchange from the first byte to the last."""
_ATTEMPTS: Final = 6
_TIMEOUT: Final = httpx.Timeout(60.0, connect=10.0)
_HEADERS: Final = exchange.JSON | {"User-Agent": "ivinex-to-gorgias"}


class Sender:
    """Sends read calls.

    Args:
        base_url: the site, with or without `/API`; plain http is refused for any host but loopback.
        username: the API user.
        password: its password; never shown.
        pacer: asked before every request and told about every answer.
        call_path: template of classic calls (IVINEX_CALL_PATH).
        names: the site's parameter names (IVINEX_PARAMETER_NAMES).
        credentials: how classic calls carry the credentials (IVINEX_CREDENTIALS): a key of MANNERS.
        transport: replaces the network in tests.
        sleep: waits between attempts.
        clock: monotonic seconds.
        patience: how long an outage of the site is waited for; none: not at all.
        rest: how threads sleep meanwhile.
        seconds: for one exchange as a whole.
        most: bytes of one answer.

    Raises:
        ValueError: an address, a template or an option that cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        username: str,
        password: str,
        *,
        pacer: Pacer,
        call_path: str = "{Call}.php",
        names: str | Mapping[str, str] | None = None,
        credentials: str = "auto",
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        patience: Patience | None = None,
        rest: Rest | None = None,
        seconds: float = SECONDS,
        most: int = MOST_BYTES,
    ) -> None:
        if credentials not in MANNERS:
            raise ValueError(f"IVINEX_CREDENTIALS={credentials!r} is none of {', '.join(MANNERS)}")
        self._password = password
        know(password)
        self._pacer, self._sleep, self._clock = pacer, sleep, clock
        self._patience, self.rest = patience, rest or Rest()
        self._worked: tuple[ReadCall, Mapping[str, str], Manner | None] | None = None
        self._seconds, self._most = seconds, most
        self._manners = MANNERS[credentials]
        self._settling = threading.Lock()
        self.counts = RequestCounts()
        self._refused: failures.WrongCredentials | None = None
        self.manner: Manner | None = None
        self._http = exchange.client(_TIMEOUT, _HEADERS, transport)
        self._requests = RequestMaker(self._http, base_url, username, password, call_path, names)

    def __repr__(self) -> str:
        return f"Sender({self._requests.api})"

    def close(self) -> None:
        """Closes idle connections."""
        self._http.close()

    def where(self, call: ReadCall) -> Where:
        """Returns the name and the address of a call, for messages."""
        path = (self.manner.path if self.manner else self._requests.paths[0]) if call.classic else "{Call}.php"
        return Where(call.value, f"{self._requests.api}/{path.format(Call=call.value)}", self.clean)

    def clean(self, text: str) -> str:
        """The text without the password, in whatever form the site quotes it."""
        return strike(text, [self._password])

    def read(self, call: ReadCall, parameters: Mapping[str, str]) -> Body:
        """Makes one read call, repeating what a repeat can heal.

        Args:
            call: which of the read calls; there is no other way to send anything.
            parameters: documented parameter names and values; the credentials are added here.

        Raises:
            IvinexFailure: classified; a failed read is never an empty list.
        """
        if not isinstance(call, ReadCall):
            raise TypeError("only a ReadCall can be sent")
        if not call.classic:
            return self._repeat(call, parameters, None)
        if self.manner is None:
            with self._settling:
                if self.manner is None:
                    return self._settle(call, parameters)
        return self._repeat(call, parameters, self.manner)

    def try_credentials(self) -> IvinexFailure | None:
        """One read, never repeated, so that a look costs a single log-in; None where it was answered.

        Where it is not known how the site takes the credentials, the one request carries them in both ways.
        """
        only = self._manners[0] if len(self._manners) == 1 else Credentials.FORM_AND_BASIC
        return self._fails_now((ReadCall.GET_TABS, {}, Manner(self._requests.paths[0], only)))

    def _settle(self, call: ReadCall, parameters: Mapping[str, str]) -> Body:
        """Finds out where the site serves classic calls and how it takes the credentials (A-01, A-02).

        No more log-ins than needed, because a site may lock a user after a few wrong ones: another path is tried only
        where there is no call at this one, and credentials that were refused are not sent again.
        """
        if self._refused is not None:
            raise self._refused
        for path in self._requests.paths:
            refusals: list[IvinexFailure] = []
            for credentials in self._manners:
                manner = Manner(path, credentials)
                try:
                    body = self._repeat(call, parameters, manner)
                except (failures.WrongCredentials, failures.NoApiPermission, failures.CallMissing) as refused:
                    refusals.append(refused)
                    if refused.status == 404:
                        break
                except (failures.HtmlPage, failures.Redirected) as refused:
                    refusals.append(refused)
                else:
                    self.manner = manner
                    return body
            told = _most_telling(refusals)
            if not isinstance(told, failures.CallMissing):
                break
        if isinstance(told, failures.WrongCredentials):
            self._refused = told
        raise told

    def _repeat(self, call: ReadCall, parameters: Mapping[str, str], manner: Manner | None) -> Body:
        """Repeats what a repeat can heal; an outage of the whole site is waited out.

        Raises:
            OutOfOrder: the outage lasted longer than it is waited for.
            IvinexFailure: of this read alone, or before any read has worked: then it may be the address.
        """
        outage = self._patience.outage() if self._patience else None
        while True:
            try:
                body = self._some_tries(call, parameters, manner)
            except IvinexFailure as failure:
                if outage is None or not self._is_outage(failure):
                    raise
                self._wait_out(outage, failure)
            else:
                if outage is not None:
                    outage.over()
                self._worked = self._worked or (call, parameters, manner)
                return body

    def was_out(self) -> bool:
        """Whether the site does not answer; if so, waits until it does. For who asks it for something else than calls.

        Raises:
            OutOfOrder: the outage lasted longer than it is waited for.
        """
        if self._patience is None or self._worked is None:
            return False
        outage, waited = self._patience.outage(), False
        while (failure := self._fails_now(self._worked)) is not None and failure.retryable:
            self._wait_out(outage, failure)
            waited = True
        if failure is None:
            outage.over()
        return waited

    def _is_outage(self, failure: IvinexFailure) -> bool:
        """Whether a read that has worked before does not either; a read that fails by itself keeps nobody waiting."""
        if self._worked is None or not failure.retryable:
            return False
        other = self._fails_now(self._worked)
        if other is not None and not other.retryable:
            raise other
        return other is not None

    def _fails_now(self, worked: tuple[ReadCall, Mapping[str, str], Manner | None]) -> IvinexFailure | None:
        try:
            self._once(*worked)
        except IvinexFailure as failure:
            return failure
        return None

    def _wait_out(self, outage: Outage, failure: IvinexFailure) -> None:
        try:
            outage.wait(str(failure))
        except OutOfPatience as over:
            raise failures.OutOfOrder(str(over), Where(failure.call, failure.url, self.clean)) from None

    def _some_tries(self, call: ReadCall, parameters: Mapping[str, str], manner: Manner | None) -> Body:
        settled = self.manner is not None

        def is_passing(error: BaseException) -> bool:
            passing = isinstance(error, IvinexFailure) and error.retryable
            return passing and (settled or not isinstance(error, failures.HtmlPage))

        policy = tenacity.Retrying(
            retry=tenacity.retry_if_exception(is_passing),
            stop=tenacity.stop_after_attempt(_ATTEMPTS),
            wait=_wait,
            sleep=self._sleep,
            reraise=True,
        )
        return policy(self._once, call, parameters, manner)

    def _once(self, call: ReadCall, parameters: Mapping[str, str], manner: Manner | None) -> Body:
        request = self._requests.request(call, parameters, manner)
        bare = request.url.copy_with(query=None, fragment=None, username=None, password=None)
        where = Where(call.value, str(bare), self.clean)
        self._pacer.acquire()
        started = self._clock()
        self.counts.add(call.value)
        try:
            with exchange.within(self._seconds):
                response, content = self._exchange(request, started)
        except (httpx.TransportError, httpx.DecodingError) as error:
            self._pacer.observe(0, {}, self._clock() - started)
            raise failures.NetworkFailure(f"no complete answer: {type(error).__name__}", where) from None
        except exchange.TooMuch:
            raise failures.TooLarge(f"an answer of more than {self._most} bytes", where) from None
        except exchange.UnknownCoding:
            raise failures.BrokenBody("an answer packed in a way that was not asked for", where) from None
        except ValueError:  # httpx looks at where a redirect leads, although none is followed
            raise failures.Redirected("the site redirects to no address", where) from None
        return self._judge(response, content, where)

    def _exchange(self, request: httpx.Request, started: float) -> tuple[httpx.Response, bytes]:
        with closing(self._http.send(request, stream=True)) as response:
            content = b"".join(exchange.read_blocks(response, self._most))
        self._pacer.observe(response.status_code, response.headers, self._clock() - started)
        return response, content

    def _judge(self, response: httpx.Response, content: bytes, where: Where) -> Body:
        status, settled = response.status_code, self.manner is not None
        body: Body | UnreadableBody
        try:
            body = decode(content)
        except UnreadableBody as error:
            body = error
        said = refusal(body.value) if isinstance(body, Body) and isinstance(body.value, dict) else None
        failure = failures.of_status(status, response.headers, where, message=said or "", settled=settled)
        if failure is not None:
            raise failure
        if isinstance(body, UnreadableBody):
            kind = failures.HtmlPage if body.reason == "html" else failures.BrokenBody
            raise kind(str(body), where, status)
        if said is not None:
            raise failures.ErrorAnswer(with_reference("the site says that it failed", said), where, status)
        return body


_backoff = tenacity.wait_exponential(multiplier=0.5, max=10) + tenacity.wait_random(0, 0.25)


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, IvinexFailure) else None
    return max(asked or 0.0, _backoff(state))


def _most_telling(refusals: list[IvinexFailure]) -> IvinexFailure:
    """Of all refused manners, the one whose message helps most: who you are before where it is."""
    order = (
        failures.NoApiPermission,
        failures.WrongCredentials,
        failures.HtmlPage,
        failures.Redirected,
        failures.CallMissing,
    )
    return min(refusals, key=lambda refused: order.index(type(refused)))
