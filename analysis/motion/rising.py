"""Getting up and sitting down, seen at the pelvis by a single accelerometer: up or down, with a lean.

Vertical velocity: vertical acceleration, averaged over tenths of a second, is integrated over the two seconds
before and, backwards, over the two seconds after each instant, with a taper. The two halves are averaged,
which is an integrator without drift: a constant error of the sensor and one that changes evenly (as its
posture does) leave no trace, and steps, which go up and down within it, hardly any.

Whoever leaves a seat or takes one goes up or down for about a second, and leans forward while doing so, to
bring the body over the feet (Schenkman et al. 1990, doi:10.1093/ptj/70.10.638). Both are asked for: a bend
leans but ends at the height at which it began, and on its way down the lean does not yet come back. An
integrator without drift overshoots: before and after a rise it shows a fall of about half the speed.
That is taken off.

Where the back was at rest before and after, the height between the two rests (:mod:`analysis.motion.moves`)
is surer and overrules all this: there the sensor's error in each posture is known. With it go the lean, the
knock of a seat that stops the pelvis, and a pelvis that rolls back onto a seat or forward off it.

Works badly for someone who slides off a high stool without leaning, and for squats, which go down and up as a
chair does; the posture of the pelvis in between must tell.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial

import numpy as np

from analysis.motion.block import RATE_HZ, AnyFloatArray, BoolArray, FloatArray
from analysis.motion.filters import averaged
from analysis.motion.measuring import Between, Measured
from analysis.motion.returns import Return, ReturnParams, ReturnStage

_SECOND = round(RATE_HZ)
_BIN = round(0.1 * RATE_HZ)
_BIN_HZ = RATE_HZ / _BIN
_PER_SECOND = round(_BIN_HZ)
_REACH = 2 * _PER_SECOND
"""Bins before and after an instant over which its velocity is integrated."""
_AROUND = round(1.6 * _BIN_HZ)
"""Bins before and after an instant in which the lean begins and ends, and in which an overshoot lies."""
_MIDDLE = round(0.6 * _BIN_HZ)
"""The lean is deepest so near to the fastest instant."""
DELAY_S = 4
"""A second's changes of seat are known so long after its end: both windows have passed."""
_BEFORE = _REACH + _AROUND
_KEPT = DELAY_S * _PER_SECOND + _BEFORE


@dataclass(frozen=True, slots=True)
class RisingParams:
    """What a change of seat looks like."""

    least_mps: float = 0.04
    """Vertical speed, overshoot taken off, that says nothing, m/s [ours]."""
    sure_mps: float = 0.16
    """That which says all, m/s [ours]: slow rises of healthy people reach 0.3, of which 0.15 is left."""
    least_way_m: float = 0.06
    """Way up or down that says nothing, m [ours]: a step's."""
    sure_way_m: float = 0.10
    """That which says all, m [ours]: slow rises of 0.4 m are shown as little as this."""
    least_lean_deg: float = 3.0
    """Lean and return that says nothing, deg [ours]."""
    sure_lean_deg: float = 12.0
    """That which says all, deg [ours]: mocap shows 23 to 36 at the trunk."""
    overshoot: float = 0.5
    """Part of a movement's speed that is shown before and after it in the other direction, 1: half of what
    an integrator without a mean must give back lies on either side."""
    deepest_deg: float = 60.0
    """No one leans farther to take a seat or leave one, deg [ours]: mocap shows 23 to 36, older people up to
    50."""
    slack_mps2: float = 0.02
    """Error of the way up or down between two rests, for each s2 that it took, m/s2 [ours]."""
    least_climb_m: float = 0.15
    """Way beyond that error which alone says nothing of the height of a seat, m [ours]: a step up."""
    sure_climb_m: float = 0.30
    """Way which alone says all, m [ours]: chairs are lower than a stand by 0.35 and more."""
    rise_lean_deg: float = 5.0
    """No one gets up with less lean and return, deg [ours]: the trunk swings forward first, to bring the body
    over the feet (Schenkman et al. 1990, doi:10.1093/ptj/70.10.638); with arms to push on by 10 and more."""
    sure_m: float = 0.10
    """Way that says all, m [ours]: a quarter of a chair; more of it is no surer, for squats go deeper."""
    clue_lean_deg: float = 25.0
    """Lean and return in a move between two rests that alone is an even bet on a seat, deg [ours]; this and
    the two below are the directions of a logistic regression of chairs against bends at the knees."""
    clue_knock_mps2: float = 1.8
    """Knock that alone is one, m/s2 [ours]: squats of real people stay below 2."""
    clue_roll_deg: float = 30.0
    """Roll of the pelvis, back onto a seat or forward off it, that alone is one, deg [ours]."""
    knock_mps2: float = 3.0
    """Harder knocks are those of a seat that stops a fall, m/s2 [ours]: rises stay below, mostly."""
    longest_knock_mps2: float = 4.0
    """So much beyond that counts, m/s2 [ours]."""
    knocked_s2: float = 0.04
    """Way down that each m/s2 of it stands for, s2 [ours]: after a knock the measured way is unsure."""
    least_clues: float = 0.4
    """Clues that say nothing, 1 [ours]."""
    sure_clues: float = 1.1
    """Clues that say all, 1 [ours]."""
    returns: ReturnParams = field(default_factory=ReturnParams)
    """What coming back to a stand says of the way down."""
    edge: float = 0.2
    """A change begins and ends at this part of its speed, 1 [ours]."""


