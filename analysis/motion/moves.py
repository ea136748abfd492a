"""Rests, and the moves between them: what the pelvis did from one standstill to the next.

A rest is at least 0.6 s in which the trunk turns slowly and the pelvis is not pushed up or down. Rests are
found on a fixed grid of tenths of a second, whatever the cut of the samples; a move is told when the rest
after it has lasted 0.6 s. What happened in it is :mod:`analysis.motion.measuring`'s.

Works badly for people who never stand still (nothing is found, and nothing claimed), and at the bottom of a
slow squat without a pause, where an even push upward can pass for rest.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from analysis.motion.angles import Motion, Row
from analysis.motion.block import RATE_HZ, AnyFloatArray, BoolArray, FloatArray
from analysis.motion.filters import Carried, averaged, without_mean

_BIN = round(0.1 * RATE_HZ)
_BINS = round(RATE_HZ) // _BIN
"""So many are a second."""
_SPAN = 6
"""So many bins are judged together: three pairs."""


@dataclass(frozen=True, slots=True)
class MoveParams:
    """What is rest, and where the integration can be believed."""

    rest_dps: float = 9.0
    """Mean angular speed of the trunk in 0.6 s, deg/s [ours]: holding a bend sways at 3 to 6."""
    rest_mps2: float = 0.16
    """Standard deviation in 0.6 s of the vertical acceleration, averaged over 0.1 s, m/s2 [ours]: a slow
    squat shows 0.3, a person who stands or holds a bend 0.1 and less."""
    mean_s: float = 10.0
    """Time constant of the slow mean of the vertical acceleration, the sensor's error, s [ours]."""
    push_mps2: float = 0.18
    """A mean farther from that is a steady push, no rest, m/s2 [ours]: a slow squat shows 0.3."""
    push_tilted_mps2: float = 0.6
    """So much farther it may be per sine of what the pelvis has tilted since, m/s2 [ours]: offsets of 0.3 in
    two axes of a poor accelerometer change by that."""
    settle_s: float = 0.6
    """Shortest rest, and the part of one that shows its posture and the sensor's error, s [ours]."""
    longest_s: float = 6.0
    """Longer moves have no known height, s [ours]: 0.02 m/s2 of changing error give 0.06 m."""
    remembered_s: float = 55.0
    """A move that lasts longer, with its rests, is not measured, s [ours]: motion is surely kept so long."""
    turned_deg: float = 5.0
    """With less change of tilt the sensor's error changes evenly in time, deg [ours]."""
    edge_m: float = 0.05
    """A squat begins and ends with the pelvis so much lower, m [ours]: a step bobs by less."""
    low_part: float = 0.6
    """Below this part of its way down the pelvis is low, 1 [ours]."""
    shaken_mps2: float = 0.135
    """Where the vertical acceleration has a larger standard deviation in half the tenths of a second of both
    rests, what one sits or stands on shakes, m/s2 [ours]: cars shake seats by 0.3 to 0.6 (ISO 2631-1:1997,
    annex C), half of it so fast; of people at rest 99 % show less, most of it their sensor's noise."""
    glimpse_s: float = 1.2
    """A rest shorter than this may be no rest but an even way up or down, s [ours]."""
    slack_mps2: float = 0.02
    """Error of the way up or down between two rests, for each s2 that it took, m/s2 [ours]."""
    knock_s: float = 0.15
    """What is quicker is a knock, s [ours]: muscles move a pelvis in half a second, a seat at once."""


@dataclass(frozen=True, slots=True)
class Move:
    """What lies between two rests; indices of samples, ends exclusive.

    Attributes
    ----------
    rest_from
        Start of the last 0.6 s of the rest before.
    start, end
        End of the rest before, start of the rest after.
    known
        End of the first 0.6 s of the rest after.
    """

    rest_from: int
    start: int
    end: int
    known: int


class _Rest(NamedTuple):
    """The last rest, and the quiet that goes on; it is a rest once it was `told`."""

    before: tuple[int, int] | None = None
    since: int | None = None
    upto: int = 0
    told: bool = False


@dataclass(frozen=True, slots=True)
class MoveState:
    """The last bins, what the slow means carry, and the rests."""

    sums: FloatArray | None = None
    slow: tuple[Carried, ...] | None = None
    rest: _Rest = field(default_factory=_Rest)


