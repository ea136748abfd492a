import numpy as np
import pytest

from analysis.motion.coupling import CouplingParams, coupling_bins

PARAMS = CouplingParams()


@pytest.mark.parametrize(
    ("pelvis_part", "expected"),
    [
        (0.0, (1.0, 0.0, 0.0)),
        (-0.5, (1.0, 0.0, 0.0)),
        (0.5, (0.0, 1.0, 0.0)),
        (1.0, (0.0, 0.0, 1.0)),
        (1.5, (0.0, 0.0, 1.0)),
    ],
)
@pytest.mark.parametrize("direction", [1.0, -1.0])
def test_pure_cases(pelvis_part: float, expected: tuple[float, float, float], direction: float) -> None:
    trunk = np.full(50, 40.0 * direction)
    bins = coupling_bins(trunk, pelvis_part * trunk, PARAMS)
    assert (bins.lumbar, bins.in_phase, bins.pelvic) == expected


def test_slow_is_not_counted() -> None:
    bins = coupling_bins(np.full(50, 4.0), np.full(50, 2.0), PARAMS)
    assert bins.lumbar is bins.in_phase is bins.pelvic is None