@dataclass(frozen=True, slots=True)
class SeatChange:
    """The likeliest change of seat of one second.

    Attributes
    ----------
    start, end
        First and last sample: of its way up or down, or of the move between two rests.
    rise, fall
        How clearly it was a rise from a seat, or a fall onto one, 0 to 1 each.
    at_rest
        Whether it begins and ends at rest.
    back_s
        For how many seconds the movement lasted, if with this part of it someone is back where it began; 0
        otherwise.
    climb
        How surely the pelvis ended higher (positive) or lower by the height of a seat, whatever else was
        seen, -1 to 1.
    """

    start: int
    end: int
    rise: float
    fall: float
    at_rest: bool
    back_s: int = 0
    climb: float = 0.0


@dataclass(frozen=True, slots=True)
class RisingState:
    """The last bins, (2, n): vertical acceleration, pelvis tilt; the first second of all, and the next.

    `moves` are those whose seconds are still to come, each with what the return that it ended was, if any;
    `chain` those of a return that goes on.
    """

    bins: FloatArray | None = None
    moves: tuple[tuple[Measured, Return | None], ...] = ()
    chain: tuple[Measured, ...] = ()
    first_second: int = 0
    next_second: int = 0


@cache
def _integrator() -> FloatArray:
    """Return the weights of the bins around an instant, whose sum is its velocity, m/s."""
    at = np.arange(-_REACH, _REACH + 1)
    weights = -0.5 * np.sign(at) * np.cos(np.pi * at / (2 * _REACH)) / _BIN_HZ
    # An even change of the sensor's error is an odd line; a sine without its share of it takes it off.
    sine = np.sin(np.pi * at / _REACH)
    return np.asarray(weights - sine * float((weights * at).sum() / (sine * at).sum()))


