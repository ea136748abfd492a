"""Lying, sitting, standing or walking, second by second.

A hidden Markov model, decoded by Viterbi's algorithm with a fixed lag: each second scores the four states,
each change of state costs, and the state of a second is read off the best path `lag_s` later, when what
follows has spoken too.

Evidence, in nats: pelvis tilt against the patient's own stand and sit (without them, a cut at 11.6 deg behind
the neutral stand, Vaeha-Ypyae et al. 2018, found for a hip sensor against walking); steps; a lean beyond 65
deg (the same source's 64.9 deg) for lying. Sitting and standing can look alike on the back, so changing
between them is dear unless the pelvis really rose or fell (:mod:`analysis.motion.levels`). No one walks off a
seat without a rise: that change is impossible.

Works badly: someone who sits bolt upright or leaning forward from the first second on, without a calibrated
sit; high stools; a device on the table, which looks like lying (not worn is not recognised yet).
"""

import math
from dataclasses import dataclass

import numpy as np

from analysis.events.day import PostureState
from analysis.motion.block import FloatArray

STATES: tuple[PostureState, ...] = ("lying", "sitting", "standing", "walking")
_LYING, _SITTING, _STANDING, _WALKING = range(4)
_MOST_NATS = 6.0
_SURE = 1.0 / (1.0 + math.exp(-_MOST_NATS))
"""Where all paths agree."""


@dataclass(frozen=True, slots=True)
class PostureParams:
    """Weights of the evidence, in nats, and limits."""

    lag_s: int = 12
    """A second is decided so long after it, s [ours]."""
    default_cut_deg: float = -11.6
    """Pelvis tilt halfway between stand and sit, deg (Vaeha18)."""
    least_separation_deg: float = 8.0
    """Stand and sit closer than this say little, deg (CLINICAL.md B5)."""
    spread_deg: float = 6.0
    """Spread of pelvis tilt in either posture, deg [ours]."""
    level_cap: float = 1.5
    """Most that one second's tilt says [ours]."""
    bent_deg: float = 20.0
    """Beyond this trunk tilt the pelvis says little, deg [ours]."""
    bent_weight: float = 0.15
    """How little, 1 [ours]."""
    steps: float = 4.0
    """What steps, or none, say [ours]."""
    lying_lean_deg: float = 65.0
    """Lean of both pods, deg (Vaeha18)."""
    lying: float = 4.0
    """What such a lean, or none, says [ours]."""
    lying_forward: float = 0.6
    """The same when the lean is forward, as in a deep bend [ours]."""
    cost_unseen: float = 25.0
    """Of changing between seat and feet without rise or fall [ours]."""
    cost_blind: float = 8.0
    """The same where rise and fall cannot be measured [ours]."""
    cost_seen: float = 2.0
    """The same with it [ours]."""
    cost_steps: float = 3.0
    """Between standing and walking [ours]."""
    cost_lying: float = 10.0
    """Between lying and sitting [ours]."""
    cost_lying_standing: float = 20.0
    """Between lying and standing: people sit up first [ours]."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What consecutive whole seconds show, arrays (k,).

    Attributes
    ----------
    pelvis_deg, bend_deg
        Mean tilts; pelvis is NaN where there is no lower pod.
    lean_deg
        Mean lean from the vertical of the straighter of the pods.
    walking
        Steps or none.
    rose_m
        Metres up (down negative) of the change of level that ended in this second; 0 without.
    """

    pelvis_deg: FloatArray
    bend_deg: FloatArray
    lean_deg: FloatArray
    walking: np.ndarray[tuple[int], np.dtype[np.bool_]]
    rose_m: FloatArray


_Four = tuple[float, float, float, float]
_Paths = tuple[int, int, int, int]
_START: _Paths = (_LYING, _SITTING, _STANDING, _WALKING)


@dataclass(frozen=True, slots=True)
class PostureMemory:
    """For each state that the newest second may have: the score of its best path, and that path.

    A path is a number in base four whose last digit is the newest second; `length` is how many digits count.
    """

    scores: _Four | None = None
    paths: _Paths = _START
    length: int = 0
    rose_m: float = 0.0


