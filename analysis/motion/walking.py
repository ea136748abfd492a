"""Steps, from the up-and-down of the pelvis.

Vertical acceleration, band-passed 0.5 to 3 Hz, swings once a step. A second belongs to walking if the three
seconds around it swing strongly enough and regularly: a peak of the autocorrelation between 0.35 and 1 s,
which is a step's time, or up to 1.3 s, the stride of one whose left and right steps differ (CLINICAL.md B6;
after Moe-Nilssen and Helbostad 2004, doi:10.1016/S0021-9290(03)00233-1). Steps are the rises through a low
threshold within walking seconds, no nearer to each other than most of a step's time: in a slow walk the heel
strike swings within the band too, twice a step.

And a walker's pelvis turns to and fro, forward with each leg and down to its side, by 4 to 10 deg (Kadaba,
Ramakrishnan, Wootten 1990, doi:10.1002/jor.1100080310). A seat that shakes on a road swings up and down as a
walk does, but it hardly turns, or turns evenly with a corner. So the angular speed must vary.

Marching on the spot and stairs count as walking; so can a rhythmic chore such as vacuuming. A shuffling gait
that hardly lifts the pelvis is missed as a walk, but its rhythm is told.
"""

from dataclasses import dataclass, replace

import numpy as np

from analysis.motion.block import RATE_HZ, FloatArray
from analysis.motion.filters import Carried, band_pass

_THIN = 5
"""Samples that are put together at first: the band ends at 3 Hz, far below half of what is left."""
_THIN_HZ = RATE_HZ / _THIN
_SECOND, _WHOLE = round(_THIN_HZ), round(RATE_HZ)
"""Samples of a second, put together and as they come."""
_LONG_AGO = 1 << 40

IntArray = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class WalkingParams:
    """What makes a second of walking."""

    low_hz: float = 0.5
    """Hz (CLINICAL.md B6)."""
    high_hz: float = 3.0
    """Hz (CLINICAL.md B6)."""
    strength_mps2: float = 0.45
    """Least RMS over three seconds, m/s2 [ours]."""
    regularity: float = 0.5
    """Least normalised autocorrelation at a step's time, 1 [ours]."""
    step_mps2: float = 0.3
    """A step rises through this, m/s2 [ours]: above the ringing of the filter after the last step."""
    step_part: float = 0.5
    """And through this part of the RMS, 1 [ours]: the heel's knock is a ripple beside it."""
    shortest_step_s: float = 0.35
    """s: 170 steps a minute."""
    longest_step_s: float = 1.0
    """s: 60 steps a minute."""
    alike: float = 0.2
    """Of two times after which the swing repeats itself this nearly as well, the shorter is a step's and the
    longer a stride's, 1 [ours]."""
    apart: float = 0.6
    """Two steps are further apart than this part of a step's time, 1 [ours]."""
    gentle_mps2: float = 0.38
    """Least RMS where the swing is as regular as `gentle_regularity`, m/s2 [ours]."""
    gentle_regularity: float = 0.9
    """As few things are but steps, 1 [ours]."""
    rhythm_mps2: float = 0.2
    """Least RMS of a rhythm that may be steps, m/s2 [ours]: for who knows more, as in a movement snack."""
    longest_stride_s: float = 1.3
    """s: two steps of someone whose left and right ones differ; 92 steps a minute."""
    half_stride: float = 0.5
    """Such steps are regular by at least this part of their stride, 1 [ours]: squats are not."""
    turning_dps: float = 2.3
    """Least mean deviation of the angular speed from its mean of a second, over three seconds, deg/s [ours]:
    a turn to and fro by 4 deg in a stride of 1.4 s; walks of real people show 3.7 and more at belt, sacrum
    and chest, drives up to 2.2."""


@dataclass(frozen=True, slots=True)
class Gait:
    """What consecutive whole seconds show.

    Attributes
    ----------
    walking
        Walked or not.
    steps
        Taken in walked seconds.
    rhythm_hz
        How often the pelvis swings, once a step if it is a walk, however gently; 0 without a rhythm.
    """

    first_second: int
    walking: np.ndarray[tuple[int], np.dtype[np.bool_]]
    steps: IntArray
    rhythm_hz: FloatArray


@dataclass(frozen=True, slots=True)
class WalkingState:
    """Filter and the last seconds of the filtered signal, and how much the angular speed varied in them."""

    band: Carried | None = None
    tail: FloatArray | None = None
    turning: FloatArray | None = None
    last_second: int = 0
    last_step: int = -_LONG_AGO


