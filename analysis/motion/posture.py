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
_NO_OTHER = 1e6


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


_Paths = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...]]
_Scores = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class PostureMemory:
    """For each state that the newest second may have: the score of its best path, and that path."""

    scores: _Scores | None = None
    paths: _Paths = ((), (), (), ())
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
        scores = self._scores(evidence)
        rose = evidence.rose_m.tolist()
        return [decided for i, row in enumerate(scores) if (decided := self._step(row, rose[i])) is not None]

    def finish(self) -> list[tuple[PostureState, float]]:
        """Return the seconds still within the lag, and start afresh."""
        state, self._state = self._state, PostureMemory()
        if state.scores is None:
            return []
        return [_decide(state.scores, state.paths, place) for place in range(len(state.paths[0]))]

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

    def _step(self, row: list[float], rose_m: float) -> tuple[PostureState, float] | None:
        p, state = self._params, self._state
        if state.scores is None:
            first: _Paths = ((_LYING,), (_SITTING,), (_STANDING,), (_WALKING,))
            self._state = PostureMemory((row[0], row[1], row[2], row[3]), first, rose_m)
            return None
        # A change of level counts in the second in which it ends and in the next.
        recent = rose_m or state.rose_m
        without = p.cost_unseen if self._levels_known else p.cost_blind
        rise = p.cost_seen if recent > 0 else without
        fall = p.cost_seen if recent < 0 else without
        lying, sitting, standing, walking = state.scores
        from_lying = max(
            (lying, _LYING), (sitting - p.cost_lying, _SITTING), (standing - p.cost_lying_standing, _STANDING)
        )
        from_sitting = max((lying - p.cost_lying, _LYING), (sitting, _SITTING), (standing - fall, _STANDING))
        from_standing = max(
            (lying - p.cost_lying_standing, _LYING),
            (sitting - rise, _SITTING),
            (standing, _STANDING),
            (walking - p.cost_steps, _WALKING),
        )
        from_walking = max((standing - p.cost_steps, _STANDING), (walking, _WALKING))
        top = max(from_lying[0], from_sitting[0], from_standing[0], from_walking[0])
        scores = (
            from_lying[0] + row[0] - top,
            from_sitting[0] + row[1] - top,
            from_standing[0] + row[2] - top,
            from_walking[0] + row[3] - top,
        )
        old = state.paths
        decided, drop = None, 0
        if len(old[0]) > p.lag_s:
            decided, drop = _decide(state.scores, old, 0), 1
        paths = (
            (*old[from_lying[1]][drop:], _LYING),
            (*old[from_sitting[1]][drop:], _SITTING),
            (*old[from_standing[1]][drop:], _STANDING),
            (*old[from_walking[1]][drop:], _WALKING),
        )
        self._state = PostureMemory(scores, paths, rose_m)
        return decided

    def state(self) -> PostureMemory:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return self._state

    def restore(self, state: PostureMemory) -> None:
        """Go on from `state`."""
        self._state = state


def _decide(scores: _Scores, paths: _Paths, place: int) -> tuple[PostureState, float]:
    """Return the state at `place` of the best path, and how sure it is against other paths."""
    best = scores.index(max(scores))
    state = paths[best][place]
    others = [score for score, path in zip(scores, paths, strict=True) if path[place] != state]
    margin = scores[best] - max(others) if others else _NO_OTHER
    return STATES[state], 1.0 / (1.0 + math.exp(-min(margin, 6.0)))
