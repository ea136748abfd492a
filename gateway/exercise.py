"""Practice and calibration, to the patient's pages: what the core has seen, and what is wished of it."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Final

from analysis.care.wish import RefusedError
from analysis.motion.progress import RoutineProgress
from analysis.motion.routine import RoutineParams
from analysis.practice.followed import Followed
from analysis.review.home.exercise import ExerciseNow, RoutineNow, SetNow
from gateway.care import Care
from gateway.strip import Strip
from gateway.wire.timebase import Clock

_NS_PER_S: Final = 1_000_000_000
MOST_HINGES: Final = 50
"""More are no set that anybody asks for [ours]."""


class HomeExercise:
    """One home's practice and calibration. For the event loop's thread.

    Parameters
    ----------
    clock
        The product's clock.
    strip, care
        What it is about.
    is_guided
        Whether the strip is calibrated by the guided routine.
    """

    def __init__(self, clock: Clock, strip: Strip, care: Care, *, is_guided: bool) -> None:
        self._clock, self._strip, self._care, self._is_guided = clock, strip, care, is_guided

    def now(self) -> ExerciseNow:
        """Return how practice and calibration stand."""
        segments, settings = self._strip.segments, self._care.settings
        progress = segments.routine()
        return ExerciseNow(
            is_worn=segments.is_open,
            calibration=segments.calibration,
            routine=None if progress is None else _routine(progress),
            made=segments.made,
            is_guided=self._is_guided,
            sets=tuple(_set(one) for one in segments.practised),
            hinges_asked=settings.practice_hinges,
            sets_asked=settings.practice_sets,
            profile=settings.profile,
        )

    def begin(self, target: int) -> None:
        """Begin a set of hinges.

        Raises
        ------
        RefusedError
            If there is no strip that could follow it, or red flags are raised.
        """
        if not 0 <= target <= MOST_HINGES:
            raise RefusedError(f"a set has at most {MOST_HINGES} hinges")
        if self._care.now(self._clock.utc_ns()).red_flags:
            raise RefusedError("practice waits until your therapist has looked at the health check")
        segments = self._strip.segments
        if not segments.is_open:
            raise RefusedError("put on the strip first")
        if segments.calibration is None:
            raise RefusedError("show the strip how you move first")
        segments.practise(target)

    def end(self) -> None:
        """End the set of hinges, if one goes on."""
        self._strip.segments.end_practice()

    def calibrate(self) -> None:
        """Wait for the guided routine once more.

        Raises
        ------
        RefusedError
            If this home takes the strip's axes as they are.
        """
        if not self._strip.calibrate():
            raise RefusedError("this home takes the strip's axes as they are; there is no routine")


def _routine(progress: RoutineProgress) -> RoutineNow:
    return RoutineNow(step=progress.next_step(RoutineParams()), **asdict(progress))


def _set(one: Followed) -> SetNow:
    begun = None if one.begun_utc_ns is None else datetime.fromtimestamp(one.begun_utc_ns / _NS_PER_S, UTC)
    return SetNow(one.first_sample, begun, one.target, one.is_open, one.hinges)
