"""Which proposers a migration has besides the words: what is installed, and what the settings name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from migration_assets.mapping.proposers.language_model import ModelProposer
from migration_assets.mapping.proposers.meaning import meaning_or_none
from migration_assets.mapping.proposers.proposer import Proposer
from resources.language_model import Budget, LanguageModel

if TYPE_CHECKING:
    from migration_assets.settings import Settings
    from resources.warehouse import Warehouse


def other_proposers(settings: Settings, warehouse: Warehouse, tell: Callable[[str], None]) -> list[Proposer]:
    """Meaning where the extra is installed, the language model where MIGRATION_MODEL_URL is set."""
    found: list[Proposer] = []
    if meaning := meaning_or_none(warehouse):
        found.append(meaning)
    if settings.model_url:
        key = settings.model_key
        model = LanguageModel(
            settings.model_url,
            settings.model_name,
            Budget(settings.model_max_requests, settings.model_max_tokens),
            key.get_secret_value() if key else "",
        )
        found.append(ModelProposer(model, tell))
    return found
