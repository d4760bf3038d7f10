"""Where the settings of a process come from: its environment, the file of a migration, or a component that holds them.

It belongs here: choosing and reading the source, and naming what is wrong with it. It does not: what a setting means
(settings.py), and the file (migration_file.py).
"""

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from migration_assets.setting_values import problem_words
from migration_assets.settings import Settings, SettingsError

_VARIABLES = frozenset((field.alias or name).upper() for name, field in Settings.model_fields.items())
_of_component: dict[str, Settings] = {}


def load_settings() -> Settings:
    """The settings of this process. Read anew only where its environment changed.

    Raises:
        SettingsError: a value is malformed; names the variable and what it should look like, never the value.
    """
    if name := os.environ.get("MIGRATION"):
        if name in _of_component:
            return _of_component[name].guard_texts()
        from migration_assets.migration_file import settings_of_migration

        return settings_of_migration(name, Path.cwd()).guard_texts()
    given = ((name, value) for name, value in os.environ.items() if name.upper() in _VARIABLES)
    return _read(Path.cwd(), tuple(sorted(given))).guard_texts()


def settle_for(settings: Settings) -> None:
    """Make them the settings of this process, as a Dagster component does that holds them itself (component.py).

    Raises:
        SettingsError: the process is another migration's: days, limits and secrets are those of one.
    """
    own = os.environ.get("MIGRATION") or settings.migration
    if own != settings.migration:
        raise SettingsError(
            f"{settings.migration} and {own} are in one code location, and each needs one of its own: give each an "
            "entry in workspace.yaml with module_name: migration_assets.shops and attribute: its name, or start "
            "`migrate ui`, which does."
        )
    os.environ["MIGRATION"] = settings.migration
    _of_component[settings.migration] = settings


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
