import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

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


_RATES_DPS = st.lists(st.tuples(st.floats(-99.0, 99.0), st.floats(-99.0, 99.0)), min_size=2, max_size=40)


@given(_RATES_DPS, st.integers(0, 40))
def test_shares_are_those_of_the_coupling_angles(rates_dps: list[tuple[float, float]], peak: int) -> None:
    trunk, pelvis = np.array(rates_dps).T
    along = pelvis * np.sign(trunk)
    angle_deg = np.degrees(np.arctan2(along, np.abs(trunk) - along))
    for edge_deg in (PARAMS.lumbar_below_deg, PARAMS.pelvic_above_deg):
        assume(np.abs(angle_deg - edge_deg).min() > 1e-9)
    found = coupling(trunk, pelvis, peak, PARAMS)
    for bins, phase in ((found.descent, slice(None, peak)), (found.ascent, slice(peak, None))):
        angles_deg = angle_deg[phase][np.abs(trunk[phase]) >= PARAMS.slow_dps]
        if not angles_deg.size:
            assert bins.lumbar is bins.in_phase is bins.pelvic is None
            continue
        assert bins.lumbar == pytest.approx(np.mean(angles_deg < PARAMS.lumbar_below_deg), abs=6e-4)
        assert bins.pelvic == pytest.approx(np.mean(angles_deg > PARAMS.pelvic_above_deg), abs=6e-4)
