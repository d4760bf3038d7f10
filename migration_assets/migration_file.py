"""A migration as a file: `migrations/<name>.yaml`, read into Settings, so that one machine may serve many shops.

`migrations/<name>/defs.yaml`, the file of a Dagster component (component.py), says the same below `attributes:`.

What stands in the file is all that its migration knows: of the environment only the variables that the file names are
read, so that no shop takes the account of another. Mistakes are named with their line, all at once.

It belongs here: the file. It does not: what a setting means (settings.py), and how Dagster's names tell migrations of
one instance apart (shared_instance.py).
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from migration_assets.setting_values import problem_words
from migration_assets.settings import Settings, SettingsError

FOLDER = "migrations"
COMPONENT_FILE = "defs.yaml"
COMPONENT = "migration_assets.component.Migration"
INSTANCE_FILE = "dagster.yaml"
"""Beside the migrations: the settings of the Dagster instance that they share, if they do."""
SECRETS = "secrets"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
FIELDS = {name: field for name, field in Settings.model_fields.items() if name != "migration"}
SECRET_FIELDS = {name for name, field in FIELDS.items() if "SecretStr" in str(field.annotation)}
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""No guesses: `2020-01-01` and `40` stay the text that was written, as in a variable."""


def migration_names(folder: Path | None = None) -> list[str]:
    """Names of the migrations that have a file; none where there is no folder."""
    place = (folder or Path.cwd()) / FOLDER
    named = {path.stem for path in place.glob("*.yaml") if path.name != INSTANCE_FILE}
    return sorted(named | {path.parent.name for path in place.glob(f"*/{COMPONENT_FILE}")})


