"""Sitting: the bouts of the day, the longest of them, and the breaks between.

What counts as a break, and when sitting is long, is the rule of :mod:`analysis.care.breaks`. Steps come from
walks and are shared out evenly over a walk's time, so a break that cuts a walk in two is approximate.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Literal

from analysis.care.breaks import BreakParams
from analysis.events.day import Sitting, SittingEnd
from analysis.events.movement import Walk
from analysis.review.postures import PostureSpan
from analysis.review.spans import Span, instant


@dataclass(frozen=True, slots=True)
class Bout:
    """One stretch on a seat, cut to the day.

    An open bout, and one cut by midnight, has neither slumped time nor shifts: they are sums over the whole.
    """

    start: datetime
    end: datetime
    postural_shifts: int | None
    slumped_s: float | None
    ended_by: SittingEnd | None
    quality: float | None
    open: bool = False

    @property
    def duration_s(self) -> float:
        """Return how long it lasts, s."""
        return Span(self.start, self.end).duration_s


@dataclass(frozen=True, slots=True)
class Break:
    """Up from the seat long enough to count."""

    start: datetime
    end: datetime
    steps: int


@dataclass(frozen=True, slots=True)
class SittingView:
    """All that is said about sitting."""

    rule: BreakParams
    bouts: tuple[Bout, ...]
    breaks: tuple[Break, ...]

    @property
    def longest(self) -> Bout | None:
        """Return the longest bout, open or not."""
        return max(self.bouts, key=lambda bout: bout.duration_s, default=None)

    def longer_than(self, limit_s: float) -> int:
        """Return how many bouts reached `limit_s`."""
        return sum(bout.duration_s >= limit_s for bout in self.bouts)


def sitting_view(
    events: Iterable[Sitting],
    walks: Sequence[Walk],
    postures: Sequence[PostureSpan],
    bounds: Span,
    rule: BreakParams,
) -> SittingView:
    """Return the day's bouts and breaks; the bout that is still going on comes from the open posture."""
    bouts: list[Bout] = []
    for event in events:
        if event.start is None or event.end is None:
            continue
        whole = Span(instant(event.start), instant(event.end))
        span = whole.cut_to(bounds)
        if span is None:
            continue
        uncut = span == whole
        bouts.append(
            Bout(
                span.start,
                span.end,
                event.postural_shifts if uncut else None,
                event.slumped_s if uncut else None,
                event.ended_by if whole.end <= bounds.end else None,
                event.quality,
            )
        )
    last = postures[-1] if postures else None
    if last and last.open and last.state == "sitting":
        bouts.append(Bout(last.start, last.end, None, None, None, None, open=True))
    bouts.sort(key=lambda bout: bout.start)
    return SittingView(rule, tuple(bouts), _breaks(walks, postures, rule))


def _breaks(walks: Sequence[Walk], postures: Sequence[PostureSpan], rule: BreakParams) -> tuple[Break, ...]:
    found: list[Break] = []
    before: Literal["seat", "up", "other"] = "other"
    for place, group in groupby(postures, key=_place):
        spans = list(group)
        stretch = Span(spans[0].start, spans[-1].end)
        steps = round(steps_within(walks, stretch))
        long_enough = stretch.duration_s >= rule.break_s and steps >= rule.break_steps
        if before == "seat" and place == "up" and long_enough:
            found.append(Break(stretch.start, stretch.end, steps))
        before = place
    return tuple(found)


def _place(posture: PostureSpan) -> Literal["seat", "up", "other"]:
    if posture.state == "sitting":
        return "seat"
    return "up" if posture.state in {"standing", "walking"} else "other"


def steps_within(walks: Iterable[Walk], bounds: Span) -> float:
    """Return the steps of `walks` that fall into `bounds`, each walk's spread evenly over its time."""
    total = 0.0
    for walk in walks:
        if walk.start is None or walk.end is None:
            continue
        span = Span(instant(walk.start), instant(walk.end))
        if span.duration_s > 0:
            total += walk.steps * span.overlap_s(bounds) / span.duration_s
    return total
