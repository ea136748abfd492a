"""Simulated days: tables, worst cases and pictures of how they were told."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Plot

from tests.accuracy_study.finding import Case, Picture, Table
from tests.accuracy_study.plots import FOUND_COLOUR, panels
from tests.accuracy_study.whole_day import ALERT_S, STATES, UNKNOWN, Pods, Told

_WORST, _SHOWN, _PAIRS = 10, 4, 20
_COLOURS = ("#6b7280", "#c2410c", "#0f766e", "#1d4ed8", "#d4d4d4", "#ffffff")
_NAMES = (*(state.replace("_", " ") for state in STATES), "unknown")


def tables(days: Sequence[Told], mode: Pods) -> Iterator[Table]:
    """Yield the tables of one mode."""
    counts = Counter(minute for one in days for minute in one.minutes())
    rows = [
        (_NAMES[true], *(str(counts[true, found]) for found in range(len(_NAMES))))
        for true in range(len(STATES))
    ]
    yield Table(f"Minutes, {mode}: true (rows) and told (columns)", ("", *_NAMES), tuple(rows))
    yield _confusions(days, mode)


def _confusions(days: Sequence[Told], mode: Pods) -> Table:
    """Return where most seconds were told wrong: while doing what, and as what."""
    seconds: Counter[tuple[str, str, str]] = Counter()
    for one in days:
        seconds.update(one.by_pastime)
    spent: Counter[str] = Counter()
    for (doing, _, _), count in seconds.items():
        spent[doing] += count
    wrong = [(count, *key) for key, count in seconds.items() if key[1] != key[2]]
    rows = [
        (doing, true, found, f"{count / 60:.1f}", f"{100.0 * count / spent[doing]:.1f} %")
        for count, doing, true, found in sorted(wrong, reverse=True)[:_PAIRS]
    ]
    header = ("while", "true", "told", "min", "of the time spent so")
    return Table(f"Confusions, {mode}: most time first", header, tuple(rows))


def worst(days: Sequence[Told], mode: Pods) -> Iterator[Case]:
    """Yield what went wrong, the worst first of each kind."""
    who = "day {}, {}".format
    for one in _worst_days(days)[:3]:
        true, found = one.seconds_of("sitting")
        what = f"{_right_pct(one):.1f} % of the minutes right; sat {true / 60:.0f} min, told {found / 60:.0f}"
        yield Case(who(one.seed, mode), None, what)
    missed = [
        (one, due) for one in days for due in one.due if due.error_s is None or abs(due.error_s) > ALERT_S
    ]
    missed.sort(
        key=lambda case: float("inf") if case[1].error_s is None else abs(case[1].error_s), reverse=True
    )
    for one, due in missed[:_WORST]:
        came = "never came" if due.error_s is None else f"came {due.error_s:+.0f} s off"
        yield Case(who(one.seed, mode), due.at_s, f"the {due.level} due {came}")
    false = [(one, level, at_s) for one in days for level, at_s in one.false_alerts]
    for one, level, at_s in false[:_WORST]:
        yield Case(who(one.seed, mode), at_s, f"a {level} that was not due")
    for name in ("missed", "false"):
        snacks = [(one, span) for one in days if mode == "dual" for span in getattr(one.snacks, name)]
        for one, span in snacks[:_WORST]:
            yield Case(who(one.seed, mode), span.start_s, f"movement snack {name}")
        walks = [(one, walk) for one in days for walk in getattr(one, f"{name}_walks")]
        walks.sort(key=lambda case: case[1][1].start_s - case[1][1].end_s)
        for one, (doing, span) in walks[:_WORST]:
            what = f"walk of {span.end_s - span.start_s:.0f} s {name}, while: {doing}"
            yield Case(who(one.seed, mode), span.start_s, what)


def pictures(days: Sequence[Told], mode: Pods) -> Iterator[Picture]:
    """Yield the worst days as they were and as they were told."""
    chosen = _worst_days(days)[:_SHOWN]
    about = f"{mode}: the {len(chosen)} days with most minutes told wrong: true above, told below; "
    marks = "dots: nudges and alerts due (above) and those that came falsely (below)"
    yield Picture(f"days_{mode}_worst", f"{about}{marks}.", partial(_timelines, chosen))


def _worst_days(days: Sequence[Told]) -> list[Told]:
    return sorted(days, key=_right_pct)


def _right_pct(one: Told) -> float:
    minutes = one.minutes()
    return 100.0 * sum(true == found for true, found in minutes) / max(1, len(minutes))


def _timelines(days: Sequence[Told]) -> Plot:
    plot, axes = panels(len(days), height_in=1.5)
    for axis, one in zip(axes, days, strict=False):
        for row, codes in ((1.0, one.true), (0.0, one.found)):
            _band(axis, row, codes.tolist())
        due_h = [(due.at_s - one.first) / 3600 for due in one.due]
        false_h = [(at_s - one.first) / 3600 for _, at_s in one.false_alerts]
        axis.plot(due_h, np.full(len(due_h), 1.95), "o", color="#111111", markersize=3)
        axis.plot(false_h, np.full(len(false_h), -0.15), "o", color=FOUND_COLOUR, markersize=3)
        axis.set_yticks([0.4, 1.4], ["told", "true"])
        axis.set_title(f"day {one.seed}, {one.mode}", loc="left", fontsize=9)
        axis.set_ylim(-0.3, 2.1)
        axis.margins(x=0.0)
    for name, colour in zip(_NAMES, _COLOURS, strict=True):
        axes[0].bar(0.0, 0.0, 0.0, color=colour, label=name)
    axes[0].legend(fontsize=7, ncols=len(_NAMES), frameon=False, loc="lower left", bbox_to_anchor=(0.3, 1.0))
    axes[-1].set_xlabel("time of the day, h")
    return plot


def _band(axis: Axes, row: float, codes: list[int]) -> None:
    at = 0
    spans: dict[int, list[tuple[float, float]]] = {}
    for code, run in groupby(codes):
        length = sum(1 for _ in run)
        spans.setdefault(code, []).append((at / 3600, length / 3600))
        at += length
    for code, parts in spans.items():
        if code != UNKNOWN:
            axis.broken_barh(parts, (row, 0.8), facecolors=_COLOURS[code])
