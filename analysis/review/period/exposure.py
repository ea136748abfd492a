"""How the trunk was held and moved over days: sums of minutes, and the percentiles that only sums have.

Percentiles are of the amplitude probability distribution (Jonsson 1982, J Hum Ergol 11:73-88): the tilt that
the trunk stays under for 10, 50 and 90 % of the worn time, read off the summed histograms by straight lines
within a bin. Velocity is the absolute sagittal angular velocity; other definitions give figures several times
apart (Fan et al. 2021, doi:10.3390/s21165527), so it is never compared with other devices'.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from itertools import accumulate, pairwise

from analysis.events.day import TILT_EDGES_DEG, VELOCITY_EDGES_DPS, Minute
from analysis.review.spans import instant


@dataclass(frozen=True, slots=True)
class ExposureParams:
    """What is summed up."""

    bent_deg: int = 20
    """Beyond this the trunk is bent, deg (ISO 11226's bins, CLINICAL.md B4)."""
    deep_deg: int = 60
    """Beyond this deeply, deg (the same)."""
    morning: timedelta = timedelta(hours=2)
    """Early morning is so long after rising (Snook et al. 1998, doi:10.1097/00007632-199812010-00015)."""
    rising_s: float = 30.0
    """A minute with so much upright time is the first after rising, s [ours]."""


@dataclass(frozen=True, slots=True)
class Percentiles:
    """What 10, 50 and 90 % of the time stay under."""

    p10: float
    p50: float
    p90: float


@dataclass(frozen=True, slots=True)
class Exposure:
    """Sums over the days; seconds. What one pod or no calibration cannot know is None.

    `early_flexion_s` is the time over half of the lumbar range in the first two hours after rising, the mean
    of the days on which rising was seen.
    """

    worn_s: float
    upright_s: float
    bent_s: float
    deep_s: float
    tilt_deg: Percentiles
    velocity_dps: Percentiles
    over_half_s: float | None
    slumped_s: float | None
    standing_extension_s: float | None
    back_bends: int | None
    early_flexion_s: float | None


def exposure(
    minutes: Iterable[Minute], zone: tzinfo, params: ExposureParams | None = None
) -> Exposure | None:
    """Return the sums of `minutes`; None where nothing was worn."""
    p = params or ExposureParams()
    worn = [minute for minute in minutes if sum(minute.tilt_hist_s) > 0]
    if not worn:
        return None
    tilts = _summed(minute.tilt_hist_s for minute in worn)
    velocities = _summed(minute.velocity_hist_s for minute in worn)
    back_bends = [minute.back_bends for minute in worn if minute.back_bends is not None]
    deep_s = _beyond(tilts, p.deep_deg)
    return Exposure(
        worn_s=sum(tilts),
        upright_s=sum(minute.standing_s + minute.walking_s for minute in worn),
        bent_s=_beyond(tilts, p.bent_deg) - deep_s,
        deep_s=deep_s,
        tilt_deg=_percentiles(tilts, TILT_EDGES_DEG),
        velocity_dps=_percentiles(velocities, VELOCITY_EDGES_DPS),
        over_half_s=_known_sum(minute.lumbar_over_half_s for minute in worn),
        slumped_s=_known_sum(minute.slumped_s for minute in worn),
        standing_extension_s=_known_sum(minute.standing_extension_s for minute in worn),
        back_bends=sum(back_bends) if back_bends else None,
        early_flexion_s=_early_flexion_s(worn, zone, p),
    )


def _summed(histograms: Iterable[Sequence[float]]) -> list[float]:
    return [sum(bins) for bins in zip(*histograms, strict=True)]


def _beyond(tilts: Sequence[float], limit_deg: int) -> float:
    return sum(tilts[TILT_EDGES_DEG.index(limit_deg) :])


def _known_sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _percentiles(histogram: Sequence[float], edges: Sequence[int]) -> Percentiles:
    sums = [0.0, *accumulate(histogram)]

    def at(fraction: float) -> float:
        wanted = fraction * sums[-1]
        for index, (before, after) in enumerate(pairwise(sums)):
            if after >= wanted and after > before:
                part = (wanted - before) / (after - before)
                return edges[index] + part * (edges[index + 1] - edges[index])
        return float(edges[-1])

    return Percentiles(at(0.1), at(0.5), at(0.9))


def _early_flexion_s(minutes: Iterable[Minute], zone: tzinfo, p: ExposureParams) -> float | None:
    days: dict[date, list[Minute]] = {}
    for minute in minutes:
        if minute.start is not None and minute.lumbar_over_half_s is not None:
            days.setdefault(instant(minute.start).astimezone(zone).date(), []).append(minute)
    mornings: list[float] = []
    for day in days.values():
        day.sort(key=lambda minute: str(minute.start))
        risen = next((each for each in day if each.standing_s + each.walking_s >= p.rising_s), None)
        if risen is None:
            continue
        until = instant(str(risen.start)) + p.morning
        mornings.append(
            sum(
                minute.lumbar_over_half_s or 0.0
                for minute in day
                if instant(str(risen.start)) <= instant(str(minute.start)) < until
            )
        )
    return sum(mornings) / len(mornings) if mornings else None
