"""Rises and falls of the pelvis: the surest sign of getting up and of sitting down.

Vertical acceleration is freed of its slow mean (which is the sensor's error, for no one accelerates for long)
and integrated with a leak. Where that velocity stays on one side of zero long enough to cover some height,
the stretch is integrated again without leak, once from rest at its start and once from rest at its end, and
the smaller answer counts: after a fall the leaky velocity swings back, and only the second integration shows
that nothing moved; in a squat one of the two ends is not at rest, which makes one answer too large. A chair
rise covers about 0.4 m (mocap; a low estimate for tall chairs), a step 0.05 m.

Works badly within the first seconds of a segment that begins in motion, and for movements of more than 6 s.
Without a gyroscope the vertical is not known well enough while moving, so no levels are looked for there.
"""

from dataclasses import dataclass

import numpy as np

from analysis.motion.block import RATE_HZ, FloatArray
from analysis.motion.filters import Carried, one_pole, without_mean

_SECOND = round(RATE_HZ)


@dataclass(frozen=True, slots=True)
class LevelParams:
    """What counts as a change of level."""

    mean_s: float = 10.0
    """Time constant of the slow mean, s [ours]: much longer than a rise."""
    leak_s: float = 2.0
    """Time constant of the leak, s [ours]: longer than a rise."""
    speed_mps: float = 0.08
    """Slower is rest, m/s [ours]."""
    least_m: float = 0.12
    """Least height covered, m [ours]: a third of a chair rise, over twice a step."""
    margin_s: float = 0.3
    """What of the movement lies outside the stretch, s [ours]."""
    longest_s: float = 6.0
    """Longest movement, s [ours]: an error of 0.02 m/s2 then makes 0.36 m."""


@dataclass(frozen=True, slots=True)
class Level:
    """One change of level: first and last sample of the stretch, and metres up."""

    start: int
    end: int
    up_m: float


@dataclass(frozen=True, slots=True)
class LevelState:
    """Filters, and the recent past from which a stretch is integrated."""

    mean: Carried | None = None
    leak: Carried | None = None
    history: FloatArray | None = None
    velocity: FloatArray | None = None


class LevelStage:
    """Finds changes of level, as soon as they and their margin are over."""

    def __init__(self, params: LevelParams) -> None:
        self._params = params
        self._mean = without_mean(params.mean_s, RATE_HZ)
        self._leak = one_pole(params.leak_s, RATE_HZ, 1.0 / RATE_HZ)
        self._margin = round(params.margin_s * RATE_HZ)
        self._kept = round(2 * params.longest_s * RATE_HZ)
        self._state = LevelState()

    def push(self, first_sample: int, vertical_mps2: FloatArray) -> list[Level]:
        """Return the changes of level that are now complete; `vertical_mps2` holds whole seconds."""
        state = self._state
        # As if the first sample had always been there: its error is gone from the start.
        mean = self._mean.after_steady(float(vertical_mps2[0])) if state.mean is None else state.mean
        leak = self._leak.at_rest if state.leak is None else state.leak
        freed, mean = self._mean.push(vertical_mps2.reshape(-1, _SECOND).T.copy(), mean)
        integrated, leak = self._leak.push(freed, leak)
        upward, moving = freed.T.reshape(-1), integrated.T.reshape(-1)
        old = 0 if state.history is None else state.history.shape[0]
        history = upward if state.history is None else np.concatenate((state.history, upward))
        velocity = moving if state.velocity is None else np.concatenate((state.velocity, moving))
        levels = self._levels(first_sample - old, history, velocity, old)
        self._state = LevelState(mean, leak, history[-self._kept :].copy(), velocity[-self._kept :].copy())
        return levels

    def _levels(self, origin: int, history: FloatArray, velocity: FloatArray, old: int) -> list[Level]:
        p = self._params
        side = (velocity > p.speed_mps).astype(np.int8) - (velocity < -p.speed_mps)
        edges = np.flatnonzero(side[1:] != side[:-1]) + 1
        if edges.size < 2:
            return []
        starts, ends = edges[:-1], edges[1:]
        ways_m = np.abs(np.add.reduceat(velocity, edges)[:-1]) / RATE_HZ
        # A stretch is told once: when its margin has just been seen.
        fitting = (ends + self._margin > old) & (ends + self._margin <= history.shape[0])
        fitting &= (ends - starts <= p.longest_s * RATE_HZ) & (ways_m >= 0.5 * p.least_m)
        fitting &= side[starts] != 0
        found = []
        for start, end in zip(starts[fitting].tolist(), ends[fitting].tolist(), strict=True):
            up_m = self._travelled_m(history, start, end, int(side[start]))
            if up_m * side[start] >= p.least_m:
                found.append(Level(origin + start, origin + end - 1, up_m))
        return found

    def _travelled_m(self, history: FloatArray, start: int, end: int, side: int) -> float:
        """Return the way from rest at the start or at the end, whichever is less.

        Just when the rest was is not known, and a step may follow at once: several instants are tried.
        """
        from_start, from_end = [], []
        for margin in (0, self._margin // 2, self._margin):
            part = history[max(0, start - margin) : end + margin]
            velocity = np.cumsum(part) / RATE_HZ
            way = float(velocity.sum()) / RATE_HZ
            from_start.append(way * side)
            from_end.append((way - float(velocity[-1]) * part.shape[0] / RATE_HZ) * side)
        return float(min(max(from_start), max(from_end)) * side)

    def state(self) -> LevelState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return self._state

    def restore(self, state: LevelState) -> None:
        """Go on from `state`."""
        self._state = state
