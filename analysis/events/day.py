"""Events of the day: postures, sitting bouts, minute summaries."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from analysis.events.event import Derived
from analysis.events.fields import Count, Fraction, ManySeconds, Seconds

PostureState = Literal["lying", "sitting", "standing", "walking", "not_worn"]
SittingEnd = Literal["walk", "stand", "snack", "lie", "not_worn"]

TILT_EDGES_DEG = tuple(range(-30, 121, 5))
"""Edges of the trunk tilt histogram, deg; values beyond count in the outermost bin."""
VELOCITY_EDGES_DPS = tuple(range(0, 201, 20))
"""Edges of the histogram of the trunk's angular speed, deg/s; values beyond count in the last bin."""

_TiltHistogram = Annotated[
    ManySeconds, Field(min_length=len(TILT_EDGES_DEG) - 1, max_length=len(TILT_EDGES_DEG) - 1)
]
_VelocityHistogram = Annotated[
    ManySeconds, Field(min_length=len(VELOCITY_EDGES_DPS) - 1, max_length=len(VELOCITY_EDGES_DPS) - 1)
]


class Posture(Derived):
    """One span of one posture."""

    SCHEMA: ClassVar[str] = "lumbar.posture/1"

    state: PostureState
    confidence: Fraction


class Sitting(Derived):
    """One finished bout of sitting."""

    SCHEMA: ClassVar[str] = "lumbar.sitting/1"

    duration_s: Seconds
    postural_shifts: Count
    slumped_s: Seconds | None
    ended_by: SittingEnd


class Minute(Derived):
    """One minute in sums. Histograms, because percentiles of minutes cannot be added up to a day's.

    What one pod, or a calibration without a personal range, cannot know is null. With the lower pod alone the
    tilt is the pelvis's.
    """

    SCHEMA: ClassVar[str] = "lumbar.minute/1"

    lying_s: Seconds
    sitting_s: Seconds
    standing_s: Seconds
    walking_s: Seconds
    not_worn_s: Seconds
    steps: Count
    lifts: Count
    tilt_hist_s: _TiltHistogram
    velocity_hist_s: _VelocityHistogram
    lumbar_over_half_s: Seconds | None
    standing_extension_s: Seconds | None
    back_bends: Count | None
    slumped_s: Seconds | None
