"""From decided seconds to what happened: spans of posture, sitting bouts, transitions, walks.

A sitting bout is told once it is known how it ended: by a walk if steps follow within ten seconds, else by
standing.

Sitting down lowers the pelvis by the height of a seat, which is seen in nearly everyone. Where a stand
without steps turns into sitting and nothing went down, the patient sat already: the bout is as old as that
stand, but for some seconds if a walk or a rise led into it. The stand has been told by then, and remains.
"""

import operator
from dataclasses import dataclass, field, replace
from functools import partial, reduce

from analysis.events.day import Posture, PostureState, Sitting, SittingEnd
from analysis.events.event import Derived
from analysis.events.fields import utc_text
from analysis.events.movement import Walk
from analysis.motion.block import RATE_HZ
from analysis.motion.history import History
from analysis.motion.output import SecondRun
from analysis.motion.rising import SeatChange
from analysis.motion.seconds import SECOND
from analysis.motion.sitting import Bout, SittingParams, tells_slump
from analysis.motion.spell import Spell
from analysis.motion.statement import Saying, Wearer
from analysis.motion.timeline import Timeline
from analysis.motion.transitions import TransitionParams, transition

_CHANGES_KEPT_S = 60
_AROUND_S = 30.0
"""What describing a transition may look at before and after it: its way, its lean, to spare."""


@dataclass(frozen=True, slots=True)
class DayParams:
    """Spans and bouts."""

    sitting: SittingParams = field(default_factory=SittingParams)
    transition: TransitionParams = field(default_factory=TransitionParams)
    walk_after_s: int = 10
    """Steps within this time of rising make the walk what ended the sitting, s [ours]."""
    least_steps: int = 4
    """Fewer are no walk [ours]."""
    height: float = 0.25
    """The pelvis went up or down by the height of a seat if that is at least so sure, 1 [ours]."""
    stand_s: int = 10
    """Who walked or rose stands for so long before a seat that nobody saw, s [ours]."""


@dataclass(slots=True)
class _Span:
    """A span of one posture so far; seconds. The timeline forgets when it began."""

    state: PostureState
    start: int
    start_utc_ns: int | None
    confidence: float = 0.0
    seconds: int = 0
    steps: int = 0


@dataclass(slots=True)
class _Ended:
    """A bout that has ended, by something not yet known: from the second `due` on it was a stand."""

    bout: Bout
    end: int
    due: int


@dataclass(slots=True)
class DayState:
    """What is going on. A stage changes its own only; what it hands out are copies."""

    span: _Span | None = None
    bout: Bout | None = None
    ended: _Ended | None = None
    changes: tuple[SeatChange, ...] = ()
    perhaps: Bout | None = None
    """The bout that the stand that goes on will have been if no one sees the patient sit down."""


