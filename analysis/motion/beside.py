"""What lies beside a bend: the tilt, the postures, the rests and seats that it comes from and goes to."""

from collections.abc import Sequence
from typing import NamedTuple

from analysis.events.day import PostureState
from analysis.motion.angles import Motion, Row
from analysis.motion.block import RATE_HZ
from analysis.motion.lifts import Bend
from analysis.motion.measuring import Measured
from analysis.motion.returns import ReturnParams
from analysis.motion.seats import is_seat, rests
from analysis.motion.seconds import SECOND


class Postures(NamedTuple):
    """The postures of consecutive seconds; `first` is the number of the first one."""

    first: int
    states: Sequence[PostureState]

    def get(self, second: int, other: PostureState | None = None) -> PostureState | None:
        """Return the posture of a second; `other` where it is not known."""
        at = second - self.first
        return self.states[at] if 0 <= at < len(self.states) else other

    def between(self, first: int, end: int) -> Sequence[PostureState]:
        """Return the postures from a second to before another, as far as they are known."""
        return self.states[max(0, first - self.first) : max(0, end - self.first)]


class Beside(NamedTuple):
    """What a bend comes from and goes to.

    Attributes
    ----------
    sitting
        Whether the decoder has someone sit before and after it.
    seats
        Whether the rests before and after it are on a seat; None where there is no rest.
    rested
        The moves from the rest before it to the rest after it; none where one of them is missing.
    """

    bend: Bend
    sitting: tuple[bool, bool]
    seats: tuple[bool | None, bool | None]
    rested: list[Measured]


def tilt_beside_deg(bend: Bend, around: Motion) -> float:
    """Return the tilt that a bend rises from or falls to, whichever is more; `around` reaches beyond it."""
    tilt = around[Row.BEND_DEG]
    start, end = bend.start - around.first_sample, bend.end - around.first_sample
    return float(max(tilt[: start + 1].min(), tilt[end:].min()))


def postures_beside(bend: Bend, posture: Postures, reach_s: int) -> tuple[set[PostureState | None], ...]:
    """Return the postures of the seconds before and after a bend, as the decoder has them."""
    first, last = bend.start // SECOND, bend.end // SECOND
    near = range(1, reach_s + 1)
    return (
        {posture.get(first - one, posture.get(first)) for one in near},
        {posture.get(last + one, posture.get(last)) for one in near},
    )


def walked_through(bend: Bend, posture: Postures) -> bool:
    """Return whether steps went on right through a bend."""
    peak = bend.peak // SECOND
    return all(posture.get(second) == "walking" for second in (peak - 1, peak, peak + 1))


def moves_within(bend: Bend, moves: Sequence[Measured]) -> list[Measured]:
    """Return the moves that share samples with a bend."""
    return [one for one in moves if one.move.end > bend.start and one.move.start < bend.end]


def rested_beside(
    bend: Bend, chain: Sequence[Measured], late_s: float = 0.0
) -> tuple[bool | None, bool | None]:
    """Return False where there is a rest, before and after a bend; None where there is none.

    `chain` are the moves within the bend, which may end up to `late_s` into the rest after them.
    """
    if not chain:
        return None, None
    at_start = chain[0].move.rest_from <= bend.start
    at_end = chain[-1].move.known + round(late_s * RATE_HZ) >= bend.end
    return (False if at_start else None), (False if at_end else None)


def seats_beside(
    bend: Bend, chain: Sequence[Measured], sitting: Sequence[bool], late_s: float, params: ReturnParams
) -> tuple[bool | None, bool | None]:
    """Return whether the rests before and after a bend are on a seat; None where there is no rest.

    As in :func:`rested_beside`; `sitting` is what the decoder says. Who rests bent over is in the middle of
    another bend.
    """
    if not chain:
        return None, None
    there = rested_beside(bend, chain, late_s)
    (before, _), (_, after) = rests(chain[0]), rests(chain[-1])
    seat = params.seat
    # Who comes to rest on a seat within a bend sat down; the trunk may come up later.
    within = [rests(one)[1] for one in chain[:-1]]
    if chain[0].move.rest_from > bend.start:
        within.append(before)
    if any(is_seat(rest, seat) and rest.level_m is not None for rest in within):
        return None, True
    first, last = (
        is_seat(rest._replace(level_m=None) if sits else rest, seat)
        if is_there is not None and (rest.trunk_deg < params.bent_deg or rest.fold_deg >= seat.surely_deg)
        else None
        for rest, is_there, sits in zip((before, after), there, sitting, strict=True)
    )
    if last is None and is_seat(after, seat) and chain[-1].move.end < bend.end:
        last = True
    return first, last
