"""`dagster dev` whose webserver stands behind the guard: this module as a program, with the arguments of `dagster`.

Dagster has no setting for a middleware, so two of its names are replaced, each in a process of its own: in `dagster
dev` what starts the webserver, so that it starts this module, and in the webserver what makes its application. Who
starts it asks the webserver for a refusal before anything else (cli/dagster_ui.py), so that an upgrade that went by
these names would not start at all.
"""

import sys
from collections.abc import Sequence
from typing import Any

from migration_assets.orchestration.end_with_ui import end_with_ui
from migration_assets.orchestration.ui_guard import UiGuard

MODULE = "migration_assets.orchestration.guarded_dagster"
_WEBSERVER = "dagster_webserver"


def main(arguments: Sequence[str]) -> None:
    """Run `dagster dev ...`, or the webserver that it starts."""
    end_with_ui()
    if arguments[0] == _WEBSERVER:
        _webserver(arguments[1:])
    else:
        _dagster(arguments)


def guarded_command(parts: Sequence[str]) -> list[str]:
    """The command of a child of `dagster dev`: for the webserver, this module in its place."""
    program, *rest = parts
    return [program, "-m", MODULE, *rest[1:]] if rest[:2] == ["-m", _WEBSERVER] else [*parts]


def _dagster(arguments: Sequence[str]) -> None:
    from dagster import _cli
    from dagster._cli import dev

    start = dev.open_ipc_subprocess

    def guarded(parts: Sequence[str], **how: Any) -> Any:
        return start(guarded_command(parts), **how)

    dev.open_ipc_subprocess = guarded
    sys.argv = ["dagster", *arguments]
    _cli.main()


def _webserver(arguments: Sequence[str]) -> None:
    from dagster_webserver import cli

    from migration_assets.settings_source import load_settings

    make, hosts = cli.create_app_from_workspace_process_context, load_settings().ui_hosts

    def guarded(*given: Any, **how: Any) -> Any:
        return UiGuard(make(*given, **how), hosts)

    cli.create_app_from_workspace_process_context = guarded
    sys.argv = ["dagster-webserver", *arguments]
    cli.main()


if __name__ == "__main__":
    main(sys.argv[1:])
