"""Orientation against an optical reference: the core beside stock VQF.

A tumbling hand-held IMU (BROAD: Laidig, Caruso, Cereatti, Seel 2021, doi:10.3390/data6070072), 286 Hz. The
core sees it resampled to its own 100 Hz; the question is what that costs. Both orientations, the core's
``lower_quat`` of ``lumbar analyse --angles`` and stock VQF's 6D result at the file's own rate, turn the
sensor's axes to the earth's. The error ``q_est * conj(q_true)`` is a rotation in the earth's axes; its part
about the vertical is heading, which no sensor without a magnetometer knows and which the truth leaves
arbitrary, and what remains is the inclination error, ``2 acos(sqrt(w^2 + z^2))``. As in BROAD, the RMS is
taken over the phases of movement, where the optical truth exists.

At 500 deg/s a millisecond is half a degree, so when an orientation holds counts as much as what it is. A
filter's result after a sample stands for a moment that differs by parts of a sample between methods and from
the optical truth. Less error than stock VQF's is therefore no better filter, but better luck in timing: the
second set of figures gives each the time shift that suits it best, and these are the ones to compare.

This says nothing about backs; a back moves far less.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure as Plot
from numpy.typing import NDArray
from vqf import VQF

from tests.accuracy_study.finding import COUNT, Case, Figure, Limit, Picture, Section, Table
from tests.accuracy_study.plots import FOUND_COLOUR, TRUE_COLOUR, panels
from tests.accuracy_study.recordings import FloatArray, analysed, columns, recordings
from tests.accuracy_study.statistics import bootstrap, rms

MOST_ABOVE_STOCK_DEG = 0.05
"""Acceptance [ours]."""
_MOST_SHIFT_ROWS = 2
_SHIFT_STEP_ROWS = 0.25
_THIN = 10
"""One row in so many is drawn."""
_PIECE_S = 10.0
"""Errors within a piece of this length are alike; the bootstrap draws pieces."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Inclination errors at the rows in movement, deg."""

    name: str
    time_s: FloatArray
    core_deg: FloatArray
    stock_deg: FloatArray
    core_shifted_deg: float
    stock_shifted_deg: float
    """RMS errors with the time shift that suits each best."""
    unknown_rows: int
    """Rows in movement for which the core gives no orientation."""

    @property
    def excess_deg(self) -> float:
        """By how much the core's RMS exceeds stock VQF's."""
        return rms(self.core_deg) - rms(self.stock_deg)

    @property
    def shifted_excess_deg(self) -> float:
        """The same with the time shift that suits each best."""
        return self.core_shifted_deg - self.stock_shifted_deg


def study(folder: Path, seed: int) -> Section:
    """Return the section on `folder`."""
    trials = [_trial(path) for path in recordings(folder)]
    worst = max(trials, key=lambda trial: trial.excess_deg)
    limit = Limit("at most", MOST_ABOVE_STOCK_DEG)
    figures = [_excess(trial, seed, limit) for trial in trials]
    mean = float(np.mean([trial.excess_deg for trial in trials]))
    shifted = [
        Figure(
            f"the same, each shifted in time as suits it, {trial.name}",
            trial.shifted_excess_deg,
            "deg",
            len(trial.core_deg),
        )
        for trial in trials
    ]
    unknown = float(sum(trial.unknown_rows for trial in trials))
    table = [
        (
            trial.name,
            f"{rms(trial.core_deg):.3f}",
            f"{rms(trial.stock_deg):.3f}",
            f"{trial.excess_deg:+.3f}",
            f"{trial.core_shifted_deg:.3f}",
            f"{trial.stock_shifted_deg:.3f}",
            f"{trial.shifted_excess_deg:+.3f}",
        )
        for trial in trials
    ]
    at = int(np.argmax(np.abs(worst.core_deg - worst.stock_deg)))
    difference = worst.core_deg[at] - worst.stock_deg[at]
    return Section(
        "broad",
        "Orientation beside stock VQF",
        __doc__ or "",
        figures=(
            *figures,
            *shifted,
            Figure("core minus stock VQF, mean of the trials", mean, "deg", len(trials), limit=limit),
            Figure(
                "rows in movement without an orientation",
                unknown,
                COUNT,
                len(trials),
                None,
                Limit("at most", 0.0),
            ),
        ),
        tables=(
            Table(
                "RMS inclination error, deg",
                (
                    "trial",
                    "core",
                    "stock VQF",
                    "core - stock",
                    "core, shifted",
                    "stock, shifted",
                    "difference",
                ),
                tuple(table),
            ),
        ),
        worst=(
            Case(
                worst.name,
                float(worst.time_s[at]),
                f"inclination error {difference:+.2f} deg from stock VQF's",
            ),
        ),
        pictures=(
            Picture(
                "broad_inclination",
                "Inclination error in movement, core and stock VQF.",
                lambda: _plot(trials),
            ),
        ),
    )


