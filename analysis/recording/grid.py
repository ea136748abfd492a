"""From a file's own time axis to the core's 100 Hz grid.

The grid's sample 0 is the file's first row. A file that was sampled at 100 Hz goes through untouched: each
stretch between two gaps is put on the grid as it is (after a gap by moving it by less than half a sample).
Any other rate is resampled once, here, by a windowed sinc (Crochiere and Rabiner, Multirate Digital Signal
Processing, 1983, ch. 2): symmetric, so nothing comes late, which a recording allows and a live stream would
not.

- A faster recording is low-passed by it, at 45 Hz (half of it left), so that noise and tremor above the new
  Nyquist frequency do not fold down into the movement.
- A slower one is interpolated by it, row values kept, up to its own Nyquist frequency: straight lines would
  take a fifth off a 5 Hz sine sampled at 20 Hz.

Holes of up to 0.5 s, and the first and last five rows of a stretch, are crossed by straight lines.
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
_LOBES: Final = 5
"""Reach of the resampling kernel to either side, in steps of the slower rate [ours]."""
_CUTOFF: Final = 0.45
"""Its low-pass for faster recordings, in cycles a sample of the grid [ours]: 45 Hz."""
_PIECE: Final = 65_536
_HOLE: Final = 1.5
"""Rows farther apart than this many steps have lost one between them [ours]."""


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
    row, place = 0, 0
    ends = [*axis.span_starts[1:].tolist(), len(axis)]
    stretch: _Stretch | None = None
    for piece in pieces:
        at = 0
        while at < len(piece):
            if stretch is None:
                stretch = _Stretch(axis.places[row : ends[place]], 1.0 / axis.rate_hz * RATE_HZ)
            part = piece[at : at + ends[place] - row]
            at += len(part)
            row += len(part)
            first, values = stretch.push(part)
            if len(values):
                yield first, values
            if row == ends[place]:
                stretch, place = None, place + 1


class _Stretch:
    """Resamples rows without a gap; `places` are theirs on the grid, `step` their usual distance."""

    def __init__(self, places: FloatArray, step: float) -> None:
        self._places = places
        self._step = step
        # Rows on every place of the grid need no resampling.
        self._is_on_grid = abs(step - 1.0) < _JITTER and _are_whole(places)
        self._reach = 0.0 if self._is_on_grid else _LOBES * max(1.0, step)
        self._end = 0
        self._values: FloatArray | None = None
        self._wanted = int(np.ceil(places[0]))

    def push(self, rows: FloatArray) -> tuple[int, FloatArray]:
        """Return the first sample and the values that the next rows make known."""
        if self._are_samples(rows):
            first, self._wanted = self._wanted, self._wanted + len(rows)
            self._end += len(rows)
            # What a hole after them is crossed from.
            self._values = rows[-2:]
            return first, rows
        values = rows if self._values is None else np.concatenate((self._values, rows))
        self._end += len(rows)
        first_row = self._end - len(values)
        places = self._places[first_row : self._end]
        is_last = self._end == len(self._places)
        known = float(places[-1]) - (0.0 if is_last else self._reach)
        first = self._wanted
        wanted = np.arange(first, max(first, int(np.floor(known)) + 1))
        self._wanted += len(wanted)
        # One row more than the kernel reaches, for straight lines and to see holes.
        needed = self._wanted - self._reach - self._step
        kept = min(max(int(np.searchsorted(places, needed)) - 1, 0), len(values) - 1)
        self._values = values[kept:]
        if not len(wanted):
            return first, values[:0]
        straight = _between(wanted, places, values)
        return first, straight if self._is_on_grid else self._filtered(wanted, places, values, straight)

    def _are_samples(self, rows: FloatArray) -> bool:
        """Return whether the next rows are just what is wanted."""
        if not self._is_on_grid or not len(rows):
            return False
        end = self._end + len(rows)
        first, last = self._places[self._end], self._places[end - 1]
        return bool(first == self._wanted and last - first == len(rows) - 1)

    def _filtered(
        self, wanted: NDArray[np.int64], places: FloatArray, values: FloatArray, straight: FloatArray
    ) -> FloatArray:
        """Return the windowed sinc's values; `straight` where its reach meets an end or a hole."""
        reach, step = self._reach, self._step
        low, high = np.searchsorted(places, wanted - reach), np.searchsorted(places, wanted + reach, "right")
        holes = np.concatenate(([0], np.cumsum(np.diff(places) > _HOLE * step)))
        is_whole = (wanted - reach >= self._places[0]) & (wanted + reach <= self._places[-1])
        at = np.flatnonzero(is_whole & (holes[high - 1] == holes[low]))
        if not len(at):
            return straight
        # Slower rows keep their values; faster ones are low-passed.
        cutoff = 0.5 / step if step >= 1.0 else _CUTOFF
        low, high, centre = low[at], high[at], wanted[at]
        total, weights = np.zeros((len(at), values.shape[1])), np.zeros(len(at))
        for tap in range(int((high - low).max())):
            row = np.minimum(low + tap, len(places) - 1)
            off = places[row] - centre
            window = np.cos(np.pi * np.clip(0.5 * off / reach, -0.5, 0.5))
            weight = np.where(low + tap < high, np.sinc(2.0 * cutoff * off) * window * window, 0.0)
            total += weight[:, None] * values[row]
            weights += weight
        result = straight.copy()
        result[at] = total / weights[:, None]
        return result


def _are_whole(places: FloatArray) -> bool:
    # In pieces: a day's worth at once is 70 MB.
    pieces = (places[at : at + _PIECE] for at in range(0, len(places), _PIECE))
    return all(bool((piece == np.rint(piece)).all()) for piece in pieces)


def _between(wanted: NDArray[np.int64], places: FloatArray, values: FloatArray) -> FloatArray:
    """Interpolate linearly; a row that lies on a wanted place is taken as it is."""
    after = np.searchsorted(places, wanted)
    before = np.maximum(after - 1, 0)
    step = places[after] - places[before]
    weight = np.divide(wanted - places[before], step, out=np.ones(len(wanted)), where=step > 0)[:, None]
    between = values[before] + weight * (values[after] - values[before])
    return np.where(places[after][:, None] == wanted[:, None], values[after], between)
