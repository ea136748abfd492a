"""Whether the strip is on a body at all: a body breathes.

On a table, on a shelf, in a drawer or on its charger a strip's tilt changes by hardly more than its sensors'
noise, 0.01 to 0.02 deg from second to second. On a body it does not: ten people who lay down with a phone at
the waist (UCI HAPT) were that quiet in a fifth of their seconds at most, half of them in a tenth. Breath that
turns a pod about the vertical, as in someone lying on the side, is felt by the gyroscope alone. So a strip is
off once it has been so still for most of 40 s, lying or on its side; upright, as on a hook, where a
mistake would cost someone the reminders, after three minutes: on a chair the same people were that quiet in a
quarter of their seconds at most. No one walks lying down either: a strip that takes steps while both pods lie
is carried about in a bag. It is on again when it moves and both pods stay upright for some seconds: no one
clips it on lying down, and a bag or a hand turns it over.

What happens between unclipping and lying still is taken for what it looks like, which is most of a minute.
Works badly for a strip that stands upright in a bag that is carried, and on a bench that shakes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from analysis.motion.angles import Motion, Row
from analysis.motion.block import BoolArray, FloatArray, IntArray
from analysis.motion.history import History
from analysis.motion.seconds import SECOND

_SURE = 1.0 + 1e-6
"""What rounding may add to a bound."""


@dataclass(frozen=True, slots=True)
class WornParams:
    """What tells a strip that is off."""

    still_deg: float = 0.03
    """A second is still if the up direction turned by no more than this since the one before, deg [ours]."""
    still_dps: float = 0.05
    """And if the rate of tilting changed by no more than this, deg/s [ours]: noise 0.01, breath over 0.1."""
    window_s: int = 40
    """So many seconds are looked at, s [ours]."""
    ahead_s: int = 10
    """So many of them lie after the second in question, s: less than the posture's lag."""
    still_part: float = 0.8
    """Part of them that is still, 1 [ours]."""
    upright_after_s: int = 140
    """A strip that is upright must have been so still for so much longer, s [ours]."""
    upright_deg: float = 45.0
    """Largest lean from the vertical of an upright pod, deg [ours]."""
    upright_s: int = 5
    """Upright for so long, moving in more than half of it, s [ours]."""
    lying_deg: float = 50.0
    """Least lean from the vertical of a pod that lies, deg [ours]."""
    carried_s: int = 10
    """So many seconds of steps on end while both lie, s [ours]: who walks stooped soon comes up."""
    confidence: float = 0.9
    """How sure that is, 1 [ours]."""


@dataclass(frozen=True, slots=True)
class WornState:
    """What is remembered. Never changed in place.

    Attributes
    ----------
    counts
        How many seconds were still (as far as that matters), upright, and lying before each, (3, n), from the
        first that the next window needs to the one to come; `first` is its number.
    is_begun, last_deg
        Whether there were any seconds, and the tilt of the newest.
    still_since
        The first of the seconds asked for without a break whose windows were still; None if the last was not.
    is_off
        Whether the strip was off in the last second that was asked for.
    carried_for
        For how many seconds up to it the strip took steps while it lay.
    """

    counts: IntArray = field(default_factory=lambda: np.zeros((3, 1), dtype=np.int64))
    first: int = 0
    is_begun: bool = False
    last_deg: float = math.nan
    still_since: int | None = None
    is_off: bool = False
    carried_for: int = 0


