import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.events.calibration import Calibration
from analysis.motion.calibration import calibration_event
from analysis.motion.origin import Origin
from analysis.motion.seconds import Features
from analysis.motion.sitting import Bout, SittingParams, slumped

PARAMS = SittingParams()


_FEW = st.sampled_from([0.0, 5.0, 10.0, math.nan])
Seen = tuple[float, float, float]
"""Pelvis tilt, lumbar flexion, speed of one second."""


def _second(pelvis_deg: float, lumbar_deg: float = 0.0, speed_dps: float = 1.0) -> Seen:
    return pelvis_deg, lumbar_deg, speed_dps


def _features(*seconds: Seen) -> Features:
    pelvis_deg, lumbar_deg, speed_dps = ([one[place] for one in seconds] for place in range(3))
    count = len(seconds)
    return Features(0, pelvis_deg, lumbar_deg, [0.0] * count, speed_dps, [0] * count)


def _shifts(*seconds: Seen) -> int:
    bout = Bout(0, None)
    shifts = bout.add(_features(*seconds), slumped_s=0, params=PARAMS)
    assert shifts[-1] == bout.shifts
    return bout.shifts


def test_a_shift_counts_once_it_has_settled() -> None:
    still, moved = [_second(-18.0)] * 10, [_second(-27.0)] * 10
    assert _shifts(*still, *moved) == 1
    assert _shifts(*still, *moved, *still) == 2
    assert _shifts(*still, *[_second(-27.0, speed_dps=20.0)] * 10, *still) == 0
    assert _shifts(*still, *[_second(-25.0)] * 10) == 0


@given(
    st.lists(st.tuples(st.sampled_from([-30.0, -20.0, -18.0, math.nan]), _FEW, st.sampled_from([1.0, 9.0]))),
    st.integers(0, 40),
)
def test_a_bout_is_the_sum_of_its_parts(seconds: list[Seen], cut: int) -> None:
    whole, parts = Bout(0, None), Bout(0, None)
    shifts = whole.add(_features(*seconds), slumped_s=0, params=PARAMS)
    assert shifts == [
        *parts.add(_features(*seconds[:cut]), slumped_s=0, params=PARAMS),
        *parts.add(_features(*seconds[cut:]), slumped_s=0, params=PARAMS),
    ]
    assert (whole.shifts, whole.still_s) == (parts.shifts, parts.still_s)


def test_flexion_counts_too_and_one_pod_is_enough() -> None:
    assert _shifts(*[_second(-18.0, 20.0)] * 5, *[_second(-18.0, 30.0)] * 5) == 1
    assert _shifts(*[_second(-18.0, math.nan)] * 5, *[_second(-28.0, math.nan)] * 5) == 1


@pytest.mark.parametrize(
    ("range_deg", "sit_deg", "pelvis_deg", "lumbar_deg", "expected"),
    [
        (50.0, -18.0, -40.0, 32.0, False),
        (50.0, -18.0, -20.0, 33.0, True),
        (None, -18.0, -23.0, 0.0, False),
        (None, -18.0, -25.0, 0.0, True),
        (None, None, -40.0, 40.0, False),
    ],
)
def test_slump(
    range_deg: float | None, sit_deg: float | None, pelvis_deg: float, lumbar_deg: float, expected: bool
) -> None:
    calibration: Calibration = calibration_event(
        Origin("p", "d", 0),
        sample=0,
        utc_ns=(None, None),
        upper=None,
        lower=None,
        quality=1.0,
        reasons=[],
        lumbar_range_deg=range_deg,
        sit_deg=sit_deg,
        slump_deg=None if sit_deg is None else sit_deg - 12.0,
    )
    assert slumped(_features(_second(pelvis_deg, lumbar_deg)), calibration, PARAMS) == [expected]
