"""Bends of real people from motion capture: each found once, its angles at the peak, its ends.

The recordings are analysed as ``lumbar analyse --aligned`` does. Truth is the posture of the captured
skeleton. A bend counts if it is complete, no chair transition, and its trunk tilts by 32 deg or more; a lift
is the bend if the two share half of the longer. Any other lift is false, be it a second piece of a bend found
already; only two kinds are neither right nor wrong: one that meets a bend too shallow to count or cut off by
the recording, and one that the list of bends leaves out though the true trunk does tilt by 30 deg (the
landings of a jump, say).

Angles at the peak are judged twice: as the lift event states them against the truth at the truth's own peak
(what a reader of a report gets), and the continuous angles against the truth at that instant.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.accuracy_study.finding import COUNT, Case, Figure, Limit, Picture, Section, Table, measured, share
from tests.accuracy_study.mocap_trial import ANGLES, LEAST_LIFT_DEG, Trial, trials_in
from tests.accuracy_study.plots import Comparison, angle_angle, traces
from tests.accuracy_study.statistics import median, percentile_95, rms

_WORST = 3


@dataclass(frozen=True, slots=True)
class Limits:
    """Acceptance [ours]. Errors without sign."""

    tilt_median_deg: float = 1.5
    tilt_95_deg: float = 5.0
    lumbar_median_deg: float = 1.0
    lumbar_95_deg: float = 3.0
    start_median_s: float = 0.25
    end_median_s: float = 0.5


def study(folder: Path, seed: int) -> Section:
    """Return the section on `folder`."""
    trials = trials_in(folder)
    return Section(
        "mocap",
        "Bends of real people, from motion capture",
        __doc__ or "",
        figures=(*_found_figures(trials, seed), *_bend_figures(trials, seed), *_trial_figures(trials, seed)),
        tables=(_bends_table(trials), _trials_table(trials)),
        worst=tuple(_worst(trials)),
        pictures=tuple(_pictures(trials)),
    )


def _found_figures(trials: list[Trial], seed: int) -> list[Figure]:
    all_bends = [(trial.name, 1.0) for trial in trials for _ in trial.found]
    all_bends += [(trial.name, 0.0) for trial in trials for _ in trial.missed]
    chairs = [(trial.name, float(hit)) for trial in trials for _, hit in trial.chairs]
    idle = [
        (trial.name, float(bool(trial.said.lifts)))
        for trial in trials
        if float(np.max(trial.truth["trunk_tilt_deg"])) < LEAST_LIFT_DEG
    ]
    false = sum(len(trial.false) for trial in trials)
    unlisted = sum(len(trial.unlisted) for trial in trials)
    none = Limit("at most", 0.0)
    return [
        share("bends found", all_bends, seed, Limit("at least", 100.0)),
        Figure("false lifts, or pieces of a bend, in all", float(false), COUNT, len(trials), limit=none),
        share("chair transitions told as a lift", chairs, seed, none),
        share("standing and walking (trunk never at 30 deg): trials with a lift", idle, seed, none),
        Figure("lifts neither listed nor refuted by the truth", float(unlisted), COUNT, len(trials)),
    ]


def _bend_figures(trials: list[Trial], seed: int) -> list[Figure]:
    limits = Limits()
    found = [(trial.name, bend) for trial in trials for bend in trial.found]
    figures = []
    for place, angle in enumerate(("trunk tilt", "pelvis tilt", "lumbar flexion")):
        middle = limits.lumbar_median_deg if place == 2 else limits.tilt_median_deg
        most = limits.lumbar_95_deg if place == 2 else limits.tilt_95_deg
        for said_by in ("event", "angles"):
            errors = [
                (name, abs((bend.event_error_deg if said_by == "event" else bend.angles_error_deg)[place]))
                for name, bend in found
            ]
            what = f"{angle} at the peak, {said_by}"
            figures += [
                measured(f"{what}: median", errors, median, "deg", seed, Limit("at most", middle)),
                measured(
                    f"{what}: 95th percentile", errors, percentile_95, "deg", seed, Limit("at most", most)
                ),
            ]
    starts = [(name, abs(bend.start_error_s)) for name, bend in found]
    ends = [(name, abs(bend.end_error_s)) for name, bend in found]
    return [
        *figures,
        measured("start: median error", starts, median, "s", seed, Limit("at most", limits.start_median_s)),
        measured("end: median error", ends, median, "s", seed, Limit("at most", limits.end_median_s)),
    ]


def _trial_figures(trials: list[Trial], seed: int) -> list[Figure]:
    figures = []
    for angle in ANGLES:
        name = angle.removesuffix("_deg").replace("_", " ")
        errors = [(trial.name, float(error)) for trial in trials for error in trial.errors_deg(angle)]
        figures.append(measured(f"{name}, every sample of all trials: RMSE", errors, rms, "deg", seed))
    return figures


def _bends_table(trials: list[Trial]) -> Table:
    table = []
    for trial in trials:
        for bend in trial.found:
            errors = (*bend.event_error_deg, *bend.angles_error_deg)
            table.append(
                (
                    trial.name,
                    f"{bend.bend.peak_s:.2f}",
                    f"{bend.bend.at_peak_deg[0]:.0f}",
                    *(f"{error:+.1f}" for error in errors),
                    f"{bend.start_error_s:+.2f}",
                    f"{bend.end_error_s:+.2f}",
                )
            )
        table += [
            (trial.name, f"{bend.peak_s:.2f}", f"{bend.at_peak_deg[0]:.0f}", "not found", *[""] * 7)
            for bend in trial.missed
        ]
    angles = ("trunk", "pelvis", "lumbar")
    header = (
        "recording",
        "peak, s",
        "trunk, deg",
        *(f"event: {angle}" for angle in angles),
        *(f"angles: {angle}" for angle in angles),
        "start, s",
        "end, s",
    )
    return Table("Each bend: errors, found minus true, in deg where not said otherwise", header, tuple(table))


def _trials_table(trials: list[Trial]) -> Table:
    def root(trial: Trial, angle: str) -> str:
        errors = trial.errors_deg(angle)
        return f"{rms(errors):.2f}" if len(errors) else "none"

    table = [
        (
            trial.name,
            str(len(trial.found) + len(trial.missed)),
            str(len(trial.found)),
            str(len(trial.false)),
            *(root(trial, angle) for angle in ANGLES),
        )
        for trial in trials
    ]
    header = (
        "recording",
        "bends",
        "found",
        "false",
        "trunk RMSE, deg",
        "pelvis RMSE, deg",
        "lumbar RMSE, deg",
    )
    return Table("Each trial", header, tuple(table))


def _worst(trials: list[Trial]) -> Iterator[Case]:
    for trial in trials:
        if trial.said.fault:
            yield Case(trial.name, None, trial.said.fault)
        for bend in trial.missed:
            yield Case(
                trial.name, bend.peak_s, f"not found: {bend.kind}, trunk {bend.at_peak_deg[0]:.0f} deg"
            )
        for lift in trial.false:
            yield Case(
                trial.name, lift.start_s, f"false lift, trunk {lift.trunk_peak_deg} deg, to {lift.end_s} s"
            )
    found = [bend for trial in trials for bend in trial.found]
    for one in sorted(found, key=lambda bend: bend.worst_deg, reverse=True)[:_WORST]:
        trunk, pelvis, lumbar = one.event_error_deg
        what = f"at the peak trunk {trunk:+.1f}, pelvis {pelvis:+.1f}, lumbar {lumbar:+.1f} deg off"
        yield Case(one.bend.recording, one.bend.peak_s, what)
    for trial in sorted(trials, key=lambda trial: trial.lumbar_rmse_deg, reverse=True)[:_WORST]:
        errors = trial.said.angles["lumbar_flexion_deg"] - trial.truth["lumbar_flexion_deg"]
        at = int(np.nanargmax(np.abs(errors)))
        yield Case(
            trial.name,
            float(trial.truth["time_s"][at]),
            f"lumbar flexion {errors[at]:+.1f} deg off, {trial.lumbar_rmse_deg:.1f} deg RMSE over the trial",
        )


def _pictures(trials: list[Trial]) -> Iterator[Picture]:
    by_error = sorted(
        (t for t in trials if t.said.angles), key=lambda trial: trial.lumbar_rmse_deg, reverse=True
    )[:_WORST]
    comparisons = [Comparison.of(t.name, t.truth["time_s"], t.said.angles, t.truth) for t in by_error]
    caption = "The trials whose lumbar flexion is furthest off"
    yield Picture("mocap_traces", f"{caption}.", lambda: traces(comparisons))
    bent = [t for t in trials if t.found]
    bent.sort(key=lambda t: max(bend.worst_deg for bend in t.found), reverse=True)
    pairs = [
        Comparison.of(t.name, t.truth["time_s"], t.said.angles, t.truth).within(t.found[0].bend.span)
        for t in bent[:4]
    ]
    yield Picture(
        "mocap_angle_angle",
        "Lumbar flexion over pelvis tilt through the bends whose angles at the peak are furthest off.",
        lambda: angle_angle(pairs),
    )
