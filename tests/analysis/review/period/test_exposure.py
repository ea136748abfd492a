"""Sums of minutes, with percentiles checked against the times they stand for."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.events.day import TILT_EDGES_DEG, VELOCITY_EDGES_DPS, Minute
from analysis.review.period.exposure import exposure
from analysis.review.period.hours import LEAST_WORN_S, week_hours
from analysis.review.period.minutes import FIELDS, Minutes

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
        "first_sample": abs(at_min),
        "last_sample": abs(at_min),
        "revision": 0,
        "standing_s": 60,
        "tilt_hist_s": hist,
        "velocity_hist_s": speeds,
        **zero,
        **unbent,
    }
    return Minute(**{**fields, **changes})


def table(*minutes: Minute) -> Minutes:
    return Minutes.of_rows([[getattr(minute, name) for name in FIELDS] for minute in minutes])


def test_bins_and_percentiles() -> None:
    found = exposure(table(minute(0, {0: 30, 20: 18, 60: 12}), minute(1, {0: 60})), UTC)
    assert found is not None
    assert (found.worn_s, found.bent_s, found.deep_s) == (120, 18, 12)
    assert found.tilt_deg.p50 == pytest.approx(5 * 60 / 90)  # 60 of the 90 s in the bin from 0 to 5 deg
    assert found.tilt_deg.p90 == pytest.approx(25)  # 108 s: all of the first two bins
    assert found.velocity_dps.p50 == pytest.approx(10)


def test_what_cannot_be_known_is_none_and_what_is_known_is_summed() -> None:
    blind = {"lumbar_over_half_s": None, "back_bends": None, "slumped_s": None, "standing_extension_s": None}
    found = exposure(table(minute(0, {0: 60}, **blind)), UTC)
    assert found is not None
    assert found.over_half_s is found.back_bends is found.slumped_s is found.early_flexion_s is None
    found = exposure(table(minute(0, {0: 60}, **blind), minute(1, {0: 60}, back_bends=2, slumped_s=9)), UTC)
    assert found is not None
    assert (found.back_bends, found.slumped_s) == (2, 9)


def test_early_flexion_begins_with_rising_and_is_a_mean_of_days() -> None:
    in_bed = minute(0, {0: 60}, lying_s=60, standing_s=0, lumbar_over_half_s=50)
    risen = [minute(10 + index, {0: 60}, lumbar_over_half_s=6) for index in range(180)]
    next_day = [minute(1440 + index, {0: 60}, lumbar_over_half_s=1) for index in range(180)]
    found = exposure(table(in_bed, *risen, *next_day), UTC)
    assert found is not None
    assert found.early_flexion_s == (120 * 6 + 120 * 1) / 2


def test_nothing_worn_is_nothing() -> None:
    assert exposure(table(), UTC) is None
    assert exposure(table(minute(0, {}, not_worn_s=60, standing_s=0)), UTC) is None


def test_hours_of_a_weekday_add_up_and_hardly_worn_ones_say_nothing() -> None:
    worn = [minute(index, {0: 45, 40: 15}) for index in range(10)]
    again = [minute(7 * 1440 + index, {0: 60}, sitting_s=60, standing_s=0) for index in range(10)]
    brief = [minute(60 + index, {0: 60}) for index in range(4)]
    hours = week_hours(table(*worn, *again, *brief), UTC)
    assert [(hour.weekday, hour.hour, hour.worn_s) for hour in hours] == [(0, 6, 1200)]
    assert hours[0].bent == pytest.approx(150 / 1200)
    assert hours[0].seated == pytest.approx(0.5)


def test_a_row_that_lacks_what_every_minute_has_is_left_out() -> None:
    whole, torn = ([getattr(minute(at, {0: 60}), name) for name in FIELDS] for at in (0, 1))
    torn[FIELDS.index("sitting_s")] = None
    assert len(Minutes.of_rows([torn, whole])) == 1


@settings(max_examples=40)
@given(data=st.data(), zone=st.sampled_from(["UTC", "Europe/Zurich", "America/St_Johns", "Asia/Kathmandu"]))
def test_the_table_says_what_the_minutes_say_one_by_one(data: st.DataObject, zone: str) -> None:
    """Over nights in which clocks change too; in whatever order the minutes come."""
    begin_min = data.draw(st.sampled_from([0, -37 * 24 * 60, 174 * 24 * 60]), "in May, March or October")
    at = data.draw(st.sets(st.integers(0, 3 * 24 * 60), max_size=20))
    minutes = [drawn(data, begin_min + each) for each in at]
    wall = ZoneInfo(zone)
    found = exposure(table(*minutes), wall)
    worn = [each for each in minutes if sum(each.tilt_hist_s) > 0]
    assert (found is None) == (not worn)
    if found is not None:
        assert found.worn_s == pytest.approx(sum(sum(each.tilt_hist_s) for each in worn))
        assert found.upright_s == pytest.approx(sum(each.standing_s + each.walking_s for each in worn))
        assert found.slumped_s == known_sum([each.slumped_s for each in worn])
        assert found.back_bends == known_sum([each.back_bends for each in worn])
        assert found.early_flexion_s == early_flexion_s(worn, wall)
    hours: dict[tuple[int, int], list[float]] = {}
    for each in minutes:
        local = datetime.fromisoformat(str(each.start)).astimezone(wall)
        sums = hours.setdefault((local.weekday(), local.hour), [0.0, 0.0])
        sums[0] += each.lying_s + each.sitting_s + each.standing_s + each.walking_s
        sums[1] += each.sitting_s
    wanted = {at: sums for at, sums in hours.items() if round(sums[0], 2) >= LEAST_WORN_S}
    shown = {(hour.weekday, hour.hour): hour for hour in week_hours(table(*minutes), wall)}
    assert shown.keys() == wanted.keys()
    for place, (worn_s, seated_s) in wanted.items():
        assert shown[place].worn_s == pytest.approx(worn_s)
        assert shown[place].seated == pytest.approx(min(1.0, seated_s / worn_s))


def drawn(data: st.DataObject, at_min: int) -> Minute:
    duration = st.integers(0, 6000).map(lambda hundredths: hundredths / 100)
    fields: dict[str, Any] = {name: data.draw(duration) for name in ("lying_s", "sitting_s", "standing_s")}
    fields |= {name: data.draw(st.none() | duration) for name in ("lumbar_over_half_s", "slumped_s")}
    fields["back_bends"] = data.draw(st.none() | st.integers(0, 9))
    return minute(at_min, {edge: data.draw(duration) for edge in (-30, 20, 60)}, **fields)


def known_sum(values: list[Any]) -> Any:
    known = [value for value in values if value is not None]
    return pytest.approx(sum(known)) if known else None


def early_flexion_s(worn: list[Minute], zone: ZoneInfo) -> Any:
    days: dict[Any, list[tuple[datetime, Minute]]] = {}
    for each in worn:
        if each.lumbar_over_half_s is not None:
            at = datetime.fromisoformat(str(each.start))
            days.setdefault(at.astimezone(zone).date(), []).append((at, each))
    mornings = []
    for day in days.values():
        up = [at for at, each in day if round(each.standing_s + each.walking_s, 2) >= 30]
        if up:
            until = min(up) + timedelta(hours=2)
            mornings.append(sum(each.lumbar_over_half_s or 0 for at, each in day if min(up) <= at < until))
    return pytest.approx(sum(mornings) / len(mornings)) if mornings else None
