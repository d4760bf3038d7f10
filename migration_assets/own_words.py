"""The way out of a message, for a migration that is one of several: there the job prepare has its name before its own,
`migrate run` alone would work on another one, and what a variable says stands as a key in its file.

Sentences are written with the names of the code. It belongs here: the names in a sentence on its way out. It does not:
the rule of one name (own_names.py), and what else may not leave (resources/outgoing_text.py).
"""

import re

from migration_assets.own_names import own_name
from migration_assets.process_migrations import present_migration
from migration_assets.settings import Settings, SettingsError

_COMMAND = re.compile(r"(`)migrate (?!--migration\b)(?!(?:list|ui|demo)\b)(?=[a-z-])")
"""Those that look at all migrations, or need none, stay."""
_NAME = r"(?:[a-z]+(?:_[a-z]+)+|discover|prepare|verify|report|handoff|delta|purge|doctor|hypercare)"
_STARTED = re.compile(
    rf"\b(?:jobs {_NAME}\b(?:, {_NAME}\b)+|(?:jobs?|backfill of|sensor|schedule) {_NAME}\b)(?: (?:and|or) {_NAME}\b)?"
)
_KEYS = {
    field.alias or name.upper(): name
    for name, field in Settings.model_fields.items()
    if name != "migration" and "SecretStr" not in str(field.annotation)
}
"""Variable -> key of a migration's file. A secret is none: the file names the variable that holds it."""
_VARIABLE = re.compile(rf"\b({'|'.join(sorted(_KEYS, key=len, reverse=True))})\b(?:=([\w.,/:-]*\w))?")
_ITS_NAMES = re.compile(rf"\b{_NAME}\b")


def own_words(text: str) -> str:
    """The text with jobs, sensors, schedules, commands and settings as they are called for the present migration."""
    try:
        migration = present_migration()
    except SettingsError:
        return text  # the sentence itself says that it cannot be told
    return words_of(migration, text) if migration else text


def words_of(migration: str, text: str) -> str:
    """The same for a migration that has this name."""

    def own(name: str) -> str:
        return name if name.startswith(f"{migration}_") else own_name(migration, name)

    def started(found: re.Match[str]) -> str:
        return _ITS_NAMES.sub(lambda name: own(name[0]), found[0])

    def key(found: re.Match[str]) -> str:
        return f"`{_KEYS[found[1]]}: {found[2]}`" if found[2] else f"`{_KEYS[found[1]]}`"

    told = _VARIABLE.sub(key, text)
    told = _STARTED.sub(started, _COMMAND.sub(rf"\1migrate --migration {migration} ", told))
    listed = " and ".join(sorted({f"`{_KEYS[name]}`" for name, _ in _VARIABLE.findall(text)}))
    return f"{told} ({listed}: in the file of {migration}.)" if listed else told