class MoveStage:
    """Finds moves in a stream of whole seconds; `trunk` says whether the bending pod is on the trunk.

    One pod alone, often on a belt's front, is tilted too much by all that people do to know a steady push.
    """

    def __init__(self, params: MoveParams, *, trunk: bool) -> None:
        self._params, self._knows_push = params, trunk
        self._settle = round(params.settle_s * RATE_HZ)
        self._mean = without_mean(params.mean_s, RATE_HZ / _BIN)
        self._state = MoveState()

    def push(self, motion: Motion) -> list[Move]:
        """Return the moves that are now over; `motion` holds whole seconds."""
        state = self._state
        turning, pushed = averaged(motion.kept(Row.SPEED_DPS), _BIN), motion.upward_10hz
        lowest = motion.kept(Row.PELVIS_DEG)
        tilt = (motion.kept(Row.BEND_DEG) if np.isnan(lowest[0]) else lowest)[_BIN // 2 :: _BIN]
        error, tilted, slow = self._apart(pushed, tilt, state.slow)
        before = 0 if state.sums is None else state.sums.shape[1]
        sums = np.empty((5, before + pushed.shape[0]))
        if state.sums is not None:
            sums[:, :before] = state.sums
        for row, values in zip(sums, (turning, pushed, pushed * pushed, error, tilted), strict=True):
            row[before:] = values
        first = motion.first_sample // _BIN - before
        rest = state.rest
        moves: list[Move] = []
        if sums.shape[1] >= _SPAN:
            quiet = self._quiet(sums)
            # Bin `first + i + _SPAN - 1` is the last of the i-th span.
            rest = self._follow(rest, first + _SPAN - 1, quiet, moves)
        self._state = MoveState(sums[:, -(_SPAN - 1) :].copy(), slow, rest)
        return moves

    def _apart(
        self, pushed: FloatArray, tilt: AnyFloatArray, slow: tuple[Carried, ...] | None
    ) -> tuple[FloatArray, FloatArray, tuple[Carried, ...]]:
        """Return how far each bin is from the slow means of acceleration and tilt."""
        seconds = [values.reshape(-1, _BINS) for values in (pushed, tilt)]
        if slow is None:
            slow = self._mean.after_steady(float(pushed[0])), self._mean.after_steady(float(tilt[0]))
        apart, slow = self._mean.push(seconds, slow)
        error, tilted = apart.reshape(2, -1)
        return error, np.abs(tilted), slow

    def _quiet(self, sums: FloatArray) -> BoolArray:
        p, count = self._params, _SPAN
        pairs = sums[:, :-1] + sums[:, 1:]
        spans = pairs[:, :-4] + pairs[:, 2:-2]
        spans += pairs[:, 4:]
        turning, pushed, squared, error, tilted = spans
        spread = squared - pushed * pushed / count
        quiet = (turning < count * p.rest_dps) & (spread < count * p.rest_mps2**2)
        if self._knows_push:
            error = np.abs(error)
            # What is no push upright is none anyhow.
            pushed_on = (quiet & (error >= count * p.push_mps2)).nonzero()[0]
            leaning = np.sin(np.radians(np.minimum(tilted[pushed_on] / count, 90.0)))
            quiet[pushed_on] = error[pushed_on] < count * (p.push_mps2 + p.push_tilted_mps2 * leaning)
        return np.asarray(quiet)

    def _follow(self, rest: _Rest, first: int, quiet: BoolArray, moves: list[Move]) -> _Rest:
        before, since, upto, told = rest
        edges = ((quiet[1:] != quiet[:-1]).nonzero()[0] + 1).tolist()
        is_quiet = bool(quiet[0])
        for at, stop in zip([0, *edges], [*edges, quiet.shape[0]], strict=True):
            if is_quiet:
                if since is None:
                    since = (first + at - _SPAN + 1) * _BIN
                upto = (first + stop) * _BIN
                if not told and upto - since >= self._settle:
                    self._tell(before, since, moves)
                    told = True
            elif since is not None:
                before = (since, upto) if told else before
                since, told = None, False
            is_quiet = not is_quiet
        return _Rest(before, since, upto, told)

    def _tell(self, before: tuple[int, int] | None, since: int, moves: list[Move]) -> None:
        # Spans of two rests can share samples: then nothing lies between them.
        if before is not None and before[1] < since:
            moves.append(
                Move(max(before[0], before[1] - self._settle), before[1], since, since + self._settle)
            )

    def state(self) -> MoveState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return self._state

    def restore(self, state: MoveState) -> None:
        """Go on from `state`."""
        self._state = state
