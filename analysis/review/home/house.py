"""What all of the patient's pages share: whose they are, and what they read from and write to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Protocol

from analysis.care.breaks import BreakParams
from analysis.events.entries import RedFlag
from analysis.review.day import DayView
from analysis.review.home.door import Key
from analysis.review.home.exercise import Exercise
from analysis.review.home.live import Live
from analysis.review.home.log_form import LogAnswers
from analysis.review.home.presence import open_posture
from analysis.review.source import read_day
from analysis.trends.store import TrendStore


class Entries(Protocol):
    """Keeps what the patient enters, at home and for the clinic. Each raises RefusedError if it cannot."""

    def keep_log(self, entry_id: str, answers: LogAnswers) -> None:
        """Keep an entry of the log; the same id again takes the place of the first."""

    def keep_check(self, entry_id: str, red_flags: Sequence[RedFlag]) -> None:
        """Keep the answers to the questions about red flags: those with a yes."""


class Sharing(Protocol):
    """The patient's switch."""

    @property
    def is_on(self) -> bool:
        """Whether the home shares with the clinic."""

    def set(self, *, is_on: bool) -> None:
        """Turn it, for good; raises LumbarError if it cannot be kept."""


@dataclass(frozen=True, slots=True)
class House:
    """One patient's home, to its pages.

    Parameters
    ----------
    store
        Where the events are; used from several threads.
    patient, zone
        Whose home it is, and the patient's time zone.
    now
        The present, aware; on the demo's clock when time is scaled.
    live
        The running gateway.
    rule
        Says what counts as long sitting and as a break: the therapist may change it.
    entries
        Says who keeps what the patient enters; None: nobody yet.
    key
        What a request that changes something must know.
    sharing
        The switch of sharing; None: no clinic is set up.
    exercise
        Says who sees to practice and calibration; None: nobody yet.
    """

    store: TrendStore
    patient: str
    zone: tzinfo
    now: Callable[[], datetime]
    live: Live
    rule: Callable[[], BreakParams] = BreakParams
    entries: Callable[[], Entries | None] = lambda: None
    key: Key = field(default_factory=Key)
    sharing: Sharing | None = None
    exercise: Callable[[], Exercise | None] = lambda: None

    @property
    def today(self) -> date:
        """The patient's day."""
        return self.now().astimezone(self.zone).date()

    def day(self, chosen: date | None = None) -> DayView:
        """Return the view of a day, with the posture that is going on; None: today's.

        Raises
        ------
        ReviewError
            If the day is out of reach.
        """
        moment = self.now()
        day = chosen or moment.astimezone(self.zone).date()
        going_on = open_posture(self.live.state(), moment)
        return read_day(
            self.store, self.patient, day, self.zone, now=moment, open_posture=going_on, rule=self.rule()
        )
