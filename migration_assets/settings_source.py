"""Where the settings of a process come from: its environment, the file of a migration, or a component that holds them.

It belongs here: choosing and reading the source, and naming what is wrong with it. It does not: what a setting means
(settings.py), and the file (migration_file.py).
"""

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from migration_assets.process_migrations import present_migration, settled
from migration_assets.setting_values import problem_words
from migration_assets.settings import Settings, SettingsError

_VARIABLES = frozenset((field.alias or name).upper() for name, field in Settings.model_fields.items())


def load_settings() -> Settings:
    """The settings that this process works by, here and now. Read anew only where its environment changed.

    Raises:
        SettingsError: a value is malformed; names the variable and what it should look like, never the value. Or the
            process holds several migrations, and nothing says which is meant.
    """
    if name := present_migration():
        if held := settled(name):
            return held.guard_texts()
        from migration_assets.migration_file import settings_of_migration

        return settings_of_migration(name, Path.cwd()).guard_texts()
    given = ((name, value) for name, value in os.environ.items() if name.upper() in _VARIABLES)
    return _read(Path.cwd(), tuple(sorted(given))).guard_texts()


@lru_cache(maxsize=4)
def _read(folder: Path, environment: tuple[tuple[str, str], ...]) -> Settings:
    """What `environment` says in `folder`, against which a relative MIGRATION_HOME is resolved."""
    try:
        return Settings()  # type: ignore[call-arg]
    except ValidationError as error:
        problems = [_said(item) for item in error.errors()]
    if len(problems) == 1:
        raise SettingsError(f"{problems[0]} Correct this variable or unset it, then start again.")
    listed = "".join(f"\n  {problem}" for problem in problems)
    raise SettingsError(f"{len(problems)} settings cannot be used; correct or unset each, then start again:{listed}")


def _said(problem: Any) -> str:
    """Which variable it is and what is wrong with it, without the value: it may be a secret."""
    variable = str(problem["loc"][0]).upper()
    known = next((one for one in Settings.model_fields.items() if variable in (one[0].upper(), one[1].alias)), None)
    name = (known[1].alias or known[0]).upper() if known else variable
    return f"{name} cannot be used: {problem_words(problem)}."