class WornStage:
    """Says of each second whether the strip is off."""

    def __init__(self, params: WornParams) -> None:
        self._params = params
        self._upright, self._lying = np.cos(np.radians((params.upright_deg, params.lying_deg))).tolist()
        self._state = WornState()

    def push(self, motion: Motion, history: History) -> None:
        """Take whole seconds; `history` has them already."""
        state, p = self._state, self._params
        _, tilt, _, _, low, high = motion.second_means
        before = (state.last_deg,) if state.is_begun else tilt[:1]
        tilted = (tilt - np.concatenate((before, tilt[:-1])) + 180.0) % 360.0 - 180.0
        upright, lying = np.minimum(low, high) >= self._upright, np.maximum(low, high) < self._lying
        # A side bend is no more than the whole lean, so the up direction turned by at least this. What is
        # dearer to know is asked only of the seconds that are left in doubt, and only where it matters.
        still = np.abs(tilted * high) <= _SURE * p.still_deg
        if still.any():
            still[: self._first_that_matters(still, lying)] = False
        if still.any():
            last = _second_before(motion, history) if state.is_begun else None
            rate = _means(motion, last, Row.BEND_DPS, still)
            still &= np.abs(np.diff(rate)) <= p.still_dps
            side = _means(motion, last, Row.SIDE_DEG, still)
            still &= np.hypot(tilted * np.cos(np.radians(side[1:])), np.diff(side)) <= p.still_deg
        since = np.cumsum((still, upright, lying), axis=1)
        self._state = replace(
            state,
            counts=np.concatenate((state.counts, state.counts[:, -1:] + since), axis=1),
            first=state.first if state.is_begun else motion.first_sample // SECOND,
            is_begun=True,
            last_deg=float(tilt[-1]),
        )

    def _first_that_matters(self, still: BoolArray, lying: BoolArray) -> int:
        """Return the first of some new seconds by whose stillness the strip may be off.

        `still` are those that may be. Where the strip is not off, and too few lie for one that is carried,
        none before the first window matters in which so many may be still as it takes, whatever is to come.
        """
        state, p = self._state, self._params
        known, _, lay = state.counts
        if state.is_off or state.still_since is not None:
            return 0
        if state.carried_for + lay[-1] - lay[0] + np.count_nonzero(lying) >= p.carried_s:
            return 0
        to_come = np.ones(p.window_s, dtype=np.bool_)
        counts = np.concatenate((known, known[-1] + np.cumsum(np.concatenate((still, to_come)))))
        may_be = counts[p.window_s :] - counts[: -p.window_s] >= p.still_part * p.window_s
        return max(0, int(may_be.argmax()) + 1 - len(known))

    def off(self, second: int, steps: Sequence[int]) -> list[bool]:
        """Return of seconds from `second` on whether the strip is off; ask for all, in order.

        `steps` are those taken in each.
        """
        if not steps:
            return []
        state, p = self._state, self._params
        told, since, is_off, carried_for = [False] * len(steps), None, False, 0
        if self._may_be_off(second - state.first, steps):
            told, since, carried_for = self._judged(second - state.first, steps)
            is_off = told[-1]
        known = state.counts.shape[1] - 1
        gone = min(max(0, second + len(steps) + 1 + p.ahead_s - p.window_s - state.first), known)
        counts, first = state.counts[:, gone:].copy(), state.first + gone
        self._state = WornState(counts, first, state.is_begun, state.last_deg, since, is_off, carried_for)
        return told

    def _may_be_off(self, first: int, steps: Sequence[int]) -> bool:
        """Return whether there is anything to judge: most of the time a strip is worn, and moves."""
        state, p = self._state, self._params
        if state.is_off or state.still_since is not None:
            return True
        still, _, lying = state.counts
        start, stop = max(0, first + 1 + p.ahead_s - p.window_s), first + len(steps) + 1 + p.ahead_s
        ends = still[start + p.window_s : stop]
        # No window has more seconds that were still than all of them together.
        least = p.still_part * p.window_s
        may_be_still = ends.size and ends[-1] - still[start] >= least
        if may_be_still and (ends - still[start : start + ends.size] >= least).any():
            return True
        lay = lying[first : first + len(steps) + 1]
        if lay[0] == lay[-1] or not any(steps):
            return False
        lies = lay[1:] > lay[:-1]
        return any(lie and taken for lie, taken in zip(lies.tolist(), steps, strict=True))

    def _judged(self, first: int, steps: Sequence[int]) -> tuple[list[bool], int | None, int]:
        """Go through the seconds one by one; return also since when it is still, and for how long carried."""
        state, p = self._state, self._params
        still, upright, lying = state.counts.tolist()
        is_off, since, known = state.is_off, state.still_since, len(still) - 1
        carried_for = state.carried_for
        told = []
        for at, taken in enumerate(steps, first):
            carried_for = carried_for + 1 if taken and lying[at + 1] > lying[at] else 0
            end = at + 1 + p.ahead_s
            start = end - p.window_s
            is_whole = start >= 0 and end <= known
            if not is_whole or still[end] - still[start] < p.still_part * p.window_s:
                since = None
            elif since is None:
                since = state.first + at
            if is_off:
                soon = min(at + p.upright_s, known)
                moving = soon - at - (still[soon] - still[at])
                is_on = upright[soon] - upright[at] == soon - at and 2 * moving > p.upright_s
                is_off = since is not None or not is_on
            elif since is not None:
                is_upright = 2 * (upright[end] - upright[start]) > p.window_s
                is_off = state.first + at - since >= (p.upright_after_s if is_upright else 0)
            is_off = is_off or carried_for >= p.carried_s
            told.append(is_off)
        return told, since, carried_for

    def state(self) -> WornState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return self._state

    def restore(self, state: WornState) -> None:
        """Go on from `state`."""
        self._state = state


def _second_before(motion: Motion, history: History) -> Motion:
    return history.between(motion.first_sample - SECOND, motion.first_sample)


def _means(motion: Motion, last: Motion | None, row: Row, asked: BoolArray) -> FloatArray:
    """Return a row's means of the `last` second and all since, known where one or the next is asked for.

    The first second of all is as if the one before it had been the same.
    """
    means = np.full(1 + asked.size, np.nan)
    known = asked.copy()
    known[:-1] |= asked[1:]
    seconds = np.flatnonzero(known)
    means[1 + seconds] = motion.of_seconds(row, seconds).sum(axis=1) / SECOND
    if asked[0]:
        newest = seconds[:1]
        means[:1] = means[1] if last is None else last.of_seconds(row, newest).sum(axis=1) / SECOND
    return means
