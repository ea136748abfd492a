"""The guided calibration in words, step by step, as the page shows it and as the stream sends it."""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Final, Literal

from analysis.events.calibration import Calibration
from analysis.review.home.exercise import ExerciseNow, RoutineNow, Step
from analysis.review.spans import instant
from analysis.review.wording import clock

Stage = Literal["no_strip", "given", "one_pod", "going", "done", "without"]
_TITLES: Final[dict[Step, str]] = {
    "stand": "Stand still",
    "walk": "Walk",
    "bend": "Bend forward",
    "hinge": "Hinge with a stick",
    "sit": "Sit as usual",
    "slump": "Let yourself sink",
}
_DO: Final[dict[Step, str]] = {
    "stand": "Stand still for 5 seconds, three times, with a step between.",
    "walk": "Walk 20 to 30 steps.",
    "bend": "Bend forward as far as is comfortable, three times. Stand for a moment between.",
    "hinge": "Hold a stick along your back and bow from the hips, five times. Stand for a moment between.",
    "sit": "Sit down and sit as you usually do, quietly, for 30 seconds.",
    "slump": "Let yourself sink, and stay so quietly for 10 seconds.",
}
STEPS: Final[tuple[Step, ...]] = tuple(_TITLES)
_STANDS, _BENDS, _HINGES, _SIT_S, _SLUMP_S = 3, 3, 5, 30, 10
"""What is asked for (CLINICAL.md B2)."""
_ASKED_WALK_S: Final = 10
"""About twenty steps, s."""


@dataclass(frozen=True, slots=True)
class StepView:
    """One step: its state, and how far it has come (`done` of `asked`)."""

    step: Step
    title: str
    state: Literal["done", "now", "next"]
    progress: str
    done: int
    asked: int


@dataclass(frozen=True, slots=True)
class CalibrationView:
    """The page of calibration now.

    Attributes
    ----------
    page
        Changes when more than words do.
    stage
        Where it stands.
    do
        What to do now.
    hint
        What is in the way, or how long there is time.
    steps
        All steps.
    trouble
        Why the last attempt could not be used; empty: there was none.
    facts
        What the calibration in force says, by name.
    """

    page: str
    stage: Stage
    do: str
    hint: str
    steps: tuple[StepView, ...]
    trouble: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]


def calibration(now: ExerciseNow, zone: tzinfo) -> CalibrationView:
    """Return how the calibration stands."""
    stage = _stage(now)
    rejected = now.made if now.made is not None and not now.made.accepted else None
    routine = now.routine
    in_force = now.calibration
    name = rejected.event_id if rejected else in_force.event_id if in_force else ""
    return CalibrationView(
        page=f"{stage}/{name}/{routine.step if routine else ''}",
        stage=stage,
        do=_DO[routine.step] if routine else "",
        hint=_hint(routine) if routine else "",
        steps=tuple(_steps(routine)) if routine else (),
        trouble=tuple(rejected.reasons) if rejected else (),
        facts=tuple(_facts(in_force, zone)) if in_force else (),
    )


def _stage(now: ExerciseNow) -> Stage:
    if not now.is_guided:
        return "given"
    if not now.is_worn:
        return "no_strip"
    if now.routine is not None:
        return "going" if now.routine.has_both_pods else "one_pod"
    known = now.calibration
    return "done" if known is not None and known.lumbar_range_deg is not None else "without"


def _hint(routine: RoutineNow) -> str:
    if routine.step == "stand" and not routine.is_still:
        return "Still moving: stand as quietly as you can."
    if routine.step in {"sit", "slump"} and not routine.is_still:
        return "Quiet seconds count."
    minutes = max(1, routine.left_s // 60)
    return f"There is time: about {minutes} min. Take breaks as you like." if routine.left_s < 120 else ""


def _steps(routine: RoutineNow) -> list[StepView]:
    counts: dict[Step, tuple[int, int, str]] = {
        "stand": (routine.stands, _STANDS, ""),
        "walk": (min(routine.walked_s, _ASKED_WALK_S), _ASKED_WALK_S, "s"),
        "bend": (routine.bends, _BENDS, ""),
        "hinge": (routine.hinges, _HINGES, ""),
        "sit": (min(routine.sat_s, _SIT_S), _SIT_S, "s"),
        "slump": (min(routine.slumped_s, _SLUMP_S), _SLUMP_S, "s"),
    }
    at = STEPS.index(routine.step)
    views = []
    for index, step in enumerate(STEPS):
        done, asked, unit = counts[step]
        state: Literal["done", "now", "next"] = "done" if index < at else "now" if index == at else "next"
        progress = f"{done} of {asked}{' ' + unit if unit else ''}"
        if state == "done":
            progress = "seen" if done else "left out"
        views.append(StepView(step, _TITLES[step], state, "" if state == "next" else progress, done, asked))
    return views


def _facts(known: Calibration, zone: tzinfo) -> list[tuple[str, str]]:
    facts = []
    if known.valid_from is not None:
        facts.append(("Since", clock(instant(known.valid_from), zone)))
    if known.lumbar_range_deg is not None:
        facts.append(("Full bend of your lower back", f"{round(known.lumbar_range_deg)}° ± 3°"))
        facts.append(("Your own hinges", "known" if known.template.trunk_deg else "not clear; usual limits"))
        facts.append(("Your usual sit", "known" if known.sit_deg is not None else "not seen; usual values"))
    if known.quality is not None:
        facts.append(("Quality", f"{known.quality:.2f} of 1"))
    return facts
