"""Rising from chairs, sitting down, walking: what postures, transitions and steps are told of real people.

SisFall's chair files (one pod at the front of the belt, found in the data) hold one sit of about three
seconds and one rise, its bend files none, its walking files nothing but a walk. The captured chair rises
(two pods, ``--aligned``) follow each other without a pause; start and end of the pelvis's way must be within
half a second of the truth.

Steps are counted on the captured walks. The truth is hip height: the pelvis is highest once a step, when the
leg under it is straight, so each maximum that stands out by 6 mm is one step.

Why it fails where it fails: slow sits of some people show no height (an accelerometer that is 2 % off in one
axis moves a slowly leaning pelvis by a decimetre), and squats that pause at the bottom are as low, as still
and as upright as a seat. Walks are told as such from their second or third second on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.signal import find_peaks

from analysis.events.day import Posture, Sitting
from analysis.events.movement import Transition, Walk
from tests.accuracy_study.finding import Case, Figure, Limit, Section, Table, measured, share
from tests.accuracy_study.recordings import Analysed, analysed, columns, recordings, rows
from tests.accuracy_study.statistics import mean

_LEAST_PROMINENCE_M, _LEAST_STEP_S = 0.006, 0.25
_NEAR_S = 0.5
_PAIR = ["stand_to_sit", "sit_to_stand"]
_WALKS = ("StandToWalk", "WalkToStand", "Walk1", "WalkTurnLeft90")
"""Captured trials of nothing but walking, long enough for it to be told."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Product acceptance."""

    chairs: float = 90.0
    walking: float = 95.0
    steps: float = 5.0


