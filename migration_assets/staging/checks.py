"""The blocking checks of the staging stage: a schema check per table; a balance and a witness where rows have a source.

Each asset declares its own and reports them at the end of its step: so a day that is run again "from failure" is
staged again, and not only looked at again. It belongs here: which table has which checks. It does not: counting
(validation/balance.py, validation/file_balance.py), the map's demands (validation/mapping_validity.py), comparing
(validation/content_witness.py) and the schemas (checks/schemas).
"""

from collections.abc import Callable
from dataclasses import dataclass

import dagster as dg
import pandera.pandas as pa

from checks.evaluate import evaluate, joined
from checks.schemas import attachments, custom_fields, customers, messages, tags, teams, tickets, users
from checks.step_check import StepCheck
from migration_assets.partitions import daily_partitions
from migration_assets.staging.context import StagingContext
from migration_assets.staging.staging_step import StagingStep
from migration_assets.staging.validation import balance, mapping_validity
from migration_assets.staging.validation.content_witness import messages_kept, tickets_kept
from migration_assets.staging.validation.file_balance import attachments_balance, files_valid
from resources.ledger import Ledger
from resources.warehouse import Warehouse

SCHEMA_CHECK, BALANCE_CHECK, KEPT_CHECK = "schema", "balance", "content_kept"
Balance = Callable[[Warehouse, Ledger, list[str] | None], balance.Results]
OfInputs = Callable[[Warehouse, Ledger, list[str] | None, StagingContext], balance.Results]
MAPPING_VALIDITY = (
    "And what the confirmed map says of it: every value has the type, the choice and the word that the map gives it, "
    "every reference leads to a staged row, and what the source fills is staged or recorded as a loss."
)


@dataclass(frozen=True)
class TableChecks:
    """The checks of one staged table."""

    table: str
    model: pa.DataFrameSchema
    told: str = ""
    count: Balance | None = None
    daily: bool = False
    valid: OfInputs | None = None
    witness: OfInputs | None = None

    @property
    def key(self) -> dg.AssetKey:
        return dg.AssetKey(["staging", self.table])

    @property
    def schema(self) -> StepCheck:
        told = f"Every row of {self.model.name} keeps the limits: {self.model.description}"
        return self._check(SCHEMA_CHECK, f"{told} {MAPPING_VALIDITY}" if self.valid else told)

    @property
    def balance(self) -> StepCheck:
        return self._check(BALANCE_CHECK, self.told)

    @property
    def specs(self) -> list[dg.AssetCheckSpec]:
        """For `check_specs` of the asset."""
        return [
            self.schema.spec,
            *([self.balance.spec] if self.count else []),
            *([self.kept.spec] if self.witness else []),
        ]

    @property
    def kept(self) -> StepCheck:
        return self._check(
            KEPT_CHECK,
            "Each staged row holds what its record holds: every visible word, every address, every image, every mapped "
            "value, read a second time by a reader of its own. What differs has a loss row of that record.",
        )

    def report(self, context: dg.AssetExecutionContext, step: StagingStep) -> list[dg.AssetCheckResult]:
        """Hold the staged slices against the schemas and, where the rows have a source, count both sides."""
        warehouse, ledger, keys = step.warehouse, step.ledger, list(step.days) if self.daily else None
        count, valid, witness = self.count, self.valid, self.witness
        inputs = step.inputs if valid or witness else None

        def hold() -> balance.Results:
            limits = evaluate(self.model, warehouse, keys)
            return joined(limits, valid(warehouse, ledger, keys, inputs)) if valid and inputs else limits

        with warehouse.held():
            results = [self.schema.report(context, ledger, hold)]
            if count is not None:
                results.append(self.balance.report(context, ledger, lambda: count(warehouse, ledger, keys)))
            if witness is not None and inputs is not None:
                results.append(self.kept.report(context, ledger, lambda: witness(warehouse, ledger, keys, inputs)))
        return results

    def _check(self, name: str, told: str) -> StepCheck:
        partitions = daily_partitions() if self.daily else None
        return StepCheck(self.key, name, told, blocking=True, partitions_def=partitions, gate=True)


USERS = TableChecks("users", users.SCHEMA, "Every Ivinex user has a disposition.", balance.users_balance)
TEAMS = TableChecks("teams", teams.SCHEMA, "Groups = teams + merged + skipped.", balance.teams_balance)
CUSTOM_FIELDS = TableChecks("custom_fields", custom_fields.SCHEMA, valid=mapping_validity.custom_fields_valid)
TAGS = TableChecks("tags", tags.SCHEMA)
CUSTOMERS = TableChecks(
    "customers",
    customers.SCHEMA,
    "Contacts = customers + merged + quarantined.",
    balance.customers_balance,
    valid=mapping_validity.customers_valid,
)
TICKETS = TableChecks(
    "tickets",
    tickets.SCHEMA,
    "Tickets = staged + quarantined.",
    balance.tickets_balance,
    daily=True,
    valid=mapping_validity.tickets_valid,
    witness=tickets_kept,
)
MESSAGES = TableChecks(
    "messages",
    messages.SCHEMA,
    "Activities and tasks on tickets = messages + quarantined.",
    balance.messages_balance,
    daily=True,
    valid=mapping_validity.messages_valid,
    witness=messages_kept,
)
ATTACHMENTS = TableChecks(
    "attachments",
    attachments.SCHEMA,
    "Files on staged tickets = staged, or recorded by reason.",
    attachments_balance,
    daily=True,
    valid=files_valid,
)
