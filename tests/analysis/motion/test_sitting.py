import math

import pytest

from analysis.events.calibration import Calibration
from analysis.motion.calibration import calibration_event
from analysis.motion.origin import Origin
from analysis.motion.seconds import Feature
from analysis.motion.sitting import Bout, SittingParams, slumped

PARAMS = SittingParams()


def _second(pelvis_deg: float, lumbar_deg: float = 0.0, speed_dps: float = 1.0) -> Feature:
    return Feature(0, pelvis_deg, lumbar_deg, 0.0, speed_dps, 0)


def _shifts(*seconds: Feature) -> int:
    bout = Bout(0, None, None)
    shifts = bout.add(seconds, slumped_s=0, params=PARAMS)
    assert shifts[-1] == bout.shifts
    return bout.shifts


def test_a_shift_counts_once_it_has_settled() -> None:
    still, moved = [_second(-18.0)] * 10, [_second(-27.0)] * 10
    assert _shifts(*still, *moved) == 1
    assert _shifts(*still, *moved, *still) == 2
    assert _shifts(*still, *[_second(-27.0, speed_dps=20.0)] * 10, *still) == 0
    assert _shifts(*still, *[_second(-25.0)] * 10) == 0


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
    assert slumped(_second(pelvis_deg, lumbar_deg), calibration, PARAMS) is expected
