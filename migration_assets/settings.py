"""Every setting, read from the environment once (docs/reference/settings.md). Nothing else reads environment variables.

Loading never fails for what is missing: definitions must load with no secret and no network. What a run needs is
asked for with `Settings.require_complete()`, which names all that is missing at once.
"""

import os
import re
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, PrivateAttr, SecretStr, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from resources.ivinex.site_paths import DEFAULT_FILE_PATH, file_paths
from resources.ledger.engine import password_of
from resources.outgoing_text import open_door
from resources.working_hours import HOURS, WorkingHours

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_OWNER = re.compile(r"team:\S.*|[^@\s]+@[^@\s]+\.[^@\s.]+")
"""What Dagster takes for an owner: a team, or an e-mail address."""
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?|\[[0-9a-f:]+\](:[0-9]{1,5})?")
"""A name as it stands in a browser's address, with its port where one stands there."""


class SettingsError(Exception):
    """Settings are missing or contradict each other; the message names each with what it is for."""


class Target(StrEnum):
    demo = "demo"
    staging = "staging"
    production = "production"


class GorgiasRole(StrEnum):
    """What an account is for: production is closed until staging was signed off."""

    staging = "staging"
    production = "production"


class LoadOrder(StrEnum):
    """Which tickets are loaded first."""

    open_first = "open_first"
    newest = "newest"
    oldest = "oldest"


class NamedVariables(EnvSettingsSource):
    """Variables by their documented names only: `HOME` or `TARGET` of a shell must not become a setting."""

    def _extract_field_info(self, field: FieldInfo, field_name: str, *more: Any) -> list[tuple[str, str, bool]]:
        found = super()._extract_field_info(field, field_name, *more)
        return [one for one in found if field.validation_alias is None or one[1].lower() != field_name]


