"""Four weeks of made-up people, seeded: what the report is tested and looked at with.

``improving`` bends more and more from the hips and gets smoother; ``sitter`` sits long on most days and has
been told so; ``one_pod`` wears the single-pod device, so its bends are never told apart.
"""

from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np

from analysis.events.day import Minute, SittingEnd
from analysis.events.entries import Log, TaskConfidence
from analysis.events.movement import Strategy
from analysis.review.period.period import PeriodView
from analysis.review.source import read_period
from analysis.trends.sqlite import SqliteStore
from tests.analysis.review.conftest import Diary

ZONE = ZoneInfo("Europe/Zurich")
FIRST = date(2026, 5, 4)
EVERY_MIN = 5
"""One minute of so many is made: all that is said of them is a share of their time."""
Person = Literal["improving", "sitter", "one_pod"]
_TILTS_DEG = np.arange(-27.5, 120, 5)
_SPEEDS_DPS = np.arange(10, 200, 20)


def _wall(day: date, minutes: float) -> datetime:
    return (datetime.combine(day, time(), ZONE) + timedelta(minutes=minutes)).astimezone(UTC)


@cache
def month_in_store(person: Person) -> tuple["Month", PeriodView]:
    """Return a person's month, and what the report reads of it in a store; made once."""
    month = Month(person)
    with TemporaryDirectory() as folder, closing(SqliteStore(Path(folder) / "home.sqlite")) as store:
        store.put(month.events)
        now = datetime.combine(month.last, time(21), ZONE)
        return month, read_period(store, month.diary.patient, None, month.last, ZONE, now=now)


@dataclass
class Month:
    """One person's four weeks; weekends are not all worn."""

    person: Person
    seed: int = 5
    days: int = 28
    diary: Diary = field(init=False)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        self.diary = Diary(self.seed, mode="single" if self.person == "one_pod" else "dual")
        for index in range(self.days):
            if index % 7 != 6:
                self._day(FIRST + timedelta(days=index), index / (self.days - 1))

    @property
    def events(self) -> list[dict[str, Any]]:
        return self.diary.events

    @property
    def last(self) -> date:
        return FIRST + timedelta(days=self.days - 1)

    def _day(self, day: date, progress: float) -> None:
        diary, at = self.diary, 7 * 60 + float(self.random.uniform(-20, 30))
        if self.person != "one_pod":
            diary.calibration(_wall(day, at), lumbar_range_deg=48 + float(self.random.normal(0, 2.5)))
        end = at + 60 * float(self.random.uniform(9, 12))
        self._minutes(day, int(at), int(end))
        while at < end:
            at = self._hour(day, at, progress)
        if day.weekday() in {1, 4}:
            self._log(day, progress)

    def _hour(self, day: date, at: float, progress: float) -> float:
        diary, random = self.diary, self.random
        kinds = self._kinds(progress, int(random.integers(2, 6)))
        diary.posture("standing", _wall(day, at), _wall(day, at + 12))
        for number, kind in enumerate(kinds):
            self._bend(_wall(day, at + 1 + 1.6 * number), kind, progress)
        diary.walk(_wall(day, at + 12), _wall(day, at + 17), int(random.integers(380, 560)))
        long = self.person == "sitter" and random.random() < 0.45
        sat = float(random.uniform(48, 80) if long else random.uniform(12, 38))
        ended: SittingEnd = "walk" if random.random() < 0.7 else "stand"
        seat = _wall(day, at + 17)
        diary.sitting(seat, _wall(day, at + 17 + sat), ended_by=ended, slumped_s=60 * sat * 0.3)
        if sat >= 30:
            diary.alert(_wall(day, at + 47), "nudge", "raised")
        return at + 17 + sat

    def _kinds(self, progress: float, count: int) -> list[Strategy]:
        if self.person == "one_pod":
            return ["not_scored"] * count
        hips = 0.2 + (0.45 * progress if self.person == "improving" else 0.1)
        shares = [hips, 0.6 * (1 - hips), 0.4 * (1 - hips)]
        names: list[Strategy] = ["hip_hinge", "shared", "lumbar_flexion"]
        return [names[index] for index in self.random.choice(3, size=count, p=shares)]

    def _bend(self, moment: datetime, kind: Strategy, progress: float) -> None:
        random = self.random
        means = {"hip_hinge": 0.27, "shared": 0.46, "lumbar_flexion": 0.63, "not_scored": 0.5}
        smooth = -2.3 + (0.5 * progress if self.person == "improving" else 0.0)
        self.diary.lift(
            moment,
            kind,
            depth_deg=float(random.uniform(35, 95)),
            share=float(np.clip(means[kind] + random.normal(0, 0.05), 0.1, 0.9)),
            duration_s=float(random.uniform(2.2, 5.2)),
            reason="single_pod" if kind == "not_scored" else None,
            smoothness_sparc=float(smooth + random.normal(0, 0.25)),
            context="practice" if random.random() < 0.12 else "chores",
        )

    def _minutes(self, day: date, first: int, last: int) -> None:
        random = self.random
        blind = None if self.person == "one_pod" else 0
        for minute in range(first, last, EVERY_MIN):
            middle = float(random.choice([2, 12, 35], p=[0.7, 0.25, 0.05]))
            tilts = np.exp(-0.5 * ((_TILTS_DEG - middle) / 9) ** 2)
            speeds = np.exp(-_SPEEDS_DPS / float(random.uniform(6, 25)))
            seated = 60.0 if random.random() < 0.5 else 0.0
            start, end = _wall(day, minute), _wall(day, minute + 1)
            event = Minute(
                **self.diary._common("minute", start, end),
                lying_s=0,
                sitting_s=seated,
                standing_s=60 - seated,
                walking_s=0,
                not_worn_s=0,
                steps=0,
                lifts=0,
                tilt_hist_s=(60 * tilts / tilts.sum()).tolist(),
                velocity_hist_s=(60 * speeds / speeds.sum()).tolist(),
                lumbar_over_half_s=None if blind is None else float(random.uniform(0, 9)),
                standing_extension_s=None if blind is None else float(random.uniform(0, 2)),
                back_bends=None if blind is None else int(random.random() < 0.01),
                slumped_s=None if blind is None else 0.2 * seated,
            )
            self.diary.events.append(event.to_dict())

    def _log(self, day: date, progress: float) -> None:
        moment = _wall(day, 20 * 60)
        pain = round(6 - 3 * progress + float(self.random.normal(0, 0.6)))
        entry = Log(
            **self.diary._fact(moment, "log"),
            pain_now=pain,
            pain_worst=min(10, pain + 2),
            pain_least=max(0, pain - 2),
            morning_stiffness_min=int(40 - 20 * progress),
            comfortable_sitting_min=30,
            walking_min=None,
            confidence=[TaskConfidence(task="lifting the laundry basket", confidence=int(3 + 4 * progress))],
            note="The dishwasher went well today; the car ride was long." if day.weekday() == 4 else None,
        )
        self.diary.events.append(entry.to_dict())
