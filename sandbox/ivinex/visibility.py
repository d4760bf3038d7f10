"""What one API user may see of a tab: the ids after permissions, row filters and soft deletion (ivinex-api.md 1.2)."""

from __future__ import annotations

from sandbox.ivinex.dataset import Dataset
from sandbox.ivinex.site import ApiUser, RowFilter
from sandbox.ivinex.tabs import TabRows


class Visibility:
    """Cached per user and tab until the tab changes."""

    def __init__(self, dataset: Dataset) -> None:
        """Watches the tabs of one dataset."""
        self._switches = dataset.site.switches
        self._cache: dict[tuple[str, int], tuple[int, list[int], frozenset[int]]] = {}

    def ids(self, user: ApiUser, tab: TabRows) -> list[int]:
        """Ids that the user may read, ascending; none where the tab itself may not be read."""
        return self._look(user, tab)[1]

    def sees(self, user: ApiUser, tab: TabRows, record_id: int) -> bool:
        """Whether the user may read one row."""
        return record_id in self._look(user, tab)[2]

    def _look(self, user: ApiUser, tab: TabRows) -> tuple[int, list[int], frozenset[int]]:
        key = (user.username, tab.number)
        found = self._cache.get(key)
        if found is None or found[0] != tab.version:
            ids = self._compute(user, tab)
            found = self._cache[key] = (tab.version, ids, frozenset(ids))
        return found

    def _compute(self, user: ApiUser, tab: TabRows) -> list[int]:
        if not user.may_read(tab.name):
            return []
        ids = tab.ids
        if tab.deleted and self._switches["A-25"] == "hidden":
            ids = [record_id for record_id in ids if record_id not in tab.deleted]
        conditions = user.row_filters.get(tab.name, [])
        if conditions and self._switches["A-28"] == "per_user":
            return [record_id for record_id in ids if self._passes(tab, record_id, conditions)]
        return list(ids)

    @staticmethod
    def _passes(tab: TabRows, record_id: int, conditions: list[RowFilter]) -> bool:
        record = tab.record(record_id)
        return all(condition.admits(str(record.get(condition.field, ""))) for condition in conditions)
