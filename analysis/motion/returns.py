"""Leaving a stand and coming back to it: squats, held bends, and sitting down to rise again.

Moves (:mod:`analysis.motion.moves`) are chained from one standing rest to the next: the posture of the pelvis
and its height come back to what they were. What came back after a deep enough lean, or after the pelvis went
down far enough, is a lift, with a pause at the bottom or without, whichever way the trunk was held. This
finds squats with an upright trunk and, with a single pod on the pelvis, bends that hardly tilt it.

Sitting down and rising looks the same from a distance, and is told apart by three things. On a seat the
balance is not over the feet: people lean to reach it, come upright on it, and must lean again to leave it
(Schenkman et al. 1990, doi:10.1093/ptj/70.10.638, flexion momentum before seat-off), while in a squat the
lean hardly changes between its way down and its way up. A seat stops the pelvis with a knock, muscles do not.
And a seat rolls the pelvis back.

Works badly for a chair that is sat on and left within the one movement, for squats of people who lean as if
to a chair, and for someone who sinks slowly onto a cushion without leaning.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise

from analysis.motion.block import RATE_HZ
from analysis.motion.lifts import Bend
from analysis.motion.measuring import Between, Measured
from analysis.motion.seats import Rest, SeatParams, is_folded, is_seat, rests


@dataclass(frozen=True, slots=True)
class ReturnParams:
    """When a posture has come back, what is deep enough, and what is a seat."""

    longest_s: float = 15.0
    """From the start to the end of a lift, s (CLINICAL.md B3)."""
    shortest_s: float = 0.8
    """s (CLINICAL.md B3)."""
    same_deg: float = 12.0
    """Postures that differ by less are the same, deg (Vaeha18: sit and stand differ by 11.6)."""
    chain_deg: float = 18.0
    """The same after a pause on the way, deg (Endo12: standing and seated pelvis differ by 18)."""
    recovery: float = 0.5
    """After a deep bend this part of it may be left, 1 (CLINICAL.md B3)."""
    same_m: float = 0.10
    """Heights before and after one move that differ by less are the same, m [ours]: a quarter of a chair."""
    same_part: float = 0.4
    """Or by less than this part of the way down, 1 [ours]: error grows with what one does besides."""
    chain_m: float = 0.30
    """The same after a pause on the way, m [ours]: more of it is error, and a seat betrays itself."""
    trunk_deg: float = 30.0
    """Least lean of a bend seen at the trunk, deg (CLINICAL.md B3)."""
    pelvis_deg: float = 20.0
    """The same seen at the pelvis alone, deg: a trunk of 30 of which the lumbar spine has a third."""
    drop_m: float = 0.17
    """Least drop of the pelvis in a squat, m [ours]: knees at about 75 deg, or 80 measured low."""
    sank_part: float = 0.4
    """Of a drop so much was seen on the way down, and not only inferred from the way up, 1 [ours]."""
    low_m: float = 0.10
    """Least drop onto a seat, m [ours]: a high stool, measured low."""
    upright_deg: float = 18.0
    """How far a trunk comes up on a seat, and leans again to leave it, on average, deg [ours]."""
    rolled_deg: float = 8.0
    """A seat rolls the pelvis back by at least this, deg (CLINICAL.md B5: least separation)."""
    bent_deg: float = 20.0
    """Who rests with the trunk farther forward is in the middle of a bend, deg (DESIGN.md section 5)."""
    seated_deg: float = 35.0
    """No one on a seat stays bent over by more, deg [ours]."""
    knock_mps2: float = 2.2
    """A seat stops the pelvis with at least this, m/s2 [ours]: squats of real people stay below 2."""
    hit_mps2: float = 15.0
    """Harder still, something has hit the pod, m/s2 [ours]; one pod alone cannot tell that from a seat."""
    sway_deg: float = 10.0
    """A move that turns less and leaves the pelvis at its height is none, deg [ours]."""
    turn_deg: float = 75.0
    """Who turns so far about other axes gets into a car, deg [ours]: bends of real people turn by 30. With
    both pods the posture shows the seat, and people may turn as they rise."""
    sideways_deg: float = 45.0
    """Farther to the side is lying down, deg [ours]."""
    seat: SeatParams = field(default_factory=SeatParams)


@dataclass(frozen=True, slots=True)
class Return:
    """Down and up again between two standing rests.

    Attributes
    ----------
    bend
        Its samples, like those of any bend.
    drop_m
        How far the pelvis went down.
    seat
        Whether it went onto a seat; then it is no lift.
    paused
        Whether there was a rest on the way.
    """

    bend: Bend
    drop_m: float
    seat: bool
    paused: bool


class ReturnStage:
    """Chains moves; `trunk` says whether the bending pod is on the trunk, not the pelvis."""

    def __init__(self, params: ReturnParams, *, trunk: bool) -> None:
        self._params, self._trunk = params, trunk
        self._hit_mps2 = params.hit_mps2 if trunk else math.inf
        self._least_deg = params.trunk_deg if trunk else params.pelvis_deg
        self._open: tuple[Measured, ...] = ()

    def push(self, move: Measured, motion: Between) -> Return | None:
        """Return what the next move brings to its end; `motion` has the samples of those before it too."""
        newest = move.move.end - self._params.longest_s * RATE_HZ
        chain = (*[one for one in self._open if one.move.start >= newest], move)
        found = self._ended(chain, motion) if self._stirs(move) else None
        self._open = chain if found is None else ()
        return found

    def _ended(self, chain: Sequence[Measured], motion: Between) -> Return | None:
        """Return what the last of some moves brings to its end: the shortest that there is."""
        at = len(chain) - 1
        if at and self._left(chain[-2]) and not self._level(chain[-1]):
            # What follows a way down is first of all the way up from it.
            at -= 1
        for first in range(at, -1, -1):
            part = chain[first:]
            if self._stirs(part[0]) and came_back(part, self._params):
                found = self._in_plane(part)
                if found is not None and not self._goes_aside(part, motion):
                    return found
        return None

    def _in_plane(self, chain: Sequence[Measured]) -> Return | None:
        """Return what a chain is that came back to the posture in which it began."""
        p = self._params
        first, last = chain[0], chain[-1]
        levels = levels_m(chain)
        same_m = p.chain_m
        if len(chain) == 1:
            same_m = max(p.same_m, -p.same_part * (first.low_m or 0.0)) if self._trunk else p.same_m
        if levels is None or abs(sum(one.net_m or 0.0 for one in chain)) >= same_m:
            return None
        lowest = min(range(len(chain)), key=levels.__getitem__)
        drop_m = max(0.0, -levels[lowest])
        # What is left over at the end may not pass for a drop: a step onto a stool, say.
        sank_m = -min(accumulate(one.net_m or 0.0 for one in chain)) if len(chain) > 1 else drop_m
        if sank_m < p.sank_part * drop_m:
            drop_m = 0.0
        top = max(chain, key=lambda one: one.top_deg)
        bend = Bend(first.move.start, top.top, last.move.end, last.move.known)
        down, up = chain[: lowest + 1], chain[lowest + 1 :] or chain[-1:]
        held_deg = chain[lowest].bend_deg[1]
        knocked = any(p.knock_mps2 <= one.knock_mps2 < self._hit_mps2 for one in down)
        if self._trunk and drop_m >= p.low_m and self._touched(chain):
            return Return(bend, drop_m, seat=True, paused=len(chain) > 1)
        if len(chain) == 1 and knocked:
            # It may have ended on a seat; the rise from it will tell.
            return None
        if len(chain) > 1 and drop_m >= p.low_m:
            leans = max(one.top_deg for one in down) + max(one.top_deg for one in up)
            rolled_deg = first.pelvis_deg[0] - chain[lowest].pelvis_deg[1]
            came_up = 0.5 * leans - held_deg >= p.upright_deg and (
                not self._trunk or rolled_deg >= 0.5 * p.seat.tucked_deg
            )
            sat_up = held_deg - first.bend_deg[0] < p.seated_deg
            if self._trunk and rolled_deg <= -p.seat.tucked_deg:
                knocked = False
            if sat_up and (knocked or came_up or rolled_deg >= p.rolled_deg):
                return Return(bend, drop_m, seat=True, paused=True)
        if self._trunk and max(first.bend_deg[0], last.bend_deg[1]) >= p.bent_deg:
            return None
        if bend.end - bend.start < p.shortest_s * RATE_HZ:
            return None
        lean_deg = top.top_deg - max(first.bend_deg[0], last.bend_deg[1])
        deep = lean_deg >= self._least_deg or drop_m >= p.drop_m
        if self._trunk and lean_deg < self._least_deg:
            bend = _trimmed(bend, first, last)
        return Return(bend, drop_m, seat=False, paused=len(chain) > 1) if deep else None

    def _touched(self, chain: Sequence[Measured]) -> bool:
        """Return whether the pelvis was on a seat on the way: at a rest there, or while it was low."""
        p = self._params
        inner = [rest for one, other in pairwise(chain) for rest in (rests(one)[1], rests(other)[0])]
        lows = [
            Rest(*one.low_deg, None)
            for one in chain
            if one.low_deg is not None and (one.low_m or 0.0) <= -p.low_m
        ]
        return any(is_folded(rest, p.seat) for rest in (*inner, *lows)) or any(
            is_seat(rest, p.seat) for rest in inner if rest.level_m is not None
        )

    def _left(self, one: Measured) -> bool:
        """Return whether a move left the pelvis low or the trunk bent."""
        bent_deg = one.bend_deg[1] - one.bend_deg[0]
        return one.net_m is not None and (one.net_m <= -self._params.low_m or bent_deg >= self._least_deg)

    def _level(self, one: Measured) -> bool:
        """Return whether a move surely ends at the height at which it began."""
        return one.net_m is not None and abs(one.net_m) < 0.5 * self._params.same_m

    def _stirs(self, one: Measured) -> bool:
        """Return whether a move is more than sway: then it can be the first or the last."""
        if one.net_m is None:
            return False
        turned = max(one.top_deg - min(one.bend_deg), abs(one.bend_deg[1] - one.bend_deg[0]))
        return turned >= self._params.sway_deg or abs(one.net_m) >= self._params.low_m

    def _goes_aside(self, chain: Sequence[Measured], motion: Between) -> bool:
        """Return whether the first move or the last goes too far out of the plane of bending.

        Asked last, and so of few, because it must be computed.
        """
        p = self._params
        return any(
            one.side_deg(motion) >= p.sideways_deg
            or (not self._trunk and one.turned_deg(motion) >= p.turn_deg)
            for one in chain[:: max(1, len(chain) - 1)]
        )

    def state(self) -> tuple[Measured, ...]:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return self._open

    def restore(self, state: tuple[Measured, ...]) -> None:
        """Go on from `state`."""
        self._open = state


def _trimmed(bend: Bend, first: Measured, last: Measured) -> Bend:
    """Return a squat without what people do before it and after it, such as turning round."""
    start = bend.start if first.low_span is None else first.low_span[0]
    end = bend.end if last.low_span is None else last.low_span[1]
    return replace(bend, start=min(start, bend.peak), end=max(end, bend.peak))


def came_back(chain: Sequence[Measured], params: ReturnParams) -> bool:
    """Return whether the pelvis ends in the posture in which it began, but for the rest of a deep bend."""
    before, after = chain[0].pelvis_deg[0], chain[-1].pelvis_deg[1]
    if len(chain) == 1:
        return abs(after - before) < params.same_deg
    deepest = max(max(one.pelvis_deg) for one in chain)
    left = max(params.chain_deg, params.recovery * (deepest - before))
    return -params.chain_deg < after - before < left


def levels_m(chain: Sequence[Measured]) -> list[float] | None:
    """Return the height after each move of a chain that ends where it began; of one alone, its lowest.

    What is left at the end is error, and is taken off evenly.
    """
    nets = [one.net_m for one in chain if one.net_m is not None]
    if len(nets) < len(chain):
        return None
    if len(chain) == 1:
        low_m = chain[0].low_m
        return None if low_m is None else [low_m]
    left = sum(nets) / len(nets)
    return [sum(nets[: count + 1]) - left * (count + 1) for count in range(len(nets))]
