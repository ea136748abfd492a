"""The rules of CLINICAL.md B2, case by case."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.truth.strategy import USUAL_LIMITS, own_limits, verdict


@pytest.mark.parametrize(
    ("share", "range_pct", "label", "borderline"),
    [
        (0.20, 30.0, "hip_hinge", False),
        (0.36, 30.0, "hip_hinge", True),
        (0.20, 47.0, "hip_hinge", True),
        (0.30, 60.0, "shared", False),
        (0.45, 60.0, "shared", False),
        (0.45, 78.0, "shared", True),
        (0.45, 82.0, "lumbar_flexion", True),
        (0.30, 90.0, "lumbar_flexion", False),
        (0.65, 70.0, "lumbar_flexion", False),
        (0.57, 70.0, "lumbar_flexion", True),
        (0.65, 50.0, "shared", False),
        (0.65, 58.0, "shared", True),
    ],
)
def test_labels_and_their_borders(share: float, range_pct: float, label: str, borderline: bool) -> None:
    found = verdict(share, range_pct, 60.0, 0.0)
    assert (found.strategy, found.borderline, found.reason) == (label, borderline, None)


def test_shallow_and_twisted_bends_are_not_scored() -> None:
    assert verdict(0.2, 20.0, 29.0, 0.0).reason == "too shallow"
    assert verdict(0.2, 20.0, 60.0, 26.0).reason == "twisted or bent sideways"


@given(st.floats(0.0, 1.0), st.floats(0.0, 110.0))
def test_beyond_the_band_a_small_error_keeps_the_label(share: float, range_pct: float) -> None:
    found = verdict(share, range_pct, 60.0, 0.0)
    if not found.borderline:
        for ds, dr in ((0.04, 4.0), (-0.04, 4.0), (0.04, -4.0), (-0.04, -4.0)):
            assert verdict(share + ds, range_pct + dr, 60.0, 0.0).strategy == found.strategy


def test_the_dowel_hinges_set_the_limits_of_a_hip_led_bend() -> None:
    limits = own_limits([(0.20, 30.0), (0.22, 34.0), (0.24, 38.0)])
    assert limits.share == pytest.approx(0.26)
    assert limits.range_pct == pytest.approx(42.0)
    assert verdict(0.30, 36.0, 60.0, 0.0).strategy == "hip_hinge"
    assert verdict(0.30, 36.0, 60.0, 0.0, limits).strategy == "shared"
    assert own_limits([(0.05, 5.0)] * 5).share == 0.25
    assert own_limits([(0.9, 95.0)] * 5).range_pct == 60.0
    assert own_limits([(0.2, 30.0)] * 2) == USUAL_LIMITS