class PostureStage:
    """The decoder."""

    def __init__(
        self, params: PostureParams, *, sit_deg: float | None, levels_known: bool, pelvis_known: bool
    ) -> None:
        self._params = params
        self._sit_deg = 2.0 * params.default_cut_deg if sit_deg is None else sit_deg
        self._weight = 1.0
        if abs(self._sit_deg) < params.least_separation_deg:
            self._weight = abs(self._sit_deg) / params.least_separation_deg
        self._levels_known = levels_known
        self._pelvis_known = pelvis_known
        self._state = PostureMemory()

    def push(self, evidence: Evidence) -> list[tuple[PostureState, float]]:
        """Return state and confidence of the seconds that are now decided, oldest first."""
        p, memory = self._params, self._state
        scores, paths, length, rose_m = memory.scores, memory.paths, memory.length, memory.rose_m
        without = p.cost_unseen if self._levels_known else p.cost_blind
        kept = 4 ** (p.lag_s + 1) - 1
        told = []
        for row, rises_m in zip(self._scores(evidence), evidence.rose_m.tolist(), strict=True):
            if scores is None:
                scores, length, rose_m = (row[0], row[1], row[2], row[3]), 1, rises_m
                continue
            if length > p.lag_s:
                told.append(_decide(scores, paths, p.lag_s))
            else:
                length += 1
            # A change of level counts in the second in which it ends and in the next.
            recent, rose_m = rises_m or rose_m, rises_m
            rise = p.cost_seen if recent > 0 else without
            fall = p.cost_seen if recent < 0 else without
            scores, paths = self._step(row, scores, paths, rise, fall)
            paths = (paths[0] & kept, paths[1] & kept, paths[2] & kept, paths[3] & kept)
        self._state = PostureMemory(scores, paths, length, rose_m)
        return told

    def finish(self) -> list[tuple[PostureState, float]]:
        """Return the seconds still within the lag, and start afresh."""
        state, self._state = self._state, PostureMemory()
        if state.scores is None:
            return []
        return [_decide(state.scores, state.paths, place) for place in reversed(range(state.length))]

    def _scores(self, evidence: Evidence) -> list[list[float]]:
        p = self._params
        middle = 0.5 * self._sit_deg
        if self._pelvis_known:
            sitting = (evidence.pelvis_deg - middle) * (self._sit_deg / p.spread_deg**2)
        else:
            sitting = np.zeros_like(evidence.bend_deg)
        weight = np.where(np.abs(evidence.bend_deg) > p.bent_deg, p.bent_weight, self._weight)
        sitting = 0.5 * weight * np.clip(sitting, -p.level_cap, p.level_cap)
        steps = np.where(evidence.walking, p.steps, -p.steps)
        flat = evidence.lean_deg > p.lying_lean_deg
        lying = np.where(flat, np.where(evidence.bend_deg > 0, p.lying_forward, p.lying), -p.lying)
        table = np.empty((evidence.bend_deg.shape[0], 4))
        table[:, _LYING] = lying
        table[:, _SITTING] = sitting - 0.5 * np.maximum(steps, 0.0)
        table[:, _STANDING] = -sitting
        table[:, _WALKING] = steps - np.maximum(lying, 0.0)
        rows: list[list[float]] = table.tolist()
        return rows

    def _step(
        self, row: list[float], scores: _Four, paths: _Paths, rise: float, fall: float
    ) -> tuple[_Four, _Paths]:
        """Return scores and paths one second on; of ways as good, the last is taken."""
        p = self._params
        lying, sitting, standing, walking = scores
        # Each line is one way into a state; no one walks off a bed or a seat.
        to_lying, by_lying = lying, paths[_LYING]
        if (way := sitting - p.cost_lying) >= to_lying:
            to_lying, by_lying = way, paths[_SITTING]
        if (way := standing - p.cost_lying_standing) >= to_lying:
            to_lying, by_lying = way, paths[_STANDING]
        to_sitting, by_sitting = lying - p.cost_lying, paths[_LYING]
        if sitting >= to_sitting:
            to_sitting, by_sitting = sitting, paths[_SITTING]
        if (way := standing - fall) >= to_sitting:
            to_sitting, by_sitting = way, paths[_STANDING]
        to_standing, by_standing = lying - p.cost_lying_standing, paths[_LYING]
        if (way := sitting - rise) >= to_standing:
            to_standing, by_standing = way, paths[_SITTING]
        if standing >= to_standing:
            to_standing, by_standing = standing, paths[_STANDING]
        if (way := walking - p.cost_steps) >= to_standing:
            to_standing, by_standing = way, paths[_WALKING]
        to_walking, by_walking = standing - p.cost_steps, paths[_STANDING]
        if walking >= to_walking:
            to_walking, by_walking = walking, paths[_WALKING]
        top = max(to_lying, to_sitting, to_standing, to_walking)
        return (
            (
                to_lying + row[0] - top,
                to_sitting + row[1] - top,
                to_standing + row[2] - top,
                to_walking + row[3] - top,
            ),
            (
                by_lying << 2 | _LYING,
                by_sitting << 2 | _SITTING,
                by_standing << 2 | _STANDING,
                by_walking << 2 | _WALKING,
            ),
        )

    def state(self) -> PostureMemory:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return self._state

    def restore(self, state: PostureMemory) -> None:
        """Go on from `state`."""
        self._state = state


def _decide(scores: _Four, paths: _Paths, age: int) -> tuple[PostureState, float]:
    """Return the state `age` seconds ago on the best path, and how sure it is against other paths."""
    shift = 2 * age
    lying, sitting, standing, walking = paths
    if not ((lying ^ sitting) | (lying ^ standing) | (lying ^ walking)) >> shift & 3:
        return STATES[lying >> shift & 3], _SURE
    then = [path >> shift & 3 for path in paths]
    best = scores.index(max(scores))
    state = then[best]
    margin = scores[best] - max(score for score, other in zip(scores, then, strict=True) if other != state)
    return STATES[state], 1.0 / (1.0 + math.exp(-min(margin, _MOST_NATS)))
