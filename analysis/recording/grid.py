"""From a file's own time axis to the core's 100 Hz grid.

The grid's sample 0 is the file's first row. A file that was sampled at 100 Hz goes through untouched: each
stretch between two gaps is put on the grid as it is (after a gap by moving it by less than half a sample).
Anything else, or a hole of up to 0.5 s, is interpolated linearly, once, here.

Where it works badly: linear interpolation damps what is fast (a sine of 10 Hz sampled at 50 Hz loses up to a
fifth), and a faster recording is not low-passed first, so noise above 50 Hz folds down. Human trunk motion
lies below 10 Hz.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.motion.block import RATE_HZ, FloatArray
from analysis.recording.errors import RateError, TimeError, TooShortError

GAP_S: Final = 0.5
"""A longer hole is a gap (DESIGN.md section 7)."""
RATES_HZ: Final = (20.0, 300.0)
"""Rates that can be analysed (DESIGN.md section 7)."""
SHORTEST_S: Final = 1.0
"""Less is no recording [ours]."""
LONGEST_S: Final = 10 * 366 * 86_400.0
"""More is no recording either, but a clock that jumped or another unit [ours]: ten years."""

_RATE_SLACK: Final = 0.02
"""A nominal 20 Hz may be 19.7 [ours]."""
_JITTER: Final = 0.2
"""Rows this close to the grid, as a part of a sample, lie on it [ours]."""


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Where each row of a file lies on the grid.

    Attributes
    ----------
    start_s
        Time of the first row on the file's own axis, s: sample 0 of the grid.
    rate_hz
        The file's rate (of the median step).
    places
        (rows,), in samples of the grid; whole numbers wherever the file was sampled on it.
    span_starts
        First row of each stretch without a gap.
    """

    start_s: float
    rate_hz: float
    places: FloatArray
    span_starts: NDArray[np.int64]

    def __len__(self) -> int:
        return int(self.places.shape[0])

    @property
    def end_sample(self) -> int:
        """One more than the last sample of the grid."""
        return int(self.places[-1]) + 1

    @property
    def duration_s(self) -> float:
        """Length of the recording, s."""
        return float(self.places[-1]) / RATE_HZ


def time_axis(path: Path, time_s: FloatArray) -> TimeAxis:
    """Return where a file's rows lie; `time_s` is its time column, finite.

    Raises
    ------
    TimeError, RateError, TooShortError
        As the names say; the message says where.
    """
    if len(time_s) < 2:
        raise TooShortError(path, f"it has {len(time_s)} rows; at least {SHORTEST_S:.0f} s are needed")
    steps_s = np.diff(time_s)
    back = np.flatnonzero(steps_s <= 0)
    if len(back):
        row = int(back[0])
        raise TimeError(
            path, f"time_s does not increase from row {row + 1} ({time_s[row]:.3f}) to row {row + 2}"
        )
    rate_hz = 1.0 / float(np.median(steps_s))
    if not RATES_HZ[0] * (1 - _RATE_SLACK) <= rate_hz <= RATES_HZ[1] * (1 + _RATE_SLACK):
        hint = "; is time_s in seconds?" if not 1 <= rate_hz <= 10_000 else ""
        raise RateError(path, f"it has {rate_hz:.4g} rows a second; 20 to 300 can be analysed{hint}")
    if time_s[-1] - time_s[0] < SHORTEST_S - 1.5 / rate_hz:
        raise TooShortError(
            path, f"it lasts {time_s[-1] - time_s[0]:.2f} s; at least {SHORTEST_S:.0f} s are needed"
        )
    if time_s[-1] - time_s[0] > LONGEST_S:
        raise TimeError(
            path, f"time_s goes from {time_s[0]:.10g} to {time_s[-1]:.10g}, over ten years; is it in seconds?"
        )
    span_starts = np.concatenate([[0], np.flatnonzero(steps_s > GAP_S) + 1])
    del steps_s, back  # a day's worth is 70 MB each
    places = time_s - time_s[0]
    places *= RATE_HZ
    for first, end in zip(span_starts, [*span_starts[1:], len(places)], strict=True):
        _snap(places[first:end])
    return TimeAxis(float(time_s[0]), rate_hz, places, span_starts)


def _snap(span: FloatArray) -> None:
    """Move a span's places onto whole numbers, if the file was sampled on the grid there."""
    since = span - span[0]
    whole = np.rint(since)
    since -= whole
    if max(since.max(), -since.min()) < _JITTER and (np.diff(whole) > 0).all():
        span[:] = whole + np.rint(span[0])


def on_grid(axis: TimeAxis, pieces: Iterable[FloatArray]) -> Iterator[tuple[int, FloatArray]]:
    """Yield the file's rows on the grid: first sample and values, without gaps inside.

    `pieces` are the rows in order, (n, columns), however they are cut.
    """
    row = 0
    carry: tuple[float, FloatArray] | None = None
    for piece in pieces:
        cuts = axis.span_starts[(axis.span_starts > row) & (axis.span_starts < row + len(piece))]
        for part in np.split(piece, cuts - row):
            if not len(part):
                continue
            if row in axis.span_starts:
                carry = None
            places = axis.places[row : row + len(part)]
            row += len(part)
            values = part
            if carry is not None:
                places = np.concatenate([[carry[0]], places])
                values = np.concatenate([carry[1], values])
            first = int(np.ceil(places[0])) if carry is None else int(np.floor(places[0])) + 1
            wanted = np.arange(first, int(np.floor(places[-1])) + 1)
            carry = (float(places[-1]), values[-1:])
            if len(wanted):
                yield first, _between(wanted, places, values)


def _between(wanted: NDArray[np.int64], places: FloatArray, values: FloatArray) -> FloatArray:
    """Interpolate linearly; a row that lies on a wanted place is taken as it is."""
    after = np.searchsorted(places, wanted)
    before = np.maximum(after - 1, 0)
    step = places[after] - places[before]
    weight = np.divide(wanted - places[before], step, out=np.ones(len(wanted)), where=step > 0)[:, None]
    between = values[before] + weight * (values[after] - values[before])
    return np.where(places[after][:, None] == wanted[:, None], values[after], between)
