"""How far the guided routine has come, for whoever is in the middle of it.

The search (:mod:`analysis.motion.routine`) says nothing until all is there. Here the same evidence is counted
as it comes: quiet stands, bends that return to them, a quiet seat, a slump. The first bends count as full
bends and those after them as hinges, as they are asked for: which is which can only be measured at the end.
It is a look, and changes nothing: neither what the search finds nor when.
"""

from dataclasses import dataclass
from typing import Literal

from analysis.motion.block import BoolArray
from analysis.motion.excursions import excursions
from analysis.motion.rotation import Vector, angle_deg
from analysis.motion.routine import RoutineParams, are_within, posture, quiet_stands
from analysis.motion.watch import THIN_HZ, Seen, runs

_PER_SECOND = round(THIN_HZ)
_STAND_ASKED_S = 5
"""A stand as it is asked for, s (CLINICAL.md B2)."""
Step = Literal["stand", "walk", "bend", "hinge", "sit", "slump"]


@dataclass(frozen=True, slots=True)
class RoutineProgress:
    """What of the routine has been seen.

    Attributes
    ----------
    stands, bends, hinges
        How many, as far as they count.
    walked_s, sat_s, slumped_s
        How long, s.
    is_still
        Whether the last second was quiet.
    has_both_pods
        Without both there is no routine.
    left_s
        So long it is still waited for, s; then the day begins without.
    """

    stands: int = 0
    walked_s: int = 0
    bends: int = 0
    hinges: int = 0
    sat_s: int = 0
    slumped_s: int = 0
    is_still: bool = False
    has_both_pods: bool = True
    left_s: int = 0

    def next_step(self, params: RoutineParams) -> Step:
        """Return what is waited for. The walk can be left out: whoever bends is past it."""
        if self.stands < params.stands and not self.bends:
            return "stand"
        if not self.walked_s and not self.bends:
            return "walk"
        if self.bends < params.bends:
            return "bend"
        if self.hinges < params.hinges and not self.sat_s:
            return "hinge"
        return "sit" if self.sat_s < params.sit_s else "slump"


def progress(seen: Seen, left_s: int, params: RoutineParams) -> RoutineProgress:
    """Return how far the routine has come in what was seen."""
    both = seen.lower is not None and seen.upper is not None
    still = bool(len(seen.still)) and bool(seen.still[-1])
    if not both:
        return RoutineProgress(is_still=still, has_both_pods=False, left_s=left_s)
    best = RoutineProgress(walked_s=int(seen.walked.sum()), is_still=still, left_s=left_s)
    tried: list[dict[str, Vector]] = []
    for start, end in quiet_stands(seen, params):
        neutral = posture(seen, slice(start * _PER_SECOND, end * _PER_SECOND))
        if any(are_within(neutral, other, params.tried_deg) for other in tried):
            continue
        tried.append(neutral)
        found = _from(neutral, seen, best, params)
        if (found.bends + found.hinges, found.stands) > (best.bends + best.hinges, best.stands):
            best = found
    return best


def _from(
    neutral: dict[str, Vector], seen: Seen, known: RoutineProgress, params: RoutineParams
) -> RoutineProgress:
    bends = excursions(seen, neutral, params.excursion)[: params.most_bends]
    first_bend = bends[0].start // _PER_SECOND if bends else len(seen.still)
    stands = 0
    for start, end in runs(seen.still[:first_bend], params.stand_s):
        here = posture(seen, slice(start * _PER_SECOND, end * _PER_SECOND))
        if are_within(here, neutral, params.same_deg):
            # Whoever shifts so gently between two stands that it cannot be seen stood for both.
            stands += max(1, (end - start) // _STAND_ASKED_S)
    sat_s, slumped_s = (0, 0)
    if len(bends) >= params.least_bends:
        sat_s, slumped_s = _seated(seen, neutral, -(-bends[-1].end // _PER_SECOND), params)
    return RoutineProgress(
        stands=min(stands, params.stands),
        walked_s=known.walked_s,
        bends=min(len(bends), params.bends),
        hinges=min(max(0, len(bends) - params.bends), params.hinges),
        sat_s=sat_s,
        slumped_s=slumped_s,
        is_still=known.is_still,
        left_s=known.left_s,
    )


def _seated(seen: Seen, neutral: dict[str, Vector], after: int, params: RoutineParams) -> tuple[int, int]:
    """Return quiet seconds of the usual sit and of the slump since second `after`."""
    still: BoolArray = seen.still[after:]
    usual: dict[str, Vector] | None = None
    sat_s = slumped_s = 0
    for second in (after + int(at) for at in still.nonzero()[0]):
        here = posture(seen, slice(second * _PER_SECOND, (second + 1) * _PER_SECOND))
        if angle_deg(neutral["lower"], here["lower"]) < params.seat_deg:
            continue
        usual = usual or here
        if sat_s >= params.sit_s and not are_within(usual, here, params.slump_deg):
            slumped_s += 1
        else:
            sat_s += 1
    return sat_s, slumped_s
