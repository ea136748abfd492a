"""The log as it is filled in: a form's texts become answers within limits, or a word on what to change."""

import uuid
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from analysis.events.entries import MAX_NOTE_CHARS, MAX_TASK_CHARS, MAX_TASKS, Minutes, Score, TaskConfidence
from analysis.events.errors import LumbarError
from analysis.review.home.door import Form, one

PAINS: Final = {
    "pain_now": "Pain now",
    "pain_worst": "Strongest pain today",
    "pain_least": "Mildest pain today",
}
LENGTHS: Final = {
    "morning_stiffness_min": "Stiff in the morning",
    "comfortable_sitting_min": "Comfortable sitting",
    "walking_min": "Walking",
}
_MOST_SCORE: Final = 10
_MOST_MINUTES: Final = 1440


class FormError(LumbarError):
    """Something in a form cannot be so; the message says what to change."""


class LogAnswers(BaseModel):
    """What one entry says; None where the patient said nothing. Fields as in ``lumbar.log/1``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pain_now: Score | None = None
    pain_worst: Score | None = None
    pain_least: Score | None = None
    morning_stiffness_min: Minutes | None = None
    comfortable_sitting_min: Minutes | None = None
    walking_min: Minutes | None = None
    confidence: Annotated[tuple[TaskConfidence, ...], Field(max_length=MAX_TASKS)] = ()
    note: Annotated[str, Field(max_length=MAX_NOTE_CHARS)] | None = None

    @property
    def is_empty(self) -> bool:
        """Return whether nothing at all was said."""
        return self == LogAnswers()


def read_log(form: Form) -> LogAnswers:
    """Return what a filled form says.

    Raises
    ------
    FormError
        If a number is out of range or against another one, a text too long, or all of it empty.
    """
    pains = {name: _number(form, name, label, _MOST_SCORE) for name, label in PAINS.items()}
    lengths = {name: _number(form, name, label, _MOST_MINUTES) for name, label in LENGTHS.items()}
    least, worst = pains["pain_least"], pains["pain_worst"]
    if least is not None and worst is not None and least > worst:
        raise FormError("The mildest pain is above the strongest. Please look at the two once more.")
    note = " ".join(one(form, "note").split())
    if len(note) > MAX_NOTE_CHARS:
        raise FormError(f"The note is too long: please keep it under {MAX_NOTE_CHARS} letters.")
    answers = LogAnswers(**pains, **lengths, confidence=_tasks(form), note=note or None)
    if answers.is_empty:
        raise FormError("Nothing is filled in yet. One answer is enough.")
    return answers


def read_entry_id(form: Form) -> str:
    """Return the id that the form was drawn with; the same form sent twice is one entry.

    Raises
    ------
    FormError
        If it is none of ours.
    """
    try:
        drawn = uuid.UUID(one(form, "entry"))
    except ValueError as error:
        raise FormError("This form is not whole. Please open the page anew.") from error
    if drawn.version != 4:  # what is derived from samples has other ids, and is not to be written over
        raise FormError("This form is not whole. Please open the page anew.")
    return str(drawn)


def _tasks(form: Form) -> tuple[TaskConfidence, ...]:
    rated: dict[str, TaskConfidence] = {}
    for index in range(MAX_TASKS):
        task = " ".join(one(form, f"task_{index}").split())
        confidence = _number(form, f"confidence_{index}", task or "How sure you are", _MOST_SCORE)
        if len(task) > MAX_TASK_CHARS:
            raise FormError(f"A task has a long name: please keep it under {MAX_TASK_CHARS} letters.")
        if confidence is not None and not task:
            raise FormError("There is a number without a task. Please name the task.")
        if task and confidence is not None:
            rated[task.casefold()] = TaskConfidence(task=task, confidence=confidence)
    return tuple(rated.values())


def _number(form: Form, name: str, label: str, most: int) -> int | None:
    text = one(form, name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and int(text) <= most):
        raise FormError(f"{label}: please give a whole number from 0 to {most}.")
    return int(text)
