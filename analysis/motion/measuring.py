"""What happened in the moves between rests: how far the pelvis went, how deep the lean was, what knocked.

Between two rests the vertical acceleration is integrated twice. At both ends the velocity is zero
(zero-velocity update, Foxlin 2005, doi:10.1109/MCG.2005.140), and so is the acceleration: what the sensor
shows there is its error. That error differs between postures, because each axis of an accelerometer has its
own scale and offset, so between the two rests it is taken to change in step with the tilt. Without this an
accelerometer that is 2 % off in one axis moves a stooping pelvis by half a metre.

Where what one stands or sits on shakes, as in a car, no height is claimed: the sensor's error does not show.

Works badly in lifts that move themselves, and for moves of over 6 s, whose height is unknown.

It is the number of array operations that costs, so the moves of one push are measured together, as rows of
one table, each filled up with zeros to the length of the longest. All sums go along a row, so that a move's
company cannot show. What is seldom asked for waits for the question.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from analysis.motion.angles import Motion, Row
from analysis.motion.block import RATE_HZ, AnyFloatArray, FloatArray, IntArray
from analysis.motion.moves import Move, MoveParams

_TENTH = round(0.1 * RATE_HZ)
_ROWS = Row.VERTICAL_MPS2 + 1
Between = Callable[[int, int], Motion]
"""Gives the samples from the first index to before the second, as far as they are there."""
_MARGIN = round(0.3 * RATE_HZ)
"""So much of each rest is integrated with a move: it begins and ends softly."""


@dataclass(slots=True)
class Measured:
    """A move with what was measured in it: no more than the rests, where its height cannot be known.

    Never changed in place, but for what is remembered.

    Attributes
    ----------
    bend_deg, pelvis_deg
        Tilt in the rest before and in the rest after; the pelvis's is the bend's where there is one pod.
    top_deg, top
        Deepest tilt, and its sample; without a height NaN and 0, as is the knock.
    knock_mps2
        Hardest knock, vertically.
    net_m, low_m
        Height of the pelvis at the end and at its lowest, against the start; None if it took too long, or
        what one is on shakes.
    low_deg
        Tilts of trunk and pelvis where the pelvis is rolled back farthest while it is low; None if it never
        is lower than at the start by :attr:`MoveParams.edge_m`, or likewise.
    low_span
        First and last sample at which the pelvis is lower than at the start and at the end by
        :attr:`MoveParams.edge_m`; None if it never is, or likewise.
    level_m
        Height of the pelvis in the rest before and in the rest after, against the last stand; see
        :mod:`analysis.motion.seats`.
    aside_deg
        What :meth:`side_deg` has found, since two stages ask; None before.
    """

    move: Move
    bend_deg: tuple[float, float]
    pelvis_deg: tuple[float, float]
    top_deg: float = math.nan
    top: int = 0
    knock_mps2: float = math.nan
    net_m: float | None = None
    low_m: float | None = None
    low_deg: tuple[float, float] | None = None
    low_span: tuple[int, int] | None = None
    level_m: tuple[float | None, float | None] = (None, None)
    aside_deg: float | None = field(default=None, compare=False)

    def at_levels(self, before_m: float | None, after_m: float | None) -> "Measured":
        """Return it with the levels of its rests."""
        return Measured(
            self.move,
            self.bend_deg,
            self.pelvis_deg,
            self.top_deg,
            self.top,
            self.knock_mps2,
            self.net_m,
            self.low_m,
            self.low_deg,
            self.low_span,
            (before_m, after_m),
            self.aside_deg,
        )

    def side_deg(self, motion: Between) -> float:
        """Return the farthest side bend, in the rests too."""
        if self.aside_deg is None:
            self.aside_deg = motion(self.move.rest_from, self.move.known).farthest_side_deg
        return self.aside_deg

    def turned_deg(self, motion: Between) -> float:
        """Return how far the trunk turned out of the plane of bending, to and fro."""
        return turned_deg(motion(self.move.start, self.move.end))


def turned_deg(part: Motion) -> float:
    """Return how far the trunk turned out of the plane of bending, to and fro, deg."""
    all_dps, bend_dps = part[Row.SPEED_DPS], part[Row.BEND_DPS]
    return float(np.sqrt(np.maximum(all_dps * all_dps - bend_dps * bend_dps, 0.0)).sum()) / RATE_HZ


class _Seen(NamedTuple):
    """A move, its samples, and the rows of them that are always there."""

    move: Move
    motion: Motion
    rows: AnyFloatArray


class _Way(NamedTuple):
    """The pelvis's height from sample `first` of a move's on, and the hardest knock of all of them."""

    first: int
    height_m: FloatArray
    net_m: float
    low_m: float
    knock_mps2: float


def measured(moves: Sequence[Move], motion: Between, params: MoveParams) -> list[Measured]:
    """Return what happened in moves, but for those that are long, or of which not all samples are there.

    Parameters
    ----------
    moves
        Each with rests of :attr:`MoveParams.settle_s`.
    motion
        Where their samples are.
    """
    seen = [one for move in moves if (one := _seen(move, motion, params)) is not None]
    if not seen:
        return []
    # Where there is one pod, its tilt is the pelvis's too.
    pelvis = Row.BEND_DEG if math.isnan(seen[0].rows[Row.PELVIS_DEG, 0]) else Row.PELVIS_DEG
    rests = _rests(seen, round(params.settle_s * RATE_HZ))
    ways = _ways(seen, rests[:, :, Row.VERTICAL_MPS2], pelvis, params)
    means = (rests.sum(axis=-1) / rests.shape[-1]).tolist()
    return [
        _told(one, before, after, pelvis, ways.get(at), params)
        for at, (one, (before, after)) in enumerate(zip(seen, means, strict=True))
    ]


def measured_in_turn(
    last: Measured | None, moves: Sequence[Move], motion: Between, params: MoveParams
) -> tuple[list[Measured], list[Measured]]:
    """Return what happened in moves, first as they are, then with those in one that no rest divides.

    Someone who comes down at an even speed with a steady trunk looks at rest. Taken for a standstill, that
    spoils the heights of both moves, but not that of the two together. So a short rest is believed only if
    the way through it is what both ways together are.

    Parameters
    ----------
    last
        The move before the first; None where there is none.
    moves, motion
        As in :func:`measured`.
    """
    line = moves if last is None else (last.move, *moves)
    both = [one for pair in pairwise(line) if (one := _together(*pair, params)) is not None]
    found: dict[Move | None, Measured] = {one.move: one for one in measured((*moves, *both), motion, params)}
    alone = [found[move] for move in moves if move in found]
    return alone, [
        other
        if one is None
        else _unbroken(one, other, found.get(_together(one.move, other.move, params)), params)
        for one, other in zip((last, *alone), alone, strict=False)
    ]


def _together(one: Move, other: Move, params: MoveParams) -> Move | None:
    """Return two moves that follow each other as one, which may tell that no rest divides them.

    None where they are surely divided, or where the one would be too long to have a height.
    """
    if not 0.0 <= (other.start - one.end) / RATE_HZ < params.glimpse_s:
        return None
    if _are_long(one.start, other.end, params):
        return None
    return Move(one.rest_from, one.start, other.end, other.known)


def _unbroken(one: Measured, other: Measured, both: Measured | None, params: MoveParams) -> Measured:
    """Return the later of two moves, or both as one if the rest between them was none."""
    if both is None or one.net_m is None or other.net_m is None or both.net_m is None:
        return other
    slack_m = params.slack_mps2 * ((both.move.end - both.move.start) / RATE_HZ) ** 2
    return both if abs(both.net_m - one.net_m - other.net_m) > slack_m else other


def _are_long(start: int, end: int, params: MoveParams) -> bool:
    """Return whether a move of these samples is too long to have a height."""
    return end - start > params.longest_s * RATE_HZ


def _seen(move: Move, motion: Between, params: MoveParams) -> _Seen | None:
    if move.known - move.rest_from > params.remembered_s * RATE_HZ:
        return None
    part = motion(move.rest_from, move.known)
    if part.first_sample != move.rest_from or part.end_sample != move.known:
        return None
    return _Seen(move, part, part.rows[:_ROWS])


def _rests(seen: Sequence[_Seen], count: int) -> FloatArray:
    """Return the rests, (moves, 2, 4, n): before and after each, all rows."""
    rests = np.empty((len(seen), 2, _ROWS, count))
    for (before, after), one in zip(rests, seen, strict=True):
        before[:] = one.rows[:, :count]
        after[:] = one.rows[:, -count:]
    return rests


def _ways(seen: Sequence[_Seen], rests_mps2: FloatArray, pelvis: Row, params: MoveParams) -> dict[int, _Way]:
    """Return the ways of those moves that have one: that are not long, and of whose rests not both shake.

    `rests_mps2` is what the rests show of the vertical, (moves, 2, n).
    """
    are_shaken = np.logical_and.reduce(_shaking_mps2(rests_mps2) > params.shaken_mps2, axis=-1).tolist()
    at = [
        i
        for i, (one, is_shaken) in enumerate(zip(seen, are_shaken, strict=True))
        if not (is_shaken or _are_long(one.move.start, one.move.end, params))
    ]
    if not at:
        return {}
    lengths = [len(seen[i].motion) for i in at]
    # One column more, so that the end of every row lies within.
    vertical, tilt = np.zeros((2, len(at), max(lengths) + 1))
    for row, (i, length) in enumerate(zip(at, lengths, strict=True)):
        vertical[row, :length] = seen[i].rows[Row.VERTICAL_MPS2]
        tilt[row, :length] = seen[i].rows[pelvis]
    left = rests_mps2.shape[-1] - _MARGIN
    before, after = rests_mps2[at, 0, : left + 1], rests_mps2[at, 1, -left - 1 :]
    errors = [rest.sum(axis=-1, keepdims=True) / (left + 1) for rest in (before, after)]
    counts = np.array(lengths)
    knocks = _knocks_mps2(vertical, counts, round(params.knock_s * RATE_HZ))
    counts -= 2 * left
    heights = _heights_m(vertical[:, left:], tilt[:, left:], counts, errors, params)
    lows = _farthest(np.minimum, heights, counts)
    return {
        i: _Way(left, height[:count], float(height[count - 1]), low, knock)
        for i, height, count, low, knock in zip(at, heights, counts.tolist(), lows, knocks, strict=True)
    }


def _farthest(of: np.ufunc, table: FloatArray, counts: IntArray) -> list[float]:
    """Return the lowest or highest of so many numbers that each row begins with; it has more of them."""
    edges = np.empty((len(counts), 2), dtype=np.int64)
    edges[:, 0] = np.arange(0, table.size, table.shape[1])
    np.add(edges[:, 0], counts, out=edges[:, 1])
    farthest: list[float] = of.reduceat(table.reshape(-1), edges.reshape(-1))[::2].tolist()
    return farthest


def _shaking_mps2(rests: FloatArray) -> FloatArray:
    """Return the spread within a tenth of a second of each rest, the middle one of all its tenths."""
    tenths = rests.reshape(*rests.shape[:-1], -1, _TENTH)
    off = tenths - tenths.sum(axis=-1, keepdims=True) / _TENTH
    spread = np.sort(np.sqrt((off * off).sum(axis=-1) / _TENTH), axis=-1)
    half = spread.shape[-1] // 2
    return np.asarray(0.5 * (spread[..., half] + spread[..., -half - 1]))


def _heights_m(
    vertical_mps2: FloatArray,
    tilt_deg: FloatArray,
    counts: IntArray,
    errors_mps2: Sequence[FloatArray],
    params: MoveParams,
) -> FloatArray:
    """Return the height of the pelvis through moves and a little of the rests.

    Each row begins with a move and has so many samples of it as `counts` says; so has what is returned. The
    errors are what the rests before and after show, (moves, 1).
    """
    ends = np.arange(len(counts)), counts - 1
    done = np.arange(1, vertical_mps2.shape[1] + 1) / counts[:, None]
    share = tilt_deg - tilt_deg[:, :1]
    for row, turned_deg in enumerate(share[ends].tolist()):
        if abs(turned_deg) > params.turned_deg:
            share[row] /= turned_deg
        else:
            share[row] = done[row]
    np.minimum(np.maximum(share, 0.0, out=share), 1.0, out=share)
    before, after = errors_mps2
    share *= after - before
    share += before
    velocity = np.cumsum(vertical_mps2 - share, axis=1)
    velocity /= RATE_HZ
    done *= velocity[ends][:, None]
    velocity -= done
    height = np.cumsum(velocity, axis=1)
    height /= RATE_HZ
    return height


def _knocks_mps2(vertical_mps2: FloatArray, counts: IntArray, width: int) -> list[float]:
    """Return of each row the farthest that the acceleration is from its own mean over `width` samples."""
    rows, longest = vertical_mps2.shape
    sums = np.zeros((rows, longest + 1))
    np.cumsum(vertical_mps2, axis=1, out=sums[:, 1:])
    off = sums[:, width:] - sums[:, :-width]
    off /= width
    off -= vertical_mps2[:, width // 2 : width // 2 + off.shape[1]]
    np.abs(off, out=off)
    return _farthest(np.maximum, off, counts - (width - 1))


def _told(
    seen: _Seen,
    before: Sequence[float],
    after: Sequence[float],
    pelvis: Row,
    way: _Way | None,
    params: MoveParams,
) -> Measured:
    """Return what was measured in a move; before and after it, the means of all rows."""
    move = seen.move
    bend_deg = before[Row.BEND_DEG], after[Row.BEND_DEG]
    pelvis_deg = before[pelvis], after[pelvis]
    if way is None:
        return Measured(move, bend_deg, pelvis_deg)
    within = seen.rows[Row.BEND_DEG, move.start - move.rest_from : move.end - move.rest_from]
    top = int(within.argmax())
    low_deg, low_span = _low(seen, way, pelvis, params) if way.low_m <= -params.edge_m else (None, None)
    return Measured(
        move,
        bend_deg,
        pelvis_deg,
        top_deg=float(within[top]),
        top=move.start + top,
        knock_mps2=way.knock_mps2,
        net_m=way.net_m,
        low_m=way.low_m,
        low_deg=low_deg,
        low_span=low_span,
    )


def _low(
    seen: _Seen, way: _Way, pelvis: Row, params: MoveParams
) -> tuple[tuple[float, float], tuple[int, int] | None]:
    """Return how one was tilted where the pelvis is low, and for how long it was lower than at both ends."""
    height, first = way.height_m, way.first
    low = (height <= params.low_part * way.low_m).nonzero()[0] + first
    back = int(low[seen.rows[pelvis][low].argmin()])
    low_deg = float(seen.rows[Row.BEND_DEG, back]), float(seen.rows[pelvis, back])
    sunk = (height <= -params.edge_m).nonzero()[0]
    rising = (height <= way.net_m - params.edge_m).nonzero()[0]
    if not rising.size:
        return low_deg, None
    first += seen.move.rest_from
    return low_deg, (first + int(sunk[0]), first + int(rising[-1]))
