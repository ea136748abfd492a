"""Finding bends: where the trunk goes down and comes up again.

A bend starts where trunk tilt rises through 10 deg and ends where it falls through 10 deg again (CLINICAL.md
B3, DESIGN.md section 5), if its peak was 30 deg or more and it took 0.8 to 15 s. Two bends without standing
up between them are cut at the trough, if the trunk had come back by more than half of both peaks. Someone who
straightens up only to a slight lean ends the bend where the lean settles.

The tracker follows the tilt as a zigzag: out of a bend, going down to a peak, coming up to a trough, or
leaning. All searches are within the new samples, so its cost does not grow with a bend's length.

What a bend is not is decided elsewhere: chair transitions need posture and height. A squat with an upright
trunk (peak below 30 deg) is not found. A bend that a recording begins in is not reported, because its start
is unknown.
"""

from bisect import bisect_left
from dataclasses import dataclass, replace
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from analysis.motion.block import RATE_HZ, AnyFloatArray, BoolArray

_LOOK = round(10.0 * RATE_HZ)
"""So many samples are looked at together at most: a phase is mostly over much sooner."""


@dataclass(frozen=True, slots=True)
class LiftParams:
    """Thresholds of a bend."""

    edge_deg: float = 10.0
    """Tilt at start and end, deg (DESIGN.md section 5)."""
    peak_deg: float = 30.0
    """Least peak, deg (CLINICAL.md B3)."""
    shortest_s: float = 0.8
    """s (CLINICAL.md B3)."""
    longest_s: float = 15.0
    """s (CLINICAL.md B3); longer is a sustained bend."""
    recovery: float = 0.5
    """Part of a peak that must be left for the bend to be over, 1 (CLINICAL.md B3)."""
    lean_deg: float = 20.0
    """A bend may settle, or be closed at the end of the data, below this, deg (DESIGN.md section 5)."""
    settle_s: float = 1.0
    """No deeper trough for so long means settled, s [ours]."""
    known_s: float = 40.0
    """A bend whose end is known later than this after its start is none, s [ours]: the longest, and a pause
    above the lean; what moved before is not surely kept until its posture is known."""


@dataclass(frozen=True, slots=True)
class Bend:
    """One bend-and-rise; indices of samples, `end` inclusive. `known` is the sample that settled it."""

    start: int
    peak: int
    end: int
    known: int


class _Phase(Enum):
    OUT = auto()
    DOWN = auto()
    UP = auto()
    LEAN = auto()


@dataclass(slots=True)
class LiftState:
    """Where the zigzag is. `start` is None where the data began within the bend.

    Changed in place by the stage alone: what it hands out and takes in are copies.
    """

    phase: _Phase = _Phase.OUT
    fresh: bool = True
    start: int | None = None
    peak: int = 0
    peak_deg: float = 0.0
    trough: int = 0
    trough_deg: float = 0.0
    last: int = 0
    last_deg: float = 0.0