class WalkingStage:
    """Says of each whole second whether it was walked, one second late."""

    def __init__(self, params: WalkingParams) -> None:
        self._params = params
        self._band = band_pass(params.low_hz, params.high_hz, _THIN_HZ)
        self._state = WalkingState()

    def push(self, first_second: int, vertical_mps2: FloatArray, speed_dps: FloatArray | None = None) -> Gait:
        """Return the gait of the seconds that are now known.

        Parameters
        ----------
        first_second
            The first of the whole seconds.
        vertical_mps2, speed_dps
            Upward acceleration and angular speed, (100 k,); without the latter any second may be a walk's.
        """
        state = self._state
        carried = self._band.at_rest if state.band is None else state.band
        thin = vertical_mps2[::_THIN] / _THIN
        for place in range(1, _THIN):
            thin += vertical_mps2[place::_THIN] / _THIN
        swing, carried = self._band.push(thin.reshape(-1, _SECOND).T.copy(), carried)
        if speed_dps is None:
            turning = np.full(swing.shape[1], np.inf)
        else:
            speed = speed_dps.reshape(-1, _WHOLE)
            turning = np.abs(speed - speed.mean(axis=1, keepdims=True)).mean(axis=1)
        if state.tail is None or state.turning is None:
            # Nothing is known of the second before the first; it is taken as still.
            tail, turned = np.zeros((1, _SECOND)), np.zeros(1)
        else:
            tail, turned = state.tail, state.turning
            first_second -= 1
        rows, turning = np.concatenate((tail, swing.T)), np.concatenate((turned, turning))
        last_second = first_second + rows.shape[0] - 2
        self._state = WalkingState(
            carried, rows[-2:].copy(), turning[-2:].copy(), last_second, state.last_step
        )
        return self._gait(first_second, rows, turning)

    def finish(self) -> Gait:
        """Return the gait of the last second, as if stillness followed, and start afresh."""
        state = self._state
        rows, turning = np.zeros((0, _SECOND)), np.zeros(0)
        if state.tail is not None and state.turning is not None:
            rows = np.concatenate((state.tail, np.zeros((1, _SECOND))))
            turning = np.concatenate((state.turning, np.zeros(1)))
        gait = self._gait(state.last_second, rows, turning)
        self._state = WalkingState()
        return gait

    def _gait(self, first_second: int, rows: FloatArray, turning: FloatArray) -> Gait:
        p = self._params
        count = rows.shape[0] - 2
        if count < 1:
            return Gait(first_second, np.zeros(0, np.bool_), np.zeros(0, np.int64), np.zeros(0))
        energy = (rows * rows).sum(axis=1)
        mean = (energy[:-2] + energy[1:-1] + energy[2:]) / (3 * _SECOND)
        walking = np.zeros(count, dtype=np.bool_)
        steps = np.zeros(count, dtype=np.int64)
        rhythm_hz = np.zeros(count)
        at = np.flatnonzero(mean >= p.rhythm_mps2**2)
        if at.size:
            window = np.concatenate((rows[at], rows[at + 1], rows[at + 2]), axis=1)
            regularity, period = self._repeats(window)
            regular = regularity >= p.regularity
            rhythm_hz[at[regular]] = _THIN_HZ / period[regular]
            gentle = (mean[at] >= p.gentle_mps2**2) & (regularity >= p.gentle_regularity)
            turns = (turning[:-2] + turning[1:-1] + turning[2:])[at] >= 3.0 * p.turning_dps
            walked = turns & (gentle | ((mean[at] >= p.strength_mps2**2) & regular))
            walking[at] = walked
            self._count(steps, rows, at[walked], period[walked], first_second)
        return Gait(first_second, walking, steps, rhythm_hz)

    def _count(
        self, steps: IntArray, rows: FloatArray, seconds: IntArray, period: FloatArray, first_second: int
    ) -> None:
        """Add up the steps of walked `seconds` in their places in `steps`; each takes `period` samples."""
        p = self._params
        before = np.concatenate((rows[seconds, -1:], rows[seconds + 1, :-1]), axis=1)
        size = np.concatenate((rows[seconds], rows[seconds + 1], rows[seconds + 2]), axis=1)
        least = np.maximum(p.step_mps2, p.step_part * np.sqrt((size * size).mean(axis=1)))[:, None]
        rises = (before < least) & (rows[seconds + 1] >= least)
        last_step = self._state.last_step
        for row, place in np.argwhere(rises).tolist():
            at = (first_second + int(seconds[row])) * _SECOND + place
            if at - last_step >= p.apart * period[row]:
                steps[seconds[row]] += 1
                last_step = at
        self._state = replace(self._state, last_step=last_step)

    def _repeats(self, window: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return how well each window repeats itself after a step's time, and that time in samples."""
        p = self._params
        first, last = round(p.shortest_step_s * _THIN_HZ), round(p.longest_step_s * _THIN_HZ)
        lags = range(first, last + 1)
        squares = window * window
        alike = np.stack([_alike(window, squares, lag) for lag in lags], axis=1)
        best = alike.max(axis=1)
        limping = best
        for stride in range(last + 1, round(p.longest_stride_s * _THIN_HZ) + 1):
            half = alike[:, stride // 2 - first] / p.half_stride
            limping = np.maximum(limping, np.minimum(_alike(window, squares, stride), half))
        near = alike >= best[:, None] - p.alike
        # The first hump that is high enough, and the top of it.
        begun = np.logical_or.accumulate(near, axis=1)
        over = np.logical_or.accumulate(begun & ~near, axis=1)
        top = np.where(near & ~over, alike, -np.inf).argmax(axis=1)
        return limping, np.asarray(lags)[top].astype(np.float64)

    def state(self) -> WalkingState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return self._state

    def restore(self, state: WalkingState) -> None:
        """Go on from `state`."""
        self._state = state


def _alike(window: FloatArray, squares: FloatArray, lag: int) -> FloatArray:
    """Return how well each row repeats itself after `lag` samples, -1 to 1."""
    both = (window[:, lag:] * window[:, :-lag]).sum(axis=1)
    size = np.sqrt(squares[:, lag:].sum(axis=1) * squares[:, :-lag].sum(axis=1))
    return np.asarray(both / np.maximum(size, 1e-9))
