"""Files of the days that are next, downloaded while the days before them are written to Gorgias.

Ivinex and Gorgias have allowances of their own, and a load asks Ivinex for nothing: so both are used at once, each by
its pacer. It belongs here: the thread, and its end. It does not: downloading (attachments/pending_downloads.py), and
the order of days (migration.py). What the thread did not bring, because it was stopped or the site failed, is brought
by the asset ivinex/attachments of the days, which also tells what cannot be had.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from migration_assets.ivinex.attachments.download import Files
from migration_assets.ivinex.attachments.link_renewal import refresh
from migration_assets.ivinex.attachments.pending_downloads import download_pending
from migration_assets.ivinex.full_scan.daily_slices import files_of_days, files_without_day, slice_files
from migration_assets.settings import Settings
from resources.ivinex.resource import IvinexResource
from resources.warehouse import Warehouse

LAST_WAIT = 10.0
"""Seconds for which requests under way are waited for where the load was ended."""


class FilesAhead:
    """Downloads beside a load; at most one thread at a time.

    Args:
        connect: makes a connection to the site; each thread has one of its own.
        say: told of a failure, as one line.
    """

    def __init__(
        self,
        settings: Settings,
        warehouse: Warehouse,
        connect: Callable[[], IvinexResource],
        say: Callable[[str], None],
    ):
        self._settings, self._warehouse, self._connect, self._say = settings, warehouse, connect, say

    def fetch(self, days: Sequence[str], tickets: Sequence[str] | None = None) -> bool:
        """Download now what did not come ahead.

        Args:
            tickets: leave out the files of all tickets but these.

        Returns:
            Whether files of the days wait, those of other tickets among them.
        """
        waiting = [] if self._settings.files_later else self._pending(days)
        if not waiting:
            return False
        self._say(f"files of {days[0]} to {days[-1]}: up to {len(waiting)} are downloaded before these days are staged")
        with self.beside(days, tickets):
            pass
        return bool(self._pending(days))

    def fetch_rest(self) -> None:
        """Download what hangs on no ticket: it goes nowhere in Gorgias, and is kept in the store."""
        rows = [] if self._settings.files_later else files_without_day(self._warehouse)
        if not rows:
            return
        self._say(f"files that hang on no ticket: {len(rows)} are downloaded, and kept in the store")
        site = self._connect()
        try:
            download_pending(self._warehouse, rows, Files.of(self._settings, site))
        except Exception as failure:  # the next load tries again what is still pending
            self._say(f"files that hang on no ticket: not all were downloaded ({type(failure).__name__})")
        finally:
            site.close()

    def _pending(self, days: Sequence[str]) -> list[Any]:
        return files_of_days(self._warehouse, days, "pending")

    @contextmanager
    def beside(self, days: Sequence[str], tickets: Sequence[str] | None = None) -> Iterator[None]:
        """Download while the block works; when it ends well, the rest is waited for."""
        if not days or self._settings.files_later:
            yield
            return
        stop, site = threading.Event(), self._connect()
        thread = threading.Thread(
            target=self._quietly, args=(site, days, tickets, stop.is_set), name="files-ahead", daemon=True
        )
        thread.start()
        try:
            yield
            thread.join()
        except BaseException:
            stop.set()
            site.wake()
            thread.join(LAST_WAIT)
            raise

    def _quietly(
        self, site: IvinexResource, days: Sequence[str], tickets: Sequence[str] | None, stopped: Callable[[], bool]
    ) -> None:
        try:
            self._download(site, days, tickets, stopped)
        except Exception as failure:  # whatever it is, the days' own asset meets it again and tells it
            if not stopped():
                self._say(f"files of {days[0]} to {days[-1]}: not ahead of their days ({type(failure).__name__})")

    def _download(
        self, site: IvinexResource, days: Sequence[str], tickets: Sequence[str] | None, stopped: Callable[[], bool]
    ) -> None:
        try:
            files = Files.of(self._settings, site)
            pending = files_of_days(self._warehouse, days, "pending", tickets)
            download_pending(self._warehouse, pending, files, stopped)
            if not stopped():
                slice_files(self._warehouse, days)
                refresh(self._warehouse, days, files, site.get, tickets)
        finally:
            site.close()
