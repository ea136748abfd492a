"""Several days of one patient as one view: what the lift-quality report shows (CLINICAL.md D).

:func:`period_view` is pure: days, minutes and entries in, numbers out. Days without wear count in no mean.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from statistics import median, median_low
from typing import Final

from analysis.care.accumulation import breaks_per_hour, usual_bout_s
from analysis.events.day import PostureState
from analysis.events.fields import Mode
from analysis.review.day import DayView
from analysis.review.grade import CalibrationView, Letter
from analysis.review.lifts import LiftView, Tally, tally
from analysis.review.period.diary import Diary
from analysis.review.period.examples import Example, examples
from analysis.review.period.exposure import Exposure, exposure
from analysis.review.period.hours import Hour, week_hours
from analysis.review.period.measures import Followed, follow
from analysis.review.period.minutes import Minutes
from analysis.review.period.rhythm import Level, mean_path
from analysis.review.period.share import share_of_days
from analysis.review.proportion import Proportion
from analysis.review.sentences import local_day
from analysis.review.sitting import Bout

_WORN: Final[tuple[PostureState, ...]] = ("lying", "sitting", "standing", "walking")
_HABIT_S, _HABIT_DAYS = 10 * 3600.0, 4
"""Wear of a day, and days, that show a habit (CLINICAL.md B5)."""


@dataclass(frozen=True, slots=True)
class PeriodView:
    """What several days say together.

    Attributes
    ----------
    days, worn
        All days asked for, and those among them with something measured.
    chores, practice
        Counts of bends in daily life and in practice.
    hip_led
        Share of hip-led bends in daily life, its interval allowing for days that differ.
    descent, ascent
        Mean paths of the scored bends of daily life.
    calibration
        The newest of the period.
    """

    days: tuple[DayView, ...]
    worn: tuple[DayView, ...]
    chores: Tally
    practice: Tally
    hip_led: Proportion | None
    descent: tuple[Level, ...]
    ascent: tuple[Level, ...]
    examples: tuple[Example, ...]
    followed: tuple[Followed, ...]
    exposure: Exposure | None
    hours: tuple[Hour, ...]
    diary: Diary
    calibration: CalibrationView | None

    @property
    def patient(self) -> str:
        """Return the pseudonym."""
        return self.days[0].patient

    @property
    def zone(self) -> tzinfo:
        """Return the patient's time zone."""
        return self.days[0].zone

    @property
    def first(self) -> date:
        """Return the first day."""
        return local_day(self.days[0])

    @property
    def last(self) -> date:
        """Return the last day."""
        return local_day(self.days[-1])

    @property
    def worn_s(self) -> float:
        """Return the time the strip was worn, s."""
        return sum(view.worn_s for view in self.worn)

    @property
    def bends(self) -> int:
        """Return how many bends were seen."""
        return self.chores.total + self.practice.total

    @property
    def smoothness(self) -> float | None:
        """Return the middle SPARC of the bends in daily life."""
        known = [
            lift.smoothness_sparc for lift in _lifts(self.worn, "chores") if lift.smoothness_sparc is not None
        ]
        return median(known) if known else None

    @property
    def longest_sit(self) -> Bout | None:
        """Return the longest bout of all days."""
        bouts = [view.sitting.longest for view in self.worn if view.sitting.longest]
        return max(bouts, key=lambda bout: bout.duration_s, default=None)

    @property
    def days_of_long_sits(self) -> int:
        """Return on how many days a sit reached the alert's limit."""
        return sum(view.sitting.longer_than(view.sitting.rule.alert_s) > 0 for view in self.worn)

    @property
    def seated_s(self) -> float:
        """Return the time in a seat, s."""
        return sum(_time_in(view, "sitting") for view in self.worn)

    @property
    def breaks(self) -> int:
        """Return how many breaks were taken."""
        return sum(len(view.sitting.breaks) for view in self.worn)

    @property
    def usual_sit_s(self) -> float | None:
        """Return the length of bout above which half of the time in a seat was spent (W50), s.

        None with fewer than four days of ten hours of wear (CLINICAL.md B5): it says something about habits.
        """
        worn_s = [sum(_time_in(view, state) for state in _WORN) for view in self.worn]
        if sum(one >= _HABIT_S for one in worn_s) < _HABIT_DAYS:
            return None
        return usual_bout_s(bout.duration_s for view in self.worn for bout in view.sitting.bouts)

    @property
    def breaks_per_seated_hour(self) -> float | None:
        """Return how many breaks were taken for each hour in a seat; None without any."""
        return breaks_per_hour(self.breaks, self.seated_s)

    @property
    def walking_s(self) -> float:
        """Return the time walked, s."""
        return sum(view.walking.duration_s for view in self.worn)

    @property
    def steps(self) -> int:
        """Return the steps taken."""
        return sum(view.walking.steps for view in self.worn)

    @property
    def letter(self) -> Letter:
        """Return the data's grade: that of the middle day, the lower of two."""
        order: tuple[Letter, ...] = ("D", "C", "B", "A")
        places = [order.index(view.grade.letter) for view in self.worn]
        return order[median_low(places)] if places else "D"

    @property
    def modes(self) -> tuple[Mode, ...]:
        """Return how it was measured."""
        return tuple(sorted({mode for view in self.days for mode in view.modes}))

    @property
    def algorithms(self) -> tuple[str, ...]:
        """Return the versions of the method."""
        return tuple(sorted({version for view in self.days for version in view.algorithms}))

    @property
    def calibration_age(self) -> timedelta | None:
        """Return how old the newest calibration was when the last day's data ended."""
        ends = [view.postures[-1].end for view in self.worn if view.postures]
        return ends[-1] - self.calibration.since if ends and self.calibration else None


def period_view(days: Sequence[DayView], minutes: Minutes, diary: Diary) -> PeriodView:
    """Return the view of `days`, which are of one patient and in order of time.

    Raises
    ------
    ValueError
        If there is no day.
    """
    if not days:
        raise ValueError("a period has at least one day")
    worn = [view for view in days if not view.is_empty]
    chores, zone = _lifts(worn, "chores"), days[0].zone
    scored = [lift for lift in chores if lift.share is not None and lift.strategy != "not_scored"]
    held = [view.calibration for view in days if view.calibration]
    return PeriodView(
        days=tuple(days),
        worn=tuple(worn),
        chores=tally(chores),
        practice=tally(_lifts(worn, "practice")),
        hip_led=share_of_days([(view.chores.by_strategy["hip_hinge"], view.chores.scored) for view in worn]),
        descent=mean_path(scored, "descent"),
        ascent=mean_path(scored, "ascent"),
        examples=examples(scored),
        followed=follow(worn),
        exposure=exposure(minutes, zone),
        hours=week_hours(minutes, zone),
        diary=diary,
        calibration=held[-1] if held else None,
    )


def _lifts(days: Iterable[DayView], context: str) -> list[LiftView]:
    return [lift for view in days for lift in view.lifts if lift.context == context]


def _time_in(view: DayView, state: str) -> float:
    return next(total.duration_s for total in view.totals if total.state == state)