def settings_of_migration(name: str, folder: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings that the file of a migration says; what it does not say has its default.

    Args:
        folder: in which `migrations/` lies; a relative home is one of this folder.
        environment: where the variables that the file names hold the secrets. One that is not set is missing, as any
            other setting is.

    Raises:
        SettingsError: there is no such file, or it has mistakes; names each with its line, never a value.
    """
    path = _path_of(name, folder)
    return settings_of_values(name, folder, *_read(path, name), told=str(path), environment=environment)


def settings_of_values(
    name: str,
    folder: Path,
    given: dict[str, Any],
    lines: dict[tuple[str, ...], int],
    *,
    told: str,
    environment: Mapping[str, str] = os.environ,
) -> Settings:
    """The same of what was read already.

    Args:
        lines: of each key; one that is not there is told as line 1.
        told: what the mistakes stand in.
    """
    require_name(name)
    problems = [*_misplaced(given, lines)]
    values = {key: value for key, value in given.items() if key in FIELDS and key not in SECRET_FIELDS}
    named = given.get(SECRETS) if isinstance(given.get(SECRETS), dict) else {}
    values |= {key: environment[name] for key, name in (named or {}).items() if key in FIELDS and environment.get(name)}
    values["home"] = str(folder / Path(str(values.get("home", f".migration/{name}"))).expanduser())
    try:
        settings = Settings(**_of_file(values, name))
        if not problems:
            return settings.reported_from(told, named or {})
    except ValidationError as error:
        for item in error.errors():
            field = _field(str(item["loc"][0]))
            problems.append((lines.get((field,), lines.get((SECRETS, field), 1)), f"{field}: {problem_words(item)}."))
    listed = "".join(f"\n  line {line}: {text}" for line, text in sorted(problems))
    raise SettingsError(
        f"{told} has {len(problems)} mistake{'s' if len(problems) > 1 else ''}; correct and start again:{listed}"
    )


def _of_file(values: dict[str, Any], name: str) -> dict[str, Any]:
    """Every field by the name that a variable has, so that none is taken from the environment."""
    defaults = {key: field.get_default(call_default_factory=True) for key, field in FIELDS.items()}
    given = {**defaults, **values}
    return {"migration": name} | {field.alias or key: given[key] for key, field in FIELDS.items()}


def require_name(name: str) -> None:
    """
    Raises:
        SettingsError: Dagster's names could not begin with it.
    """
    if not _NAME.fullmatch(name):
        raise SettingsError(
            f"{name!r} cannot be the name of a migration: Dagster's names begin with it. Write small letters, digits "
            "and _, such as shop1."
        )


def _path_of(name: str, folder: Path) -> Path:
    require_name(name)
    path, component = folder / FOLDER / f"{name}.yaml", folder / FOLDER / name / COMPONENT_FILE
    if path.is_file() and component.is_file():
        raise SettingsError(f"{name} has two files, {path} and {component}: delete the one that is out of date.")
    if component.is_file():
        return component
    if not path.is_file():
        there = ", ".join(migration_names(folder)) or "none"
        raise SettingsError(
            f"There is no migration {name}: {path} does not exist (there are: {there}). Write this file "
            "(docs/many-shops.md), or name another one with `migrate --migration NAME` or the variable MIGRATION."
        )
    return path


def _read(path: Path, name: str) -> tuple[dict[str, Any], dict[tuple[str, ...], int]]:
    """What stands in the file, and the line of each key."""
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8 text. Save it as UTF-8.") from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SettingsError(f"{path} is not YAML; line {line}: {error.problem}.") from None
    except yaml.YAMLError:
        raise SettingsError(f"{path} is not YAML: it holds characters that no text has. Write it anew.") from None
    if not isinstance(node, yaml.MappingNode):
        raise SettingsError(f"{path} says nothing: write `target: staging` and what else {name} needs.")
    if path.name == COMPONENT_FILE:
        node = _attributes(path, node)
    lines: dict[tuple[str, ...], int] = {}
    return _values(path, node, (), lines), lines


def _attributes(path: Path, node: yaml.MappingNode) -> yaml.MappingNode:
    kind = next((value for key, value in node.value if key.value == "type"), None)
    if kind is None or kind.value != COMPONENT:
        line = kind.start_mark.line + 1 if kind else 1
        raise SettingsError(f"{path}; line {line}: write `type: {COMPONENT}`.")
    for key, value in node.value:
        if key.value == "attributes" and isinstance(value, yaml.MappingNode):
            return value
    raise SettingsError(f"{path} has no `attributes:` with settings below it, such as `target: staging`.")


def _values(path: Path, node: Any, above: tuple[str, ...], lines: dict[tuple[str, ...], int]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise SettingsError(f"{path}; line {key.start_mark.line + 1}: a setting is one word and a colon.")
        place, line = (*above, str(key.value)), key.start_mark.line + 1
        if place in lines:
            raise SettingsError(f"{path}; line {line}: {key.value} stands twice (line {lines[place]}, too).")
        lines[place] = line
        if isinstance(value, yaml.MappingNode):
            values[place[-1]] = _values(path, value, place, lines)
        elif isinstance(value, yaml.SequenceNode):
            values[place[-1]] = ",".join(str(one.value) for one in value.value)
        else:
            values[place[-1]] = value.value
    return values


def _misplaced(given: dict[str, Any], lines: dict[tuple[str, ...], int]) -> Iterator[tuple[int, str]]:
    """Keys that are no setting, and secrets that stand in the file themselves."""
    for key, value in given.items():
        line = lines.get((key,), 1)
        if key == SECRETS:
            yield from _wrong_secrets(value, given, lines)
        elif key in SECRET_FIELDS:
            yield line, f"{key} is a secret: write the name of the variable that holds it below `secrets:`."
        elif key not in FIELDS:
            yield line, f"{key} is no setting (docs/reference/settings.md; here in small letters, without MIGRATION_)."
        elif isinstance(value, dict) and key != "ivinex_parameter_names":
            yield line, f"{key} takes one value."


def _wrong_secrets(secrets: Any, given: dict[str, Any], lines: dict[tuple[str, ...], int]) -> Iterator[tuple[int, str]]:
    if not isinstance(secrets, dict):
        yield (
            lines.get((SECRETS,), 1),
            "secrets: write one line for each, such as `gorgias_api_key: SHOP1_GORGIAS_API_KEY`.",
        )
        return
    for name, variable in secrets.items():
        line = lines.get((SECRETS, name), 1)
        if name not in FIELDS:
            yield line, f"{name} is no setting."
        elif not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", str(variable)):
            yield line, f"{name}: write the name of a variable, not the secret itself."
        elif name in given:
            yield line, f"{name} stands twice (line {lines.get((name,), 1)}, too)."


def _field(location: str) -> str:
    return next((name for name, field in FIELDS.items() if location in (name, field.alias)), location)
