"""The true day: postures, sitting bouts, chair transitions, walks, and the alerts that are due.

The day begins when the guided calibration is over: its sitting, walking and bending is no one's day.

A posture changes in an instant: sitting begins when the seat takes the weight (hips within 1 cm of it) and
ends when it loses it, so the lean before a rise is sitting and the lean before sitting down is standing;
lying begins and ends as the pelvis passes 45 deg; walking is from first to last motion of the legs, marching
in place included, and a lift is standing. The strip is not worn from being unclipped to being clipped on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from firmware_sim.person.gait import Walk
from firmware_sim.person.jet import FloatArray
from firmware_sim.person.script import ChairStyle, Change, SeatMoveKind, State
from firmware_sim.scenarios import Scenario
from firmware_sim.truth.angles import angles_between, angles_in_pieces
from gateway.wire.frame import SAMPLE_RATE_HZ

AlertLevel = Literal["nudge", "alert"]
SittingEnd = Literal["walk", "stand", "snack", "lie", "not_worn"]


@dataclass(frozen=True, slots=True)
class DayRules:
    """Limits of bouts, breaks and alerts."""

    shortest_sit_s: float = 10.0
    """A shorter rest on an edge is in the postures, but no bout [ours]."""
    shift_deg: float = 8.0
    """Change of pelvis or lumbar spine that counts as a postural shift (CLINICAL.md B5)."""
    nudge_s: float = 30 * 60.0
    alert_s: float = 45 * 60.0
    """Sitting without a break until each (CLINICAL.md B5)."""
    break_s: float = 60.0
    break_steps: int = 10
    """A break is so long upright with so many steps (CLINICAL.md B5)."""
    walk_off_s: float = 60.0
    """A bout ended with a walk if one begins so soon after [ours]."""
    snack_within_s: float = 15.0
    """A bout ended with a snack if one begins so soon after [ours]."""


RULES = DayRules()


@dataclass(frozen=True, slots=True)
class Span:
    """One posture from `start_s` to `end_s`."""

    state: State
    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        """Length."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class SittingBout:
    """One bout of sitting that came to its end."""

    start_s: float
    end_s: float
    postural_shifts: int
    slumped_s: float
    ended_by: SittingEnd


@dataclass(frozen=True, slots=True)
class Transition:
    """One sitting down or getting up, with the lean that belongs to it."""

    kind: SeatMoveKind
    start_s: float
    end_s: float
    trunk_peak_deg: float
    style: ChairStyle


@dataclass(frozen=True, slots=True)
class TrueWalk:
    """One walk; a step is a heel strike."""

    start_s: float
    end_s: float
    steps: int

    @property
    def cadence_spm(self) -> float:
        """Steps a minute, getting going and coming to a halt included."""
        return 60.0 * self.steps / (self.end_s - self.start_s)


@dataclass(frozen=True, slots=True)
class AlertDue:
    """A change of the sitting alert that is due."""

    at_s: float
    level: AlertLevel
    action: Literal["raised", "cleared"]


def spans(scenario: Scenario) -> tuple[Span, ...]:
    """Return the postures of the day, without gaps."""
    begin_s = scenario.script.day_start_s
    changes = (*scenario.script.changes, Change(scenario.duration_s, "standing"))
    return tuple(
        Span(one.state, max(begin_s, one.at_s), other.at_s)
        for one, other in pairwise(changes)
        if other.at_s > max(begin_s, one.at_s)
    )


def sitting_bouts(scenario: Scenario, day: Sequence[Span]) -> Iterator[SittingBout]:
    """Yield the bouts of sitting that ended within the scenario."""
    for i, span in enumerate(day[:-1]):
        if span.state == "sitting" and span.duration_s >= RULES.shortest_sit_s:
            shifts = sum(
                max(abs(shift.pelvis_deg), abs(shift.lumbar_deg)) >= RULES.shift_deg
                for shift in scenario.script.shifts
                if span.start_s <= shift.start_s < span.end_s
            )
            yield SittingBout(
                span.start_s,
                span.end_s,
                shifts,
                _slumped_s(scenario, span),
                ended_by(scenario, span, day[i + 1 :]),
            )


def transitions(scenario: Scenario) -> Iterator[Transition]:
    """Yield each sitting down and getting up, from the first to the last stroke of trunk and hips."""
    for move in scenario.script.seat_moves:
        if move.start_s < scenario.script.day_start_s:
            continue
        trunk_deg = angles_between(scenario, move.start_s, move.end_s).trunk_deg
        yield Transition(move.kind, move.start_s, move.end_s, float(trunk_deg.max()), move.style)


def walks(scenario: Scenario) -> Iterator[TrueWalk]:
    """Yield each walk of the day."""
    for walk in _walks(scenario):
        yield TrueWalk(walk.start_s, walk.end_s, walk.steps)


def steps_s(scenario: Scenario) -> FloatArray:
    """Return the instants of the day's heel strikes."""
    strikes = [walk.strikes_s() for walk in _walks(scenario)]
    return np.concatenate(strikes) if strikes else np.empty(0)


def alerts_due(scenario: Scenario, day: Sequence[Span]) -> Iterator[AlertDue]:
    """Yield what the sitting alert should do.

    Time on the seat adds up until a break, or until the end of a movement snack; getting up for less pauses
    the count, and lying is neither.
    """
    strikes_s = steps_s(scenario)
    limits: tuple[tuple[AlertLevel, float], ...] = (("nudge", RULES.nudge_s), ("alert", RULES.alert_s))
    sat_s = 0.0
    upright_since_s: float | None = None
    raised: AlertLevel | None = None
    for span in day:
        if span.state == "sitting":
            for level, due_s in limits:
                if sat_s < due_s <= sat_s + span.duration_s:
                    raised = level
                    yield AlertDue(span.start_s + due_s - sat_s, level, "raised")
            sat_s += span.duration_s
        if span.state not in {"standing", "walking"}:
            upright_since_s = None
            continue
        upright_since_s = span.start_s if upright_since_s is None else upright_since_s
        taken_s = strikes_s[strikes_s >= upright_since_s]
        ways_s = [snack.end_s for snack in scenario.script.snacks if snack.start_s >= upright_since_s]
        if taken_s.size >= RULES.break_steps:
            ways_s.append(max(upright_since_s + RULES.break_s, float(taken_s[RULES.break_steps - 1])))
        if sat_s and ways_s and min(ways_s) <= span.end_s:
            sat_s = 0.0
            if raised is not None:
                yield AlertDue(min(ways_s), raised, "cleared")
                raised = None


def _walks(scenario: Scenario) -> list[Walk]:
    return [walk for walk in scenario.script.walks if walk.start_s >= scenario.script.day_start_s]


def _slumped_s(scenario: Scenario, span: Span) -> float:
    gate_deg = scenario.anatomy.slump_gate_deg
    pieces = angles_in_pieces(scenario, span.start_s, span.end_s)
    return sum(int(np.count_nonzero(piece.lumbar_deg >= gate_deg)) for piece in pieces) / SAMPLE_RATE_HZ


def ended_by(scenario: Scenario, bout: Span, after: Sequence[Span]) -> SittingEnd:
    """Return what ended a bout of sitting that the spans `after` it followed."""
    if after[0].state == "lying":
        return "lie"
    if after[0].state == "not_worn":
        return "not_worn"
    if any(0.0 <= one.start_s - bout.end_s <= RULES.snack_within_s for one in scenario.script.snacks):
        return "snack"
    for span in after:
        if span.state == "walking":
            return "walk" if span.start_s - after[0].start_s <= RULES.walk_off_s else "stand"
        if span.state != "standing":
            break
    return "stand"
