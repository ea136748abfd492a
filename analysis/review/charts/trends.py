"""Small trends: a value a day, the band inside which no change can be told, and the verdict in words."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from analysis.review.charts.angles import path_data
from analysis.review.period.detectable import Trend
from analysis.review.period.measures import Followed
from analysis.review.wording import counted, minus

WIDTH: Final = 240
HEIGHT: Final = 50
_MARGIN = 6


@dataclass(frozen=True, slots=True)
class TrendChart:
    """One trend in its own units (a pixel on a phone); the band is the y of its upper and lower edge."""

    name: str
    latest: str
    reading: str
    verdict: str
    line: str
    dots: tuple[tuple[float, float, str], ...]
    band: tuple[float, float] | None
    first_label: str
    last_label: str


def trend_chart(followed: Followed, first: date, last: date) -> TrendChart:
    """Return the chart of one measure over the days from `first` to `last`."""
    trend, measure = followed.trend, followed.measure
    values = [value for _, value in trend.points]
    span = max(1, (last - first).days)
    low, high = _range(trend)

    def x(day: date) -> float:
        return round(_MARGIN + (WIDTH - 2 * _MARGIN) * (day - first).days / span, 1)

    def y(value: float) -> float:
        part = min(1.0, max(0.0, (value - low) / (high - low)))
        return round(HEIGHT - _MARGIN - (HEIGHT - 2 * _MARGIN) * part, 1)

    dots = tuple(
        (x(day), y(value), f"{day.day} {day:%B}: {value:.{measure.digits}f}{measure.unit}")
        for day, value in trend.points
    )
    return TrendChart(
        name=measure.name,
        latest=minus(f"{values[-1]:.{measure.digits}f}{measure.unit}") if values else "",
        reading=measure.reading,
        verdict=verdict_words(followed),
        line=path_data([(x_, y_) for x_, y_, _ in dots]) if len(dots) > 1 else "",
        dots=dots,
        band=None if trend.band is None else (y(trend.band[1]), y(trend.band[0])),
        first_label=f"{first.day} {first:%b}",
        last_label=f"{last.day} {last:%b}",
    )


def _range(trend: Trend) -> tuple[float, float]:
    """Return what the chart spans: all values, and a band as far as it does not dwarf them."""
    values = [value for _, value in trend.points] or [0.0]
    low, high = min(values), max(values)
    if trend.band is not None:
        reach = max(high - low, 1e-6)
        low = min(low, max(trend.band[0], low - reach))
        high = max(high, min(trend.band[1], high + reach))
    room = 0.08 * (high - low) or max(1.0, 0.1 * abs(high))
    return low - room, high + room


def verdict_words(followed: Followed) -> str:
    """Return what the trend says, in words; inside the band it is always the same words."""
    trend, measure = followed.trend, followed.measure
    if trend.verdict == "too_few":
        days = len(trend.points)
        return f"{counted(days, 'day')} so far: too few to tell a change"
    assert trend.change is not None
    assert trend.before is not None
    assert trend.after is not None
    whose = "own spread" if trend.is_own else "figure from studies"
    least = f"{trend.change:.{measure.digits}f}{measure.step_unit}"
    if trend.verdict == "no_detectable_change":
        return f"no detectable change (under {least}, {whose})"
    went = minus(f"{trend.before:.{measure.digits}f} to {trend.after:.{measure.digits}f}{measure.unit}")
    return f"changed, {went} (more than {least}, {whose})"
