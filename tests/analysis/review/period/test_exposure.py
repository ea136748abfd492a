"""Sums of minutes, with percentiles checked against the times they stand for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from analysis.events.day import TILT_EDGES_DEG, VELOCITY_EDGES_DPS, Minute
from analysis.review.period.exposure import exposure
from analysis.review.period.hours import week_hours

START = datetime(2026, 5, 4, 6, tzinfo=UTC)


def minute(at_min: int, tilts: dict[int, float], **changes: Any) -> Minute:
    """A minute with so many seconds in the tilt bins that begin at these degrees."""
    hist = [tilts.get(edge, 0.0) for edge in TILT_EDGES_DEG[:-1]]
    speeds = [sum(hist), *[0.0] * (len(VELOCITY_EDGES_DPS) - 2)]
    start = START + timedelta(minutes=at_min)
    zero = dict.fromkeys(("lying_s", "sitting_s", "walking_s", "not_worn_s", "steps", "lifts"), 0)
    unbent = dict.fromkeys(("lumbar_over_half_s", "standing_extension_s", "back_bends", "slumped_s"), 0)
    fields: dict[str, Any] = {
        "event_id": f"m{at_min}",
        "patient": "p",
        "device": "d",
        "mode": "dual",
        "algorithm": "a",
        "quality": 1.0,
        "start": start.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "end": (start + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "boot": 1,
        "first_sample": at_min,
        "last_sample": at_min,
        "revision": 0,
        "standing_s": 60,
        "tilt_hist_s": hist,
        "velocity_hist_s": speeds,
        **zero,
        **unbent,
    }
    return Minute(**{**fields, **changes})


def test_bins_and_percentiles() -> None:
    found = exposure([minute(0, {0: 30, 20: 18, 60: 12}), minute(1, {0: 60})], UTC)
    assert found is not None
    assert (found.worn_s, found.bent_s, found.deep_s) == (120, 18, 12)
    assert found.tilt_deg.p50 == pytest.approx(5 * 60 / 90)  # 60 of the 90 s in the bin from 0 to 5 deg
    assert found.tilt_deg.p90 == pytest.approx(25)  # 108 s: all of the first two bins
    assert found.velocity_dps.p50 == pytest.approx(10)


def test_what_cannot_be_known_is_none_and_what_is_known_is_summed() -> None:
    blind = {"lumbar_over_half_s": None, "back_bends": None, "slumped_s": None, "standing_extension_s": None}
    found = exposure([minute(0, {0: 60}, **blind)], UTC)
    assert found is not None
    assert found.over_half_s is found.back_bends is found.slumped_s is found.early_flexion_s is None
    found = exposure([minute(0, {0: 60}, **blind), minute(1, {0: 60}, back_bends=2, slumped_s=9)], UTC)
    assert found is not None
    assert (found.back_bends, found.slumped_s) == (2, 9)


def test_early_flexion_begins_with_rising_and_is_a_mean_of_days() -> None:
    in_bed = minute(0, {0: 60}, lying_s=60, standing_s=0, lumbar_over_half_s=50)
    risen = [minute(10 + index, {0: 60}, lumbar_over_half_s=6) for index in range(180)]
    next_day = [minute(1440 + index, {0: 60}, lumbar_over_half_s=1) for index in range(180)]
    found = exposure([in_bed, *risen, *next_day], UTC)
    assert found is not None
    assert found.early_flexion_s == (120 * 6 + 120 * 1) / 2


def test_nothing_worn_is_nothing() -> None:
    assert exposure([], UTC) is None
    assert exposure([minute(0, {}, not_worn_s=60, standing_s=0)], UTC) is None


def test_hours_of_a_weekday_add_up_and_hardly_worn_ones_say_nothing() -> None:
    worn = [minute(index, {0: 45, 40: 15}) for index in range(10)]
    again = [minute(7 * 1440 + index, {0: 60}, sitting_s=60, standing_s=0) for index in range(10)]
    brief = [minute(60 + index, {0: 60}) for index in range(4)]
    hours = week_hours([*worn, *again, *brief], UTC)
    assert [(hour.weekday, hour.hour, hour.worn_s) for hour in hours] == [(0, 6, 1200)]
    assert hours[0].bent == pytest.approx(150 / 1200)
    assert hours[0].seated == pytest.approx(0.5)
