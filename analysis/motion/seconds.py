"""Whole seconds: the means that posture and the day's sums are made from."""

from dataclasses import dataclass, field

import numpy as np

from analysis.motion.angles import MEANS, Motion
from analysis.motion.block import RATE_HZ, BoolArray, FloatArray, IntArray
from analysis.motion.evidence import Evidence
from analysis.motion.rising import SeatChange
from analysis.motion.walking import Gait

SECOND = round(RATE_HZ)
TOGETHER = 4 * SECOND
"""So many samples go through the stages at once, on the absolute grid [ours]: a call costs nearly as much for
one second as for four, and what they say of a second they say a quarter of a minute later anyway. While a
bend is under way they take each second as it comes: who practises waits for a word on it."""


@dataclass(slots=True)
class Features:
    """What consecutive whole seconds were like; angles are means, NaN where unknown.

    Columns are plain lists, since most stages look at some seconds at a time. Never changed in place.
    """

    first: int
    """Number of the first second."""
    pelvis_deg: list[float]
    lumbar_deg: list[float]
    bend_deg: list[float]
    speed_dps: list[float]
    steps: list[int]

    def __len__(self) -> int:
        return len(self.steps)

    def part(self, start: int, stop: int) -> "Features":
        """Return some of the seconds; both count from 0."""
        return Features(
            self.first + start,
            self.pelvis_deg[start:stop],
            self.lumbar_deg[start:stop],
            self.bend_deg[start:stop],
            self.speed_dps[start:stop],
            self.steps[start:stop],
        )

    def followed_by(self, later: "Features") -> "Features":
        """Return these and the seconds after them."""
        return Features(
            self.first,
            self.pelvis_deg + later.pelvis_deg,
            self.lumbar_deg + later.lumbar_deg,
            self.bend_deg + later.bend_deg,
            self.speed_dps + later.speed_dps,
            self.steps + later.steps,
        )


def _none() -> FloatArray:
    return np.empty((MEANS, 0))


def _no_walking() -> BoolArray:
    return np.empty(0, dtype=np.bool_)


def _no_steps() -> IntArray:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class SecondsState:
    """Means and gait that still wait for the change of seat of their second."""

    means: FloatArray = field(default_factory=_none)
    walking: BoolArray = field(default_factory=_no_walking)
    steps: IntArray = field(default_factory=_no_steps)


@dataclass(slots=True)
class SecondStage:
    """Joins means, gait and changes of seat, which come at different delays, second by second."""

    _means: FloatArray = field(default_factory=_none)
    _walking: BoolArray = field(default_factory=_no_walking)
    _steps: IntArray = field(default_factory=_no_steps)

    def push(self, motion: Motion, gait: Gait, changes: list[SeatChange | None]) -> tuple[Evidence, Features]:
        """Return evidence and features of the seconds in `changes`; `motion` holds whole seconds.

        Gait is known before changes of seat are.
        """
        means = np.concatenate((self._means, motion.second_means), axis=1)
        walking = np.concatenate((self._walking, gait.walking))
        steps = np.concatenate((self._steps, gait.steps))
        count = len(changes)
        first = gait.first_second + gait.walking.shape[0] - walking.shape[0]
        self._means = means[:, count:].copy()
        self._walking, self._steps = walking[count:].copy(), steps[count:].copy()
        pelvis, bend, trunk, speed = means[:4, :count]
        lumbar = trunk - pelvis
        lean_deg, trunk_lean_deg = np.degrees(np.arccos(means[4:, :count].clip(-1.0, 1.0)))
        evidence = Evidence(
            pelvis_deg=pelvis,
            lumbar_deg=lumbar,
            bend_deg=bend,
            # A back that bends forward is as upright as its straighter part; no one else leans but to lie.
            lean_deg=np.where(
                bend > 0.0, np.minimum(lean_deg, trunk_lean_deg), 0.5 * (lean_deg + trunk_lean_deg)
            ),
            speed_dps=speed,
            walking=walking[:count],
            changes=changes,
        )
        return evidence, Features(
            first,
            pelvis.tolist(),
            evidence.lumbar_deg.tolist(),
            bend.tolist(),
            speed.tolist(),
            steps[:count].tolist(),
        )

    def state(self) -> SecondsState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return SecondsState(self._means, self._walking, self._steps)

    def restore(self, state: SecondsState) -> None:
        """Go on from `state`."""
        self._means, self._walking, self._steps = state.means, state.walking, state.steps
