"""Charts of the report as inline SVG, drawn without a display and without any font or file from outside.

matplotlib is imported where it draws: every command and every run of the UI loads this module, few make a report, and
it takes a third of a second.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from migration_assets.reconciliation.balance.balance import OUTCOMES, BalanceRow

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#2f6f4f", "#7fb069", "#9fb8ad", "#c9c9c9", "#d98324", "#b3261e", "#6b4e9b")
"""One for each outcome, in the books' order."""
MOST_DAYS = 60
"""More days than this are shown as weeks."""


def per_time(counts: pd.DataFrame) -> str:
    """Tickets and messages over time.

    Args:
        counts: columns day (YYYY-MM-DD), tickets, messages; days without rows may be missing.
    """
    from matplotlib.dates import ConciseDateFormatter

    figure, axes = _figure(2.6)
    if counts.empty:
        return _svg(figure, axes, "no day has rows")
    days = counts.assign(day=pd.to_datetime(counts["day"])).set_index("day").sort_index()
    weekly = (days.index[-1] - days.index[0]).days >= MOST_DAYS
    shown = days.resample("W-MON", label="left", closed="left").sum() if weekly else days
    for name, colour in (("messages", COLOURS[1]), ("tickets", COLOURS[0])):
        axes.bar(shown.index, shown[name], width=6 if weekly else 0.8, align="edge", color=colour, label=name)
    axes.set_ylabel("per week" if weekly else "per day")
    axes.legend(frameon=False, fontsize=8)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(axes.xaxis.get_major_locator()))
    return _svg(figure, axes, "Tickets and messages, by the day of their ticket")


def outcomes(totals: Sequence[BalanceRow]) -> str:
    """Share of each outcome per object."""
    figure, axes = _figure(0.6 + 0.32 * max(len(totals), 1))
    names = [f"{row.object.replace('_', ' ')} ({row.source:,})" for row in totals]
    left = [0.0] * len(totals)
    for outcome, colour in zip(OUTCOMES, COLOURS, strict=True):
        shares = [100 * getattr(row, outcome) / row.source if row.source else 0.0 for row in totals]
        if any(shares):
            axes.barh(names, shares, left=left, color=colour, label=outcome.replace("_", " "))
            left = [one + other for one, other in zip(left, shares, strict=True)]
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    if totals:
        axes.legend(frameon=False, fontsize=8, ncols=7, loc="upper left", bbox_to_anchor=(0.0, -0.18))
    return _svg(figure, axes, "What became of the source rows, in % per object")


def calls(counts: dict[str, int]) -> str:
    """Requests by type, most first."""
    figure, axes = _figure(0.6 + 0.26 * max(len(counts), 1))
    ordered = sorted(counts.items(), key=lambda pair: pair[1])
    axes.barh([name.replace("_", " ") for name, _ in ordered], [number for _, number in ordered], color=COLOURS[0])
    axes.set_xlabel("requests")
    return _svg(figure, axes, "Requests by type")


def _figure(height: float) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.6, height), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    return figure, axes


def _svg(figure: Figure, axes: Axes, told: str) -> str:
    """The picture as an <svg> element whose bytes depend on its numbers only, and its meaning in words."""
    from matplotlib import rc_context

    axes.set_title(told, fontsize=9, loc="left")
    buffer = io.StringIO()
    with rc_context({"svg.hashsalt": told, "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    text = buffer.getvalue()
    return text[text.index("<svg") :]
