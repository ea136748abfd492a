"""The settings of care: the therapist's, for one patient, within limits.

The limits keep a mistyped number from becoming a strip that buzzes every minute, or never [ours, around the
values of CLINICAL.md B5 and D].
"""

from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from analysis.care.breaks import BreakParams
from analysis.care.hush import HushParams
from analysis.care.practice import Profile
from analysis.care.strip import StripParams
from analysis.events.fields import Utc

_S_PER_MIN: Final = 60.0
_MIN_PER_H: Final = 60

WALL_CLOCK: Final = r"^([01]\d|2[0-3]):[0-5]\d$"
WallClock = Annotated[str, Field(pattern=WALL_CLOCK, examples=["22:00"])]
"""A time of the patient's day, as 22:00."""


class CareSettings(BaseModel):
    """When to speak up, and when not."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    nudge_min: Annotated[float, Field(ge=10, le=120)] = 30.0
    """Sitting time after which the strip nudges, min."""
    alert_min: Annotated[float, Field(ge=15, le=180)] = 45.0
    """Sitting time after which it alerts, min."""
    repeat_min: Annotated[float, Field(ge=5, le=60)] = 10.0
    """Time between repetitions of the alert, min."""
    repeats: Annotated[int, Field(ge=0, le=5)] = 2
    """How often the alert is repeated."""
    follower: bool = False
    """Whether somebody else is told of very long sitting: only if the patient wants it."""
    follower_min: Annotated[float, Field(ge=30, le=240)] = 90.0
    """Sitting time after which that is, min."""
    break_s: Annotated[float, Field(ge=20, le=300)] = 60.0
    """Least time upright of a break, s."""
    break_steps: Annotated[int, Field(ge=0, le=100)] = 10
    """Least steps of a break."""
    stretch_resets: bool = False
    """Whether a stretch or a shift in the seat counts as a break."""
    quiet_from: WallClock = "22:00"
    """When the quiet hours begin on the patient's clock."""
    quiet_to: WallClock = "07:00"
    """When they end; the same as `quiet_from`: there are none."""
    daily_cap: Annotated[int, Field(ge=1, le=24)] = 8
    """Most sitting alerts in a day, each with its repetitions."""
    worn_by: WallClock = "10:00"
    """When the strip is usually worn; if it is not by then, the status says so."""
    profile: Profile = "none"
    """Which way the back is sensitive: it changes the cues of practice, and never a verdict."""
    practice_hinges: Annotated[int, Field(ge=3, le=30)] = 10
    """Hinges of one set of practice."""
    practice_sets: Annotated[int, Field(ge=0, le=10)] = 0
    """Sets of practice that are asked for in a day; 0: no number is asked for."""
    red_flags_cleared: Utc | None = None
    """The therapist has looked into the red flags that were raised up to this instant, and cleared them."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.alert_min <= self.nudge_min:
            raise ValueError("alert_min must be later than nudge_min")
        if self.follower and self.follower_min <= self.alert_min:
            raise ValueError("follower_min must be later than alert_min")
        return self

    @property
    def rule(self) -> BreakParams:
        """What counts as long sitting, and as a break."""
        return BreakParams(
            break_s=self.break_s,
            break_steps=self.break_steps,
            stretch_resets=self.stretch_resets,
            nudge_s=self.nudge_min * _S_PER_MIN,
            alert_s=self.alert_min * _S_PER_MIN,
            repeat_s=self.repeat_min * _S_PER_MIN,
            repeats=self.repeats,
            follower_s=self._follower_s,
        )

    @property
    def hush(self) -> HushParams:
        """When nothing is said."""
        return HushParams(_minutes(self.quiet_from), _minutes(self.quiet_to), self.daily_cap)

    @property
    def strip(self) -> StripParams:
        """When the strip itself is worth a word."""
        return StripParams(follower_s=self._follower_s, worn_by_min=_minutes(self.worn_by))

    @property
    def _follower_s(self) -> float | None:
        return self.follower_min * _S_PER_MIN if self.follower else None


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return _MIN_PER_H * int(hours) + int(minutes)
