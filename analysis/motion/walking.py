"""Steps, from the up-and-down of the pelvis.

Vertical acceleration, band-passed 0.5 to 3 Hz, swings once a step. A second belongs to walking if the three
seconds around it swing strongly enough and regularly: a peak of the autocorrelation between 0.35 and 1 s.
Steps are the rises
through a low threshold within walking seconds. (CLINICAL.md B6; after Moe-Nilssen and Helbostad
2004, doi:10.1016/S0021-9290(03)00233-1.)

Marching on the spot and stairs count as walking; so can a rhythmic chore such as vacuuming. A shuffling gait
that hardly lifts the pelvis is missed.
"""

from dataclasses import dataclass

import numpy as np

from analysis.motion.block import RATE_HZ, FloatArray
from analysis.motion.filters import Carried, band_pass

_THIN = 5
"""Samples that are put together at first: the band ends at 3 Hz, far below half of what is left."""
_THIN_HZ = RATE_HZ / _THIN
_SECOND = round(_THIN_HZ)


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
    shortest_step_s: float = 0.35
    """s: 170 steps a minute."""
    longest_step_s: float = 1.0
    """s: 60 steps a minute."""


@dataclass(frozen=True, slots=True)
class Gait:
    """Walking or not, and steps, of consecutive whole seconds."""

    first_second: int
    walking: np.ndarray[tuple[int], np.dtype[np.bool_]]
    steps: np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class WalkingState:
    """Filter and the last seconds of the filtered signal."""

    band: Carried | None = None
    tail: FloatArray | None = None
    last_second: int = 0


class WalkingStage:
    """Says of each whole second whether it was walked, one second late."""

    def __init__(self, params: WalkingParams) -> None:
        self._params = params
        self._band = band_pass(params.low_hz, params.high_hz, _THIN_HZ)
        self._state = WalkingState()

    def push(self, first_second: int, vertical_mps2: FloatArray) -> Gait:
        """Return the gait of the seconds that are now known; `vertical_mps2` holds whole seconds."""
        state = self._state
        carried = self._band.at_rest if state.band is None else state.band
        thin = vertical_mps2[::_THIN] / _THIN
        for place in range(1, _THIN):
            thin += vertical_mps2[place::_THIN] / _THIN
        swing, carried = self._band.push(thin.reshape(-1, _SECOND).T.copy(), carried)
        if state.tail is None:
            # Nothing is known of the second before the first; it is taken as still.
            tail = np.zeros((1, _SECOND))
        else:
            tail = state.tail
            first_second -= 1
        rows = np.concatenate((tail, swing.T))
        self._state = WalkingState(carried, rows[-2:].copy(), first_second + rows.shape[0] - 2)
        return self._gait(first_second, rows)

    def finish(self) -> Gait:
        """Return the gait of the last second, as if stillness followed, and start afresh."""
        state, self._state = self._state, WalkingState()
        if state.tail is None:
            return self._gait(0, np.zeros((0, _SECOND)))
        return self._gait(state.last_second, np.concatenate((state.tail, np.zeros((1, _SECOND)))))

    def _gait(self, first_second: int, rows: FloatArray) -> Gait:
        p = self._params
        count = rows.shape[0] - 2
        if count < 1:
            return Gait(first_second, np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.int64))
        energy = (rows * rows).sum(axis=1)
        strong = energy[:-2] + energy[1:-1] + energy[2:] >= 3 * _SECOND * p.strength_mps2**2
        walking = strong.copy()
        at = np.flatnonzero(strong)
        if at.size:
            window = np.concatenate((rows[at], rows[at + 1], rows[at + 2]), axis=1)
            walking[at] = self._regularity(window) >= p.regularity
        middle = rows[1:-1]
        last = np.concatenate(([rows[0, -1]], middle[:-1, -1]))
        previous = np.concatenate((last[:, None], middle[:, :-1]), axis=1)
        steps = ((previous < p.step_mps2) & (middle >= p.step_mps2)).sum(axis=1)
        return Gait(first_second, walking, np.where(walking, steps, 0))

    def _regularity(self, window: FloatArray) -> FloatArray:
        p = self._params
        best = np.full(window.shape[0], -1.0)
        for lag in range(round(p.shortest_step_s * _THIN_HZ), round(p.longest_step_s * _THIN_HZ) + 1):
            ahead, behind = window[:, lag:], window[:, :-lag]
            both = (ahead * behind).sum(axis=1)
            size = np.sqrt((ahead * ahead).sum(axis=1) * (behind * behind).sum(axis=1))
            best = np.maximum(best, both / np.maximum(size, 1e-9))
        return best

    def state(self) -> WalkingState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return self._state

    def restore(self, state: WalkingState) -> None:
        """Go on from `state`."""
        self._state = state