@dataclass(frozen=True, slots=True)
class Trial:
    """One file of SisFall."""

    name: str
    activity: str
    said: Analysed

    @property
    def person(self) -> str:
        """Who it is."""
        return self.name.partition("_")[0]

    @property
    def transitions(self) -> list[str]:
        """What is told of chairs."""
        return [one.kind for one in self.said.of(Transition)]

    def part(self, state: str) -> float:
        """Return the part of the told time that was spent in a posture, %."""
        spans = [(one.state, (one.end_s or 0.0) - (one.start_s or 0.0)) for one in self.said.of(Posture)]
        total = sum(length for _, length in spans)
        return 100.0 * sum(length for one, length in spans if one == state) / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Rise:
    """One captured chair transition and how far off its ends are told, s; None: not told."""

    recording: str
    kind: str
    start_s: float
    errors_s: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps of one captured walk."""

    recording: str
    true: int
    told: int


def study(folder: Path, seed: int) -> Section:
    """Return the section on `folder`, the one of SisFall, and on the captured trials beside it."""
    trials = [
        Trial(path.stem, label, analysed(path, is_aligned=False))
        for path in recordings(folder)
        if (label := rows(path.with_name(f"{path.stem}.labels.csv"))[0]["label"]).startswith(
            ("sit_half", "sit_low", "bend", "walking")
        )
    ]
    mocap = folder.with_name("mocap")
    rises = list(_rises(mocap)) if mocap.is_dir() else []
    steps = list(_steps(mocap)) if mocap.is_dir() else []
    return Section(
        "chairs",
        "Chairs, walks and steps of real people",
        __doc__ or "",
        figures=(*_figures(trials, seed), *_captured(rises, steps, seed)),
        tables=(_by_activity(trials), _rise_table(rises), _step_table(steps)),
        worst=tuple(_worst(trials)),
    )


def _of(trials: Sequence[Trial], *starts: str) -> list[Trial]:
    return [trial for trial in trials if trial.activity.startswith(starts)]


def _figures(trials: Sequence[Trial], seed: int) -> Iterator[Figure]:
    limits = Limits()
    chairs, bends = _of(trials, "sit_"), _of(trials, "bend")
    once = [(trial.person, float(trial.transitions == _PAIR)) for trial in chairs]
    yield share("chairs: exactly one sit and one rise", once, seed, Limit("at least", limits.chairs))
    for pace in ("fast", "slow"):
        some = [(t.person, float(t.transitions == _PAIR)) for t in chairs if t.activity.endswith(pace)]
        yield share(f"the same, {pace}", some, seed)
    bouts = [(trial.person, float(bool(trial.said.of(Sitting)))) for trial in bends]
    yield share("bends: files with a sitting bout", bouts, seed, Limit("at most", 0.0))
    seated = [(trial.person, float(trial.part("sitting") > 0.0)) for trial in bends]
    yield share("bends: files with any second of sitting", seated, seed)
    walks = [(trial.person, trial.part("walking")) for trial in _of(trials, "walking")]

    yield measured("walks: time told as walking", walks, mean, "%", seed, Limit("at least", limits.walking))


def _captured(rises: Sequence[Rise], steps: Sequence[Steps], seed: int) -> Iterator[Figure]:
    found = [
        (one.recording, float(one.errors_s is not None and max(map(abs, one.errors_s)) <= _NEAR_S))
        for one in rises
    ]
    yield share("captured chair transitions within 0.5 s", found, seed, Limit("at least", 100.0))
    true, told = sum(one.true for one in steps), sum(one.told for one in steps)
    error = 100.0 * abs(told - true) / true if true else float("nan")
    yield Figure("steps of captured walks: error", error, "%", true, limit=Limit("at most", Limits().steps))


def _rises(mocap: Path) -> Iterator[Rise]:
    by_recording: dict[str, list[Transition]] = {}
    for row in rows(mocap / "chair_transitions.csv"):
        name = row["recording"]
        if name not in by_recording:
            by_recording[name] = analysed(mocap / f"{name}.parquet", is_aligned=True).of(Transition)
        kind, start_s, end_s = row["kind"].replace("-", "_"), float(row["start_s"]), float(row["end_s"])
        errors = [
            (one.start_s - start_s, one.end_s - end_s)
            for one in by_recording[name]
            if one.kind == kind and one.start_s is not None and one.end_s is not None
        ]
        errors.sort(key=lambda pair: max(map(abs, pair)))
        near = errors[0] if errors and abs(errors[0][0]) < 2.0 else None
        yield Rise(name, kind, start_s, near)


def _steps(mocap: Path) -> Iterator[Steps]:
    for path in recordings(mocap):
        if not path.stem.endswith(_WALKS):
            continue
        truth = columns(path.with_suffix(".truth.parquet"))
        rate_hz = (len(truth["time_s"]) - 1) / float(np.ptp(truth["time_s"]))
        peaks, _ = find_peaks(
            truth["hip_height_m"], prominence=_LEAST_PROMINENCE_M, distance=round(_LEAST_STEP_S * rate_hz)
        )
        told = sum(walk.steps for walk in analysed(path, is_aligned=True).of(Walk))
        yield Steps(path.stem, len(peaks), told)


def _by_activity(trials: Sequence[Trial]) -> Table:
    table = []
    for activity in sorted({trial.activity for trial in trials}):
        some = _of(trials, activity)
        pairs = sum(trial.transitions == _PAIR for trial in some)
        none = sum(not trial.transitions for trial in some)
        walked = np.mean([trial.part("walking") for trial in some])
        counts = (len(some), pairs, none, len(some) - pairs - none)
        table.append((activity, *(str(count) for count in counts), f"{walked:.0f} %"))
    header = ("activity", "files", "one sit, one rise", "neither", "other", "time walking")
    return Table("Transitions told in each file, by activity", header, tuple(table))


def _rise_table(rises: Sequence[Rise]) -> Table:
    return Table(
        "Captured chair transitions: errors of start and end, s",
        ("recording", "kind", "start, s", "start off", "end off"),
        tuple(
            (
                one.recording,
                one.kind,
                f"{one.start_s:.2f}",
                *(("not told", "") if one.errors_s is None else (f"{error:+.2f}" for error in one.errors_s)),
            )
            for one in rises
        ),
    )


def _step_table(steps: Sequence[Steps]) -> Table:
    return Table(
        "Steps of captured walks",
        ("recording", "true", "told"),
        tuple((one.recording, str(one.true), str(one.told)) for one in steps),
    )


def _worst(trials: Sequence[Trial]) -> Iterator[Case]:
    for trial in trials:
        if trial.said.fault:
            yield Case(trial.name, None, trial.said.fault)
    for trial in _of(trials, "sit_"):
        if trial.transitions != _PAIR:
            told = ", ".join(trial.transitions) or "no transition"
            yield Case(trial.name, None, f"{trial.activity}: {told}")
    for trial in _of(trials, "bend"):
        spans = [one for one in trial.said.of(Posture) if one.state == "sitting"]
        for span in spans:
            yield Case(trial.name, span.start_s, f"{trial.activity}: sitting to {span.end_s} s")
    for trial in _of(trials, "walking"):
        if trial.part("walking") < Limits().walking:
            yield Case(trial.name, None, f"{trial.activity}: {trial.part('walking'):.0f} % told as walking")
