"""What a person set out to do, in plain records; the truth is measured on the motion itself."""

from dataclasses import dataclass
from typing import Literal

from firmware_sim.person.gait import Walk
from firmware_sim.person.path import Stroke

State = Literal["lying", "sitting", "standing", "walking"]
SeatMoveKind = Literal["sit_to_stand", "stand_to_sit"]
PhaseKind = Literal["stand", "walk", "full_bend", "dowel_hinge", "sit", "slump"]
Context = Literal["chores", "calibration"]


@dataclass(frozen=True, slots=True)
class LiftPlan:
    """How to bend and rise once.

    `share` is lumbar flexion over trunk tilt at the deepest point, whose trunk tilt is `depth_deg`. `lead`
    is the part of the way down by which the lumbar spine precedes the pelvis (and of the way up by which it
    follows): 0 moves both together, negative values let the pelvis go first.
    """

    share: float
    depth_deg: float
    descent_s: float = 1.8
    hold_s: float = 0.4
    ascent_s: float = 1.8
    knee_drop_m: float = 0.03
    side_deg: float = 0.0
    twist_deg: float = 0.0
    lead: float = 0.2

    @property
    def lumbar_deg(self) -> float:
        """Lumbar flexion at the deepest point."""
        return self.share * self.depth_deg

    @property
    def pelvis_deg(self) -> float:
        """Pelvis tilt at the deepest point."""
        return self.depth_deg - self.lumbar_deg

    @property
    def duration_s(self) -> float:
        """From the neutral stand and back to it."""
        return self.descent_s + self.hold_s + self.ascent_s


@dataclass(frozen=True, slots=True)
class Bend:
    """One lift as it was started."""

    plan: LiftPlan
    start_s: float
    context: Context

    @property
    def end_s(self) -> float:
        """When the neutral stand is reached again."""
        return self.start_s + self.plan.duration_s


@dataclass(frozen=True, slots=True)
class Change:
    """From `at_s` on the person's posture is `state`."""

    at_s: float
    state: State


@dataclass(frozen=True, slots=True)
class SeatMove:
    """One sitting down or getting up, from the first to the last stroke of trunk or hips."""

    kind: SeatMoveKind
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Shift:
    """One change of position on a seat: how far pelvis and lumbar spine went."""

    start_s: float
    end_s: float
    pelvis_deg: float
    lumbar_deg: float


@dataclass(frozen=True, slots=True)
class Phase:
    """One step of the guided calibration."""

    kind: PhaseKind
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Script:
    """Everything one person does in one scenario, in order of time; seconds from its beginning."""

    duration_s: float
    strokes: tuple[Stroke, ...]
    walks: tuple[Walk, ...]
    changes: tuple[Change, ...]
    bends: tuple[Bend, ...]
    seat_moves: tuple[SeatMove, ...]
    shifts: tuple[Shift, ...]
    phases: tuple[Phase, ...]
    day_start_s: float
    """The day begins when the calibration is over; what came before is none of it."""
