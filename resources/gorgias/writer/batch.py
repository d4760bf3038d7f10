"""One pass through the gate: each write is left alone, settled, or sent once (docs/write-gate.md).

The ledger knows it as done with the same payload: left alone. Its outcome is not known: read back. Else an INTENT
is committed, the request leaves, and what the answer means is committed. An intent is committed only when the pacer
lets its request leave, so what a crash can leave open is bounded by the requests in flight.
"""

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace

from resources.batches import batches
from resources.gorgias.failures import Outlasted, SendOutcome
from resources.gorgias.writer.planner import PlannedAction, planned_action
from resources.gorgias.writer.result_mapping import completion_of, taken_over, transient
from resources.gorgias.writer.send import BY_NATURAL_KEY, SendResult, adopt, send_once, stopping_error
from resources.gorgias.writer.silence import Silence
from resources.gorgias.writer.tries import Tries
from resources.gorgias.writer.unresolved_writes import UnresolvedWrite, UnresolvedWrites
from resources.gorgias.writer.write import Tally, Write
from resources.gorgias.writer.write_context import WriteContext
from resources.ledger.records import KnownWrite, State, WriteKey
from resources.ledger.writes import FOUND, PRESENT, THROTTLED
from resources.patience import OutOfPatience

Progress = Callable[[int], None]


