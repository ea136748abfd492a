"""Which bends are lifts: bends by tilt and returns by height put together, and chairs and beds left out.

Two views find candidates: the zigzag of the tilt (:mod:`analysis.motion.lifts`), which needs no rest, and the
return from one standing rest to the next (:mod:`analysis.motion.returns`), which needs no tilt. Where both
see the same, the tilt's ends count; where a return with a pause holds several bends of the pelvis, as squats
do, it is the lift, but several bends of the trunk are several lifts.

A candidate is no lift if it begins or ends on a seat or near lying down, if it goes far to the side, if steps
go on right through it, if one pod turns as if into a car, if the pelvis stays higher or lower, or rolled
farther back, than it was (then the lean was the way onto a seat or off it), or if a return says that it was
to a seat and back.

Everything is settled in the order in which seconds are decided, and looks no further ahead than the posture's
lag, so the cut of the samples cannot show.
"""

import math
from dataclasses import dataclass, field, replace

from analysis.motion.angles import Motion, Row
from analysis.motion.beside import (
    Beside,
    Postures,
    moves_within,
    postures_beside,
    rested_beside,
    seats_beside,
    tilt_beside_deg,
    walked_through,
)
from analysis.motion.height import HeightParams, Heights, travel
from analysis.motion.history import History
from analysis.motion.lifts import Bend, LiftParams, LiftStage, LiftState
from analysis.motion.measuring import Measured, measured_in_turn, turned_deg
from analysis.motion.moves import MoveParams, MoveStage, MoveState
from analysis.motion.returns import Return, ReturnParams, ReturnStage, came_back, levels_m
from analysis.motion.seats import levelled
from analysis.motion.seconds import SECOND

_KEPT_S = 60


@dataclass(frozen=True, slots=True)
class CandidateParams:
    """What makes a bend a lift."""

    lifts: LiftParams = field(default_factory=LiftParams)
    moves: MoveParams = field(default_factory=MoveParams)
    returns: ReturnParams = field(default_factory=ReturnParams)
    height: HeightParams = field(default_factory=HeightParams)
    ahead_s: int = 10
    """What follows a decided second is known so far ahead, s: less than the posture's lag."""
    least_sit_deg: float = 8.0
    """A pelvis that is rolled back by less is not seated, deg (CLINICAL.md B5: least separation)."""
    upright_part: float = 0.5
    """Rolled back by less than this part of that, the pelvis stands whatever the decoder says, 1 [ours]."""
    trough_deg: float = 1.0
    """Who turns round this much above a bend's edge begins or ends it at a trough, deg [ours]."""
    seat_s: int = 2
    """Posture so long before and after a bend says whether it began or ended on a seat, s [ours]."""
    seat_lean_deg: float = 60.0
    """Chair transitions lean less than this, deg [ours]: mocap shows 23 to 36, older people up to 50."""
    seat_m: float = 0.22
    """A bend that leaves the pelvis this much higher or lower was a chair transition, m [ours]."""
    step_m: float = 0.25
    """No step goes down and up again so far, m [ours]: stairs have 0.18."""
    rest_s: float = 2.5
    """A bend may end so long into the rest after it, s [ours]: a trunk comes upright slowly on a seat."""
    rise_deg: float = 20.0
    """A bend is so much deeper than what was before and after, deg [ours]: else it is a walk with a lean."""
    aside_s: float = 1.0
    """So long before and after, s [ours]."""
    bed_s: int = 5
    """A bend so soon after lying is part of getting up, s [ours]."""
    still_net_m: float = 0.12
    """A pelvis that ends this far above or below its start was not at rest: no drop is told, m [ours]."""


@dataclass(frozen=True, slots=True)
class Found:
    """A lift: its samples, and the pelvis's drop where it is known."""

    bend: Bend
    drop_m: float | None


@dataclass(slots=True)
class _Unsettled:
    """What was seen and is not settled yet, and what is remembered. Copied into and out of states.

    Attributes
    ----------
    bends, waiting, returns
        Bends by tilt, moves and returns that wait for the posture around them.
    recent, seats, told
        Moves, seats and lifts of the last minute.
    last
        The newest move.
    """

    bends: list[Bend] = field(default_factory=list)
    waiting: list[Measured] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)
    recent: list[Measured] = field(default_factory=list)
    seats: list[Bend] = field(default_factory=list)
    told: list[Bend] = field(default_factory=list)
    last: Measured | None = None

    def copied(self) -> "_Unsettled":
        """Return a copy that shares nothing that changes."""
        return _Unsettled(
            [*self.bends],
            [*self.waiting],
            [*self.returns],
            [*self.recent],
            [*self.seats],
            [*self.told],
            self.last,
        )


@dataclass(frozen=True, slots=True)
class CandidateState:
    """All that the past has left behind. Never changed in place."""

    lifts: LiftState = field(default_factory=LiftState)
    moves: MoveState = field(default_factory=MoveState)
    chain: tuple[Measured, ...] = ()
    unsettled: _Unsettled = field(default_factory=_Unsettled)