class LiftStage:
    """Finds bends in a stream of trunk tilt."""

    def __init__(self, params: LiftParams) -> None:
        self._params = params
        self._settle = round(params.settle_s * RATE_HZ)
        self._state = LiftState()

    @property
    def is_under_way(self) -> bool:
        """Whether someone is on the way down or up in what may be a bend: a longer lean is none."""
        state = self._state
        if state.start is None or (state.phase is not _Phase.DOWN and state.phase is not _Phase.UP):
            return False
        return state.last - state.start <= self._params.longest_s * RATE_HZ

    def push(self, first_sample: int, tilt_deg: AnyFloatArray) -> list[Bend]:
        """Return the bends that end in the next samples."""
        found: list[Bend] = []
        count = tilt_deg.shape[0]
        state, edge_deg = self._state, self._params.edge_deg
        at = 0
        if state.fresh:
            state.fresh = False
            state.phase = _Phase.LEAN if tilt_deg[0] >= edge_deg else _Phase.OUT
        outside = tilt_deg < edge_deg
        bounds = np.concatenate(([0], np.flatnonzero(outside[1:] != outside[:-1]) + 1))
        deep = self._deep(tilt_deg, outside, bounds)
        # What a phase waits for at the latest is the next crossing of the edge.
        crossings = [*bounds[1:].tolist(), count]
        following = 0
        while at < count:
            if state.phase is _Phase.OUT:
                nearest = bisect_left(deep, at)
                if nearest == len(deep):
                    break
                at = deep[nearest]
                state.phase, state.start = _Phase.DOWN, first_sample + at
                state.peak, state.peak_deg = first_sample + at, float(tilt_deg[at])
                at += 1
                continue
            while crossings[following] <= at:
                following += 1
            stop = at if outside[at] else crossings[following]
            origin, rest = first_sample + at, tilt_deg[at : min(stop + 1, at + _LOOK)]
            if state.phase is _Phase.DOWN:
                at += self._down(origin, rest, found)
            elif state.phase is _Phase.UP:
                at += self._up(origin, rest, found)
            else:
                at += self._lean(origin, rest)
        state.last, state.last_deg = first_sample + count - 1, float(tilt_deg[-1])
        return found

    def finish(self) -> list[Bend]:
        """Close a bend that has come up below the lean, and start afresh."""
        state, self._state = self._state, LiftState()
        found: list[Bend] = []
        if state.phase is _Phase.UP and state.last_deg < self._params.lean_deg:
            self._close(state, state.last, state.last, found)
        return found

    def state(self) -> LiftState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return replace(self._state)

    def restore(self, state: LiftState) -> None:
        """Go on from `state`."""
        self._state = replace(state)

    def _deep(self, tilt_deg: AnyFloatArray, outside: BoolArray, bounds: NDArray[np.intp]) -> list[int]:
        """Return where the leans begin that are deep enough for a bend, or not over yet."""
        is_deep = np.maximum.reduceat(tilt_deg, bounds) >= self._params.peak_deg
        is_deep[-1] = True
        starts: list[int] = bounds[is_deep & ~outside[bounds]].tolist()
        return starts

    def _down(self, origin: int, tilt: AnyFloatArray, found: list[Bend]) -> int:
        """Follow the tilt to its peak and until it has come back from there; return how far that is."""
        state, p = self._state, self._params
        highest = np.maximum.accumulate(tilt)
        if state.peak_deg > highest[0]:
            np.maximum(highest, state.peak_deg, out=highest)
        deep = int(highest.searchsorted(p.peak_deg))
        at = _first(tilt[deep:] < p.recovery * highest[deep:])
        if at is not None:
            at += deep
        elif tilt[-1] < p.edge_deg:
            at = tilt.shape[0] - 1
        seen = tilt.shape[0] if at is None else at + 1
        top_deg = float(highest[seen - 1])
        if top_deg > state.peak_deg:
            state.peak, state.peak_deg = origin + int(highest.searchsorted(top_deg)), top_deg
        if at is None:
            return seen
        if tilt[at] < p.edge_deg:
            self._close(state, origin + at, origin + at, found)
            state.phase = _Phase.OUT
        else:
            state.phase, state.trough, state.trough_deg = _Phase.UP, origin + at, float(tilt[at])
        return seen

    def _up(self, origin: int, tilt: AnyFloatArray, found: list[Bend]) -> int:
        """Follow the tilt to its trough and until it is out, goes down again, or has settled there."""
        state, p = self._state, self._params
        end = origin + tilt.shape[0] - 1
        if tilt[-1] < p.edge_deg and end - state.trough < self._settle and (tilt[1:] <= tilt[:-1]).all():
            # As most do it: straight up and out.
            self._close(state, end, end, found)
            state.phase = _Phase.OUT
            return len(tilt)
        lowest = np.minimum(np.minimum.accumulate(tilt), state.trough_deg)
        index = np.arange(origin, origin + tilt.shape[0])
        before = np.concatenate(([state.trough_deg], lowest[:-1]))
        deepest = np.maximum.accumulate(np.where(tilt < before, index, state.trough))
        again = tilt >= np.maximum(p.peak_deg, lowest / p.recovery)
        settled = (index - deepest >= self._settle) & (lowest < p.lean_deg)
        at = _first((tilt < p.edge_deg) | again | settled)
        if at is None:
            state.trough, state.trough_deg = int(deepest[-1]), float(lowest[-1])
            return len(tilt)
        here, trough = origin + at, int(deepest[at])
        if tilt[at] < p.edge_deg:
            self._close(state, here, here, found)
            state.phase = _Phase.OUT
            return at + 1
        self._close(state, trough, here, found)
        if again[at]:
            state.phase, state.start = _Phase.DOWN, trough
            state.peak, state.peak_deg = here, float(tilt[at])
        else:
            state.phase, state.start = _Phase.LEAN, here
        return at + 1

    def _lean(self, origin: int, tilt: AnyFloatArray) -> int:
        """Follow a lean until it is over or becomes a bend, which begins where the lean was last slight."""
        state, p = self._state, self._params
        at = _first((tilt < p.edge_deg) | (tilt >= p.peak_deg))
        seen: int = tilt.shape[0] if at is None else at + 1
        low = np.flatnonzero(tilt[:seen] < p.lean_deg)
        if low.size:
            state.start = origin + int(low[-1])
        if at is None:
            return seen
        if tilt[at] < p.edge_deg:
            state.phase = _Phase.OUT
        else:
            state.phase, state.peak, state.peak_deg = _Phase.DOWN, origin + at, float(tilt[at])
        return seen

    def _close(self, state: LiftState, end: int, known: int, found: list[Bend]) -> None:
        p = self._params
        if state.start is None or state.peak_deg < p.peak_deg:
            return
        is_known_soon = known - state.start <= p.known_s * RATE_HZ
        if is_known_soon and p.shortest_s <= (end - state.start) / RATE_HZ <= p.longest_s:
            found.append(Bend(state.start, state.peak, end, known))


def _first(condition: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> int | None:
    if not condition.size:
        return None
    at = int(condition.argmax())
    return at if condition[at] else None