class RisingStage:
    """Looks for changes of seat in a stream of whole seconds."""

    def __init__(self, params: RisingParams, *, trunk: bool) -> None:
        self._params = params
        self._returns = ReturnStage(params.returns, trunk=trunk)
        self._state = RisingState()

    def push(
        self,
        first_second: int,
        upward_mps2: FloatArray,
        tilt_deg: AnyFloatArray,
        moves: Sequence[Measured],
        motion: Between,
    ) -> list[SeatChange | None]:
        """Return the change of each second that is now known, the first one :data:`DELAY_S` behind.

        Parameters
        ----------
        first_second
            The first of the whole seconds.
        upward_mps2
            Upward acceleration, averaged over tenths of a second.
        tilt_deg
            Tilt of the pelvis, (100 k,).
        moves
            The moves between rests that have become known within these seconds.
        motion
            Where their samples are.
        """
        state = self._state
        if state.bins is None:
            # Nothing is known of the time before; it is taken as still.
            first = np.array((upward_mps2[:1], averaged(tilt_deg[:_SECOND], _BIN)[:1]))
            state = RisingState(first.repeat(_KEPT, axis=1), (), (), first_second, first_second - DELAY_S)
        assert state.bins is not None
        before_mps2, before_deg = state.bins
        upward = np.concatenate((before_mps2, upward_mps2))
        bins = np.array((upward[-_KEPT:], _tilt_deg(before_deg, tilt_deg[-_KEPT * _BIN :])[-_KEPT:]))
        next_second = state.next_second + upward_mps2.shape[0] // _PER_SECOND
        pairs = (*state.moves, *((one, self._returns.push(one, motion)) for one in moves))
        waiting = tuple(pair for pair in pairs if pair[0].move.end >= next_second * _SECOND)
        self._state = RisingState(bins, waiting, (), state.first_second, next_second)
        return self._changes(upward, partial(_tilt_deg, before_deg, tilt_deg), pairs, state)

    def finish(self, upward_mps2: FloatArray, tilt_deg: AnyFloatArray) -> list[SeatChange | None]:
        """Return the last seconds, as if stillness followed a last part of a second, and start afresh."""
        state, self._state = self._state, RisingState()
        self._returns.restore(())
        if state.bins is None:
            return []
        before_mps2, before_deg = state.bins
        after = 0, DELAY_S * _PER_SECOND - upward_mps2.shape[0]
        upward = np.pad(np.concatenate((before_mps2, upward_mps2)), after, "edge")
        tilt = np.pad(_tilt_deg(before_deg, tilt_deg), after, "edge")
        return self._changes(upward, lambda: tilt, state.moves, state)

    def _changes(
        self,
        upward_mps2: FloatArray,
        tilt_deg: Callable[[], FloatArray],
        moves: Sequence[tuple[Measured, Return | None]],
        state: RisingState,
    ) -> list[SeatChange | None]:
        """Return the changes of all seconds but those kept; the tilt is asked for where it matters only."""
        seconds = (upward_mps2.shape[0] - _KEPT) // _PER_SECOND
        windows = _windows(upward_mps2, 2 * _REACH + 1)
        velocity = np.einsum("ij,j->i", windows, _integrator())
        # Of `velocity`, bin `_AROUND` is the first bin of the first second.
        is_fast = np.abs(velocity[_AROUND:][: seconds * _PER_SECOND]) > self._params.least_mps
        places = [_place(one, state.next_second, seconds) for one, _ in moves]
        for place in places:
            is_fast[place.start * _PER_SECOND : place.stop * _PER_SECOND] = False
        strength = self._strength(velocity, is_fast, tilt_deg)
        changes: list[SeatChange | None] = [None] * seconds
        for second in sorted({at // _PER_SECOND for at in strength.nonzero()[0].tolist()}):
            first = second * _PER_SECOND
            at = first + int(np.abs(strength[first : first + _PER_SECOND]).argmax())
            around = velocity[at : at + 2 * _AROUND + 1]
            before, after = self._edges(around)
            way_m = abs(float(around[_AROUND - before : _AROUND + after + 1].sum())) / _BIN_HZ
            sure = _between(way_m, self._params.least_way_m, self._params.sure_way_m)
            sample = state.next_second * _SECOND + at * _BIN
            changes[second] = SeatChange(
                sample - before * _BIN,
                sample + (after + 1) * _BIN - 1,
                max(0.0, sure * float(strength[at])),
                max(0.0, -sure * float(strength[at])),
                at_rest=False,
            )
        for (one, ended), place in zip(moves, places, strict=True):
            # Also in the place of what a move before it said.
            changes[place.start : place.stop] = [None] * len(place)
            middle = (one.move.start + one.move.end) // 2 // _SECOND - state.next_second
            if middle in place:
                changes[middle] = self._said(one, ended)
        # The seconds before the first sample are no seconds.
        return changes[max(0, state.first_second - state.next_second) :]

    def _said(self, one: Measured, ended: Return | None) -> SeatChange:
        """Return what a move of known height says."""
        assert one.net_m is not None
        p, move, net_m = self._params, one.move, one.net_m
        over = min(max(0.0, one.knock_mps2 - p.knock_mps2), p.longest_knock_mps2)
        up_m = net_m - p.knocked_s2 * over
        is_too_deep, back_s, climb = one.top_deg >= p.deepest_deg, 0, self._climb(one, net_m)
        if ended is not None:
            rise, fall = float(ended.seat and self._swings(one)), 0.0
            back_s = (move.start + move.end) // 2 // _SECOND - ended.bend.start // _SECOND + 1
        elif is_too_deep:
            rise, fall = 0.0, 0.0
        else:
            roll_deg = one.pelvis_deg[1] - one.pelvis_deg[0]
            rise, fall = self._between_rests(one, up_m, roll_deg), self._between_rests(one, -up_m, -roll_deg)
        if is_too_deep or (ended is not None and not ended.seat and climb > 0.0):
            climb = 0.0
        return SeatChange(move.start, move.end - 1, rise, fall, at_rest=True, back_s=back_s, climb=climb)

    def _climb(self, one: Measured, net_m: float) -> float:
        p = self._params
        slack_m = p.slack_mps2 * ((one.move.end - one.move.start) / RATE_HZ) ** 2
        sure = _between(abs(net_m) - slack_m, p.least_climb_m, p.sure_climb_m)
        if net_m > 0.0:
            return sure if self._swings(one) else 0.0
        return -sure

    def _swings(self, one: Measured) -> bool:
        return one.top_deg - min(one.bend_deg) >= self._params.rise_lean_deg

    def _between_rests(self, one: Measured, way_m: float, roll_deg: float) -> float:
        """Return how clear a move is that went so far in the direction asked about, and rolled with it."""
        p = self._params
        slack_m = p.slack_mps2 * ((one.move.end - one.move.start) / RATE_HZ) ** 2
        clear = _between(way_m, -slack_m, p.sure_m)
        if clear == 0.0:
            return 0.0
        lean_deg = max(0.0, one.top_deg - max(one.bend_deg))
        clues = (
            lean_deg / p.clue_lean_deg
            + one.knock_mps2 / p.clue_knock_mps2
            + max(0.0, roll_deg) / p.clue_roll_deg
        )
        return clear * _between(clues, p.least_clues, p.sure_clues)

    def _strength(
        self, velocity: FloatArray, is_fast: BoolArray, tilt_deg: Callable[[], FloatArray]
    ) -> FloatArray:
        """Return how clear a rise (positive) or fall (negative) each bin is that is fast, (n,)."""
        p, count = self._params, is_fast.shape[0]
        strength, window = np.zeros(count), 2 * _AROUND + 1
        # Most of the time nothing moves fast enough to say anything, or no faster than before and after.
        fast = is_fast.nonzero()[0]
        if not fast.size:
            return strength
        now = velocity[_AROUND + fast]
        lowest, highest = (
            _extremes(of, velocity[: count + window - 1], window) for of in (np.minimum, np.maximum)
        )
        other = np.where(now > 0.0, -lowest[fast], highest[fast])
        left = np.abs(now) - p.overshoot * np.maximum(other, 0.0)
        clear = left > p.least_mps
        fast, now, left = fast[clear], now[clear], left[clear]
        if not fast.size:
            return strength
        tilts = _windows(tilt_deg()[_REACH : _REACH + count + window - 1], window)[fast]
        deepest = tilts[:, _AROUND - _MIDDLE : _AROUND + _MIDDLE + 1].max(axis=1)
        before, after = tilts[:, : _AROUND + 1].min(axis=1), tilts[:, _AROUND:].min(axis=1)
        lean_deg = deepest - np.maximum(before, after)
        by_speed = (left - p.least_mps) / (p.sure_mps - p.least_mps)
        by_lean = (lean_deg - p.least_lean_deg) / (p.sure_lean_deg - p.least_lean_deg)
        # What is fast enough to be here has some speed, in one direction or the other.
        by_both = np.minimum(by_speed, 1.0) * np.minimum(np.maximum(by_lean, 0.0), 1.0)
        strength[fast] = np.copysign(by_both, now)
        strength[fast[deepest >= p.deepest_deg]] = 0.0
        return strength

    def _edges(self, around: FloatArray) -> tuple[int, int]:
        """Return how many bins before and after the middle it still goes the same way."""
        middle = float(around[_AROUND])
        slow = (around * math.copysign(1.0, middle) < self._params.edge * abs(middle)).tolist()
        return [*slow[_AROUND - 1 :: -1], True].index(True), [*slow[_AROUND + 1 :], True].index(True)

    def state(self) -> RisingState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return replace(self._state, chain=self._returns.state())

    def restore(self, state: RisingState) -> None:
        """Go on from `state`."""
        self._state = state
        self._returns.restore(state.chain)


def _tilt_deg(before_deg: FloatArray, tilt_deg: AnyFloatArray) -> FloatArray:
    """Return tilts, averaged over tenths of a second, after those before."""
    return np.concatenate((before_deg, averaged(tilt_deg, _BIN)))


def _place(one: Measured, first_second: int, count: int) -> range:
    """Return of which of so many seconds a move tells more than what is seen within it; from 0 on."""
    if one.net_m is None:
        return range(0)
    move = one.move
    # As if seconds came one by one: later ones may have told a second before the move was known.
    first = max(move.start // _SECOND, move.known // _SECOND - DELAY_S, first_second) - first_second
    return range(first, max(first, min(move.end // _SECOND + 1 - first_second, count)))


def _extremes(of: np.ufunc, values: FloatArray, width: int) -> FloatArray:
    """Return the lowest or highest of every window of so many values, (n - width + 1,); ever wider ones."""
    out, span = values, 1
    while 2 * span <= width:
        out = of(out[:-span], out[span:])
        span *= 2
    count = values.shape[0] - width + 1
    return np.asarray(of(out[:count], out[width - span : width - span + count]))


def _windows(values: FloatArray, width: int) -> FloatArray:
    """Return every window of so many values, (n - width + 1, width), as NumPy's view of them but at once."""
    (step,) = values.strides
    shape = (values.shape[0] - width + 1, width)
    return np.ndarray(shape, values.dtype, values, 0, (step, step))


def _between(value: float, nothing: float, everything: float) -> float:
    return min(1.0, max(0.0, (value - nothing) / (everything - nothing)))
