"""Which commands and jobs a text names, and which of them do not exist."""

import re
from functools import cache

import click

from migration_assets.cli import main
from migration_assets.jobs import jobs

_COMMAND = re.compile(r"`(migrate [^`]+)`")
_JOBS = re.compile(r"\bjobs? ((?:`?[a-z_]+`?(?:, | and )?)+)")
_WORDS = {"a", "or", "and", "for", "in", "its", "of", "that", "the", "then", "with"}


def unknown_commands(text: str) -> list[str]:
    """Commands between backticks that `migrate` does not take, as they are written."""
    return [found for found in _COMMAND.findall(" ".join(text.split())) if not _known(found.split()[1:])]


def unknown_jobs(text: str) -> list[str]:
    """Names after `job` or `jobs` that no job has."""
    named = [
        name.strip("`") for found in _JOBS.findall(" ".join(text.split())) for name in re.split(r", | and ", found)
    ]
    return [name for name in named if name and name not in _job_names() | _WORDS]


def _known(words: list[str]) -> bool:
    command: click.Command = main
    for word in words:
        if isinstance(command, click.Group):
            found = command.get_command(click.Context(command), word)
            if found is None:
                return False
            command = found
        elif word.startswith("--") and word not in {name for one in command.params for name in one.opts}:
            return False
    return not isinstance(command, click.Group)


@cache
def _job_names() -> set[str]:
    return {job.name for job in jobs()}
