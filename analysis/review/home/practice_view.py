"""Hinge practice in words and places on a bar, as the page shows it and as the stream sends it."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from typing import Final, Literal

from analysis.care.practice import Judged, Profile, Summary, band, summary
from analysis.events.calibration import Calibration
from analysis.events.catalogue import EventError, parse_event
from analysis.events.fields import utc_text
from analysis.events.movement import Practice, Strategy
from analysis.review.home.exercise import ExerciseNow, SetNow
from analysis.review.home.live import LiveState
from analysis.review.spans import instant
from analysis.review.wording import STRATEGY, STRATEGY_MEANING, clock, counted
from analysis.trends.store import TrendStore

Readiness = Literal["ready", "paused", "no_strip", "uncalibrated", "no_hinge"]
_NS_PER_S: Final = 1_000_000_000
_BAR_FROM_DEG: Final = -10.0
_BAR_LEAST_DEG: Final = 50.0
"""The bar reaches at least so far, deg [ours]: most backs."""
BAR_WIDTH: Final = 500
_ORDER: Final[tuple[Strategy, ...]] = ("hip_hinge", "shared", "lumbar_flexion", "not_scored")
CUES: Final[dict[Profile, str]] = {
    "none": "Send the hips back, as if to close a door behind you, and let the stick touch head, back and "
    "tailbone all the way.",
    "flexion": "Send the hips back and keep the small hollow of your back: the stick touches head, back and "
    "tailbone all the way down.",
    "extension": "Send the hips back, and on the way up stop when you stand tall: ribs over the pelvis, not "
    "behind it.",
}
"""What to look to: by the way in which the back is sensitive, and never by a verdict."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One hinge: its number, its kind, and that in words."""

    number: int
    kind: Strategy
    hollow: bool
    word: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Bar:
    """The live bar: places from 0 to :data:`BAR_WIDTH`, and the same in words."""

    now: int | None
    zero: int
    limit: int
    own: int | None
    text: str
    within: bool


@dataclass(frozen=True, slots=True)
class SetView:
    """A set that is over: when, its headline, what to say of it, its hinges."""

    key: str
    day: date | None
    time: str
    headline: str
    remark: str
    hinges: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class PracticeView:
    """The page of practice now."""

    page: str
    readiness: Readiness
    is_open: bool
    count: str
    said: str
    hinges: tuple[Verdict, ...]
    bar: Bar | None


def readiness(now: ExerciseNow, live: LiveState) -> Readiness:
    """Return whether a set can begin, or what comes before."""
    if live.care.red_flags:
        return "paused"
    if not now.is_worn:
        return "no_strip"
    if now.calibration is None:
        return "uncalibrated"
    pods = (now.calibration.mounting_lower_quat, now.calibration.mounting_upper_quat)
    return "no_hinge" if None in pods else "ready"


def practice(now: ExerciseNow, live: LiveState) -> PracticeView:
    """Return the page as it stands; `page` changes when more than words and places do."""
    going, ready = now.open_set, readiness(now, live)
    last = now.sets[-1] if now.sets else None
    key = f"{ready}/{going.first_sample if going else ''}"
    if going is None and last is not None:
        key += f"/{last.first_sample}/{len(last.hinges)}"
    hinges = verdicts(going.hinges) if going else ()
    return PracticeView(
        page=key,
        readiness=ready,
        is_open=going is not None,
        count=_count(going) if going else "",
        said=_said(hinges) if going else "",
        hinges=hinges,
        bar=_bar(now.calibration, live) if now.calibration is not None else None,
    )


def verdicts(hinges: Iterable[Judged]) -> tuple[Verdict, ...]:
    """Return hinges with their verdicts in words."""
    return tuple(
        Verdict(
            number,
            one.strategy,
            one.borderline,
            STRATEGY[one.strategy] + (", borderline" if one.borderline else ""),
            STRATEGY_MEANING[one.strategy],
        )
        for number, one in enumerate(hinges, start=1)
    )


def _count(going: SetNow) -> str:
    done = len(going.hinges)
    return f"{done} of {going.target}" if going.target else str(done)


