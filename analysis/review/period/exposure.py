"""How the trunk was held and moved over days: sums of minutes, and the percentiles that only sums have.

Percentiles are of the amplitude probability distribution (Jonsson 1982, J Hum Ergol 11:73-88): the tilt that
the trunk stays under for 10, 50 and 90 % of the worn time, read off the summed histograms by straight lines
within a bin. Velocity is the absolute sagittal angular velocity; other definitions give figures several times
apart (Fan et al. 2021, doi:10.3390/s21165527), so it is never compared with other devices'.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from itertools import accumulate, pairwise
from typing import Final

import numpy as np

from analysis.events.day import TILT_EDGES_DEG, VELOCITY_EDGES_DPS
from analysis.review.period.minutes import UNKNOWN, Minutes, Whole, seconds

_DAY_S: Final = 86_400


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


def exposure(minutes: Minutes, zone: tzinfo, params: ExposureParams | None = None) -> Exposure | None:
    """Return the sums of `minutes`; None where nothing was worn."""
    p = params or ExposureParams()
    worn = minutes.where(minutes.tilt.sum(axis=1) > 0)
    if not len(worn):
        return None
    tilts = [seconds(each) for each in worn.tilt.sum(axis=0)]
    velocities = [seconds(each) for each in worn.velocity.sum(axis=0)]
    back_bends = worn.back_bends[worn.back_bends != UNKNOWN]
    deep_s = _beyond(worn, p.deep_deg)
    return Exposure(
        worn_s=seconds(worn.tilt.sum()),
        upright_s=seconds(worn.standing.sum() + worn.walking.sum()),
        bent_s=_beyond(worn, p.bent_deg) - deep_s,
        deep_s=deep_s,
        tilt_deg=_percentiles(tilts, TILT_EDGES_DEG),
        velocity_dps=_percentiles(velocities, VELOCITY_EDGES_DPS),
        over_half_s=_known_sum_s(worn.over_half),
        slumped_s=_known_sum_s(worn.slumped),
        standing_extension_s=_known_sum_s(worn.extension),
        back_bends=int(back_bends.sum()) if len(back_bends) else None,
        early_flexion_s=_early_flexion_s(worn, zone, p),
    )


def _beyond(minutes: Minutes, limit_deg: int) -> float:
    return seconds(minutes.tilt[:, TILT_EDGES_DEG.index(limit_deg) :].sum())


def _known_sum_s(column: Whole) -> float | None:
    known = column[column != UNKNOWN]
    return seconds(known.sum()) if len(known) else None


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


def _early_flexion_s(minutes: Minutes, zone: tzinfo, p: ExposureParams) -> float | None:
    known = minutes.where(minutes.over_half != UNKNOWN)
    days = known.on_wall(zone) // _DAY_S
    is_up = known.standing + known.walking >= round(100 * p.rising_s)
    mornings: list[float] = []
    for day in np.unique(days[is_up]):
        of_day = known.where(days == day)
        risen_s = of_day.start_s[is_up[days == day]][0]
        until_s = risen_s + p.morning.total_seconds()
        early = (of_day.start_s >= risen_s) & (of_day.start_s < until_s)
        mornings.append(seconds(of_day.over_half[early].sum()))
    return sum(mornings) / len(mornings) if mornings else None
