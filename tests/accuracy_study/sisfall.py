"""One pod at the front of the belt: bends, chairs, beds, walks, stairs and cars of twelve people.

SisFall (Sucerquia, Lopez, Vargas-Bonilla 2017, doi:10.3390/s17010198), one activity a file, analysed as
``lumbar analyse`` does without options: the pod's place is found in the data. A bend file holds exactly one
bend. The hard part: some people bend with hardly any tilt of the pelvis, and a rise from a chair leans as far
as a bend.

``legs`` is judged on all lifts of the two kinds of bend files; "unknown" counts as wrong. Two repetitions of
one person are not independent, so intervals are over people.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure as Plot

from tests.accuracy_study.finding import Case, Figure, Limit, Picture, Section, Table, measured, share
from tests.accuracy_study.plots import FOUND_COLOUR, OTHER_COLOUR, panels
from tests.accuracy_study.recordings import Analysed, analysed, recordings, rows, span_of
from tests.accuracy_study.statistics import balanced_accuracy

STRAIGHT, BENT = "bend_without_knees", "bend_at_knees"
_CHAIR_AND_LYING = (
    "sit_half_chair_slow",
    "sit_half_chair_fast",
    "sit_low_chair_slow",
    "sit_low_chair_fast",
    "sit_lie_sit_slow",
    "lie_turn",
)
_WALKING_AND_STAIRS = ("walking_slow", "walking_fast", "stairs_slow")
_CAR = ("car_in_out",)
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Limits:
    """Acceptance [ours], % of files."""

    straight_once: float = 85.0
    bent_once: float = 60.0
    chair_and_lying: float = 5.0
    walking_and_stairs: float = 2.0
    car: float = 15.0
    legs: float = 0.8
    """Balanced accuracy, 1."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One file: what the person did, and what was said."""

    path: Path
    activity: str
    said: Analysed

    @property
    def person(self) -> str:
        """Who it is: SA (young) or SE (older) and a number."""
        return self.path.stem.partition("_")[0]

    @property
    def code(self) -> str:
        """SisFall's code of the activity."""
        return self.path.stem.split("_")[1]

    @property
    def legs(self) -> list[str]:
        """What is said of the legs, of each lift."""
        return [lift.legs for lift in self.said.lifts]


def study(folder: Path, seed: int) -> Section:
    """Return the section on `folder`."""
    trials = [
        Trial(
            path,
            rows(path.with_name(f"{path.stem}.labels.csv"))[0]["label"],
            analysed(path, is_aligned=False, with_angles=True),
        )
        for path in recordings(folder)
    ]
    return Section(
        "sisfall",
        "One pod on the belt",
        __doc__ or "",
        figures=tuple(_figures(trials, seed)),
        tables=(_activities(trials), _legs_table(trials)),
        worst=tuple(_worst(trials)),
        pictures=tuple(_pictures(trials)),
    )


def _of(trials: Sequence[Trial], activities: Sequence[str]) -> list[Trial]:
    return [trial for trial in trials if trial.activity in activities]


def _figures(trials: list[Trial], seed: int) -> Iterator[Figure]:
    limits = Limits()
    for name, activity, least in (
        ("bends without knees: exactly one lift", STRAIGHT, limits.straight_once),
        ("bends at knees: exactly one lift", BENT, limits.bent_once),
    ):
        once = [(trial.person, float(len(trial.said.lifts) == 1)) for trial in _of(trials, (activity,))]
        yield share(name, once, seed, Limit("at least", least))
    for name, activities, most in (
        ("chair and lying: files with a lift", _CHAIR_AND_LYING, limits.chair_and_lying),
        ("walking and stairs: files with a lift", _WALKING_AND_STAIRS, limits.walking_and_stairs),
        ("car: files with a lift", _CAR, limits.car),
    ):
        some = [(trial.person, float(bool(trial.said.lifts))) for trial in _of(trials, activities)]
        yield share(name, some, seed, Limit("at most", most))
    legs = [
        (trial.person, (float(trial.activity == BENT), float(told == expected)))
        for activity, expected in ((STRAIGHT, "straight"), (BENT, "bent"))
        for trial in _of(trials, (activity,))
        for told in trial.legs
    ]
    yield measured(
        "legs: balanced accuracy", legs, balanced_accuracy, "", seed, Limit("at least", limits.legs)
    )
    known = [
        (trial.person, (float(trial.activity == BENT), float(told == expected)))
        for activity, expected in ((STRAIGHT, "straight"), (BENT, "bent"))
        for trial in _of(trials, (activity,))
        for told in trial.legs
        if told != "unknown"
    ]
    yield measured("legs, where not unknown: balanced accuracy", known, balanced_accuracy, "", seed)
    reasons = [
        (trial.person, float(lift.strategy == "not_scored" and "pod" in (lift.not_scored_reason or "")))
        for trial in trials
        for lift in trial.said.lifts
    ]
    yield share("strategy not scored, one pod named as the reason", reasons, seed, Limit("at least", 100.0))
    faults = [(trial.person, float(trial.said.fault is not None)) for trial in trials]
    yield share("files that could not be analysed", faults, seed, Limit("at most", 0.0))


