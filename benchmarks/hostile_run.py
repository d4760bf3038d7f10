"""The migrating process of benchmarks/hostile.py: the commands of a migration, with the CPU of each single record.

It belongs here: which functions take one record, and adding up what they cost. It does not: the dataset and the bounds.
"""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from benchmarks.stage_run import peak_mib
from migration_assets.cli import main
from migration_assets.gorgias.delta import message_merge
from migration_assets.gorgias.load import initial_base, ticket_payload
from migration_assets.ivinex.attachments.download import Files
from migration_assets.ivinex.records import Row
from migration_assets.reconciliation.target import response_parser
from migration_assets.staging.conversations import chunk_reader, messages, task_notes, tickets

_NUMBER = re.compile(r"\d+")
COMMANDS = (
    "discover",
    "mapping confirm --by benchmark",
    "preflight decide missing_users create --by benchmark",
    "preflight decide unknown_users stubs --by benchmark",
    *(
        f"preflight decide {point} --by benchmark --reason benchmark --deltas"
        for point in (
            *("surveys off", "auto_merge off", "auto_split off", "rules off", "integrations off"),
            "ai_agent exclude_by_tag",
            "tab:10103 accept",
        )
    ),
    "run",
    "delta",
)


@dataclass
class Cost:
    """What a migration cost.

    Attributes:
        records: number of a record -> seconds of CPU over its whole way: of all functions that took this record alone,
            from its page to the comparison.
        commands: command -> exit code, seconds of CPU, highest resident memory so far.
    """

    records: Counter[str] = field(default_factory=Counter)
    commands: dict[str, tuple[int, float, float]] = field(default_factory=dict)
    load_average: float = 0.0


def migrate(environment: dict[str, str]) -> Cost:
    """Run the commands; in a process of its own, whose memory is measured."""
    os.environ.update(environment)
    cost = Cost()
    _watch(cost)
    for command in COMMANDS:
        started, code = time.process_time(), 0
        try:
            main(command.split())
        except SystemExit as ended:
            code = int(ended.code or 0)
        cost.commands[command] = (code, time.process_time() - started, peak_mib())
    cost.load_average = os.getloadavg()[1]
    return cost


def _watch(cost: Cost) -> None:
    def of_record(name: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def timed(call: Callable[..., Any]) -> Callable[..., Any]:
            @wraps(call)
            def wrapped(*args: Any, **options: Any) -> Any:
                before = time.thread_time()
                try:
                    return call(*args, **options)
                finally:
                    cost.records[str(name(*args))] += time.thread_time() - before

            return wrapped

        return timed

    by_id = of_record(lambda record, *_: record.get("collection_id"))
    by_ticket = of_record(lambda ticket, *_: _number(ticket.source_id))
    by_row = of_record(lambda _, row, *__: _number(row["source_id"]))
    Row.of = staticmethod(by_id(Row.of))  # type: ignore[method-assign, assignment]
    Files.find = of_record(lambda _, record, *__: record.get("collection_id"))(Files.find)  # type: ignore[method-assign]
    messages.description, messages.activity = by_ticket(messages.description), by_row(messages.activity)
    task_notes.task = by_row(task_notes.task)
    tickets.ticket_row = by_ticket(tickets.ticket_row)
    of_message = of_record(lambda message, *_: _number(message["source_id"]))(ticket_payload.message_body)
    for module in (ticket_payload, message_merge, initial_base):
        module.message_body = of_message  # type: ignore[attr-defined]
    response_parser.message = of_record(lambda body, *_: _number(body.get("external_id") or ""))(
        response_parser.message
    )
    chunk_reader.apply = _of_batch(chunk_reader.apply, cost)  # type: ignore[attr-defined]


def _of_batch(call: Callable[..., Any], cost: Cost) -> Callable[..., Any]:
    """The map takes many records in one call: each is put through it alone as well, and that is what it cost."""

    def wrapped(records: Iterable[Any], *args: Any) -> Any:
        listed = list(records)
        for record in listed:
            before = time.thread_time()
            call([record], *args)
            cost.records[str(record.get("collection_id"))] += time.thread_time() - before
        return call(listed, *args)

    return wrapped


def _number(source_id: str) -> str:
    numbers = _NUMBER.findall(source_id)
    return numbers[-1] if numbers else source_id