class DayStage:
    """Tells what happened, event by event."""

    def __init__(self, params: DayParams, wearer: Wearer, timeline: Timeline) -> None:
        self._params, self._wearer, self._timeline = params, wearer, timeline
        self._state = DayState()

    def note(self, changes: list[SeatChange | None]) -> None:
        """Remember changes of seat for the transitions to come."""
        seen = [one for one in changes if one is not None]
        if seen:
            span = self._state.span
            # The decoder lags behind: what is new in a long block can be minutes after what it decides next.
            decided = seen[0].end if span is None else (span.start + span.seconds) * SECOND
            recent = [one for one in self._state.changes if one.end > decided - _CHANGES_KEPT_S * SECOND]
            self._state.changes = (*recent, *seen)

    def is_ending(self, state: PostureState) -> bool:
        """Return whether a bout has ended, or does with `state`, of which it is not told yet by what."""
        now = self._state
        return now.ended is not None or (now.bout is not None and state != "sitting")

    def due(self, second: int) -> int:
        """Return the second that settles how a bout ended, whose stand goes on or begins with `second`."""
        ended = self._state.ended
        return second + self._params.walk_after_s if ended is None else ended.due

    def push(self, spell: Spell, history: History) -> tuple[list[Saying], SecondRun]:
        """Return what the first of more decided seconds ends, and the seconds; `history` covers it."""
        events: list[Saying] = []
        now, state = self._state, spell.state
        if now.span is None or now.span.state != state:
            events = self._change(now.span, state, spell.first, history)
            now.span = _Span(state, spell.first, self._timeline.utc_ns(spell.start_sample))
        span, bout = now.span, now.bout
        # One by one, as any other cut of the seconds would add them.
        span.confidence = reduce(operator.add, spell.confidence, span.confidence)
        count = len(spell)
        span.seconds += count
        steps = spell.features.steps
        span.steps += sum(steps)
        if now.ended is not None:
            by = _ended_by(state, is_due=spell.first >= now.ended.due)
            if by is not None:
                events.extend(self._sitting(now.ended, by))
                now.ended = None
        first_sample, none = spell.start_sample, [0] * count
        utc_ns = self._timeline.seconds_utc_ns(spell.first, spell.end)
        columns = spell.confidence, utc_ns, steps if state == "walking" else none
        if bout is None:
            return events, SecondRun(first_sample, state, *columns, none)
        shifts = bout.add(spell.features, slumped_s=spell.slumped_s, params=self._params.sitting)
        return events, SecondRun(first_sample, state, *columns, shifts, (bout.start, bout.start_utc_ns))

    def correct(self, state: PostureState) -> None:
        """Take the wearer's word that the span that goes on is one of sitting, or of standing."""
        now = self._state
        if now.span is None:
            return
        now.span.state = state
        is_seat = state == "sitting"
        now.bout = Bout(now.span.start * SECOND, now.span.start_utc_ns) if is_seat else None
        now.perhaps = None

    def finish(self) -> list[Saying]:
        """Close what is going on, and start afresh."""
        state, self._state = self._state, DayState()
        events: list[Saying] = []
        if state.span is not None:
            end = state.span.start + state.span.seconds
            events.append(partial(self._posture, state.span, end))
            if state.bout is not None:
                # The data end here, not the sitting; "stand" is the word that claims least.
                events.extend(self._sitting(_Ended(state.bout, end * SECOND - 1, end), "stand"))
        if state.ended is not None:
            events.extend(self._sitting(state.ended, "stand"))
        return events

    def _change(self, span: _Span | None, state: PostureState, second: int, history: History) -> list[Saying]:
        events: list[Saying] = []
        if span is not None:
            events.append(partial(self._posture, span, second))
        now, at = self._state, second * SECOND
        seat = at
        was = None if span is None else span.state
        if (was, state) in {("sitting", "standing"), ("standing", "sitting")}:
            change = transition(
                rising=was == "sitting",
                sample=seat,
                changes=now.changes,
                motion=history.around(seat, seat, _AROUND_S),
                wearer=self._wearer,
                params=self._params.transition,
            )
            seat = change.seat_sample
            events.append(partial(change.told, self._wearer, self._params.transition))
        if state == "sitting":
            if now.ended is not None:
                events.extend(self._sitting(now.ended, "stand"))
            older = now.perhaps
            is_unseen = span is not None and span.steps < self._params.least_steps and not self._went(-1, at)
            now.bout = older if older and older.start < seat and is_unseen else self._bout(seat)
            now.ended = None
        elif now.bout is not None:
            now.ended = _Ended(now.bout, seat - 1, second + self._params.walk_after_s)
            now.bout = None
        now.perhaps = None
        if state == "standing" and self._wearer.mode != "accelerometer":
            is_upright = was != "sitting" or self._went(1, at)
            now.perhaps = self._bout(seat + is_upright * self._params.stand_s * SECOND)
        return events

    def _went(self, up: int, sample: int) -> bool:
        """Return whether the pelvis went up (1) or down (-1) by the height of a seat near a sample."""
        near, height = round(self._params.transition.near_s * RATE_HZ), self._params.height
        return any(
            up * one.climb >= height and one.start - near <= sample <= one.end + near
            for one in self._state.changes
        )

    def _bout(self, sample: int) -> Bout:
        return Bout(sample, self._timeline.utc_ns(sample))

    def _posture(self, span: _Span, end: int) -> list[Derived]:
        first, last = span.start * SECOND, end * SECOND - 1
        wearer = self._wearer
        since, until = _text(span.start_utc_ns), wearer.utc_text(last + 1)
        confidence = span.confidence / span.seconds
        events: list[Derived] = [
            wearer.states(
                Posture, first, last, start=since, end=until, state=span.state, confidence=confidence
            )
        ]
        if span.state == "walking" and span.steps >= self._params.least_steps:
            duration_s = float(span.seconds)
            events.append(
                wearer.states(
                    Walk,
                    first,
                    last,
                    start=since,
                    end=until,
                    steps=span.steps,
                    cadence_spm=60.0 * span.steps / duration_s,
                    duration_s=duration_s,
                )
            )
        return events

    def _sitting(self, ended: _Ended, by: SittingEnd) -> list[Derived]:
        bout, wearer = ended.bout, self._wearer
        duration_s = (ended.end + 1 - bout.start) / RATE_HZ
        if duration_s < self._params.sitting.shortest_s:
            return []
        return [
            wearer.states(
                Sitting,
                bout.start,
                ended.end,
                start=_text(bout.start_utc_ns),
                end=wearer.utc_text(ended.end + 1),
                duration_s=duration_s,
                postural_shifts=bout.shifts,
                slumped_s=float(bout.slumped_s) if tells_slump(wearer.calibration) else None,
                ended_by=by,
            )
        ]

    def state(self) -> DayState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return _copied(self._state)

    def restore(self, state: DayState) -> None:
        """Go on from `state`."""
        self._state = _copied(state)


def _copied(state: DayState) -> DayState:
    span, bout, ended, perhaps = state.span, state.bout, state.ended, state.perhaps
    return DayState(
        None if span is None else replace(span),
        None if bout is None else replace(bout),
        None if ended is None else replace(ended, bout=replace(ended.bout)),
        state.changes,
        None if perhaps is None else replace(perhaps),
    )


def _text(utc_ns: int | None) -> str | None:
    return None if utc_ns is None else utc_text(utc_ns)


def _ended_by(state: PostureState, *, is_due: bool) -> SittingEnd | None:
    if state == "lying":
        return "lie"
    if state == "not_worn":
        return "not_worn"
    if state == "walking":
        return "walk"
    return "stand" if is_due else None