def _said(hinges: Sequence[Verdict]) -> str:
    if not hinges:
        return "Begin when you like"
    last = hinges[-1]
    return f"Hinge {last.number}: {last.word}"


def _bar(calibration: Calibration, live: LiveState) -> Bar | None:
    trunk, lumbar = live.trunk_deg, live.lumbar_deg
    top_deg = max(_BAR_LEAST_DEG, calibration.lumbar_range_deg or 0.0)

    def place(angle_deg: float) -> int:
        part = (angle_deg - _BAR_FROM_DEG) / (top_deg - _BAR_FROM_DEG)
        return round(BAR_WIDTH * min(1.0, max(0.0, part)))

    held = band(calibration, 0.0 if trunk is None else trunk)
    within = lumbar is None or lumbar <= held.limit_deg
    return Bar(
        now=None if lumbar is None else place(lumbar),
        zero=place(0.0),
        limit=place(held.limit_deg),
        own=None if held.own_deg is None else place(held.own_deg),
        text="not measured now"
        if lumbar is None
        else f"{round(lumbar)}°, {'from the hips' if within else 'the back is coming along'}".replace(
            "-", "\N{MINUS SIGN}"
        ),
        within=within,
    )


def headline(done: Summary) -> str:
    """Return a set in one line."""
    if not done.hinges:
        return "No hinge was seen in this set."
    kinds = [f"{done.by_strategy[kind]} {STRATEGY[kind]}" for kind in _ORDER if done.by_strategy[kind]]
    return f"{counted(done.hinges, 'hinge')}: {', '.join(kinds)}."


def remark(done: Summary) -> str:
    """Return what a set is worth a word for; wins first."""
    if not done.hinges:
        return (
            "A hinge counts from about a third of the way down. Bow a little deeper, and come all the way up."
        )
    if not done.scored:
        return "They were counted; from where they came could not be told."
    hips = done.by_strategy["hip_hinge"]
    if hips == done.scored:
        return "All of them came from the hips." if not done.is_drifting else _DRIFT
    if done.is_drifting:
        return _DRIFT
    if 2 * hips >= done.scored:
        return "Most of them came from the hips."
    if hips:
        return f"{counted(hips, 'hinge')} came from the hips: that is what to look for in the next set."
    return "All three kinds are normal ways to bend. For a hinge, let the hips start and go slowly."


_DRIFT: Final = "Toward the end the back came along more. A shorter set, or a pause, may suit you."


def last_set(now: ExerciseNow, told: Sequence[SetView], zone: tzinfo) -> SetView | None:
    """Return the set that has just ended, or was told last; None while one goes on, or if there is none."""
    if now.open_set is not None:
        return None
    if now.sets:
        ended = now.sets[-1]
        key = str(ended.first_sample)
        begun = ended.begun.astimezone(zone) if ended.begun else None
        return _view(key, begun, ended.hinges)
    return told[0] if told else None


def told_sets(store: TrendStore, patient: str, moment: datetime, zone: tzinfo) -> list[SetView]:
    """Return today's sets as they are recorded, the latest first."""
    midnight = datetime.combine(moment.astimezone(zone).date(), time(), zone)
    since = utc_text(round(midnight.timestamp()) * _NS_PER_S)
    sets: list[tuple[str, SetView]] = []
    for value in store.events(patient, kinds={Practice.topic_kind()}, start=since):
        with suppress(EventError):
            event = parse_event(value)
            if isinstance(event, Practice) and event.start is not None and event.start >= since:
                begun = instant(event.start).astimezone(zone)
                sets.append((event.start, _view(str(event.first_sample), begun, event.repetitions)))
    return [view for _, view in sorted(sets, key=lambda each: each[0], reverse=True)]


def _view(key: str, begun: datetime | None, hinges: Sequence[Judged]) -> SetView:
    done = summary(hinges)
    return SetView(
        key,
        begun.date() if begun else None,
        clock(begun, begun.tzinfo) if begun and begun.tzinfo else "",
        headline(done),
        remark(done),
        verdicts(hinges),
    )
