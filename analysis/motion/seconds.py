"""Whole seconds: the means that posture and the day's sums are made from."""

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from analysis.motion.angles import Motion, Row
from analysis.motion.block import RATE_HZ, FloatArray
from analysis.motion.levels import Level
from analysis.motion.posture import Evidence
from analysis.motion.walking import Gait

SECOND = round(RATE_HZ)
_MEANS = (Row.PELVIS_DEG, Row.BEND_DEG, Row.TRUNK_DEG, Row.SPEED_DPS, Row.UPRIGHT, Row.UPRIGHT_TRUNK)
_PELVIS, _BEND, _TRUNK, _SPEED, _UPRIGHT, _UPRIGHT_TRUNK = range(len(_MEANS))


@dataclass(frozen=True, slots=True)
class Feature:
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

    means: tuple[FloatArray, ...] = ()
    levels: tuple[Level, ...] = ()


@dataclass(slots=True)
class SecondStage:
    """Joins means, gait and levels, which come at different delays, second by second."""

    _means: deque[FloatArray] = field(default_factory=deque)
    _levels: list[Level] = field(default_factory=list)

    def push(self, motion: Motion, gait: Gait, levels: list[Level]) -> tuple[Evidence, list[Feature]]:
        """Return evidence and features of the seconds in `gait`; `motion` holds whole seconds."""
        means = motion.rows[list(_MEANS)].reshape(len(_MEANS), -1, SECOND).mean(axis=2)
        self._means.extend(np.ascontiguousarray(means.T))
        self._levels.extend(levels)
        count = gait.walking.shape[0]
        table = np.array([self._means.popleft() for _ in range(count)]).reshape(count, len(_MEANS))
        rose_m = np.zeros(count)
        waiting = []
        for level in self._levels:
            at = level.end // SECOND - gait.first_second
            if at >= count:
                waiting.append(level)
            elif at >= 0:
                rose_m[at] += level.up_m
        self._levels = waiting
        straightest = np.maximum(table[:, _UPRIGHT], table[:, _UPRIGHT_TRUNK])
        evidence = Evidence(
            pelvis_deg=table[:, _PELVIS].copy(),
            bend_deg=table[:, _BEND].copy(),
            lean_deg=np.degrees(np.arccos(np.clip(straightest, -1.0, 1.0))),
            walking=gait.walking,
            rose_m=rose_m,
        )
        rows, steps = table.tolist(), gait.steps.tolist()
        features = [
            Feature(
                gait.first_second + i,
                row[_PELVIS],
                row[_TRUNK] - row[_PELVIS],
                row[_BEND],
                row[_SPEED],
                steps[i],
            )
            for i, row in enumerate(rows)
        ]
        return evidence, features

    def state(self) -> SecondsState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return SecondsState(tuple(self._means), tuple(self._levels))

    def restore(self, state: SecondsState) -> None:
        """Go on from `state`."""
        self._means, self._levels = deque(state.means), list(state.levels)
