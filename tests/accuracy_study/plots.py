"""Pictures of angles: found over true, in time and against each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Plot

from tests.accuracy_study.matching import Span
from tests.accuracy_study.statistics import FloatArray

TRUE_COLOUR, FOUND_COLOUR, OTHER_COLOUR = "#555555", "#c2410c", "#1d4ed8"
_WIDTH_IN, _ROW_IN = 9.0, 2.4


@dataclass(frozen=True, slots=True)
class Comparison:
    """Pelvis tilt and lumbar flexion of one stretch, found and true, deg."""

    name: str
    time_s: FloatArray
    pelvis_deg: FloatArray
    lumbar_deg: FloatArray
    true_pelvis_deg: FloatArray
    true_lumbar_deg: FloatArray

    @classmethod
    def of(
        cls, name: str, time_s: FloatArray, found: Mapping[str, FloatArray], true: Mapping[str, FloatArray]
    ) -> Self:
        """Take the columns of the tables of angles."""
        pelvis, lumbar = "pelvis_tilt_deg", "lumbar_flexion_deg"
        return cls(name, time_s, found[pelvis], found[lumbar], true[pelvis], true[lumbar])

    def within(self, span: Span) -> Self:
        """Return the part in `span`."""
        part = (self.time_s >= span.start_s) & (self.time_s <= span.end_s)
        values = (self.pelvis_deg, self.lumbar_deg, self.true_pelvis_deg, self.true_lumbar_deg)
        pelvis, lumbar, true_pelvis, true_lumbar = (value[part] for value in values)
        return type(self)(self.name, self.time_s[part], pelvis, lumbar, true_pelvis, true_lumbar)


def panels(rows: int, columns: int = 1, height_in: float = _ROW_IN) -> tuple[Plot, list[Axes]]:
    """Return a plot with panels, row by row, and nothing on them yet."""
    plot = Plot(figsize=(_WIDTH_IN, max(rows, 1) * height_in), layout="constrained")
    axes = plot.subplots(max(rows, 1), columns, squeeze=False)
    flat = [axis for row in axes for axis in row]
    for axis in flat:
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(visible=True, color="#e5e5e5", linewidth=0.6)
        axis.set_axisbelow(True)
    return plot, flat


def traces(comparisons: Sequence[Comparison]) -> Plot:
    """Return pelvis tilt and lumbar flexion over time, a row each comparison."""
    plot, axes = panels(len(comparisons))
    for axis, one in zip(axes, comparisons, strict=False):
        axis.plot(
            one.time_s,
            one.true_pelvis_deg,
            color=OTHER_COLOUR,
            linewidth=3.0,
            alpha=0.3,
            label="pelvis, true",
        )
        axis.plot(one.time_s, one.pelvis_deg, color=OTHER_COLOUR, linewidth=1.0, label="pelvis, found")
        axis.plot(
            one.time_s,
            one.true_lumbar_deg,
            color=FOUND_COLOUR,
            linewidth=3.0,
            alpha=0.3,
            label="lumbar, true",
        )
        axis.plot(one.time_s, one.lumbar_deg, color=FOUND_COLOUR, linewidth=1.0, label="lumbar, found")
        axis.set_title(one.name, loc="left", fontsize=9)
        axis.set_ylabel("deg")
        axis.margins(x=0.0)
    axes[0].legend(fontsize=7, ncols=4, frameon=False, loc="best")
    axes[-1].set_xlabel("time, s")
    return plot


def angle_angle(comparisons: Sequence[Comparison]) -> Plot:
    """Return lumbar flexion over pelvis tilt, two panels a row."""
    plot, axes = panels((len(comparisons) + 1) // 2, 2, 3.6)
    for axis, one in zip(axes, comparisons, strict=False):
        axis.plot(
            one.true_pelvis_deg,
            one.true_lumbar_deg,
            color=TRUE_COLOUR,
            linewidth=3.0,
            alpha=0.35,
            label="true",
        )
        axis.plot(one.pelvis_deg, one.lumbar_deg, color=FOUND_COLOUR, linewidth=1.2, label="found")
        deepest = int(np.argmax(one.true_pelvis_deg + one.true_lumbar_deg))
        axis.plot(
            one.true_pelvis_deg[deepest], one.true_lumbar_deg[deepest], "o", color=TRUE_COLOUR, markersize=5
        )
        axis.plot(one.pelvis_deg[deepest], one.lumbar_deg[deepest], "o", color=FOUND_COLOUR, markersize=4)
        axis.set_title(one.name, loc="left", fontsize=9)
        axis.set_xlabel("pelvis tilt, deg")
        axis.set_ylabel("lumbar flexion, deg")
        axis.set_aspect("equal", adjustable="datalim")
    axes[0].legend(fontsize=8, frameon=False)
    for axis in axes[len(comparisons) :]:
        axis.set_visible(False)
    return plot
