"""What a patient enters: the log, and the answers to the questions about red flags.

These are facts: never computed again, never withdrawn. The strip's own figures may stand in the form as a
suggestion; what arrives here is what the patient said.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from analysis.events.event import Event

Score = Annotated[int, Field(ge=0, le=10)]
"""A rating from 0 to 10."""
Minutes = Annotated[int, Field(ge=0, le=1440)]
"""Minutes of one day."""

MAX_NOTE_CHARS = 500
"""One or two sentences; a longer note is not for this log."""
MAX_TASKS = 8
MAX_TASK_CHARS = 60

RedFlag = Literal[
    "numbness", "weakness", "saddle_numbness", "bladder_or_bowel", "weight_loss", "fever", "recent_trauma"
]
"""What a person should see somebody about before any exercise (CLINICAL.md C, red flags)."""


class TaskConfidence(BaseModel):
    """How confident the patient is to do one feared task, 0 not at all to 10 fully."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: Annotated[str, Field(min_length=1, max_length=MAX_TASK_CHARS)]
    confidence: Score


class Log(Event):
    """One entry of the patient's log; what was left out is null. Pain is rated 0 (none) to 10."""

    SCHEMA: ClassVar[str] = "lumbar.log/1"

    pain_now: Score | None
    pain_worst: Score | None
    pain_least: Score | None
    morning_stiffness_min: Minutes | None
    comfortable_sitting_min: Minutes | None
    walking_min: Minutes | None
    confidence: Annotated[list[TaskConfidence], Field(max_length=MAX_TASKS)]
    note: Annotated[str, Field(max_length=MAX_NOTE_CHARS)] | None


class Safety(Event):
    """Red flags raised by the patient's answers, or cleared by a therapist."""

    SCHEMA: ClassVar[str] = "lumbar.safety/1"

    action: Literal["raised", "cleared"]
    red_flags: list[RedFlag]
