"""Is someone at rest on a seat? What both pods show of it, and what the way there was.

On a seat the pelvis rolls back and the lumbar spine bends forward, the one against the other (CLINICAL.md B5:
18 deg and 55 % of the range), on a high stool half as much. No one stands twice alike, though, and a stand
may go the same way by a few degrees. So a posture that is no more than that is a seat only if the pelvis went
down to it; how far is counted from the last rest that was clearly a stand.

Works badly for someone who sits bolt upright, and right after a slip of the lower pod.
"""

from dataclasses import dataclass
from typing import NamedTuple

from analysis.motion.measuring import Measured


@dataclass(frozen=True, slots=True)
class SeatParams:
    """What the posture of a seat is."""

    tucked_deg: float = 3.0
    """The pelvis is rolled back from its neutral posture by at least this, deg [ours]."""
    folded_deg: float = 12.0
    """Lumbar flexion less pelvis tilt, deg [ours]: stands vary by 4, usual sitting shows 46."""
    stand_part: float = 0.5
    """With less than this part of both it looks like a stand, 1 [ours]."""
    lean_deg: float = 12.0
    """Farther forward the trunk may lean on a seat too, deg [ours]."""
    stand_deg: float = 6.0
    """Of a pelvis that is low only a trunk and a fold within this are clearly a stand, deg [ours]."""
    forward_deg: float = 1.5
    """On a seat, low and upright, the pelvis tilts no farther forward, deg [ours]: squats show 4."""
    surely_deg: float = 25.0
    """From here on no stand looks so, deg [ours]."""
    low_m: float = 0.10
    """So much lower than in a stand the pelvis is low, m [ours]: a high stool, measured low."""


class Rest(NamedTuple):
    """How someone rests: tilts, and how high the pelvis is above the last stand; None: nobody knows."""

    trunk_deg: float
    pelvis_deg: float
    level_m: float | None

    @property
    def fold_deg(self) -> float:
        """Lumbar flexion less pelvis tilt."""
        return self.trunk_deg - 2.0 * self.pelvis_deg


def is_folded(rest: Rest, params: SeatParams) -> bool:
    """Return whether the spine folds against the pelvis as on a seat."""
    return rest.pelvis_deg <= -params.tucked_deg and rest.fold_deg >= params.folded_deg


def is_seat(rest: Rest, params: SeatParams) -> bool:
    """Return whether a rest is on a seat."""
    low = rest.level_m is None or rest.level_m <= -params.low_m
    if is_folded(rest, params):
        return low or rest.fold_deg >= params.surely_deg
    # Rocking on a seat, or high up on one.
    upright = params.stand_deg <= rest.fold_deg and rest.trunk_deg < params.surely_deg
    return low and rest.level_m is not None and upright and rest.pelvis_deg <= params.forward_deg


def rests(move: Measured) -> tuple[Rest, Rest]:
    """Return the rests before and after a move."""
    (before, after), pelvis_deg, level_m = move.bend_deg, move.pelvis_deg, move.level_m
    return Rest(before, pelvis_deg[0], level_m[0]), Rest(after, pelvis_deg[1], level_m[1])


def levelled(move: Measured, level_m: float | None, params: SeatParams) -> Measured:
    """Return a move with the levels of its rests; `level_m` is that after the move before it."""
    before, after = rests(move)
    before_m = 0.0 if _is_stand(before, level_m, params) else level_m
    # Long moves have no known height; most of them are walks.
    after_m = None if before_m is None else before_m + (move.net_m or 0.0)
    return move.at_levels(before_m, 0.0 if _is_stand(after, after_m, params) else after_m)


def _is_stand(rest: Rest, level_m: float | None, params: SeatParams) -> bool:
    if level_m is not None and level_m <= -params.low_m:
        return rest.trunk_deg < params.stand_deg and rest.fold_deg < params.stand_deg
    part = params.stand_part
    return rest.trunk_deg < params.lean_deg and (
        rest.pelvis_deg > -part * params.tucked_deg or rest.fold_deg < part * params.folded_deg
    )
