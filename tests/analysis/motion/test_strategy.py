import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis.motion.calibration import DEFAULT_GATES
from analysis.motion.strategy import StrategyParams, Verdict, judge

PARAMS = StrategyParams()
_RANGE_DEG = 55.0
_PLACES = [-3.0 + 0.25 * step for step in range(25)]


def _judge(share: float, range_pct: float | None, trunk_deg: float = 60.0) -> Verdict:
    return judge(
        share, range_pct, trunk_deg, None if range_pct is None else _RANGE_DEG, DEFAULT_GATES, PARAMS
    )


@pytest.mark.parametrize(
    ("share", "range_pct", "strategy", "borderline"),
    [
        (0.20, 30.0, "hip_hinge", False),
        (0.36, 30.0, "hip_hinge", True),
        (0.20, 47.0, "hip_hinge", True),
        (0.20, 56.0, "shared", False),
        (0.20, 52.0, "shared", True),
        (0.45, 55.0, "shared", False),
        (0.60, 50.0, "shared", False),
        (0.60, 62.0, "lumbar_flexion", True),
        (0.65, 70.0, "lumbar_flexion", False),
        (0.30, 90.0, "lumbar_flexion", False),
        (0.45, 77.0, "shared", True),
    ],
)
def test_rules(share: float, range_pct: float, strategy: str, borderline: bool) -> None:
    verdict = _judge(share, range_pct)
    assert (verdict.strategy, verdict.borderline) == (strategy, borderline)


@pytest.mark.parametrize(
    ("share", "strategy", "borderline"),
    [
        (0.2, "hip_hinge", False),
        (0.32, "hip_hinge", True),
        (0.465, "shared", False),
        (0.7, "lumbar_flexion", False),
    ],
)
def test_share_alone_has_a_wider_band(share: float, strategy: str, borderline: bool) -> None:
    verdict = _judge(share, None)
    assert (verdict.strategy, verdict.borderline) == (strategy, borderline)


def test_confidence_grows_with_distance_and_depth() -> None:
    assert _judge(0.1, 20.0).confidence > _judge(0.33, 20.0).confidence > 0.5
    assert _judge(0.25, 30.0, 90.0).confidence > _judge(0.25, 30.0, 35.0).confidence


@given(st.floats(-0.5, 1.5), st.one_of(st.none(), st.floats(-20.0, 150.0)), st.floats(30.0, 140.0))
def test_confidence_is_a_probability(share: float, range_pct: float | None, trunk_deg: float) -> None:
    assert 0.0 <= _judge(share, range_pct, trunk_deg).confidence <= 1.0


@given(st.floats(-0.5, 1.5), st.one_of(st.none(), st.floats(-20.0, 150.0)), st.floats(30.0, 140.0))
def test_confidence_is_the_weight_of_the_places_with_the_label(
    share: float, range_pct: float | None, trunk_deg: float
) -> None:
    error = PARAMS.tilt_error_deg
    share_error = error * math.sqrt((1.0 - share) ** 2 + 1.0) / trunk_deg
    range_error = 100.0 * error * math.sqrt(2.0) / _RANGE_DEG
    there = [
        (share + place * share_error, None if range_pct is None else range_pct + place * range_error)
        for place in _PLACES
    ]
    edges = (DEFAULT_GATES.hip_share, PARAMS.back_share)
    edges_pct = (DEFAULT_GATES.hip_range_pct, PARAMS.back_share_range_pct, PARAMS.back_range_pct)
    assume(all(abs(one - edge) > 1e-9 for one, _ in there for edge in edges))
    assume(all(one is None or abs(one - edge) > 1e-9 for _, one in there for edge in edges_pct))
    verdict, weights = _judge(share, range_pct, trunk_deg), [math.exp(-0.5 * place**2) for place in _PLACES]
    same = [_judge(*one).strategy == verdict.strategy for one in there]
    weight = math.fsum(w for w, is_same in zip(weights, same, strict=True) if is_same) / math.fsum(weights)
    assert verdict.confidence == pytest.approx((1.0 - PARAMS.unseen) * weight + PARAMS.unseen / 3.0)
