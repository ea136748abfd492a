"""Rests, and the moves between them: what the pelvis did from one standstill to the next.

A rest is at least 0.6 s in which the trunk turns slowly and the pelvis is not pushed up or down. Between two
rests the vertical acceleration is integrated twice. At both ends the velocity is zero (zero-velocity update,
Foxlin 2005, doi:10.1109/MCG.2005.140), and so is the acceleration: what the sensor shows there is its error.
That error differs between postures, because each axis of an accelerometer has its own scale and offset, so
between the two rests it is taken to change in step with the tilt. Without this an accelerometer that is 2 %
off in one axis moves a stooping pelvis by half a metre.

Rests are found on a fixed grid of tenths of a second, whatever the cut of the samples; a move is told when
the rest after it has lasted 0.6 s. It is measured only when someone asks (:func:`measured`).

Where what one stands or sits on shakes, as in a car, no height is claimed: the sensor's error does not show.

Works badly for people who never stand still (nothing is found, and nothing claimed), in lifts that move
themselves, for moves of over 6 s, whose height is unknown, and at the bottom of a slow squat without a
pause, where an even push upward can pass for rest.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from analysis.motion.angles import Motion, Row
from analysis.motion.block import RATE_HZ, BoolArray, FloatArray
from analysis.motion.filters import Carried, without_mean

_BIN = round(0.1 * RATE_HZ)
_BINS = round(RATE_HZ) // _BIN
"""So many are a second."""
_MARGIN = 3
"""So many bins of rest are integrated with a move: it begins and ends softly."""
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


@dataclass(frozen=True, slots=True)
class MoveState:
    """The last bins, the last rest, and the quiet that goes on; it is a rest once it was `told`."""

    sums: FloatArray | None = None
    slow: tuple[Carried, Carried] | None = None
    before: tuple[int, int] | None = None
    since: int | None = None
    upto: int = 0
    told: bool = False


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
        turning, pushed = (
            np.einsum("ij->i", motion[row].reshape(-1, _BIN)) / _BIN
            for row in (Row.SPEED_DPS, Row.VERTICAL_MPS2)
        )
        lowest = motion[Row.PELVIS_DEG]
        tilt = (motion[Row.BEND_DEG] if np.isnan(lowest[0]) else lowest)[_BIN // 2 :: _BIN]
        error, tilted, slow = self._apart(pushed, tilt, state.slow)
        sums = np.stack((turning, pushed, pushed * pushed, error, tilted))
        first = motion.first_sample // _BIN
        if state.sums is not None:
            sums = np.concatenate((state.sums, sums), axis=1)
            first -= state.sums.shape[1]
        moves: list[Move] = []
        if sums.shape[1] >= _SPAN:
            quiet = self._quiet(sums)
            # Bin `first + i + _SPAN - 1` is the last of the i-th span.
            state = self._follow(state, first + _SPAN - 1, quiet, moves)
        self._state = replace(state, sums=sums[:, -(_SPAN - 1) :].copy(), slow=slow)
        return moves

    def _apart(
        self, pushed: FloatArray, tilt: FloatArray, slow: tuple[Carried, Carried] | None
    ) -> tuple[FloatArray, FloatArray, tuple[Carried, Carried]]:
        """Return how far each bin is from the slow means of acceleration and tilt."""
        one, other = slow or (
            self._mean.after_steady(float(pushed[0])),
            self._mean.after_steady(float(tilt[0])),
        )
        error, one = self._mean.push(pushed.reshape(-1, _BINS), one)
        tilted, other = self._mean.push(tilt.reshape(-1, _BINS), other)
        return error.reshape(-1), np.abs(tilted.reshape(-1)), (one, other)

    def _quiet(self, sums: FloatArray) -> BoolArray:
        p, count = self._params, _SPAN
        pairs = sums[:, :-1] + sums[:, 1:]
        turning, pushed, squared, error, tilted = pairs[:, :-4] + pairs[:, 2:-2] + pairs[:, 4:]
        spread = squared - pushed * pushed / count
        quiet = (turning < count * p.rest_dps) & (spread < count * p.rest_mps2**2)
        if self._knows_push:
            error = np.abs(error)
            # What is no push upright is none anyhow.
            pushed_on = np.flatnonzero(quiet & (error >= count * p.push_mps2))
            leaning = np.sin(np.radians(np.minimum(tilted[pushed_on] / count, 90.0)))
            quiet[pushed_on] = error[pushed_on] < count * (p.push_mps2 + p.push_tilted_mps2 * leaning)
        return np.asarray(quiet)

    def _follow(self, state: MoveState, first: int, quiet: BoolArray, moves: list[Move]) -> MoveState:
        before, since, upto, told = state.before, state.since, state.upto, state.told
        edges = (np.flatnonzero(quiet[1:] != quiet[:-1]) + 1).tolist()
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
        return replace(state, before=before, since=since, upto=upto, told=told)

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


@dataclass(frozen=True, slots=True)
class Measured:
    """A move with what was measured in it: no more than the rests, where its height cannot be known.

    Attributes
    ----------
    bend_deg, pelvis_deg
        Tilt in the rest before and in the rest after; the pelvis's is the bend's where there is one pod.
    top_deg, top
        Deepest tilt, and its sample; without a height NaN and 0, as are the next three.
    side_deg
        Farthest side bend.
    turned_deg
        How far the trunk turned out of the plane of bending, to and fro.
    knock_mps2
        Hardest knock, vertically.
    net_m, low_m
        Height of the pelvis at the end and at its lowest, against the start; None if it took too long, or
        what one is on shakes.
    low_deg
        Tilts of trunk and pelvis where the pelvis is rolled back farthest while it is low; None likewise.
    low_span
        First and last sample at which the pelvis is lower than at the start and at the end by
        :attr:`MoveParams.edge_m`; None if it never is, or likewise.
    level_m
        Height of the pelvis in the rest before and in the rest after, against the last stand; see
        :mod:`analysis.motion.seats`.
    """

    move: Move
    bend_deg: tuple[float, float]
    pelvis_deg: tuple[float, float]
    top_deg: float = math.nan
    top: int = 0
    side_deg: float = math.nan
    turned_deg: float = math.nan
    knock_mps2: float = math.nan
    net_m: float | None = None
    low_m: float | None = None
    low_deg: tuple[float, float] | None = None
    low_span: tuple[int, int] | None = None
    level_m: tuple[float | None, float | None] = (None, None)


def measured(move: Move, motion: Motion, params: MoveParams) -> Measured | None:
    """Return what happened in a move; None where it is long, or `motion` does not hold all of it."""
    part = motion.part(move.rest_from, move.known)
    if len(part) > params.remembered_s * RATE_HZ:
        return None
    if part.first_sample != move.rest_from or part.end_sample != move.known:
        return None
    start, end = move.start - move.rest_from, move.end - move.rest_from
    bend, pelvis = part[Row.BEND_DEG], part[Row.PELVIS_DEG]
    if np.isnan(pelvis[0]):
        pelvis = bend
    found = Measured(
        move, (_mean(bend[:start]), _mean(bend[end:])), (_mean(pelvis[:start]), _mean(pelvis[end:]))
    )
    vertical = part[Row.VERTICAL_MPS2]
    height = _vertical_way(vertical, pelvis, start, end, params)
    if height is None:
        return found
    lowest_m = float(height.min())
    first = _widened(len(part), start, end).start
    at = first + np.flatnonzero(height <= max(params.low_part * lowest_m, lowest_m))
    back = int(at[np.argmin(pelvis[at])])
    top = start + int(np.argmax(bend[start:end]))
    return replace(
        found,
        top_deg=float(bend[top]),
        top=move.rest_from + top,
        side_deg=float(np.abs(part[Row.SIDE_DEG]).max()),
        turned_deg=turned_deg(motion.part(move.start, move.end)),
        knock_mps2=_knock_mps2(vertical, round(params.knock_s * RATE_HZ)),
        net_m=float(height[-1]),
        low_m=lowest_m,
        low_deg=(float(bend[back]), float(pelvis[back])),
        low_span=_low_span(height, move.rest_from + first, params),
    )


def unbroken(
    one: Measured | None, other: Measured, motion: Callable[[int, int], Motion], params: MoveParams
) -> Measured:
    """Return the later of two moves, or both as one if the rest between them was none.

    Someone who comes down at an even speed with a steady trunk looks at rest. Taken for a standstill, that
    spoils the heights of both moves, but not that of the two together. So a short rest is believed only if
    the way through it is what both ways together are.

    Parameters
    ----------
    one, other
        Moves that follow each other; None where there is none before.
    motion
        Gives the samples from the first index to before the second.
    """
    if one is None or one.net_m is None or other.net_m is None:
        return other
    rest_s = (other.move.start - one.move.end) / RATE_HZ
    if not 0.0 <= rest_s < params.glimpse_s:
        return other
    move = Move(one.move.rest_from, one.move.start, other.move.end, other.move.known)
    both = measured(move, motion(move.rest_from, move.known), params)
    if both is None or both.net_m is None:
        return other
    slack_m = params.slack_mps2 * ((move.end - move.start) / RATE_HZ) ** 2
    return both if abs(both.net_m - one.net_m - other.net_m) > slack_m else other


def _low_span(height: FloatArray, origin: int, params: MoveParams) -> tuple[int, int] | None:
    sunk = np.flatnonzero(height <= -params.edge_m)
    rising = np.flatnonzero(height <= height[-1] - params.edge_m)
    return (origin + int(sunk[0]), origin + int(rising[-1])) if sunk.size and rising.size else None


def turned_deg(part: Motion) -> float:
    """Return how far the trunk turned out of the plane of bending, to and fro, deg."""
    all_dps, bend_dps = part[Row.SPEED_DPS], part[Row.BEND_DPS]
    return float(np.sqrt(np.maximum(all_dps * all_dps - bend_dps * bend_dps, 0.0)).sum()) / RATE_HZ


def _vertical_way(
    vertical_mps2: FloatArray, tilt_deg: FloatArray, start: int, end: int, params: MoveParams
) -> FloatArray | None:
    """Return the height of the pelvis through a move and a little of the rests, m; None if nobody knows.

    That is where the move takes long, or where both rests shake.

    The arrays begin and end with the rests; the move goes from `start` to before `end`.
    """
    place = _widened(vertical_mps2.shape[0], start, end)
    first, last = place.start, place.stop
    if end - start > params.longest_s * RATE_HZ:
        return None
    if all(_shaking_mps2(rest) > params.shaken_mps2 for rest in (vertical_mps2[:start], vertical_mps2[end:])):
        return None
    before, after = _mean(vertical_mps2[: first + 1]), _mean(vertical_mps2[last - 1 :])
    tilt = tilt_deg[first:last]
    count = last - first
    done = np.arange(1, count + 1) / count
    turned = float(tilt[-1] - tilt[0])
    share = np.clip((tilt - tilt[0]) / turned, 0.0, 1.0) if abs(turned) > params.turned_deg else done
    velocity = np.cumsum(vertical_mps2[first:last] - (before + (after - before) * share)) / RATE_HZ
    velocity -= velocity[-1] * done
    return np.asarray(np.cumsum(velocity) / RATE_HZ)


def _widened(count: int, start: int, end: int) -> range:
    """Return what is integrated, of so many samples: a move and a little of the rests."""
    margin = _MARGIN * _BIN
    return range(max(0, start - margin), min(count, end + margin))


def _shaking_mps2(rest: FloatArray) -> float:
    """Return the spread within a tenth of a second of rest, the middle one of all its tenths."""
    tenths = rest[: rest.shape[0] // _BIN * _BIN].reshape(-1, _BIN)
    spread, half = sorted(tenths.std(axis=1).tolist()), tenths.shape[0] // 2
    return 0.5 * float(spread[half] + spread[-half - 1])


def _mean(values: FloatArray) -> float:
    return float(values.sum()) / len(values)


def _knock_mps2(vertical_mps2: FloatArray, width: int) -> float:
    """Return the farthest that the acceleration is from its own mean over `width` samples."""
    if vertical_mps2.shape[0] <= width:
        return 0.0
    sums = np.cumsum(np.concatenate(([0.0], vertical_mps2)))
    mean = (sums[width:] - sums[:-width]) / width
    middle = vertical_mps2[width // 2 : width // 2 + mean.shape[0]]
    return float(np.abs(middle - mean).max())
