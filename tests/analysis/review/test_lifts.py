from typing import Any

import pytest


def test_a_bend_carries_its_numbers_and_their_spread(diary: Any) -> None:
    diary.calibration(diary.at("07:00:00"), lumbar_range_deg=48)
    diary.lift(diary.at("08:00:00"), "shared", depth_deg=60, share=0.5)
    (lift,) = diary.view().lifts
    assert (lift.depth_deg, lift.pelvis_deg, lift.lumbar_deg) == (60, 30, 30)
    assert (lift.share, lift.range_pct) == (0.5, 62.5)
    assert lift.share_sd == pytest.approx(0.04)  # CLINICAL.md B2: 0.04 at 60 deg
    assert lift.range_sd_pct == pytest.approx(100 * 3 / 48)


@pytest.mark.parametrize(("trunk_deg", "sd"), [(30, 0.08), (45, 0.05), (60, 0.04)])
def test_the_share_is_less_sure_in_a_shallow_bend(diary: Any, trunk_deg: float, sd: float) -> None:
    diary.lift(diary.at("08:00:00"), "shared", depth_deg=trunk_deg)
    assert diary.view().lifts[0].share_sd == pytest.approx(sd, abs=0.004)


def test_bends_are_counted_by_kind_and_place(diary: Any) -> None:
    for index, kind in enumerate(["hip_hinge", "hip_hinge", "shared", "lumbar_flexion", "not_scored"]):
        diary.lift(diary.at(f"08:0{index}:00"), kind, borderline=kind == "shared")
    diary.lift(diary.at("08:06:00"), "hip_hinge", context="practice")
    view = diary.view()
    assert view.chores.by_strategy == {"hip_hinge": 2, "shared": 1, "lumbar_flexion": 1, "not_scored": 1}
    assert (view.chores.total, view.chores.scored, view.chores.borderline) == (5, 4, 1)
    assert view.chores.hip_led is not None
    assert (view.chores.hip_led.count, view.chores.hip_led.total) == (2, 4)
    assert view.practice.total == 1


def test_a_day_of_bends_that_cannot_be_told_apart_has_no_share(diary: Any) -> None:
    diary.lift(diary.at("08:00:00"), "not_scored", reason="single_pod")
    view = diary.view()
    assert view.chores.hip_led is None
    assert (view.lifts[0].share, view.lifts[0].share_sd, view.lifts[0].range_sd_pct) == (None, None, None)


def test_a_bend_belongs_to_the_day_of_its_deepest_moment(diary: Any) -> None:
    diary.lift(diary.at("23:59:58"), "shared", duration_s=6.0)
    assert diary.view().lifts == ()
