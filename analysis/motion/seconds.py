"""Whole seconds: the means that posture and the day's sums are made from."""

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


def _none() -> FloatArray:
    return np.empty((_MEANS, 0))


@dataclass(frozen=True, slots=True)
class SecondsState:
    """Means and levels that still wait for the gait of their second."""

    means: FloatArray = field(default_factory=_none)
    levels: tuple[Level, ...] = ()


@dataclass(slots=True)
class SecondStage:
    """Joins means, gait and levels, which come at different delays, second by second."""

    _means: FloatArray = field(default_factory=_none)
    _levels: list[Level] = field(default_factory=list)

    def push(self, motion: Motion, gait: Gait, levels: list[Level]) -> tuple[Evidence, list[Feature]]:
        """Return evidence and features of the seconds in `gait`; `motion` holds whole seconds."""
        means = motion.rows[:_MEANS].reshape(_MEANS, -1, SECOND).sum(axis=2) / SECOND
        means = np.concatenate((self._means, means), axis=1)
        self._levels.extend(levels)
        count, first = gait.walking.shape[0], gait.first_second
        self._means = means[:, count:].copy()
        pelvis, bend, trunk, speed, upright, upright_trunk = means[:, :count]
        straightest = np.maximum(upright, upright_trunk)
        evidence = Evidence(
            pelvis_deg=pelvis,
            bend_deg=bend,
            lean_deg=np.degrees(np.arccos(np.clip(straightest, -1.0, 1.0))),
            walking=gait.walking,
            rose_m=self._rises(first, count),
        )
        columns = (pelvis, trunk - pelvis, bend, speed, gait.steps)
        seconds = range(first, first + count)
        features = map(Feature, seconds, *(column.tolist() for column in columns))
        return evidence, list(features)

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
        return SecondsState(self._means, tuple(self._levels))

    def restore(self, state: SecondsState) -> None:
        """Go on from `state`."""
        self._means, self._levels = state.means, list(state.levels)
