"""The calibration: how the pods sit on this patient today, and what this patient's back can do.

The payload of ``lumbar.calibration/1`` is also the calibration file.
"""

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from analysis.events.event import Event
from analysis.events.fields import Deg, Finite, Number, Quaternion, Utc

_Direction = Annotated[list[Finite], Field(min_length=3, max_length=3)]
_Template = Annotated[list[Deg], Field(max_length=400)]


class Neutral(BaseModel):
    """Where up was at the neutral stand: a unit vector in each pod's mounting-corrected axes.

    ``[0, 0, 1]`` where the mounting already holds it. Null: there is no such pod.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    upper: _Direction | None
    lower: _Direction | None


class Template(BaseModel):
    """The patient's own dowel hinge: pelvis and trunk tilt at equal steps of its mean repetition."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pelvis_deg: _Template
    trunk_deg: _Template


class Gates(BaseModel):
    """The patient's own limits of a hip-led bend (CLINICAL.md B2)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    hip_share: Number
    hip_range_pct: Number


class Calibration(Event):
    """One calibration, accepted or rejected with reasons a patient understands.

    `mounting_*_quat` turns a vector from the pod's own axes into the body frame (x forward, y left, z up).
    `sit_deg` and `slump_deg` are pelvis tilts, relative to the neutral stand.
    """

    SCHEMA: ClassVar[str] = "lumbar.calibration/1"

    mounting_upper_quat: Quaternion | None
    mounting_lower_quat: Quaternion | None
    neutral: Neutral
    lumbar_range_deg: Deg | None
    sit_deg: Deg | None
    slump_deg: Deg | None
    template: Template
    gates: Gates
    valid_from: Utc | None
    accepted: bool
    reasons: list[str]
