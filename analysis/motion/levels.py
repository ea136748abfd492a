"""Rises and falls of the pelvis: the surest sign of getting up and of sitting down.

Vertical acceleration is integrated once with a leak (time constant 3 s), which forgets the accelerometer's
bias. Where the velocity stays on one side of zero long enough to cover some height, that stretch is
integrated again exactly, at rest at both ends (:mod:`analysis.motion.height`). A chair rise covers about 0.4
m (mocap and CLINICAL.md B5), a step 0.05 m, a squat goes down and up.

Without a gyroscope the vertical is not known well enough while moving, so no levels are found there.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.signal import lfilter

from analysis.motion.block import RATE_HZ, FloatArray
from analysis.motion.height import HeightParams, heights


@dataclass(frozen=True, slots=True)
class LevelParams:
    """What counts as a change of level."""

    leak_s: float = 3.0
    """Time constant, s [ours]: longer than a slow rise, shorter than drift."""
    speed_mps: float = 0.08
    """Slower is rest, m/s [ours]."""
    least_m: float = 0.15
    """Least height covered, m [ours]: half of a low seat's."""
    margin_s: float = 0.3
    """Rest before and after, included in the exact integration, s [ours]."""
    height: HeightParams = field(default_factory=HeightParams)


@dataclass(frozen=True, slots=True)
class Level:
    """One change of level: first and last sample of the movement, and metres up."""

    start: int
    end: int
    up_m: float


@dataclass(frozen=True, slots=True)
class LevelState:
    """Filters, and the recent past from which a stretch is integrated."""

    zi: FloatArray | None = None
    history: FloatArray | None = None
    velocity: FloatArray | None = None


class LevelStage:
    """Finds changes of level, as soon as they and their margin are over."""

    def __init__(self, params: LevelParams) -> None:
        self._params = params
        decay = float(np.exp(-1.0 / (params.leak_s * RATE_HZ)))
        # Leaky integrator after a high-pass of the same time constant: a constant error is forgotten wholly.
        self._b = np.array([1.0, -1.0]) / RATE_HZ
        self._a = np.array([1.0, -2.0 * decay, decay * decay])
        self._margin = round(params.margin_s * RATE_HZ)
        self._kept = round(2 * params.height.longest_s * RATE_HZ)
        self._state = LevelState()

    def push(self, first_sample: int, vertical_mps2: FloatArray) -> list[Level]:
        """Return the changes of level that are now complete."""
        state = self._state
        zi = np.zeros(2) if state.zi is None else state.zi
        moving, zi = lfilter(self._b, self._a, vertical_mps2, zi=zi)
        old = 0 if state.history is None else state.history.shape[0]
        history = vertical_mps2 if state.history is None else np.concatenate((state.history, vertical_mps2))
        velocity = moving if state.velocity is None else np.concatenate((state.velocity, moving))
        levels = self._levels(first_sample - old, history, velocity, old)
        self._state = LevelState(zi, history[-self._kept :].copy(), velocity[-self._kept :].copy())
        return levels

    def _levels(self, origin: int, history: FloatArray, velocity: FloatArray, old: int) -> list[Level]:
        p = self._params
        side = np.where(velocity > p.speed_mps, 1, np.where(velocity < -p.speed_mps, -1, 0)).astype(np.int8)
        edges = np.flatnonzero(side[1:] != side[:-1]) + 1
        count = history.shape[0]
        found = []
        for i, start in enumerate(edges):
            end = int(edges[i + 1]) if i + 1 < edges.size else count
            # A stretch is told once: when its margin has just been seen.
            if side[start] == 0 or not old < end + self._margin <= count:
                continue
            if end == count or abs(float(velocity[start:end].sum())) / RATE_HZ < 0.5 * p.least_m:
                continue
            first = max(0, int(start) - self._margin)
            travel = heights(history[first : end + self._margin], p.height)
            if travel is not None and abs(travel.net_m) >= p.least_m:
                found.append(Level(origin + int(start), origin + end - 1, travel.net_m))
        return found

    def state(self) -> LevelState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return self._state

    def restore(self, state: LevelState) -> None:
        """Go on from `state`."""
        self._state = state
