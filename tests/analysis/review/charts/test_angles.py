import re
from typing import Any

import pytest

from analysis.review.charts.angles import MAX_LINES, angle_plot, spark_top_deg, sparkline


def points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", path)]


def test_an_equally_shared_bend_ends_on_the_dashed_line(diary: Any) -> None:
    diary.lift(diary.at("08:00:00"), "shared", depth_deg=60, share=0.5, duration_s=4.0)
    plot = angle_plot(diary.view())
    assert plot is not None
    (start_x, start_y), (end_x, end_y) = points(plot.equal_share)
    peak = plot.peaks[0]
    along = (peak.x - start_x) / (end_x - start_x)
    assert peak.y == pytest.approx(start_y + along * (end_y - start_y), abs=0.2)
    assert end_x - start_x == pytest.approx(start_y - end_y, abs=0.2), "one scale for both angles"


def test_a_hip_led_bend_ends_below_and_a_back_led_one_above(diary: Any) -> None:
    diary.lift(diary.at("08:00:00"), "hip_hinge", share=0.2)
    diary.lift(diary.at("08:01:00"), "lumbar_flexion", share=0.7)
    plot = angle_plot(diary.view())
    assert plot is not None
    hip, back = plot.peaks
    zero_x, zero_y = plot.zero
    assert zero_y - hip.y < hip.x - zero_x
    assert zero_y - back.y > back.x - zero_x


def test_only_the_way_down_is_drawn(diary: Any) -> None:
    diary.lift(diary.at("08:00:00"), "hip_hinge", duration_s=4.0)
    plot = angle_plot(diary.view())
    assert plot is not None
    assert len(points(plot.lines[0][0])) == 41  # 2 s at 0.05 s


def test_the_own_hinge_is_drawn_when_it_was_calibrated(diary: Any) -> None:
    diary.lift(diary.at("08:00:00"), "hip_hinge")
    bare = angle_plot(diary.view())
    diary.calibration(diary.at("07:00:00"))
    taught = angle_plot(diary.view())
    assert bare is not None
    assert taught is not None
    assert (bare.template, taught.template is None) == (None, False)


def test_one_pod_has_no_plot(diary: Any) -> None:
    curve = {"dt_s": 0.05, "pelvis_deg": [0, 20, 0], "trunk_deg": []}
    diary.lift(diary.at("08:00:00"), "not_scored", curve=curve)
    view = diary.view()
    assert angle_plot(view) is None
    spark = sparkline(view.lifts[0], top_deg=spark_top_deg(view.lifts))
    assert spark.trunk is None
    assert spark.pelvis is not None


def test_a_busy_day_draws_the_latest_lines_and_every_sign(diary: Any) -> None:
    for index in range(MAX_LINES + 5):
        diary.lift(diary.at(f"{8 + index // 30:02d}:{index % 30:02d}:00"), "shared")
    plot = angle_plot(diary.view())
    assert plot is not None
    assert (len(plot.lines), len(plot.peaks)) == (MAX_LINES, MAX_LINES + 5)


def test_a_curve_stays_inside_its_frame(diary: Any) -> None:
    diary.lift(diary.at("08:00:00"), "lumbar_flexion", depth_deg=118)
    (lift,) = diary.view().lifts
    spark = sparkline(lift, top_deg=60)
    assert spark.trunk is not None
    assert all(0 <= x <= 128 and 0 <= y <= 44 for x, y in points(spark.trunk))
