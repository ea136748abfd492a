"""A section as text for a terminal, and numbers as all parts of the study write them."""

import math
from collections.abc import Iterator

from tests.accuracy_study.finding import COUNT, Case, Figure, Limit, Section
from tests.accuracy_study.statistics import Interval


def number(value: float, unit: str) -> str:
    """Return a value with as many digits as it deserves."""
    if not math.isfinite(value):
        return "none"
    if unit == "%":
        return f"{value:.1f} %"
    if unit == COUNT:
        return f"{value:.0f}"
    return f"{value:.3f} {unit}".rstrip()


def interval_text(interval: Interval | None, unit: str) -> str:
    """Return an interval, or a dash."""
    if interval is None:
        return "-"
    digits = 1 if unit == "%" else 3
    return f"{interval.low:.{digits}f} to {interval.high:.{digits}f}"


def limit_text(limit: Limit | None, unit: str) -> str:
    """Return a threshold, or a dash."""
    if limit is None:
        return "-"
    return f"{limit.sense} {limit.bound:g} {'' if unit == COUNT else unit}".rstrip()


def case_text(case: Case) -> str:
    """Return a case as one line."""
    when = "" if case.when_s is None else f" at {case.when_s:.2f} s"
    return f"{case.where}{when}: {case.what}"


def lines(section: Section) -> Iterator[str]:
    """Yield a section line by line."""
    yield f"== {section.key}: {section.title}"
    if section.missing:
        yield section.missing
    for figure in section.figures:
        yield _line(figure)
    for table in section.tables:
        yield ""
        yield table.title
        widths = [max(map(len, column)) for column in zip(table.header, *table.rows, strict=True)]
        for row in (table.header, *table.rows):
            yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    if section.worst:
        yield ""
        yield "Worst cases"
        yield from (f"  {case_text(case)}" for case in section.worst)
    yield ""


def _line(figure: Figure) -> str:
    unit = figure.unit
    return (
        f"{figure.mark or '-':<5} {figure.name:<68} {number(figure.value, unit):>11}"
        f"  [{interval_text(figure.interval, unit)}]  n={figure.count}  {limit_text(figure.limit, unit)}"
    )