class CandidateStage:
    """Finds lifts.

    Parameters
    ----------
    params
        What makes a bend a lift.
    trunk
        Whether the bending pod is on the trunk.
    heights
        Whether heights are known: there is a gyroscope.
    sit_deg
        Pelvis tilt of the patient's usual sit, if it is known: who rests halfway there or beyond is seated.
    """

    def __init__(
        self, params: CandidateParams, *, trunk: bool, heights: bool, sit_deg: float | None = None
    ) -> None:
        self._params, self._trunk, self._heights = params, trunk, heights
        self._seated_deg = -math.inf if sit_deg is None else min(0.5 * sit_deg, -params.least_sit_deg)
        lifts = params.lifts if trunk else replace(params.lifts, peak_deg=params.returns.pelvis_deg)
        self._lifts = LiftStage(lifts)
        self._moves = MoveStage(params.moves, trunk=trunk)
        self._returns = ReturnStage(params.returns, trunk=trunk)
        self._now = _Unsettled()
        self._next = math.inf

    def push(self, motion: Motion, whole: Motion, history: History) -> tuple[list[Measured], list[Bend]]:
        """Take the next samples; return the moves now known, as changes of seat are seen in them, and bends.

        The bends are those that ended.

        `whole` are those of whole seconds; `history` has them already.
        """
        now, params = self._now, self._params.moves
        bends = self._lifts.push(motion.first_sample, motion.kept(Row.BEND_DEG))
        found = self._moves.push(whole) if self._heights and len(whole) else []
        moves, known = measured_in_turn(now.last, found, history.between, params)
        if bends or moves:
            now.bends += bends
            now.waiting += moves
            now.last = moves[-1] if moves else now.last
            self._next = self._next_due()
        return known, bends

    def close(self) -> list[Bend]:
        """Take what is there as all there is; returns the bend that this ended, if there was one."""
        bends = self._lifts.finish()
        self._now.bends += bends
        self._next = self._next_due()
        return bends

    @property
    def is_bending(self) -> bool:
        """Whether a bend is under way."""
        return self._lifts.is_under_way

    @property
    def due(self) -> float:
        """The second whose posture will settle the next thing; infinite where nothing waits."""
        return self._next

    def _next_due(self) -> float:
        now = self._now
        # Bends come in the order of their ends.
        dues: list[float] = [self._due(bend) for bend in now.bends[:1]]
        dues += [self._due(one.bend) for one in now.returns]
        if now.waiting:
            dues.append(-(-now.waiting[0].move.known // SECOND) - self._params.ahead_s)
        return min(dues, default=math.inf)

    def decided(self, second: int, posture: Postures, history: History) -> list[Found]:
        """Return the lifts that are settled now that the posture of `second` is."""
        if self._next > second:
            return []
        now = self._now
        horizon = (second + self._params.ahead_s) * SECOND
        while now.waiting and now.waiting[0].move.known <= horizon:
            self._move(now.waiting.pop(0), horizon, history)
        found = []
        for bend in [one for one in now.bends if self._due(one) <= second]:
            now.bends.remove(bend)
            found += self._of_tilt(bend, posture, history)
        for one in [one for one in now.returns if self._due(one.bend) <= second]:
            now.returns.remove(one)
            inside = posture.between(one.bend.start // SECOND + 1, one.bend.end // SECOND)
            # The shaking of a quick squat can pass for steps, but no step goes down so far.
            walked = one.drop_m < self._params.step_m and "walking" in inside
            if not walked and not self._from_elsewhere(self._beside(one.bend, posture), posture, history):
                found += self._tell(one.bend, one.drop_m)
        self._next = self._next_due()
        return found

    def _due(self, bend: Bend) -> int:
        return max(bend.end // SECOND + self._params.seat_s, bend.known // SECOND)

    def _move(self, move: Measured, horizon: int, history: History) -> None:
        oldest = move.move.end - _KEPT_S * SECOND
        now = self._now
        level_m = now.recent[-1].level_m[1] if now.recent else None
        move = levelled(move, level_m, self._params.returns.seat)
        now.recent = [*(one for one in now.recent if one.move.end > oldest), move]
        now.seats = [one for one in now.seats if one.end > oldest]
        now.told = [one for one in now.told if one.end > oldest]
        found = self._returns.push(move, history.between)
        if found is None:
            return
        inside = [one for one in now.bends if one.known <= horizon and _shared(one, found.bend) > _half(one)]
        if found.seat:
            now.seats.append(found.bend)
        elif not inside or (found.paused and not self._trunk):
            if len(inside) == 1 and _shared(inside[0], found.bend) > _half(found.bend):
                found = replace(found, bend=inside[0])
            now.returns.append(found)
        else:
            return
        now.bends = [one for one in now.bends if one not in inside]

    def _of_tilt(self, bend: Bend, posture: Postures, history: History) -> list[Found]:
        p = self._params
        beside = self._beside(bend, posture)
        if self._from_elsewhere(beside, posture, history):
            return []
        if any(seat.start <= bend.peak <= seat.end for seat in self._now.seats):
            return []
        if history.around(bend.start, bend.end, 0.0).farthest_side_deg >= p.returns.sideways_deg:
            return []
        part = history.around(bend.start, bend.end, p.aside_s)
        peak_deg = float(part[Row.BEND_DEG][bend.peak - part.first_sample])
        if peak_deg - tilt_beside_deg(bend, part) < p.rise_deg:
            return []
        if not self._trunk and turned_deg(part.part(bend.start, bend.end + 1)) >= p.returns.turn_deg:
            return []
        chain = beside.rested
        rolled_deg = min((chain[0].pelvis_deg[0], chain[-1].pelvis_deg[1])) if chain else 0.0
        if not self._trunk and rolled_deg < self._seated_deg:
            return []
        upright = self._trunk and bool(chain) and not any(beside.sitting)
        levels = levels_m(chain) if chain else None
        if chain and levels is not None:
            net_m = sum(one.net_m or 0.0 for one in chain)
            drop_m: float | None = max(0.0, -min(levels))
        else:
            way = self._travel(bend, history)
            # Of rests whose heights nobody knows the postures say more than a way that knows no rest.
            net_m = 0.0 if way is None or chain else way.net_m
            drop_m = None if way is None or abs(way.net_m) > p.still_net_m else way.drop_m
        # No one leans so far to get off a seat; and after a deep bend people may walk or run on at once.
        if peak_deg < p.seat_lean_deg and (
            (abs(net_m) >= p.seat_m and not upright)
            or (chain and not came_back(chain, p.returns))
            or walked_through(bend, posture)
        ):
            return []
        return self._tell(bend, drop_m)

    def _travel(self, bend: Bend, history: History) -> Heights | None:
        if not self._heights:
            return None
        reach_s = self._params.height.reach_s
        return travel(history.around(bend.start, bend.end, reach_s), bend, self._params.height)

    def _beside(self, bend: Bend, posture: Postures) -> Beside:
        p = self._params
        chain = moves_within(bend, self._now.recent)
        before, after = (states == {"sitting"} for states in postures_beside(bend, posture, p.seat_s))
        if self._trunk:
            seats = seats_beside(bend, chain, (before, after), p.rest_s, p.returns)
        else:
            seats = rested_beside(bend, chain)
        return Beside(bend, (before, after), seats, [] if None in seats else chain)

    def _from_elsewhere(self, beside: Beside, posture: Postures, history: History) -> bool:
        """Return whether a bend begins or ends on a seat, or near lying."""
        p, bend = self._params, beside.bend
        near = posture.between(bend.start // SECOND - p.bed_s, bend.end // SECOND + p.seat_s + 1)
        if "lying" in near or "not_worn" in near:
            return True
        if not self._trunk:
            chain = beside.rested
            if chain and self._seated_deg > -math.inf and any(beside.sitting):
                rolled_deg = min(chain[0].pelvis_deg[0], chain[-1].pelvis_deg[1])
                return rolled_deg < p.upright_part * self._seated_deg
            return any(beside.sitting)
        if True in beside.seats:
            return True
        if self._seated_deg == -math.inf:
            return any(beside.sitting)
        # Where the seat is known, the rests beside the bend say more than the decoder's long memory; and at a
        # trough between two bends there is no seat.
        sits = [
            is_sitting and seat is None for is_sitting, seat in zip(beside.sitting, beside.seats, strict=True)
        ]
        if not any(sits):
            return False
        tilt = history.around(bend.start, bend.end, 0.0)[Row.BEND_DEG]
        trough_deg = p.lifts.edge_deg + p.trough_deg
        return any(is_sitting and tilt[at] < trough_deg for is_sitting, at in zip(sits, (0, -1), strict=True))

    def _tell(self, bend: Bend, drop_m: float | None) -> list[Found]:
        """Return a lift, unless most of it was told already."""
        told = self._now.told
        if any(_shared(one, bend) > min(_half(one), _half(bend)) for one in told):
            return []
        self._now.told = [*told[-8:], bend]
        return [Found(bend, drop_m)]

    def state(self) -> CandidateState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return CandidateState(
            self._lifts.state(), self._moves.state(), self._returns.state(), self._now.copied()
        )

    def restore(self, state: CandidateState) -> None:
        """Go on from `state`."""
        self._lifts.restore(state.lifts)
        self._moves.restore(state.moves)
        self._returns.restore(state.chain)
        self._now = state.unsettled.copied()
        self._next = self._next_due()


def _shared(one: Bend, other: Bend) -> int:
    return min(one.end, other.end) - max(one.start, other.start)


def _half(bend: Bend) -> float:
    return 0.5 * (bend.end - bend.start)