class Settings(BaseSettings):
    """The settings of one migration; variable names are the attribute names in upper case."""

    model_config = SettingsConfigDict(
        extra="ignore", frozen=True, hide_input_in_errors=True, populate_by_name=True, env_ignore_empty=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, NamedVariables(settings_cls)

    migration: str = Field("", description="its name, where it is one of several (migration_file.py)")
    target: Target = Field(Target.demo, alias="MIGRATION_TARGET")
    home: Path = Field(Path(".migration"), alias="MIGRATION_HOME")
    start_date: date = Field(date(2015, 1, 1), alias="MIGRATION_START_DATE")
    ledger_url: SecretStr | None = None
    backup: str | None = Field(
        None, alias="MIGRATION_BACKUP", description="a folder or address that each range of days is backed up to"
    )
    owners: Annotated[tuple[str, ...], NoDecode] = Field(("team:migration",), alias="MIGRATION_OWNERS")
    ui_hosts: Annotated[tuple[str, ...], NoDecode] = Field((), alias="MIGRATION_UI_HOSTS")
    evidence_key: Path | None = Field(None, alias="MIGRATION_EVIDENCE_KEY")
    # An incoming webhook's address is its key: whoever knows it may post.
    failure_webhook: SecretStr | None = Field(None, alias="MIGRATION_FAILURE_WEBHOOK")
    hash_key: SecretStr | None = Field(None, alias="MIGRATION_HASH_KEY", min_length=16)
    model_url: str | None = Field(None, alias="MIGRATION_MODEL_URL")
    model_name: str = Field("", alias="MIGRATION_MODEL_NAME")
    model_key: SecretStr | None = Field(None, alias="MIGRATION_MODEL_KEY")
    model_max_requests: int = Field(20, ge=0, alias="MIGRATION_MODEL_MAX_REQUESTS")
    model_max_tokens: int = Field(200_000, ge=0, alias="MIGRATION_MODEL_MAX_TOKENS")

    ivinex_base_url: str | None = None
    ivinex_site: Annotated[str, Field(pattern="^[a-z0-9]{0,20}$")] = ""
    ivinex_username: str | None = None
    ivinex_password: SecretStr | None = None
    ivinex_timezone: str | None = None
    ivinex_requests_per_second: float = Field(2.0, gt=0)
    ivinex_page_size: int = Field(100, ge=11, le=1000)
    ivinex_relations: Annotated[str, Field(pattern="^(auto|sweep|ticket)$")] = "auto"
    ivinex_dialect: Annotated[str, Field(pattern="^(auto|classic|records)$")] = "auto"
    ivinex_credentials: Annotated[str, Field(pattern="^(auto|post|basic|query)$")] = "auto"
    ivinex_call_path: str = "{Call}.php"
    ivinex_file_path: str = DEFAULT_FILE_PATH
    ivinex_file_fields: Annotated[tuple[str, ...], NoDecode] = ()
    ivinex_parameter_names: Annotated[dict[str, str], NoDecode] = Field(default_factory=dict)
    ivinex_patience: float = Field(1800.0, ge=0, description="seconds for which an outage of Ivinex is waited for")
    ivinex_mailboxes: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="addresses that the shop sends mail by, beside those that its data shows; a comma list"
    )
    ivinex_known_time: str = Field("", description="a record whose true time is known: 10101:77=2024-07-01T15:30:00Z")
    ivinex_expected_records: Annotated[dict[str, int], NoDecode] = Field(
        default_factory=dict, description="how many records a tab has at least, as the admin sees it: Tickets=12000,..."
    )
    ivinex_unexported_tabs: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="tabs without a role whose records are not to be copied to private/unmapped; a comma list"
    )

    gorgias_base_url: str | None = None
    gorgias_email: str | None = None
    gorgias_api_key: SecretStr | None = None
    gorgias_access_token: SecretStr | None = None
    gorgias_enterprise: bool = False
    gorgias_allowance: int = Field(
        0, ge=0, description="requests in 20 s (Enterprise: 10 s), a whole number; 0: 40 for a key, 80 for a token"
    )
    gorgias_timeout_seconds: float = Field(30.0, gt=0)
    gorgias_settling_seconds: float = Field(30.0, ge=0)
    gorgias_lease_seconds: float = Field(30.0, gt=0)
    gorgias_patience: float = Field(1800.0, ge=0, description="seconds for which an outage of Gorgias is waited for")
    gorgias_budget_share: float = Field(0.9, gt=0, le=1)
    gorgias_reserve: float | None = Field(None, ge=0, description="requests kept free while the shop works")
    gorgias_working_hours: str = HOURS
    gorgias_working_zone: str | None = None
    gorgias_stub_domain: str = "stubs.invalid"
    gorgias_stub_role: str = "observer-agent"
    gorgias_fallback_user: str | None = None
    gorgias_teams: Annotated[str, Field(pattern="^(create|leave)$")] = "create"
    gorgias_max_active_fields: int = Field(25, ge=1, le=25)
    gorgias_role: GorgiasRole | None = None
    staging_home: Path | None = Field(None, alias="MIGRATION_STAGING_HOME")
    needs_sample: bool = Field(False, alias="MIGRATION_NEEDS_SAMPLE")
    sweep_max_age: float = Field(3600.0, ge=0, description="seconds for which a proved reading of Ivinex is reused")
    load_order: LoadOrder = LoadOrder.open_first
    files: Annotated[str, Field(pattern="^(with_tickets|later)$")] = "with_tickets"
    file_max_bytes: int = Field(100_000_000, ge=1)
    file_compare_max_bytes: int = Field(1_000_000, ge=0, description="bytes of the largest file that is compared")
    customer_read_share: float = Field(
        0.05,
        ge=0,
        le=1,
        description="share of the customers that is read one by one although lists and answers show all",
    )
    file_compare_share: float = Field(1.0, ge=0, le=1, description="share of these files that is compared by bytes")
    _file: str = PrivateAttr(default="")
    _variables: dict[str, str] = PrivateAttr(default_factory=dict)

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @field_validator("backup")
    @classmethod
    def _absolute_folder(cls, value: str | None) -> str | None:
        """Commands and runs of the UI start in different folders."""
        return value if value is None or "://" in value else str(Path(value).expanduser().resolve())

    @field_validator("start_date")
    @classmethod
    def _not_to_come(cls, value: date) -> date:
        if value > datetime.now(UTC).date():
            raise ValueError("it lies in the future; write the first day to migrate, such as 2015-01-01")
        return value

    @field_validator("ledger_url")
    @classmethod
    def _address_of_ledger(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            password_of(value.get_secret_value())
        return value

    @field_validator("gorgias_working_hours")
    @classmethod
    def _hours(cls, value: str) -> str:
        WorkingHours.parse(value, "UTC")
        return value

    @field_validator("ivinex_timezone", "gorgias_working_zone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        try:
            return None if value is None else ZoneInfo(value).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("not an IANA time zone name, such as America/Denver") from None

    @field_validator("ivinex_file_fields", mode="before")
    @classmethod
    def _file_fields(cls, value: object) -> object:
        """`field_one,field_two` -> names."""
        return [name for name in map(str.strip, value.split(",")) if name] if isinstance(value, str) else value

    @field_validator("ivinex_file_path")
    @classmethod
    def _path_of_files(cls, value: str) -> str:
        file_paths(value, "/API")
        return value

    @field_validator("ivinex_parameter_names", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        """`Tab=tab,CollectionID=record_id` -> a dict."""
        if not isinstance(value, str):
            return value
        pairs = [item.split("=", 1) for item in _listed(value)]
        if any(len(pair) != 2 for pair in pairs):
            raise ValueError("write it as Documented=actual,Documented=actual")
        return {key.strip(): name.strip() for key, name in pairs}

    @field_validator("ivinex_known_time")
    @classmethod
    def _true_moment(cls, value: str) -> str:
        record, _, moment = value.partition("=")
        try:
            known = not value or (":" in record and datetime.fromisoformat(moment).tzinfo is not None)
        except ValueError:
            known = False
        if not known:
            raise ValueError("write tab:record=moment with its zone, such as 10101:77=2024-07-01T15:30:00Z")
        return value

    @field_validator("ivinex_expected_records", mode="before")
    @classmethod
    def _expected(cls, value: object) -> object:
        """`Tickets=12000,Contacts=5000` -> a dict."""
        if not isinstance(value, str):
            return value
        pairs = [item.rpartition("=") for item in _listed(value)]
        if any(not name.strip() or not number.strip().isdecimal() for name, _, number in pairs):
            raise ValueError("write it as Tickets=12000,Contacts=5000: a tab and the number of its records")
        return {name.strip(): int(number) for name, _, number in pairs}

    @field_validator("owners", mode="before")
    @classmethod
    def _owners(cls, value: object) -> object:
        """`team:support,ann@example.com` -> a tuple."""
        return tuple(dict.fromkeys(_listed(value))) if isinstance(value, str) else value

    @field_validator("owners")
    @classmethod
    def _known_owners(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_OWNER.fullmatch(owner) for owner in value):
            raise ValueError("write e-mail addresses or team:<name>, separated by commas")
        return value

    @field_validator("ui_hosts", mode="before")
    @classmethod
    def _ui_hosts(cls, value: object) -> object:
        """`migrate.example.com,localhost:3000` -> a tuple."""
        return tuple(dict.fromkeys(_listed(value.lower()))) if isinstance(value, str) else value

    @field_validator("ui_hosts")
    @classmethod
    def _names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_HOST.fullmatch(host) for host in value):
            raise ValueError("write names as they stand in the browser's address, such as localhost:3000, no wildcards")
        return value

    @field_validator("ivinex_unexported_tabs", mode="before")
    @classmethod
    def _tab_names(cls, value: object) -> object:
        """`Payroll, Old cases` -> a tuple."""
        return tuple(_listed(value)) if isinstance(value, str) else value

    @field_validator("ivinex_mailboxes", mode="before")
    @classmethod
    def _addresses(cls, value: object) -> object:
        """`support@shop.com, sales@shop.com` -> a tuple, in lower case."""
        return (
            tuple(part.strip().lower() for part in value.split(",") if part.strip())
            if isinstance(value, str)
            else value
        )

    @field_validator("ivinex_base_url", "gorgias_base_url")
    @classmethod
    def _https(cls, value: str | None) -> str | None:
        return None if value is None else _safe_address(value, "https://<domain>.gorgias.com").rstrip("/")

    @field_validator("failure_webhook")
    @classmethod
    def _safe_webhook(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _safe_address(value.get_secret_value(), "https://hooks.example.com/<key>")
        return value

    @field_validator("model_url")
    @classmethod
    def _safe_model(cls, value: str | None) -> str | None:
        return None if value is None else _safe_address(value, "https://models.example.com/v1/chat/completions")

    @property
    def files_later(self) -> bool:
        """Files are left out now and moved in a pass of their own (FILES=later)."""
        return self.files == "later"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.ivinex_timezone or "UTC")

    @property
    def working_zone(self) -> str:
        """The zone of the shop's hours: its own setting, else Ivinex's zone."""
        return self.gorgias_working_zone or self.ivinex_timezone or "UTC"

    @property
    def ledger_address(self) -> str:
        """The SQLAlchemy URL of the ledger; it may hold a password, so it is never shown."""
        return self.ledger_url.get_secret_value() if self.ledger_url else f"sqlite:///{self.home / 'ledger.sqlite'}"

    @property
    def account(self) -> str:
        """The target account, which ledger rows, leases and gates belong to."""
        host = urlsplit(self.gorgias_base_url or "").hostname or "unset"
        return f"{self.target}:{'sandbox' if self.target is Target.demo else host}"

    @property
    def secrets(self) -> list[str]:
        """What no text may hold: keys and passwords, and the name that stands in a Basic header before the key."""
        given = (
            self.ivinex_password,
            self.gorgias_api_key,
            self.gorgias_access_token,
            self.failure_webhook,
            self.model_key,
            self.hash_key,
        )
        found = [one.get_secret_value() for one in given if one is not None]
        password = password_of(self.ledger_url.get_secret_value()) if self.ledger_url else None
        return [*found, *filter(None, (self.gorgias_email, password))]

    def guard_texts(self) -> "Settings":
        """Say at the door of outgoing texts what is secret, and where others' words are kept. Returns self."""
        open_door(self.home / "private", self.secrets)
        return self

    def missing(self) -> dict[str, str]:
        """Variable -> what it is for, of everything that a run needs and that is not set."""
        needed = {
            "IVINEX_BASE_URL": (self.ivinex_base_url, "the source site, https://<site>.ivinex.com"),
            "IVINEX_USERNAME": (self.ivinex_username, "an active Ivinex user with the API permission"),
            "IVINEX_PASSWORD": (self.ivinex_password, "that user's password"),
            "IVINEX_TIMEZONE": (self.ivinex_timezone, "the zone of Ivinex's times, such as America/Denver"),
            "GORGIAS_BASE_URL": (self.gorgias_base_url, "the target account, https://<domain>.gorgias.com"),
        }  # fmt: skip
        if not self.gorgias_access_token:
            needed["GORGIAS_EMAIL"] = (self.gorgias_email, "the Gorgias user of the API key (or GORGIAS_ACCESS_TOKEN)")
            needed["GORGIAS_API_KEY"] = (self.gorgias_api_key, "Gorgias > Settings > REST API")
        return {name: use for name, (value, use) in needed.items() if not value}

    def reported_from(self, file: str, variables: dict[str, str]) -> "Settings":
        """Say where they stand, and which variables hold the secrets, for what is missing. Returns self."""
        self._file, self._variables = file, variables
        return self

    def require_complete(self) -> "Settings":
        """Return self, or say everything that keeps a run from starting.

        Raises:
            SettingsError: names each missing variable with its use, or a target that does not fit its address.
        """
        missing = self.missing()
        if missing:
            unset = {name: self._variables.get(name.lower()) for name in missing}
            listed = "".join(
                f"\n  {name}  {use}" + (f": the variable {unset[name]} is not set" if unset[name] else "")
                for name, use in missing.items()
            )
            hint = " (or run `migrate demo`, which needs none of them)" if self.target is Target.demo else ""
            if self.migration:
                hint = f" in {self._file} (there in small letters; a secret below `secrets:`, by its variable's name)"
            raise SettingsError(f"{len(missing)} settings are missing{hint}:{listed}")
        hosts = {urlsplit(url or "").hostname for url in (self.ivinex_base_url, self.gorgias_base_url)}
        if self.target is Target.demo and not hosts <= LOOPBACK:
            raise SettingsError(
                "MIGRATION_TARGET is demo, and demo talks to loopback only; the addresses point elsewhere. "
                "Set MIGRATION_TARGET=staging or production for a real account."
            )
        if self.gorgias_role and self.target is not Target.demo and self.gorgias_role.value != self.target.value:
            raise SettingsError(
                f"MIGRATION_TARGET is {self.target} and GORGIAS_ROLE is {self.gorgias_role}, which is another account. "
                "Set both to the same, or take GORGIAS_ROLE away: then no account waits for another one."
            )
        return self


def _listed(value: str) -> list[str]:
    return [item.strip() for item in value.split(",") if item.strip()]


def _safe_address(value: str, example: str) -> str:
    """An address that may be called: https, or http to loopback, with no credentials in it."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"not an address such as {example}")
    if parts.username or parts.password:
        raise ValueError("credentials do not belong in an address: use the variables for them")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("plain http is refused for any host but loopback: use https")
    return value


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


_of_component: dict[str, Settings] = {}


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
    from pydantic import ValidationError

    try:
        return Settings()  # type: ignore[call-arg]
    except ValidationError as error:
        problems = [_said(item) for item in error.errors()]
    if len(problems) == 1:
        raise SettingsError(f"{problems[0]} Correct this variable or unset it, then start again.")
    listed = "".join(f"\n  {problem}" for problem in problems)
    raise SettingsError(f"{len(problems)} settings cannot be used; correct or unset each, then start again:{listed}")


_VARIABLES = frozenset((field.alias or name).upper() for name, field in Settings.model_fields.items())


def _said(problem: Any) -> str:
    """Which variable it is and what is wrong with it, without the value: it may be a secret."""
    variable = str(problem["loc"][0]).upper()
    known = next((one for one in Settings.model_fields.items() if variable in (one[0].upper(), one[1].alias)), None)
    name = (known[1].alias or known[0]).upper() if known else variable
    return f"{name} cannot be used: {problem_words(problem)}."


def problem_words(problem: Any) -> str:
    """What is wrong with a value, without the value."""
    words = str(problem["msg"]).removeprefix("Value error, ").rstrip(".")
    return f"{words[:1].lower()}{words[1:]}"
