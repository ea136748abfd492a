"""Bends that have just ended, described at once: for whoever waits for a word on them.

Whether a bend is a lift is decided when the posture around it is, 15 s or more later. Who practises cannot
wait for that. Here each bend is told as soon as it is over and what is looked at beside it is there, half a
second to a second and a half after the trunk is up again; its figures are those that the lift will have. How
far the pelvis went down is not known yet. A chair transition that leans far is among them, though it will be
no lift.
"""

from collections.abc import Iterable

from analysis.events.movement import Lift
from analysis.motion.block import RATE_HZ
from analysis.motion.candidates import Found
from analysis.motion.describe import DescribeParams, lift_event
from analysis.motion.history import History
from analysis.motion.lifts import Bend
from analysis.motion.statement import Wearer


class EndedStage:
    """Describes bends when what is beside them has been seen."""

    def __init__(self, params: DescribeParams, wearer: Wearer) -> None:
        self._params, self._wearer = params, wearer
        self._beside = round(params.spine.beside_s * RATE_HZ)
        self._waiting: tuple[Bend, ...] = ()

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
        return [self._described(bend, history) for bend in ready]

    def _described(self, bend: Bend, history: History) -> Lift:
        motion = history.around(bend.start, bend.end, self._params.spine.beside_s)
        return lift_event(Found(bend, None), motion, self._wearer, self._params)

    def state(self) -> tuple[Bend, ...]:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return self._waiting

    def restore(self, state: tuple[Bend, ...]) -> None:
        """Go on from `state`."""
        self._waiting = state
