"""What the pages want to know of practice and calibration, as values; and whom they ask for them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from analysis.care.practice import Profile
from analysis.events.calibration import Calibration
from analysis.events.movement import Lift

Step = Literal["stand", "walk", "bend", "hinge", "sit", "slump"]


@dataclass(frozen=True, slots=True)
class SetNow:
    """A set of hinges that goes on, or has just ended: its hinges so far."""

    first_sample: int
    begun: datetime | None
    target: int | None
    is_open: bool
    hinges: tuple[Lift, ...]


@dataclass(frozen=True, slots=True)
class RoutineNow:
    """How far the guided routine has come, and what is waited for.

    Attributes
    ----------
    step
        What comes next.
    stands, bends, hinges
        How many have been seen.
    walked_s, sat_s, slumped_s
        How long, s.
    is_still
        Whether the wearer is still now.
    has_both_pods
        Without both there is no routine.
    left_s
        So long it is still waited for, s.
    """

    step: Step
    stands: int
    walked_s: int
    bends: int
    hinges: int
    sat_s: int
    slumped_s: int
    is_still: bool
    has_both_pods: bool
    left_s: int


@dataclass(frozen=True, slots=True)
class ExerciseNow:
    """How practice and calibration stand.

    Attributes
    ----------
    is_worn
        Whether samples of somebody who wears the strip come.
    calibration
        The calibration in force.
    routine
        Where it is waited for, how far the routine has come.
    made
        The newest outcome of a routine, accepted or not.
    is_guided
        Whether there is a routine at all; otherwise the strip's axes are taken as they are.
    sets
        The sets that go on or have just ended, oldest first.
    hinges_asked, sets_asked
        What the therapist has asked for: hinges of a set, and sets of a day (0: no number).
    profile
        Which way the back is sensitive.
    """

    is_worn: bool = False
    calibration: Calibration | None = None
    routine: RoutineNow | None = None
    made: Calibration | None = None
    is_guided: bool = True
    sets: tuple[SetNow, ...] = ()
    hinges_asked: int = 10
    sets_asked: int = 0
    profile: Profile = "none"

    @property
    def open_set(self) -> SetNow | None:
        """The set that goes on."""
        return next((one for one in reversed(self.sets) if one.is_open), None)


class Exercise(Protocol):
    """Practice and calibration of one home. For the event loop's thread; wishes raise RefusedError."""

    def now(self) -> ExerciseNow:
        """Return how they stand."""

    def begin(self, target: int) -> None:
        """Begin a set of hinges."""

    def end(self) -> None:
        """End it."""

    def calibrate(self) -> None:
        """Wait for the guided routine once more."""
