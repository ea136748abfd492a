"""Whole seconds: the means that posture and the day's sums are made from."""

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from analysis.motion.angles import Motion, Row
from analysis.motion.block import RATE_HZ, FloatArray
from analysis.motion.levels import Level
from analysis.motion.posture import Evidence
from analysis.motion.walking import Gait

SECOND = round(RATE_HZ)
_MEANS = Row.UPRIGHT_TRUNK + 1
"""The first rows of a motion, of which means are taken."""


class Feature(NamedTuple):
    """What one second was like; angles are means, NaN where unknown."""

    second: int
    pelvis_deg: float
    lumbar_deg: float
    bend_deg: float
    speed_dps: float
    steps: int


@dataclass(frozen=True, slots=True)
class SecondsState:
    """Means and levels that still wait for the gait of their second."""

    means: tuple[list[float], ...] = ()
    levels: tuple[Level, ...] = ()


@dataclass(slots=True)
class SecondStage:
    """Joins means, gait and levels, which come at different delays, second by second."""

    _means: deque[list[float]] = field(default_factory=deque)
    _levels: list[Level] = field(default_factory=list)

    def push(self, motion: Motion, gait: Gait, levels: list[Level]) -> tuple[Evidence, list[Feature]]:
        """Return evidence and features of the seconds in `gait`; `motion` holds whole seconds."""
        means = motion.rows[:_MEANS].reshape(_MEANS, -1, SECOND).sum(axis=2) / SECOND
        self._means.extend(means.T.tolist())
        self._levels.extend(levels)
        count, first = gait.walking.shape[0], gait.first_second
        rows = [self._means.popleft() for _ in range(count)]
        table = np.array(rows).reshape(count, _MEANS)
        straightest = np.maximum(table[:, Row.UPRIGHT], table[:, Row.UPRIGHT_TRUNK])
        evidence = Evidence(
            pelvis_deg=table[:, Row.PELVIS_DEG],
            bend_deg=table[:, Row.BEND_DEG],
            lean_deg=np.degrees(np.arccos(np.clip(straightest, -1.0, 1.0))),
            walking=gait.walking,
            rose_m=self._rises(first, count),
        )
        features = [
            Feature(first + i, pelvis, trunk - pelvis, bend, speed, steps)
            for i, ((pelvis, bend, trunk, speed, _, _), steps) in enumerate(
                zip(rows, gait.steps.tolist(), strict=True)
            )
        ]
        return evidence, features

    def _rises(self, first_second: int, count: int) -> FloatArray:
        """Return the changes of level that end in these seconds; those of later seconds wait."""
        rose_m = np.zeros(count)
        waiting = []
        for level in self._levels:
            at = level.end // SECOND - first_second
            if at >= count:
                waiting.append(level)
            elif at >= 0:
                rose_m[at] += level.up_m
        self._levels = waiting
        return rose_m

    def state(self) -> SecondsState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return SecondsState(tuple(self._means), tuple(self._levels))

    def restore(self, state: SecondsState) -> None:
        """Go on from `state`."""
        self._means, self._levels = deque(state.means), list(state.levels)
