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

from dataclasses import dataclass, field

import numpy as np

from analysis.motion.block import RATE_HZ, AnyFloatArray, BoolArray, FloatArray, IntArray
from analysis.motion.filters import Carried, band_pass

_THIN_HZ = 20.0
_SECOND, _WHOLE = round(_THIN_HZ), round(RATE_HZ)
"""Samples of a second, put together and as they come."""
_AROUND = np.arange(3)
"""Rows of the second before, of a second, and of the one after it, from the first of them."""
_LONG_AGO = 1 << 40


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
    walking: BoolArray
    steps: IntArray
    rhythm_hz: FloatArray


@dataclass(frozen=True, slots=True)
class WalkingState:
    """Filter, and the last two seconds of the filtered signal and of the angular speed, if that is known.

    Nothing is known of the second before the first; it is taken as still.
    """

    band: Carried | None = None
    tail: FloatArray = field(default_factory=lambda: np.zeros((1, _SECOND)))
    speed: AnyFloatArray | None = field(default_factory=lambda: np.zeros((1, _WHOLE), np.float32))
    last_second: int = 0
    last_step: int = -_LONG_AGO


class WalkingStage:
    """Says of each whole second whether it was walked, one second late."""

    def __init__(self, params: WalkingParams) -> None:
        self._params = params
        self._band = band_pass(params.low_hz, params.high_hz, _THIN_HZ)
        self._state = WalkingState()

    def push(
        self, first_second: int, upward_mps2: FloatArray, speed_dps: AnyFloatArray | None = None
    ) -> Gait:
        """Return the gait of the seconds that are now known.

        Parameters
        ----------
        first_second
            The first of the whole seconds.
        upward_mps2
            Upward acceleration, averaged to 20 Hz: the band ends at 3 Hz, far below half of that.
        speed_dps
            Angular speed, (100 k,); without it any second may be a walk's.
        """
        state = self._state
        carried = self._band.at_rest if state.band is None else state.band
        (swing,), (carried,) = self._band.push((upward_mps2.reshape(-1, _SECOND),), (carried,))
        rows = np.concatenate((state.tail, swing))
        first_second -= state.tail.shape[0] - 1
        speed = None
        if speed_dps is not None and state.speed is not None:
            speed = state.speed, speed_dps.reshape(-1, _WHOLE)
        gait, last_step = self._gait(first_second, rows, speed)
        self._state = WalkingState(
            carried,
            rows[-2:].copy(),
            None if speed is None else np.concatenate((speed[0], speed[1][-2:]))[-2:],
            first_second + rows.shape[0] - 2,
            last_step,
        )
        return gait

    def finish(self) -> Gait:
        """Return the gait of the last second, as if stillness followed, and start afresh."""
        state = self._state
        rows = np.concatenate((state.tail, np.zeros((1, _SECOND))))
        speed = None if state.speed is None else (state.speed, np.zeros((1, _WHOLE), np.float32))
        gait, _ = self._gait(state.last_second, rows, speed)
        self._state = WalkingState()
        return gait

    def _gait(
        self, first_second: int, rows: FloatArray, speed: tuple[AnyFloatArray, AnyFloatArray] | None
    ) -> tuple[Gait, int]:
        """Return the gait of the second row and those after it but the last, and the last step.

        `speed` is in two parts.
        """
        p, last_step = self._params, self._state.last_step
        count = rows.shape[0] - 2
        walking = np.zeros(count, dtype=np.bool_)
        steps = np.zeros(count, dtype=np.int64)
        rhythm_hz = np.zeros(count)
        energy = np.einsum("ij,ij->i", rows, rows)
        mean = (energy[:-2] + energy[1:-1] + energy[2:]) / (3 * _SECOND)
        at = (mean >= p.rhythm_mps2**2).nonzero()[0]
        if not at.size:
            return Gait(first_second, walking, steps, rhythm_hz), last_step
        mean = mean[at]
        regularity, period = self._repeats(rows[at[:, None] + _AROUND].reshape(-1, 3 * _SECOND))
        regular = regularity >= p.regularity
        rhythm_hz[at[regular]] = _THIN_HZ / period[regular]
        gentle = (mean >= p.gentle_mps2**2) & (regularity >= p.gentle_regularity)
        walked = (gentle | ((mean >= p.strength_mps2**2) & regular)).nonzero()[0]
        if walked.size and speed is not None:
            walked = walked[self._turns(speed, at[walked])]
        walking[at[walked]] = True
        least = np.maximum(p.step_mps2, p.step_part * np.sqrt(mean[walked]))
        stepped, last_step = self._stepped(first_second, rows, at[walked], least, p.apart * period[walked])
        steps += np.bincount(stepped, minlength=count)
        return Gait(first_second, walking, steps, rhythm_hz), last_step

    def _turns(self, speed: tuple[AnyFloatArray, AnyFloatArray], seconds: IntArray) -> BoolArray:
        """Return of some seconds whether the pelvis turns to and fro in the three around each."""
        before, now = speed
        varied = np.zeros(len(before) + len(now))
        asked = np.zeros(varied.shape, dtype=np.bool_)
        asked[seconds[:, None] + _AROUND] = True
        own = np.concatenate((before[asked[: len(before)]], now[asked[len(before) :]]))
        apart = np.abs(own - own.sum(axis=1, keepdims=True) / _WHOLE)
        varied[asked] = apart.sum(axis=1) / _WHOLE
        around: FloatArray = varied[seconds] + varied[seconds + 1] + varied[seconds + 2]
        return around >= 3.0 * self._params.turning_dps

    def _stepped(
        self, first_second: int, rows: FloatArray, seconds: IntArray, least: FloatArray, apart: FloatArray
    ) -> tuple[IntArray, int]:
        """Return of each step in walked `seconds` the second, and when the last step was.

        A step rises through `least`, and is so many samples `apart` from the one before.
        """
        now, least = rows[seconds + 1], least[:, None]
        before = np.concatenate((rows[seconds, -1:], now[:, :-1]), axis=1)
        of, place = np.nonzero((before < least) & (now >= least))
        rises = (first_second + seconds[of]) * _SECOND + place
        last_step = self._state.last_step
        stepped = []
        for second, at, gap in zip(seconds[of].tolist(), rises.tolist(), apart[of].tolist(), strict=True):
            if at - last_step >= gap:
                stepped.append(second)
                last_step = at
        return np.array(stepped, dtype=np.int64), last_step

    def _repeats(self, window: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return how well each window repeats itself after a step's time, and that time in samples."""
        p = self._params
        first, last, longest = (
            round(time_s * _THIN_HZ) for time_s in (p.shortest_step_s, p.longest_step_s, p.longest_stride_s)
        )
        every = _alike(window, first, longest)
        alike, of_strides = every[:, : last + 1 - first], every[:, last + 1 - first :]
        best = alike.max(axis=1)
        halves = alike[:, np.arange(last + 1, longest + 1) // 2 - first] / p.half_stride
        limping = np.minimum(of_strides, halves).max(axis=1, initial=-1.0)
        near = alike >= best[:, None] - p.alike
        # The first hump that is high enough, and the top of it.
        begun = np.logical_or.accumulate(near, axis=1)
        over = np.logical_or.accumulate(begun & ~near, axis=1)
        top = np.where(near & ~over, alike, -np.inf).argmax(axis=1)
        return np.maximum(best, limping), first + top.astype(np.float64)

    def state(self) -> WalkingState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return self._state

    def restore(self, state: WalkingState) -> None:
        """Go on from `state`."""
        self._state = state


def _alike(window: FloatArray, first: int, last: int) -> FloatArray:
    """Return how well each row repeats itself after `first` to `last` samples, -1 to 1 each."""
    count, length = window.shape
    # Before the window there is nothing: each lag is a sum over all of it.
    padded = np.zeros((count, last + length))
    padded[:, last:] = window
    row, step = padded.strides
    shape, strides = (count, last - first + 1, length), (row, -step, step)
    earlier = np.ndarray(shape, padded.dtype, padded, (last - first) * step, strides)
    both = np.einsum("mt,mlt->ml", window, earlier)
    squares = window * window
    until, since = np.cumsum(squares, axis=1), np.cumsum(squares[:, ::-1], axis=1)
    left = length - np.arange(first, last + 1) - 1
    return np.asarray(both / np.maximum(np.sqrt(until[:, left] * since[:, left]), 1e-9))
