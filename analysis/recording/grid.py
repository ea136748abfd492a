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

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from analysis.motion.block import RATE_HZ, FloatArray
from analysis.motion.median import median
from analysis.recording.errors import RateError, TimeError, TooShortError

_Number = TypeVar("_Number", np.float64, np.bool_)

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
_PIECE: Final = 32_768
"""So many rows' times are looked at together: more leave the processor's cache."""
_FEW: Final = 1000
"""So many rows tell how far apart rows are."""
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
    rows
        How many there are.
    span_starts
        First row of each stretch without a gap.
    irregular
        (rows,), their places in samples of the grid, whole numbers wherever the file was sampled on it; None
        where each row is the sample after the one before, which of a day need not be remembered.
    """

    start_s: float
    rate_hz: float
    rows: int
    span_starts: NDArray[np.int64]
    irregular: FloatArray | None

    def __len__(self) -> int:
        return self.rows

    @property
    def places(self) -> FloatArray:
        """Where the rows lie, (rows,), in samples of the grid."""
        return np.arange(self.rows, dtype=np.float64) if self.irregular is None else self.irregular

    @property
    def _last(self) -> float:
        return float(self.rows - 1 if self.irregular is None else self.irregular[-1])

    @property
    def end_sample(self) -> int:
        """One more than the last sample of the grid."""
        return int(self._last) + 1

    @property
    def duration_s(self) -> float:
        """Length of the recording, s."""
        return self._last / RATE_HZ

    def row_s(self, row: int) -> float:
        """Return how far apart the rows from `row` on lie, even if there is a hole in them, s; of one, 0."""
        if row >= self.rows - 1:
            return 0.0
        return (
            1.0 / RATE_HZ
            if self.irregular is None
            else median(np.diff(self.irregular[row : row + _FEW])) / RATE_HZ
        )


def regular_axis(pieces: Iterable[NDArray[Any]]) -> TimeAxis | None:
    """Return the axis of rows that come one sample after the other, for a second and more; else None.

    `pieces` are their times, s, in order; of these no more are taken than up to the first row that is off.
    :func:`time_axis` says the same of any other rows, but must have all their times at once.
    """
    start_s, rows = 0.0, 0
    for piece in pieces:
        for at in range(0, len(piece), _PIECE):
            start_s = start_s if rows else float(piece[0])
            with np.errstate(invalid="ignore", over="ignore"):
                since = np.subtract(piece[at : at + _PIECE], start_s, dtype=np.float64) * RATE_HZ
                since -= np.arange(rows, rows + len(since))
            # What is no number is off too.
            if not max(since.max(), -since.min()) < _JITTER:
                return None
            rows += len(since)
    if rows < SHORTEST_S * RATE_HZ:
        return None
    return TimeAxis(start_s, RATE_HZ, rows, np.zeros(1, dtype=np.int64), None)


def time_axis(path: Path, time_s: FloatArray) -> TimeAxis:
    """Return where a file's rows lie; `time_s` is its time column, finite.

    Raises
    ------
    TimeError, RateError, TooShortError
        As the names say; the message says where.
    """
    if len(time_s) < 2:
        raise TooShortError(path, f"it has {len(time_s)} rows; at least {SHORTEST_S:.0f} s are needed")
    if (regular := regular_axis([time_s])) is not None:
        return regular
    start_s, length_s = float(time_s[0]), float(time_s[-1] - time_s[0])
    span_starts = _span_starts(path, time_s)
    places = np.empty_like(time_s)
    # What is too long for a clock is refused below.
    is_regular = length_s <= LONGEST_S and _fill_places(places, time_s, span_starts)
    rate_hz = RATE_HZ if is_regular else 1.0 / median(np.diff(time_s))
    if not RATES_HZ[0] * (1 - _RATE_SLACK) <= rate_hz <= RATES_HZ[1] * (1 + _RATE_SLACK):
        hint = "; is time_s in seconds?" if not 1 <= rate_hz <= 10_000 else ""
        raise RateError(path, f"it has {rate_hz:.4g} rows a second; 20 to 300 can be analysed{hint}")
    if length_s < SHORTEST_S - 1.5 / rate_hz:
        raise TooShortError(path, f"it lasts {length_s:.2f} s; at least {SHORTEST_S:.0f} s are needed")
    if length_s > LONGEST_S:
        raise TimeError(
            path, f"time_s goes from {start_s:.10g} to {time_s[-1]:.10g}, over ten years; is it in seconds?"
        )
    return TimeAxis(start_s, rate_hz, len(time_s), span_starts, places)


def _span_starts(path: Path, time_s: FloatArray) -> NDArray[np.int64]:
    """Return the first row of each stretch without a gap; time must increase."""
    starts = [np.zeros(1, dtype=np.int64)]
    for at in range(0, len(time_s) - 1, _PIECE):
        steps_s = np.diff(time_s[at : at + _PIECE + 1])
        if steps_s.min() <= 0:
            row = at + int(np.flatnonzero(steps_s <= 0)[0])
            raise TimeError(
                path, f"time_s does not increase from row {row + 1} ({time_s[row]:.3f}) to row {row + 2}"
            )
        if steps_s.max() > GAP_S:
            starts.append(at + 1 + np.flatnonzero(steps_s > GAP_S))
    return np.concatenate(starts)


def _fill_places(places: FloatArray, time_s: FloatArray, span_starts: NDArray[np.int64]) -> bool:
    """Fill in where each row lies, whole numbers in stretches that were sampled on the grid.

    Returns whether all were, and most rows are a sample apart.
    """
    is_on_grid, single_steps = True, 0
    for first, end in itertools.pairwise([*span_starts.tolist(), len(time_s)]):
        span, span_s = places[first:end], time_s[first:end]
        snapped = _snap(span, span_s, time_s[0])
        if snapped is None:
            is_on_grid = False
            np.subtract(span_s, time_s[0], out=span)
            span *= RATE_HZ
        else:
            single_steps += snapped
    return is_on_grid and 2 * single_steps > len(time_s)


def _snap(places: FloatArray, time_s: FloatArray, zero_s: float) -> int | None:
    """Fill in a stretch's places as whole numbers, if it was sampled on the grid, else return None.

    Returns how many rows come a single sample after the one before.
    """
    begin = (time_s[0] - zero_s) * RATE_HZ
    before, single_steps = -1.0, -1
    for at in range(0, len(places), _PIECE):
        since = (time_s[at : at + _PIECE] - zero_s) * RATE_HZ - begin
        whole = np.rint(since)
        since -= whole
        steps = np.diff(whole, prepend=before)
        if max(since.max(), -since.min()) >= _JITTER or steps.min() <= 0:
            return None
        before = whole[-1]
        single_steps += int(np.count_nonzero(steps == 1.0))
        whole += np.rint(begin)
        places[at : at + _PIECE] = whole
    return single_steps


def on_grid(axis: TimeAxis, pieces: Iterable[FloatArray]) -> Iterator[tuple[int, FloatArray]]:
    """Yield the file's rows on the grid: first sample and values, without gaps inside.

    `pieces` are the rows in order, (n, ...), however they are cut.
    """
    row, place = 0, 0
    if axis.irregular is None:
        for piece in pieces:
            yield row, piece
            row += len(piece)
        return
    ends = [*axis.span_starts[1:].tolist(), len(axis)]
    stretch: _Stretch | None = None
    for piece in pieces:
        at = 0
        while at < len(piece):
            if stretch is None:
                stretch = _Stretch(axis.irregular[row : ends[place]], 1.0 / axis.rate_hz * RATE_HZ)
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
        total, weights = np.zeros((len(at), *values.shape[1:])), np.zeros(len(at))
        for tap in range(int((high - low).max())):
            row = np.minimum(low + tap, len(places) - 1)
            off = places[row] - centre
            window = np.cos(np.pi * np.clip(0.5 * off / reach, -0.5, 0.5))
            weight = np.where(low + tap < high, np.sinc(2.0 * cutoff * off) * window * window, 0.0)
            total += _beside(weight, values) * values[row]
            weights += weight
        result = straight.copy()
        result[at] = total / _beside(weights, values)
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
    weight = np.divide(wanted - places[before], step, out=np.ones(len(wanted)), where=step > 0)
    between = values[before] + _beside(weight, values) * (values[after] - values[before])
    return np.where(_beside(places[after] == wanted, values), values[after], between)


def _beside(numbers: NDArray[_Number], values: FloatArray) -> NDArray[_Number]:
    """Return one number for each row, of as many dimensions as the rows' values have."""
    return numbers.reshape(-1, *[1] * (values.ndim - 1))
