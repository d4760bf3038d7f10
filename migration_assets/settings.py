"""Every setting: its name, its type and its default (docs/reference/settings.md).

Loading never fails for what is missing: definitions must load with no secret and no network. What a run needs is
asked for with `Settings.require_complete()`, which names all that is missing at once. It belongs here: what a setting
means. It does not: how a value is written (setting_values.py), and where it stands (settings_source.py).
"""

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, PrivateAttr, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from migration_assets.setting_values import (
    LOOPBACK,
    AbsolutePath,
    BaseAddress,
    Counts,
    FilePaths,
    FolderOrAddress,
    Hosts,
    Hours,
    KnownTime,
    LedgerUrl,
    LowerNames,
    ModelAddress,
    Names,
    Owners,
    Pairs,
    PastDate,
    Webhook,
    Zone,
)
from resources.ivinex.site_paths import DEFAULT_FILE_PATH
from resources.ledger.engine import password_of
from resources.outgoing_text import open_door
from resources.working_hours import HOURS


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
    home: AbsolutePath = Field(Path(".migration"), alias="MIGRATION_HOME")
    start_date: PastDate = Field(date(2015, 1, 1), alias="MIGRATION_START_DATE")
    ledger_url: LedgerUrl | None = None
    backup: FolderOrAddress | None = Field(
        None, alias="MIGRATION_BACKUP", description="a folder or address that each range of days is backed up to"
    )
    owners: Owners = Field(("team:migration",), alias="MIGRATION_OWNERS")
    ui_hosts: Hosts = Field((), alias="MIGRATION_UI_HOSTS")
    evidence_key: Path | None = Field(None, alias="MIGRATION_EVIDENCE_KEY")
    # An incoming webhook's address is its key: whoever knows it may post.
    failure_webhook: Webhook | None = Field(None, alias="MIGRATION_FAILURE_WEBHOOK")
    hash_key: SecretStr | None = Field(None, alias="MIGRATION_HASH_KEY", min_length=16)
    model_url: ModelAddress | None = Field(None, alias="MIGRATION_MODEL_URL")
    model_name: str = Field("", alias="MIGRATION_MODEL_NAME")
    model_key: SecretStr | None = Field(None, alias="MIGRATION_MODEL_KEY")
    model_max_requests: int = Field(20, ge=0, alias="MIGRATION_MODEL_MAX_REQUESTS")
    model_max_tokens: int = Field(200_000, ge=0, alias="MIGRATION_MODEL_MAX_TOKENS")

    ivinex_base_url: BaseAddress | None = None
    ivinex_site: Annotated[str, Field(pattern="^[a-z0-9]{0,20}$")] = ""
    ivinex_username: str | None = None
    ivinex_password: SecretStr | None = None
    ivinex_timezone: Zone | None = None
    ivinex_requests_per_second: float = Field(2.0, gt=0)
    ivinex_page_size: int = Field(100, ge=11, le=1000)
    ivinex_relations: Annotated[str, Field(pattern="^(auto|sweep|ticket)$")] = "auto"
    ivinex_dialect: Annotated[str, Field(pattern="^(auto|classic|records)$")] = "auto"
    ivinex_credentials: Annotated[str, Field(pattern="^(auto|post|basic|query)$")] = "auto"
    ivinex_call_path: str = "{Call}.php"
    ivinex_file_path: FilePaths = DEFAULT_FILE_PATH
    ivinex_file_fields: Names = ()
    ivinex_parameter_names: Pairs = Field(default_factory=dict)
    ivinex_patience: float = Field(1800.0, ge=0, description="seconds for which an outage of Ivinex is waited for")
    ivinex_mailboxes: LowerNames = Field(
        (), description="addresses that the shop sends mail by, beside those that its data shows; a comma list"
    )
    ivinex_known_time: KnownTime = Field(
        "", description="a record whose true time is known: 10101:77=2024-07-01T15:30:00Z"
    )
    ivinex_expected_records: Counts = Field(
        default_factory=dict, description="how many records a tab has at least, as the admin sees it: Tickets=12000,..."
    )
    ivinex_unexported_tabs: Names = Field(
        (), description="tabs without a role whose records are not to be copied to private/unmapped; a comma list"
    )

    gorgias_base_url: BaseAddress | None = None
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
    gorgias_working_hours: Hours = HOURS
    gorgias_working_zone: Zone | None = None
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

    def named(self, name: str) -> str:
        """A setting, with the variable of the migration's file that holds it, where that is another one."""
        variable = self._variables.get(name.lower())
        return f"{name} (the variable {variable})" if variable and variable != name else name

    @property
    def stands_in(self) -> str:
        """The file or folder that they stand in; empty for the environment."""
        return self._file

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
