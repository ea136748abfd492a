"""Bends that have just ended, described at once: for whoever waits for a word on them.

Whether a bend is a lift is decided when the posture around it is, 15 s or more later. Who practises cannot
wait for that. Here each bend is told as soon as it is over and what is looked at beside it is there, half a
second to a second and a half after the trunk is up again; its figures are those that the lift will have. How
far the pelvis went down is not known yet. A chair transition that leans far is among them, though it will be
no lift. What was described then is not described again when the bend turns out to be a lift.
"""

from collections.abc import Iterable

from analysis.events.movement import Lift
from analysis.motion.block import RATE_HZ
from analysis.motion.candidates import Found
from analysis.motion.describe import DescribeParams, described, with_drop
from analysis.motion.history import History
from analysis.motion.lifts import Bend
from analysis.motion.statement import Wearer


class EndedStage:
    """Describes bends when what is beside them has been seen, and lifts by what was said of their bend."""

    def __init__(self, params: DescribeParams, wearer: Wearer) -> None:
        self._params, self._wearer = params, wearer
        self._beside = round(params.spine.beside_s * RATE_HZ)
        self._waiting: tuple[Bend, ...] = ()
        # To save work only: what is missing here is described anew, to the same end.
        self._described: dict[Bend, Lift] = {}

    @property
    def is_waiting(self) -> bool:
        """Whether a bend has ended that cannot be described yet."""
        return bool(self._waiting)

    def push(self, bends: Iterable[Bend], history: History, *, is_last: bool = False) -> list[Lift]:
        """Take the bends that ended, and return those that can be described."""
        self._waiting = (*self._waiting, *bends)
        if not self._waiting:
            return []
        end = history.end_sample
        ready = [bend for bend in self._waiting if is_last or bend.end + self._beside < end]
        self._waiting = tuple(bend for bend in self._waiting if bend not in ready)
        kept = history.first_sample
        self._described = {bend: lift for bend, lift in self._described.items() if bend.end >= kept}
        told = {bend: self._describe(bend, history) for bend in ready}
        self._described.update(told)
        return list(told.values())

    def lift(self, found: Found, history: History) -> Lift:
        """Return the lift that a bend turned out to be."""
        known = self._described.pop(found.bend, None)
        return with_drop(known or self._describe(found.bend, history), found.drop_m, self._params)

    def _describe(self, bend: Bend, history: History) -> Lift:
        motion = history.around(bend.start, bend.end, self._params.spine.beside_s)
        return described(bend, motion, self._wearer, self._params)

    def state(self) -> tuple[Bend, ...]:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return self._waiting

    def restore(self, state: tuple[Bend, ...]) -> None:
        """Go on from `state`."""
        self._waiting = state
        self._described = {}
