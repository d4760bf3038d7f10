"""`gorgias.json`: what the account holds before a migration. Validated with pydantic; errors name file and key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

Role = Literal["admin", "agent", "basic-agent", "lite-agent", "observer-agent"]
Row = dict[str, Any]


class ConfigError(ValueError):
    """A mistake in a dataset file; the text names file and key."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AccountFacts(_Strict):
    domain: str = "sandbox"
    created_datetime: str = "2024-01-01T00:00:00+00:00"
    deactivated_datetime: str | None = None
    status: dict[str, Any] = Field(default_factory=lambda: {"status": "active"})


class Credential(_Strict):
    """Basic (email and api_key) or bearer (token); rights are those of the role."""

    email: str | None = None
    api_key: str | None = Field(default=None, repr=False)
    token: str | None = Field(default=None, repr=False)
    role: Role = "admin"

    @model_validator(mode="after")
    def _one_kind(self) -> Credential:
        if self.token is None and (self.email is None or self.api_key is None):
            raise ValueError("needs email and api_key, or token")
        return self


class AiAgent(_Strict):
    active: bool = False


class Effect(_Strict):
    """What a rule fixture does; the field that belongs to the kind is required."""

    do: Literal["mail", "close", "assign", "tag"]
    user: str | None = None
    team: str | None = None
    tag: str | None = None

    @model_validator(mode="after")
    def _complete(self) -> Effect:
        if self.do == "assign" and not (self.user or self.team):
            raise ValueError("assign needs user (e-mail) or team (name)")
        if self.do == "tag" and not self.tag:
            raise ValueError("tag needs tag (name)")
        return self


class RuleFixture(_Strict):
    """A rule with declared effects; no rule language is run."""

    id: int | None = None
    name: str
    code: str = ""
    description: str | None = None
    event_types: Literal["ticket-created", "ticket-message-created"] = "ticket-created"
    priority: int = 100
    deactivated_datetime: str | None = None
    effects: list[Effect] = Field(default_factory=list)
    unless_tag: str | None = None


class GorgiasConfig(_Strict):
    """The whole file. Rows of the object lists have the shape of the API's create bodies, plus `id`."""

    account: AccountFacts = Field(default_factory=AccountFacts)
    auth: list[Credential] = Field(min_length=1)
    settings: list[Row] = Field(default_factory=list)
    users: list[Row] = Field(default_factory=list)
    teams: list[Row] = Field(default_factory=list)
    tags: list[Row] = Field(default_factory=list)
    custom_fields: list[Row] = Field(default_factory=list)
    customers: list[Row] = Field(default_factory=list)
    tickets: list[Row] = Field(default_factory=list)
    rules: list[RuleFixture] = Field(default_factory=list)
    integrations: list[Row] = Field(default_factory=list)
    ai_agent: AiAgent = Field(default_factory=AiAgent)
    switches: dict[str, Any] = Field(default_factory=dict)


def read_config(source: Path | dict[str, Any]) -> GorgiasConfig:
    """Read a file, or a dict in its place.

    Raises:
        ConfigError: file missing, no JSON, or a key that is unknown, missing or of the wrong type.
    """
    name = "gorgias.json" if isinstance(source, dict) else str(source)
    try:
        raw = source if isinstance(source, dict) else json.loads(source.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{name}: no such file; the Gorgias side of a dataset needs at least 'auth'") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{name}: not JSON: {error}") from None
    try:
        return GorgiasConfig.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(step) for step in first["loc"]) or "(top level)"
        reason = "unknown key" if first["type"] == "extra_forbidden" else first["msg"]
        raise ConfigError(f"{name}: {key}: {reason}") from None
