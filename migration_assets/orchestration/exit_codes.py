"""Exit codes, and the one place where an error becomes a code and a message (docs/reference/command.md).

It does not belong here: errors that only the command can meet (cli/command_errors.py).
"""

from sqlalchemy.exc import OperationalError, SQLAlchemyError

from migration_assets.expected_failures import EXPECTED
from migration_assets.gorgias.adoption import AdoptionRefused
from migration_assets.gorgias.work_since.look import NothingLoaded
from migration_assets.mapping.confirm import NotConfirmed
from migration_assets.mapping.mapping_file import MappingError
from migration_assets.mapping.roles import BadRoles
from migration_assets.mapping.source_site import OtherSite
from migration_assets.orchestration.cutover import CutoverRefused
from migration_assets.orchestration.decisions import DecisionRefused
from migration_assets.orchestration.exit import Exit as Exit
from migration_assets.orchestration.migration import NotPrepared
from migration_assets.orchestration.period import PeriodRefused
from migration_assets.orchestration.rollback_refused import RollbackRefused
from migration_assets.orchestration.runs import RunFailed
from migration_assets.orchestration.sign_off import SignOffRefused
from migration_assets.orchestration.signals import Interrupted
from migration_assets.orchestration.single_instance_lock import CommandRunning
from migration_assets.orchestration.stale_runs import NoSuchRun
from migration_assets.partitions import OlderThanPartitions
from migration_assets.settings import SettingsError
from resources.gorgias.known_account import LoadedElsewhere
from resources.ivinex.resource import IvinexNotConfigured
from resources.ledger.base import NameMissing
from resources.ledger.schema_version import LedgerNewer
from resources.outgoing_text import ProgramFault, fault, outgoing, with_place, with_reference
from resources.warehouse import WarehouseErased, WarehouseNewer

_CODES: dict[type[BaseException], Exit] = {
    SettingsError: Exit.USAGE,
    IvinexNotConfigured: Exit.USAGE,
    MappingError: Exit.USAGE,
    BadRoles: Exit.USAGE,
    NameMissing: Exit.USAGE,
    DecisionRefused: Exit.USAGE,
    PeriodRefused: Exit.USAGE,
    NoSuchRun: Exit.USAGE,
    RollbackRefused: Exit.USAGE,
    NothingLoaded: Exit.USAGE,
    NotConfirmed: Exit.GATE_CLOSED,
    CutoverRefused: Exit.GATE_CLOSED,
    NotPrepared: Exit.GATE_CLOSED,
    LoadedElsewhere: Exit.GATE_CLOSED,
    OtherSite: Exit.GATE_CLOSED,
    AdoptionRefused: Exit.GATE_CLOSED,
    SignOffRefused: Exit.GATE_CLOSED,
    WarehouseErased: Exit.GATE_CLOSED,
    LedgerNewer: Exit.USAGE,
    WarehouseNewer: Exit.USAGE,
}
READABLE: tuple[type[BaseException], ...] = (*_CODES, *EXPECTED, CommandRunning, OlderThanPartitions, RunFailed)
"""Errors whose text is written for the person who reads it; any other one is a mistake of the program."""
_CODES_OF_CAUSES = {kind.__name__: code for kind, code in _CODES.items()}


def explain(error: BaseException) -> tuple[Exit, str]:
    """The exit code and what to tell the user."""
    if isinstance(error, Interrupted):
        return Exit.FAILED, str(error) or "Ended before its work was done. Nothing is lost: run the same command again."
    if isinstance(error, RunFailed):
        code = Exit.GATE_CLOSED if error.gate_closed or error.check_failed else Exit.FAILED
        code = next((_CODES_OF_CAUSES[name] for name in error.causes if name in _CODES_OF_CAUSES), code)
        where = f"{error.step}: " if error.step else f"job {error.job}: "
        said = with_place(outgoing(str(error)))
        return code, f"{where}{said}\nThe run is {error.run_id} in the UI; what was done before is kept."
    if isinstance(error, READABLE):
        # What refuses a backup, say, is a settings error of a kind of its own.
        code = next((_CODES[kind] for kind in type(error).__mro__ if kind in _CODES), Exit.FAILED)
        return code, with_place(outgoing(str(error)))
    if isinstance(error, SQLAlchemyError):
        refused = "The ledger (or Dagster's own database) refused"
        if isinstance(error, OperationalError):  # locked, full, not there: no values
            return Exit.FAILED, outgoing(f"{refused}: {error.orig}")
        return Exit.FAILED, with_reference(f"{refused} ({type(error).__name__})", str(error))
    return Exit.FAILED, str(error if isinstance(error, ProgramFault) else fault(error))
