"""Events of single movements: lifts, chair transitions, walks."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from analysis.events.event import Derived
from analysis.events.fields import Count, Deg, Dps, Fraction, ManyDeg, Metres, Number, Seconds, Share, Utc

Strategy = Literal["hip_hinge", "shared", "lumbar_flexion", "not_scored"]
"""Where a bend came from. For people: hip-led, shared, back-led; never good, bad, unsafe."""
Legs = Literal["straight", "bent", "unknown"]
Context = Literal["chores", "practice"]

CURVE_STEP_S = 0.05
"""Time between two points of a lift's curve, s."""
CURVE_MAX_POINTS = 400


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CouplingBins(_Part):
    """Shares of one phase of a bend by coupling angle (CLINICAL.md B1); null where it was too slow to say."""

    lumbar: Fraction | None
    in_phase: Fraction | None
    pelvic: Fraction | None


class Coupling(_Part):
    """Coupling bins on the way down and on the way up."""

    descent: CouplingBins
    ascent: CouplingBins


class Curve(_Part):
    """Pelvis and trunk tilt through a lift, for a picture; an angle that no pod measured is an empty list."""

    dt_s: Annotated[float, Field(ge=CURVE_STEP_S, le=CURVE_STEP_S)]
    pelvis_deg: Annotated[ManyDeg, Field(max_length=CURVE_MAX_POINTS)]
    trunk_deg: Annotated[ManyDeg, Field(max_length=CURVE_MAX_POINTS)]


class Lift(Derived):
    """One bend-and-rise of the trunk. The strip senses no load: "lift" is the contract's word for a bend."""

    SCHEMA: ClassVar[str] = "lumbar.lift/1"

    strategy: Strategy
    borderline: bool
    confidence: Fraction
    not_scored_reason: str | None
    legs: Legs
    peak: Utc | None
    trunk_peak_deg: Deg | None
    pelvis_peak_deg: Deg | None
    lumbar_peak_deg: Deg | None
    trunk_at_peak_deg: Deg | None
    pelvis_at_peak_deg: Deg | None
    lumbar_at_peak_deg: Deg | None
    lumbar_share: Share | None
    lumbar_range_pct: Number | None
    coupling: Coupling
    descent_s: Seconds
    ascent_s: Seconds
    duration_s: Seconds
    peak_velocity_dps: Dps
    side_bend_peak_deg: Deg | None
    twist_velocity_peak_dps: Dps | None
    pelvis_drop_m: Metres | None
    smoothness_sparc: Number | None
    context: Context
    curve: Curve

    peak_s: Seconds | None = None


TransitionKind = Literal["sit_to_stand", "stand_to_sit"]


class Transition(Derived):
    """One rise from a seat, or one sitting down."""

    SCHEMA: ClassVar[str] = "lumbar.transition/1"

    kind: TransitionKind
    duration_s: Seconds
    trunk_peak_deg: Deg | None
    smoothness_sparc: Number | None


class Walk(Derived):
    """One bout of walking; stairs count."""

    SCHEMA: ClassVar[str] = "lumbar.walk/1"

    steps: Count
    cadence_spm: Number
    duration_s: Seconds


SnackPartKind = Literal["march", "hinge", "back_bend"]


class SnackPart(_Part):
    """One part of a movement snack: how long after the snack's start, how long, and how often.

    Repetitions are steps of a march, hip-led bends, or bends back.
    """

    kind: SnackPartKind
    after_s: Seconds
    duration_s: Seconds
    repetitions: Count


class Snack(Derived):
    """One whole movement snack: a march, hip hinges and bends back, in the order in which they were done."""

    SCHEMA: ClassVar[str] = "lumbar.snack/1"

    duration_s: Seconds
    parts: Annotated[list[SnackPart], Field(min_length=3, max_length=3)]


PracticeEnd = Literal["patient", "idle", "limit", "interrupted"]
"""What ended a set: the patient, no hinge for a while, its greatest length, or the end of the samples."""
MAX_REPETITIONS = 300


class Repetition(_Part):
    """One hinge of a set: how long after the set's start, how long, and what it was; as its lift says."""

    after_s: Seconds
    duration_s: Seconds
    strategy: Strategy
    borderline: bool
    lumbar_share: Share | None
    lumbar_range_pct: Number | None
    trunk_peak_deg: Deg | None
    smoothness_sparc: Number | None


class Practice(Derived):
    """One set of hinges, which the patient began, with a verdict per repetition.

    `target` is how many were meant to be done. The same hinges are lifts with the context ``practice``.
    """

    SCHEMA: ClassVar[str] = "lumbar.practice/1"

    duration_s: Seconds
    target: Count | None
    ended_by: PracticeEnd
    repetitions: Annotated[list[Repetition], Field(min_length=1, max_length=MAX_REPETITIONS)]
