"""Simulated people: tables, worst cases and pictures of how they were told."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from matplotlib.figure import Figure as Plot

from analysis.events.movement import Legs, Strategy
from tests.accuracy_study.finding import Case, Picture, Table
from tests.accuracy_study.person import Pair, Result, Start
from tests.accuracy_study.plots import FOUND_COLOUR, TRUE_COLOUR, angle_angle, panels, traces
from tests.accuracy_study.statistics import reliability

_STRATEGIES: tuple[Strategy, ...] = ("hip_hinge", "shared", "lumbar_flexion", "not_scored")
_LEGS: tuple[Legs, ...] = ("straight", "bent", "unknown")
_WORST = 12
_SHOWN = 4


def pairs_of(results: Sequence[Result]) -> list[tuple[int, Pair]]:
    """Return every lift that was found, with the seed of its person."""
    return [(result.seed, pair) for result in results for pair in result.pairs]


def stated(pairs: list[tuple[int, Pair]]) -> list[tuple[int, tuple[float, ...]]]:
    """Return stated confidence and whether the label was right, of each scored lift."""
    return [
        (who, (pair.told.confidence, float(pair.is_right)))
        for who, pair in pairs
        if pair.told.strategy != "not_scored"
    ]


def tables(guided: list[Result], uncalibrated: list[Result]) -> Iterator[Table]:
    """Yield the tables of the section."""
    yield _strategies(guided, "guided")
    yield _strategies(uncalibrated, "uncalibrated")
    yield _counted("Lifts found, guided, by what is special about them", "found", guided, "found_by_trait")
    yield _counted("No lifts, guided: what was told as one", "told as a lift", guided, "called_lift")
    yield _legs(guided)
    yield _confidence(guided)
    yield _reasons(guided)


def _strategies(results: list[Result], start: Start) -> Table:
    rows = []
    for true in _STRATEGIES:
        for is_borderline in (False, True):
            told = [
                pair.told.strategy
                for _, pair in pairs_of(results)
                if pair.verdict.strategy == true and pair.verdict.borderline == is_borderline
            ]
            if told:
                name = f"{true}, borderline" if is_borderline else true
                rows.append((name, *(str(told.count(label)) for label in _STRATEGIES)))
    return Table(f"Strategy, {start}: true (rows) and told (columns)", ("", *_STRATEGIES), tuple(rows))


def _counted(title: str, hit: str, results: list[Result], field: str) -> Table:
    counts: dict[str, list[bool]] = {}
    for result in results:
        for name, is_hit in getattr(result, field):
            counts.setdefault(name, []).append(is_hit)
    rows = [(name, str(len(hits)), str(sum(hits))) for name, hits in sorted(counts.items())]
    return Table(title, ("", "times", hit), tuple(rows))


def _legs(results: list[Result]) -> Table:
    rows = []
    for true in ("straight", "bent"):
        told = [pair.told.legs for _, pair in pairs_of(results) if pair.true.legs == true]
        rows.append((true, *(str(told.count(answer)) for answer in _LEGS)))
    return Table("Legs, guided: true (rows) and told (columns)", ("", *_LEGS), tuple(rows))


def _confidence(results: list[Result]) -> Table:
    cases = np.array([case for _, case in stated(pairs_of(results))], dtype=np.float64).reshape(-1, 2)
    rows = [(str(bin_.count), f"{bin_.stated:.2f}", f"{bin_.true:.2f}") for bin_ in reliability(cases)]
    return Table("Confidence, guided: stated and true in each bin", ("lifts", "stated", "right"), tuple(rows))


def _reasons(results: list[Result]) -> Table:
    reasons = [reason for result in results for reason in result.reasons]
    rows = [(reason, str(reasons.count(reason))) for reason in sorted(set(reasons))]
    return Table("Why routines were turned away", ("reason", "times"), tuple(rows))


def worst(results: list[Result]) -> Iterator[Case]:
    """Yield what went wrong, the worst first of each kind."""
    who = "person {}, {}".format
    known = [one for one in results if one.rows]
    for one in sorted(known, key=lambda one: one.rmse_deg, reverse=True)[:3]:
        what = f"lumbar flexion {one.rmse_deg:.1f} deg RMSE over the day"
        yield Case(who(one.seed, one.start), None, what)
    missed = [(one, lift) for one in results for lift in one.missed]
    for one, lift in missed[:_WORST]:
        what = f"missed: trunk {lift.trunk_peak_deg:.0f} deg, legs {lift.legs}"
        yield Case(who(one.seed, one.start), lift.start_s, what)
    false = [(one, lift) for one in results for lift in one.false]
    for one, extra in false[:_WORST]:
        told = extra.told
        what = (
            f"false lift of {told.duration_s:.1f} s, trunk {told.trunk_peak_deg} deg, legs {told.legs}, "
            f"during: {extra.during}"
        )
        yield Case(who(one.seed, one.start), extra.start_s, what)
    chairs = [(one, chair.true) for one in results for chair in one.chairs if chair.is_lift]
    for one, seat in chairs[:_WORST]:
        what = f"told as a lift: {seat.kind} ({seat.style}), trunk {seat.trunk_peak_deg:.0f} deg"
        yield Case(who(one.seed, one.start), seat.start_s, what)
    turned_away = [one for one in results if one.start == "guided" and not one.accepted]
    for one in turned_away[:_WORST]:
        reasons = " ".join(one.reasons) or "no reason was given"
        yield Case(who(one.seed, one.start), None, f"no routine accepted: {reasons}")
    wrong = [
        (one, pair)
        for one in results
        for pair in one.pairs
        if not pair.is_right and not pair.verdict.borderline
    ]
    wrong.sort(key=lambda case: case[1].told.confidence, reverse=True)
    for one, pair in wrong[:_WORST]:
        reason = pair.told.not_scored_reason
        what = (
            f"{pair.told.strategy} ({pair.told.confidence:.2f}) for {pair.verdict.strategy}: share "
            f"{pair.told.lumbar_share} for {pair.true.share:.2f}, range {pair.told.lumbar_range_pct} "
            f"for {pair.true.range_pct:.0f} %{f'; {reason}' if reason else ''}"
        )
        yield Case(who(one.seed, one.start), pair.true.start_s, what)


def pictures(guided: list[Result], uncalibrated: list[Result]) -> Iterator[Picture]:
    """Yield the worst people's worst lifts, and stated confidence against the truth."""
    for results, start in ((guided, "guided"), (uncalibrated, "uncalibrated")):
        chosen = sorted((one for one in results if one.rows), key=lambda one: one.rmse_deg, reverse=True)
        lifts = [one.furthest for one in chosen[:_SHOWN] if one.furthest is not None]
        about = f"{start}: the {len(lifts)} people whose lumbar flexion is furthest off, their worst lift"
        yield Picture(f"people_{start}_traces", f"{about}.", partial(traces, lifts))
        yield Picture(
            f"people_{start}_angle_angle", f"{about}, angle against angle.", partial(angle_angle, lifts)
        )
    yield Picture(
        "people_confidence",
        "Stated confidence against how often the label was right; the size of a dot is the number of lifts.",
        partial(_reliability_plot, guided, uncalibrated),
    )


def _reliability_plot(guided: list[Result], uncalibrated: list[Result]) -> Plot:
    plot, axes = panels(1, 2, 3.6)
    for axis, results, name in zip(axes, (guided, uncalibrated), ("guided", "uncalibrated"), strict=True):
        cases = np.array([case for _, case in stated(pairs_of(results))], dtype=np.float64).reshape(-1, 2)
        bins = reliability(cases)
        axis.plot([0, 1], [0, 1], color=TRUE_COLOUR, linewidth=0.8)
        sizes = [max(6.0, 400.0 * bin_.count / len(cases)) for bin_ in bins]
        axis.scatter(
            [bin_.stated for bin_ in bins],
            [bin_.true for bin_ in bins],
            s=sizes,
            color=FOUND_COLOUR,
            alpha=0.7,
        )
        axis.set(
            title=name, xlabel="stated confidence", ylabel="share right", xlim=(0.2, 1.05), ylim=(-0.05, 1.05)
        )
    return plot
