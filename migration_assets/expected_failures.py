"""A failure that was expected reaches the UI as one sentence: a `dg.Failure` with no cause and no stack of ours.

What people can act on (a missing setting, a closed gate, a wrong key, a full disk) is raised as an exception of its
own, with its way out in the message. Dagster would show it below a wrapper and two stacks, forty lines and more. So
every asset of the code location is told plainly, in one place. An exception that is not listed here is a fault of the
program and keeps its stack, but not its words: what a library quotes may be somebody's name (outgoing_text.py).

It belongs here: which failures are expected, and how they are said. It does not: the exceptions themselves.
"""

import traceback
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from functools import wraps
from inspect import isgeneratorfunction
from typing import Any

import dagster as dg

from migration_assets.ivinex.exports.export_files import ExportProblem
from migration_assets.mapping.confirm import NotConfirmed
from migration_assets.mapping.mapping_file import MappingError
from migration_assets.mapping.roles import BadRoles
from migration_assets.mapping.source_site import OtherSite
from migration_assets.outage_retries import again_later
from migration_assets.own_results import in_own_words
from migration_assets.own_words import own_words
from migration_assets.settings import SettingsError
from resources.gorgias.failures import GorgiasError
from resources.gorgias.known_account import LoadedElsewhere
from resources.ivinex.failures import IvinexFailure
from resources.ivinex.resource import IvinexNotConfigured
from resources.ledger.base import LedgerFull
from resources.ledger.connecting import LedgerUnreachable
from resources.ledger.lease import Fenced, LeaseHeld
from resources.ledger.schema_version import LedgerNewer
from resources.outgoing_text import fault, outgoing, with_place
from resources.warehouse import WarehouseErased, WarehouseFull, WarehouseLocked, WarehouseNewer, WarehouseResource

ERROR = "error"
"""Metadata of the failure: the name of the exception's class, from which the command takes its exit code."""
EXPECTED = (
    *(SettingsError, IvinexNotConfigured, MappingError, BadRoles, NotConfirmed, ExportProblem),
    *(IvinexFailure, GorgiasError, LeaseHeld, Fenced, LedgerFull, WarehouseFull, WarehouseLocked),
    WarehouseErased,
    *(LoadedElsewhere, OtherSite),
    *(LedgerNewer, WarehouseNewer),
    LedgerUnreachable,
)
_OF_DAGSTER = (dg.RetryRequested, dg.DagsterExecutionInterruptedError)
"""Raised to steer a run, not because something is wrong."""


def _nothing() -> None:
    """Nothing comes before."""


def plainly(function: Callable[..., Any], before: Callable[[], None] = _nothing) -> Callable[..., Any]:
    """The function with its expected failures turned into one `dg.Failure`; for the function of an asset or op.

    Args:
        before: called before the function, and told as plainly.
    """
    if isgeneratorfunction(function):

        @wraps(function)
        def generator(*args: Any, **kwargs: Any) -> Any:
            try:
                before()
                _require_not_erased(args, kwargs)
                yield from map(in_own_words, function(*args, **kwargs))
            except (dg.Failure, *EXPECTED) as error:
                raise (again_later(error) or _plain(error)) from None
            except _OF_DAGSTER:
                raise
            except Exception as error:
                raise fault(error) from None

        return generator

    @wraps(function)
    def plain(*args: Any, **kwargs: Any) -> Any:
        try:
            before()
            _require_not_erased(args, kwargs)
            return in_own_words(function(*args, **kwargs))
        except (dg.Failure, *EXPECTED) as error:
            raise (again_later(error) or _plain(error)) from None
        except _OF_DAGSTER:
            raise
        except Exception as error:
            raise fault(error) from None

    return plain


def _require_not_erased(args: Iterable[Any], kwargs: Mapping[str, Any]) -> None:
    """Before an asset reads the source or the target for a home in which nothing may be kept any more."""
    for given in (*args, *kwargs.values()):
        if isinstance(given, WarehouseResource):
            given.get().require_not_erased()


def plain_failures(assets: Iterable[Any], before: Callable[[], None] = _nothing) -> list[Any]:
    """These assets, each with its function made `plainly`; the given ones stay as they are."""
    return [_plain_asset(asset, before) for asset in assets]


def _plain_asset(asset: Any, before: Callable[[], None]) -> Any:
    # Dagster has no public way to wrap the function of an asset that was made.
    op = copy(asset.op)
    op._compute_fn = type(op.compute_fn)(plainly(op.compute_fn.decorated_fn, before))
    return type(asset).dagster_internal_init(**{**asset.get_attributes_dict(), "node_def": op})


def _plain(error: Exception) -> dg.Failure:
    # The places only: the messages of its causes were written for nobody in particular, and may quote a record.
    dg.get_dagster_logger().debug("".join(traceback.format_tb(error.__traceback__)))
    if isinstance(error, dg.Failure):
        if error.description:
            # The page of a step shows the description and, in its own log, what the exception says of itself.
            error.description = own_words(error.description)
            error.args = (error.description,)
        return error.with_traceback(None)
    return dg.Failure(
        own_words(with_place(outgoing(str(error)))), metadata={ERROR: type(error).__name__}, allow_retries=False
    )