def _activities(trials: list[Trial]) -> Table:
    table = []
    for code, activity in sorted({(trial.code, trial.activity) for trial in trials}):
        counts = [len(trial.said.lifts) for trial in trials if trial.activity == activity]
        cells = (counts.count(0), counts.count(1), sum(count > 1 for count in counts))
        table.append((code, activity, str(len(counts)), *(str(cell) for cell in cells)))
    return Table(
        "Lifts told in each file, by activity",
        ("code", "activity", "files", "no lift", "one lift", "more"),
        tuple(table),
    )


def _legs_table(trials: list[Trial]) -> Table:
    answers = ("straight", "bent", "unknown")
    table = []
    for activity in (STRAIGHT, BENT):
        told = [legs for trial in _of(trials, (activity,)) for legs in trial.legs]
        table.append((activity, *(str(told.count(answer)) for answer in answers)))
    return Table("Legs, as told of the lifts found", ("true", *answers), tuple(table))


def _worst(trials: list[Trial]) -> Iterator[Case]:
    for trial in trials:
        if trial.said.fault:
            yield Case(trial.path.stem, None, trial.said.fault)
    for trial in _of(trials, (STRAIGHT, BENT)):
        if not trial.said.lifts:
            tilt = trial.said.angles.get("pelvis_tilt_deg", np.zeros(1))
            most = int(np.nanargmax(tilt)) if np.isfinite(tilt).any() else 0
            when_s = float(trial.said.angles["time_s"][most]) if trial.said.angles else None
            yield Case(
                trial.path.stem, when_s, f"{trial.activity}: no lift; pelvis up to {tilt[most]:.0f} deg"
            )
        elif len(trial.said.lifts) > 1:
            starts = ", ".join(f"{lift.start_s:.1f}" for lift in trial.said.lifts)
            yield Case(trial.path.stem, trial.said.lifts[0].start_s, f"{trial.activity}: lifts at {starts} s")
    for trial in _of(trials, (*_CHAIR_AND_LYING, *_WALKING_AND_STAIRS, *_CAR)):
        for lift in trial.said.lifts:
            what = f"{trial.activity}: false lift to {lift.end_s:.1f} s, pelvis {lift.pelvis_peak_deg} deg"
            yield Case(trial.path.stem, lift.start_s, what)


def _pictures(trials: list[Trial]) -> Iterator[Picture]:
    missed = [t for t in _of(trials, (STRAIGHT, BENT)) if len(t.said.lifts) != 1 and t.said.angles]
    idle = _of(trials, (*_CHAIR_AND_LYING, *_WALKING_AND_STAIRS, *_CAR))
    false = [t for t in idle if t.said.lifts]
    for name, caption, chosen in (
        ("sisfall_missed", "Bends told as no lift or as several: pelvis tilt; lifts shaded.", missed),
        ("sisfall_false", "Lifts told where there was no bend: pelvis tilt; lifts shaded.", false),
    ):
        if chosen:
            yield Picture(name, caption, partial(_plot, _spread(chosen)))


def _spread(trials: list[Trial]) -> list[Trial]:
    """Return some of them, evenly picked."""
    if len(trials) <= _SHOWN:
        return trials
    return [trials[i] for i in np.linspace(0, len(trials) - 1, _SHOWN).round().astype(int)]


def _plot(trials: list[Trial]) -> Plot:
    plot, axes = panels((len(trials) + 1) // 2, 2, 1.9)
    for axis, trial in zip(axes, trials, strict=False):
        axis.plot(
            trial.said.angles["time_s"],
            trial.said.angles["pelvis_tilt_deg"],
            color=OTHER_COLOUR,
            linewidth=1.0,
        )
        for lift in trial.said.lifts:
            span = span_of(lift)
            axis.axvspan(span.start_s, span.end_s, color=FOUND_COLOUR, alpha=0.15, linewidth=0.0)
        axis.set_title(f"{trial.path.stem}: {trial.activity}", loc="left", fontsize=8)
        axis.set_ylabel("deg")
        axis.margins(x=0.0)
    for axis in axes[max(0, len(trials) - 2) : len(trials)]:
        axis.set_xlabel("time, s")
    for axis in axes[len(trials) :]:
        axis.set_visible(False)
    return plot
