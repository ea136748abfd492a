"""What a section of the study hands back: figures held against their thresholds, tables, cases, pictures."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from matplotlib.figure import Figure as Plot

from tests.accuracy_study.statistics import Grouped, Interval, Statistic, bootstrap, grouped, share_interval

Mark = Literal["pass", "miss", ""]

COUNT = "count"
"""Unit of a whole number of things."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold, in the unit of its figure. `source` says where it comes from."""

    sense: Literal["at most", "at least"]
    bound: float
    source: str = "acceptance [ours]"

    def holds(self, value: float) -> bool:
        """Return whether `value`, not rounded, keeps to it."""
        return value <= self.bound if self.sense == "at most" else value >= self.bound


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number.

    Attributes
    ----------
    name
        What was measured.
    value
        NaN where there was nothing to measure; that never passes.
    unit
        "deg", "s", "%", `COUNT`, or "" for a pure number.
    count
        How many cases it stands on.
    interval
        95 %; None where it cannot be told.
    limit
        None for a figure that is only reported.
    """

    name: str
    value: float
    unit: str
    count: int
    interval: Interval | None = None
    limit: Limit | None = None

    @property
    def mark(self) -> Mark:
        """Whether the threshold is kept."""
        if self.limit is None:
            return ""
        return "pass" if math.isfinite(self.value) and self.limit.holds(self.value) else "miss"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that a reader may want beside the figures."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Case:
    """Something that went wrong, precisely: which recording or person, when, and what."""

    where: str
    when_s: float | None
    what: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A plot; drawn only when it is wanted."""

    name: str
    caption: str
    draw: Callable[[], Plot]


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the study."""

    key: str
    title: str
    about: str
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    worst: tuple[Case, ...] = ()
    pictures: tuple[Picture, ...] = field(default=())
    missing: str | None = None
    """Why nothing could be measured."""


def measured(
    name: str, pairs: Grouped, statistic: Statistic, unit: str, seed: int, limit: Limit | None = None
) -> Figure:
    """Return `statistic` of all values with its interval."""
    groups = grouped(pairs)
    values = np.concatenate(groups) if groups else np.empty(0)
    value = statistic(values) if len(values) else math.nan
    return Figure(name, value, unit, len(values), bootstrap(groups, statistic, seed), limit)


def share(name: str, pairs: Grouped, seed: int, limit: Limit | None = None) -> Figure:
    """Return the share of ones among zeros and ones, in per cent, with its interval."""
    groups = grouped(pairs)
    values = np.concatenate(groups) if groups else np.empty(0)
    value = 100.0 * float(values.mean()) if len(values) else math.nan
    interval = share_interval(groups, seed)
    if interval is not None:
        interval = Interval(100.0 * interval.low, 100.0 * interval.high)
    return Figure(name, value, "%", len(values), interval, limit)
