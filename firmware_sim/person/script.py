"""What a person set out to do, in plain records; the truth is measured on the motion itself."""

from dataclasses import dataclass
from typing import Literal

from firmware_sim.person.gait import Walk
from firmware_sim.person.path import Mover, Stroke
from firmware_sim.person.rhythm import Rhythm

State = Literal["lying", "sitting", "standing", "walking", "not_worn"]
SeatMoveKind = Literal["sit_to_stand", "stand_to_sit"]
PhaseKind = Literal["stand", "walk", "full_bend", "dowel_hinge", "sit", "slump"]
Context = Literal["chores", "practice", "calibration"]
Pod = Literal["upper", "lower"]
LiftKind = Literal["bend", "upright_squat"]
"""An upright squat is a lift by the hips going down and up; the trunk stays under what makes a bend."""
ChairStyle = Literal["ordinary", "quick", "slow", "arms", "hesitant", "low", "sofa", "stool", "car", "bed"]
DeedKind = Literal[
    "stairs_up",
    "stairs_down",
    "kerb",
    "few_steps",
    "footstool",
    "table_lean",
    "seated_shoes",
    "seated_reach",
    "reach_up",
    "back_bend",
    "look_round",
    "car",
    "bed",
    "perch",
    "failed_rise",
]
"""What could be taken for a lift and is none."""
SnackPartKind = Literal["march", "hinge", "back_bend"]
Occupation = Literal[
    "desk",
    "sofa",
    "meal",
    "driving",
    "toilet",
    "nap",
    "walk",
    "stairs",
    "cooking",
    "standing_work",
    "lifting",
    "errands",
    "vacuuming",
    "dancing",
    "short_stand",
    "snack",
    "no_snack",
    "strip_off",
]
"""What a stretch of a day is spent on."""


@dataclass(frozen=True, slots=True)
class Halt:
    """A stop within a movement: after `fraction` of its way, for `pause_s`.

    A negative pause goes on before the movement has come to rest: a hesitation.
    """

    fraction: float
    pause_s: float


@dataclass(frozen=True, slots=True)
class Regrip:
    """A little way up at the bottom, by `share` of the depth, and down again; each takes `half_s`."""

    share: float
    half_s: float
    pause_s: float

    @property
    def duration_s(self) -> float:
        """Up, down, and the pause after it."""
        return 2.0 * self.half_s + self.pause_s


@dataclass(frozen=True, slots=True)
class LiftPlan:
    """How to bend and rise once.

    `share` is lumbar flexion over trunk tilt at the deepest point, whose trunk tilt is `depth_deg`. `lead`
    is the part of the way down by which the lumbar spine precedes the pelvis (and of the way up by which it
    follows): 0 moves both together, negative values let the pelvis go first. `rise_lead` is the same of the
    way up alone. `turn_deg` turns the feet while rising, left positive; `rise_to` is the part of the depth at
    which the next lift begins.
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
    kind: LiftKind = "bend"
    rise_lead: float | None = None
    halts: tuple[Halt, ...] = ()
    rise_halts: tuple[Halt, ...] = ()
    regrips: tuple[Regrip, ...] = ()
    turn_deg: float = 0.0
    rise_to: float = 0.0

    @property
    def lumbar_deg(self) -> float:
        """Lumbar flexion at the deepest point."""
        return self.share * self.depth_deg

    @property
    def pelvis_deg(self) -> float:
        """Pelvis tilt at the deepest point."""
        return self.depth_deg - self.lumbar_deg

    @property
    def down_s(self) -> float:
        """Way down with its halts."""
        return self.descent_s + sum(halt.pause_s for halt in self.halts)

    @property
    def bottom_s(self) -> float:
        """Time at the bottom, regrips included."""
        return self.hold_s + sum(regrip.duration_s for regrip in self.regrips)

    @property
    def duration_s(self) -> float:
        """From the neutral stand and back to it."""
        return self.down_s + self.bottom_s + self.ascent_s + sum(halt.pause_s for halt in self.rise_halts)


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

    @property
    def deepest_s(self) -> float:
        """Middle of the time at the bottom."""
        return self.start_s + self.plan.down_s + 0.5 * self.plan.bottom_s


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
    style: ChairStyle = "ordinary"


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing done that is no lift."""

    kind: DeedKind
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Slip:
    """A pod slipped and stayed so: how far it turned about forward, left and up of its place."""

    pod: Pod
    start_s: float
    end_s: float
    roll_deg: float
    pitch_deg: float
    yaw_deg: float


@dataclass(frozen=True, slots=True)
class Knock:
    """Something hit a pod."""

    pod: Pod
    at_s: float


@dataclass(frozen=True, slots=True)
class Stance:
    """The stand settled into at `at_s`: pelvis tilt and lumbar flexion from the usual neutral stand."""

    at_s: float
    pelvis_deg: float
    lumbar_deg: float


@dataclass(frozen=True, slots=True)
class Shift:
    """One change of position on a seat: how far pelvis and lumbar spine went."""

    start_s: float
    end_s: float
    pelvis_deg: float
    lumbar_deg: float


@dataclass(frozen=True, slots=True)
class SnackPart:
    """One part of a movement snack, from its first to its last motion."""

    kind: SnackPartKind
    start_s: float
    end_s: float
    repetitions: int
    """Steps, hinges, or bends back."""


@dataclass(frozen=True, slots=True)
class Snack:
    """A movement snack with all of its parts, in the order in which they were done."""

    parts: tuple[SnackPart, ...]

    @property
    def start_s(self) -> float:
        """When the first part began."""
        return self.parts[0].start_s

    @property
    def end_s(self) -> float:
        """When the last part was over."""
        return self.parts[-1].end_s


@dataclass(frozen=True, slots=True)
class Pastime:
    """What a stretch of the day was spent on; one may lie within another."""

    kind: Occupation
    start_s: float
    end_s: float


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
    deeds: tuple[Deed, ...] = ()
    slips: tuple[Slip, ...] = ()
    knocks: tuple[Knock, ...] = ()
    stances: tuple[Stance, ...] = ()
    rhythms: tuple[Rhythm, ...] = ()
    snacks: tuple[Snack, ...] = ()
    pastimes: tuple[Pastime, ...] = ()

    @property
    def movers(self) -> tuple[Mover, ...]:
        """All that moves the body besides strokes."""
        return (*self.walks, *self.rhythms)
