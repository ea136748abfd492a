"""Bends that have just ended, told at once: for whoever waits for a word on them.

Whether a bend is a lift is decided when the posture around it is, 15 s or more later. Who practises cannot
wait for that. Here each bend is told as soon as it is over and what is looked at beside it is there, half a
second to a second and a half after the trunk is up again; its figures are those that the lift will have. How
far the pelvis went down is not known yet. A chair transition that leans far is among them, though it will be
no lift.

Few bends are ever looked at so early, so each is described when someone asks, and again as the lift that it
turned out to be.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from analysis.events.movement import Lift
from analysis.motion.angles import Motion
from analysis.motion.block import RATE_HZ
from analysis.motion.candidates import Found
from analysis.motion.describe import DescribeParams, described
from analysis.motion.history import History
from analysis.motion.lifts import Bend
from analysis.motion.statement import Wearer


@dataclass(frozen=True, eq=False)
class Ended:
    """A bend that has ended, and all that its description needs, whenever someone asks.

    Attributes
    ----------
    motion
        Its samples, and those beside it that :class:`DescribeParams` asks for.
    utc
        When it started, was deepest and ended.
    """

    bend: Bend
    motion: Motion
    utc: tuple[str | None, str | None, str | None]
    wearer: Wearer
    params: DescribeParams

    @cached_property
    def lift(self) -> Lift:
        """The lift that it will be, if it is one; how far the pelvis went down is left open."""
        return self.as_lift(None)

    def as_lift(self, drop_m: float | None) -> Lift:
        """Return the lift that it turned out to be, in which the pelvis went so far down."""
        return described(self.bend, self.motion, self.utc, self.wearer, self.params, drop_m)


class EndedStage:
    """Describes bends when what is beside them has been seen, and lifts by what was said of their bend."""

    def __init__(self, params: DescribeParams, wearer: Wearer) -> None:
        self._params, self._wearer = params, wearer
        self._beside = round(params.spine.beside_s * RATE_HZ)
        self._waiting: tuple[Bend, ...] = ()
        # To save work only: what is missing here is described anew, to the same end.
        self._told: dict[Bend, Ended] = {}

    @property
    def is_waiting(self) -> bool:
        """Whether a bend has ended that cannot be described yet."""
        return bool(self._waiting)

    def push(self, bends: Iterable[Bend], history: History, *, is_last: bool = False) -> list[Ended]:
        """Take the bends that ended, and return those that can be described."""
        waiting = [*self._waiting, *bends]
        if not waiting:
            return []
        seen = math.inf if is_last else history.end_sample - self._beside
        ready = [bend for bend in waiting if bend.end < seen]
        self._waiting = tuple(bend for bend in waiting if bend.end >= seen)
        kept = history.first_sample
        self._told = {bend: ended for bend, ended in self._told.items() if bend.end >= kept}
        told = {bend: self._ended(bend, history) for bend in ready}
        self._told.update(told)
        return list(told.values())

    def let_go(self) -> None:
        """Do not hold the samples of what was told."""
        self._told = {}

    def lift(self, found: Found, history: History) -> Lift:
        """Return the lift that a bend turned out to be."""
        ended = self._told.pop(found.bend, None) or self._ended(found.bend, history)
        return ended.as_lift(found.drop_m)

    def _ended(self, bend: Bend, history: History) -> Ended:
        motion = history.around(bend.start, bend.end, self._params.spine.beside_s)
        utc_text = self._wearer.utc_text
        utc = utc_text(bend.start), utc_text(bend.peak), utc_text(bend.end)
        return Ended(bend, motion, utc, self._wearer, self._params)

    def state(self) -> tuple[Bend, ...]:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return self._waiting

    def restore(self, state: tuple[Bend, ...]) -> None:
        """Go on from `state`."""
        self._waiting = state
        self._told = {}
