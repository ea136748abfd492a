import numpy as np
import pytest

from analysis.motion.coupling import CouplingParams, coupling

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
    bins = coupling(trunk, pelvis_part * trunk, 20, PARAMS).ascent
    assert (bins.lumbar, bins.in_phase, bins.pelvic) == expected


def test_slow_is_not_counted() -> None:
    trunk = np.full(50, 4.0)
    trunk[30:] = 40.0
    found = coupling(trunk, 0.0 * trunk, 30, PARAMS)
    assert found.descent.lumbar is found.descent.in_phase is found.descent.pelvic is None
    assert found.ascent.lumbar == 1.0