class WriteBatch:
    """The state of one pass: what waits, what is in flight, what is in doubt."""

    def __init__(self, writer: WriteContext, writes: Iterable[Write], progress: Progress):
        self._writer, self._options, self._ledger = writer, writer.options, writer.ledger
        self._source = batches(writes, 200)
        self._progress, self._through = progress, 0
        self._ready: deque[Write] = deque()
        self._intended: list[Write] = []
        self._in_flight: set[Future[SendResult]] = set()
        self._finished: set[Future[SendResult]] = set()
        self._unresolved = UnresolvedWrites(writer)
        self._seen: set[WriteKey] = set()
        self._adopting: dict[WriteKey, SendResult] = {}
        self._silence = Silence(writer.max_silence)
        self._tries = Tries(self._silence, writer.options.attempts)
        self._lost = 0
        self.tally = Tally()

    def run(self) -> Tally:
        writer = self._writer
        self._by = writer.fencing_token(), writer.run_id
        try:
            while True:
                self._refill()
                wait_for = self._launch()
                if self._in_flight:
                    self._collect(wait_for)
                elif self._ready:
                    writer.sleep(wait_for or 0.01)
                elif self._unresolved:
                    self._resolve()
                else:
                    return self.tally
        except BaseException:
            self._drain()
            raise

    def _refill(self) -> None:
        while len(self._ready) < self._options.workers:
            chunk = next(self._source, None)
            if chunk is None:
                return
            known = self._ledger.known_writes.known([write.key for write in chunk])
            for write in chunk:
                # The ledger shows a key that is in flight as INTENT, so a row given twice would be sent twice.
                if write.key in self._seen:
                    self.tally.add("repeated")
                else:
                    self._seen.add(write.key)
                    self._plan(write, known.get(write.key))

    def _plan(self, write: Write, known: KnownWrite | None) -> None:
        """Put a write where its need takes it."""
        what = planned_action(write, known)
        if known is not None and known.state is State.ADOPTED and known.payload_hash == FOUND and known.gorgias_id:
            self._take_over(write, known.gorgias_id)
        elif what is PlannedAction.send and known is None and self._writer.looks_first(write) and self._is_there(write):
            return
        elif what is PlannedAction.send:
            self._ready.append(write)
        elif what is PlannedAction.settle and known is not None:
            self._unresolved.add_left(write, known)
        else:
            self._count(str(what), write)

    def _take_over(self, write: Write, number: int) -> None:
        """Look for the first time at an object that was found in the account when it was taken over."""
        kind = self._writer.object_type(write)
        if (found := kind.read(write, number)) is None:
            landing = SendResult(write, SendOutcome.GONE, State.CONFLICT, number, said="it is not there any more")
        else:
            landing = replace(adopt(kind, write, [found]), gorgias_id=number)
        if self._fill_first(landing):
            return
        self._ledger.writes.complete([taken_over(landing)], *self._by)
        gone = landing.state is State.CONFLICT and not landing.conflicts
        self._count("conflict" if gone else "unchanged", write)

    def _is_there(self, write: Write) -> bool:
        """In an account that was taken over, look before the first send: its earlier home may have written this."""
        kind = self._writer.object_type(write)
        if not (found := kind.find(write)):
            return False
        self._ledger.writes.begin([write.intent], *self._by)
        landing = adopt(kind, write, found)
        if landing.state is State.ADOPTED:
            landing = replace(landing, said=PRESENT)
        self._take([landing])
        return True

    def _launch(self) -> float | None:
        """Send what may leave now. Returns the seconds until the next may, or None when nothing waits for that."""
        free = self._options.workers - len(self._in_flight)
        if not (free and self._ready):
            return None
        self._writer.prepare()
        if self._silence.is_outage:
            if self._in_flight:
                return None
            self._wait_out()
            free = 1
        allowed, delay = self._writer.connection.pacer.try_acquire(min(free, len(self._ready)))
        if not allowed:
            return delay
        self._writer.before_batch(list(self._ready)[:allowed])
        batch = [self._ready.popleft() for _ in range(allowed)]
        self._intended = batch[::-1]
        self._writer.sent.keep(batch)
        now = self._writer.clock()  # before the commit, which may wait for another process: nothing leaves later for it
        self._ledger.writes.begin([one.intent for one in batch], *self._by)
        self.tally.add("sent", len(batch))
        while self._intended:
            # Off the list before it leaves: a signal in between leaves an INTENT, never a sent write without one.
            one = self._intended.pop()
            kind = self._writer.object_type(one)
            latest = now + self._options.send_within
            sending = self._writer.pool.submit(send_once, self._writer.client, kind, one, latest, self._writer.clock)
            self._in_flight.add(sending)
        return None

    def _wait_out(self) -> None:
        """Pause before the next write; raises where the outage lasted too long."""
        try:
            self._silence.wait()
        except OutOfPatience as over:
            raise Outlasted("POST", "Gorgias", None, str(over)) from None

    def _collect(self, timeout: float | None) -> None:
        done, flying = wait(self._in_flight, timeout=timeout, return_when=FIRST_COMPLETED)
        self._finished = done  # before they are off the other list: a signal in between forgets none
        self._in_flight = flying
        if done:
            self._take([flight.result() for flight in done])
        self._finished = set()

    def _take(self, landings: list[SendResult]) -> None:
        """Commit verdicts in one transaction, then act on those that stop the run or are sent again."""
        self._note_images(landings)
        landings = [landing for landing in landings if not self._fill_first(landing)]
        landings += self._filled(landings)
        self._settle(landings)
        stop: Exception | None = None
        for landing in landings:
            if landing.state is not None:
                self._record(landing)
                if landing.fate is SendOutcome.STOP and landing.state is State.IN_DOUBT:
                    stop = stopping_error(landing)
            else:
                stop = self._not_carried_out(landing) or stop
        if stop is not None:
            raise stop

    def _settle(self, landings: list[SendResult]) -> None:
        """Commit what their states are; a request whose outcome is known is kept no longer."""
        completions = [completion_of(landing) for landing in landings if landing.state is not None]
        self._ledger.writes.complete(completions, *self._by)
        self._writer.sent.drop(one.write.key for one in landings if one.state not in (None, State.IN_DOUBT))

    def _note_images(self, landings: list[SendResult]) -> None:
        """Keep how an object was that somebody else made, before anything of it is filled, for a rollback."""
        for one in landings:
            if one.state is State.ADOPTED and one.said == BY_NATURAL_KEY and one.gorgias_id is not None:
                self._ledger.images.note_image(one.write.key, one.gorgias_id, one.body, *self._by)

    def _fill_first(self, result: SendResult) -> bool:
        """Hold an adoption back until its empty fields are filled.

        Were it committed first, a crash before the fill would leave fields empty that no later run looks at. Its own
        write stays INTENT meanwhile, so that run finds the object again and fills it again.
        """
        fill = result.follow_up
        if fill is None or result.state is not State.ADOPTED:
            return False
        self._adopting[fill.key] = result
        self._ready.appendleft(fill)
        return True

    def _filled(self, landings: list[SendResult]) -> list[SendResult]:
        """The adoptions whose fill has landed, whatever became of it."""
        ended = [one.write.key for one in landings if one.state not in (None, State.IN_DOUBT)]
        return [self._adopting.pop(key) for key in ended if key in self._adopting]

    def _record(self, result: SendResult) -> None:
        if result.state is State.IN_DOUBT:
            self._silence.goes_on(result.said)
            self.tally.add("in_doubt")
            self._tries.first(result.write.key)
            if result.between and self._silence.number >= 3 and not self._writer.connection.heard:
                self._writer.reader.get("/api/account")  # is there a Gorgias at this address at all?
            self._unresolved.add(result)
            return
        self._lost = 0
        self._silence.ends()
        self._count(str(result.state).lower(), result.write)

    def _not_carried_out(self, result: SendResult) -> Exception | None:
        """Put back what is safe to send again; returns the error that ends the run, if any."""
        write = result.write
        if result.fate is SendOutcome.THROTTLED:
            self._cancel([write], THROTTLED)
            self._silence.goes_on("429, the allowance is used up")
            self.tally.add("throttled")
            self._ready.appendleft(write)
            return None
        if result.fate is SendOutcome.TOO_LARGE and write.smaller is not None:
            self._cancel([write], "413: sent again in smaller parts")
            self._ready.appendleft(write.smaller() or write)
            return None
        self._cancel([write], result.said)
        if result.error is not None:
            return result.error
        if result.fate is SendOutcome.STOP:
            return stopping_error(result)
        if result.fate is SendOutcome.GONE:
            self._lost += 1
            if self._lost >= 3:
                return stopping_error(result)
        else:
            self._silence.goes_on(result.said)
            if not self._silence.is_outage:
                # Nothing listens there: give it a moment before the next try.
                self._writer.sleep(min(0.1 * 2**self._silence.number, 5.0))
        self._ready.append(write)
        return None

    def _resolve(self) -> None:
        """Read back what is in doubt: found -> adopted; not there -> sent again."""
        for doubt, found in self._unresolved.look():
            if found is None:
                self._give_up()
            elif found:
                self._take([adopt(self._writer.object_type(doubt.write), doubt.write, found)])
            else:
                self._again(doubt)
        if not self._ready:
            self._unresolved.pause()

    def _again(self, unresolved: UnresolvedWrite) -> None:
        """It was not carried out: send it again, in halves where its size was the matter, a limited number of times."""
        write, landing = unresolved.write, unresolved.landing
        if landing is not None and landing.status == 413 and write.smaller is not None and (half := write.smaller()):
            self._cancel([write], "413: sent again in smaller parts")
            self._ready.append(half)
        elif self._tries.one_more(write.key, unresolved.between):
            self._ready.append(write)
        elif landing is not None and unresolved.between:
            self._ledger.writes.set_aside([transient(landing)], *self._by)
            self._writer.sent.drop([write.key])
            self.tally.transient.append(write.key.source_id)
            self._count("transient", write)
        else:
            self._give_up()

    def _give_up(self) -> None:
        """It stays in doubt: counted, and settled by the next run."""
        self._through += 1
        self.tally.add("given_up")

    def _cancel(self, writes: list[Write], why: str) -> None:
        self._ledger.writes.cancel([write.key for write in writes], *self._by, why)
        self._writer.sent.drop(write.key for write in writes)

    def _count(self, name: str, write: Write) -> None:
        self.tally.add(name)
        if name == "refused":
            self.tally.refused.append(write.key.source_id)
        self._through += 1
        self._progress(self._through)

    def _drain(self) -> None:
        """The run ends: let the requests in flight come home and commit what their answers mean."""
        flights = self._in_flight | self._finished
        # Those that sleep until a server is well are woken; what they wait to look up, the next run does.
        self._writer.connection.rest.end()
        wait(flights)
        self._writer.connection.rest.resume()
        # An adoption without its fill stays INTENT, and so does a flight that ended in an error of its own.
        landings = [flight.result() for flight in flights if flight.exception() is None]
        landings = [landing for landing in landings if landing.follow_up is None]
        unsent = [landing.write for landing in landings if landing.state is None] + self._intended
        try:
            self._settle(landings)
            self._cancel(unsent, "the run ended before it was sent")
        except Exception:
            # The ledger itself is why the run ends (fenced, disk full): these stay INTENT and are settled later.
            return
