"""The day as a line of postures: joined spans, time in each, and the holes between them.

A span that is still open comes from the live pipeline (:class:`OpenPosture`), because its event is written
only once the posture has ended.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, get_args

from analysis.events.day import Posture, PostureState
from analysis.review.spans import Span, instant, uncovered

STATES: Final[tuple[PostureState, ...]] = get_args(PostureState)

JOIN_S: Final = 1.0
"""Two spans of one posture closer than this are one span, s [ours]."""
GAP_S: Final = 5.0
"""A hole between postures longer than this is shown as missing data, s [ours]."""


@dataclass(frozen=True, slots=True)
class OpenPosture:
    """What the live pipeline holds now: a posture since `since`, seen until `until` (the newest sample)."""

    state: PostureState
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class PostureSpan:
    """One stretch of one posture. An open stretch has no confidence yet."""

    state: PostureState
    start: datetime
    end: datetime
    confidence: float | None
    open: bool = False

    @property
    def span(self) -> Span:
        """Return when it was."""
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class PostureTotal:
    """The time in one posture, s, and the mean confidence of that time (None: nothing to judge)."""

    state: PostureState
    duration_s: float
    confidence: float | None


def posture_spans(
    events: Iterable[Posture], bounds: Span, open_posture: OpenPosture | None
) -> tuple[PostureSpan, ...]:
    """Return the day's postures in order, cut to `bounds`, with neighbours of one state joined."""
    found: list[PostureSpan] = []
    for event in events:
        if event.start is None or event.end is None:
            continue
        span = Span(instant(event.start), instant(event.end)).cut_to(bounds)
        if span:
            found.append(PostureSpan(event.state, span.start, span.end, event.confidence))
    found.sort(key=lambda each: each.start)
    if open_posture:
        since = open_posture.since.astimezone(UTC)
        since = max(since, found[-1].end) if found else since
        span = Span(since, open_posture.until.astimezone(UTC)).cut_to(bounds)
        if span:
            found.append(PostureSpan(open_posture.state, span.start, span.end, None, open=True))
    return _joined(found)


def _joined(spans: Sequence[PostureSpan]) -> tuple[PostureSpan, ...]:
    joined: list[PostureSpan] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last and last.state == span.state and span.start - last.end <= timedelta(seconds=JOIN_S):
            joined[-1] = PostureSpan(
                span.state, last.start, max(last.end, span.end), mean_confidence([last, span]), span.open
            )
        else:
            joined.append(span)
    return tuple(joined)


def mean_confidence(spans: Iterable[PostureSpan]) -> float | None:
    """Return the mean confidence, weighted by time; stretches without one are left out."""
    known = [(each.span.duration_s, each.confidence) for each in spans if each.confidence is not None]
    weight = sum(duration_s for duration_s, _ in known)
    return sum(duration_s * confidence for duration_s, confidence in known) / weight if weight else None


def posture_totals(spans: Sequence[PostureSpan]) -> tuple[PostureTotal, ...]:
    """Return the time in each of the :data:`STATES`, in their order, zeros included."""
    return tuple(
        PostureTotal(
            state,
            sum(each.span.duration_s for each in spans if each.state == state),
            mean_confidence(each for each in spans if each.state == state),
        )
        for state in STATES
    )


def missing(spans: Sequence[PostureSpan]) -> tuple[Span, ...]:
    """Return the holes between the first and the last finished posture of the day.

    Before the open one there may be a hole that is none: the span in between is known only a little later.
    """
    return uncovered((each.span for each in spans if not each.open), tolerance_s=GAP_S)


def worn_s(spans: Iterable[PostureSpan]) -> float:
    """Return how long the strip was worn, s."""
    return sum(each.span.duration_s for each in spans if each.state != "not_worn")