def inclination_deg(estimated: FloatArray, true: FloatArray) -> FloatArray:
    """Return the inclination error, heading removed, deg.

    Parameters
    ----------
    estimated, true
        (n, 4), unit quaternions w, x, y, z from sensor to earth axes.
    """
    w1, x1, y1, z1 = estimated.T
    w2, x2, y2, z2 = (true * (1.0, -1.0, -1.0, -1.0)).T
    w = w1 * w2 - x1 * x2 - y1 * y2 - z1 * z2
    x = w1 * x2 + x1 * w2 + y1 * z2 - z1 * y2
    y = w1 * y2 - x1 * z2 + y1 * w2 + z1 * x2
    z = w1 * z2 + x1 * y2 - y1 * x2 + z1 * w2
    # As an arcus tangent, which unlike acos is exact for small angles.
    return np.asarray(np.degrees(2.0 * np.arctan2(np.hypot(x, y), np.hypot(w, z))))


def _trial(path: Path) -> Trial:
    samples, truth = columns(path), columns(path.with_suffix(".truth.parquet"))
    said = analysed(path, is_aligned=True, with_angles=True)
    true = np.column_stack([truth[f"quat_{part}"] for part in "wxyz"])
    core = np.column_stack([said.angles[f"lower_quat_{part}"] for part in "wxyz"])
    acc, gyr = (
        np.ascontiguousarray(np.column_stack([samples[f"lower_{name}"] for name in names]))
        for names in (
            [f"acc_{axis}_mps2" for axis in "xyz"],
            [f"gyr_{axis}_radps" for axis in "xyz"],
        )
    )
    stock = np.asarray(VQF(float(np.median(np.diff(samples["time_s"])))).updateBatch(gyr, acc)["quat6D"])
    moving = (truth["movement"] > 0.5) & np.isfinite(true).all(axis=1)
    known = moving & np.isfinite(core).all(axis=1)
    return Trial(
        path.stem,
        samples["time_s"][known],
        inclination_deg(core[known], true[known]),
        inclination_deg(stock[known], true[known]),
        _best_rms_deg(core, true, known),
        _best_rms_deg(stock, true, known),
        int(moving.sum() - known.sum()),
    )


def _best_rms_deg(estimated: FloatArray, true: FloatArray, rows: NDArray[np.bool_]) -> float:
    """Return the least RMS error over shifts in time of `estimated`, at the rows that all shifts reach."""
    at = np.flatnonzero(rows)
    at = at[(at >= _MOST_SHIFT_ROWS) & (at < len(rows) - _MOST_SHIFT_ROWS - 1)]
    shifts = np.arange(-_MOST_SHIFT_ROWS, _MOST_SHIFT_ROWS + 1e-9, _SHIFT_STEP_ROWS)
    return min(rms(inclination_deg(between(estimated, at + shift), true[at])) for shift in shifts)


def between(quats: FloatArray, places: FloatArray) -> FloatArray:
    """Return orientations at fractional rows, along the straight line between two neighbours."""
    before = np.floor(places).astype(int)
    weight = (places - before)[:, None]
    first, second = quats[before], quats[before + 1]
    second = np.where((first * second).sum(axis=1, keepdims=True) < 0.0, -second, second)
    mixed = first + weight * (second - first)
    return np.asarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True))


def _excess(trial: Trial, seed: int, limit: Limit) -> Figure:
    both = np.column_stack((trial.core_deg, trial.stock_deg))
    piece = (trial.time_s // _PIECE_S).astype(int)
    groups = [both[piece == i] for i in np.unique(piece)]
    interval = bootstrap(groups, lambda rows: rms(rows[:, 0]) - rms(rows[:, 1]), seed)
    return Figure(f"core minus stock VQF, {trial.name}", trial.excess_deg, "deg", len(both), interval, limit)


def _plot(trials: list[Trial]) -> Plot:
    plot, axes = panels(len(trials))
    for axis, trial in zip(axes, trials, strict=True):
        every = slice(None, None, _THIN)
        for errors, colour, name in (
            (trial.stock_deg, TRUE_COLOUR, "stock VQF"),
            (trial.core_deg, FOUND_COLOUR, "core"),
        ):
            axis.plot(trial.time_s[every], errors[every], ".", color=colour, markersize=1.5, label=name)
        axis.set_title(trial.name, loc="left", fontsize=9)
        axis.set_ylabel("error, deg")
    axes[0].legend(fontsize=8, markerscale=6, frameon=False)
    axes[-1].set_xlabel("time, s")
    return plot
