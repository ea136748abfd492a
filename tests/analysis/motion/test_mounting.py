import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from analysis.motion.mounting import middle_up, mounting, tilts_deg
from analysis.motion.rotation import angle_deg, applied, unit


def _up_in_pod(
    mounted: Rotation, tilt_deg: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return up in the axes of a pod whose rotation to the body is `mounted`, at forward tilts."""
    tilt = np.radians(tilt_deg)
    body = np.stack((-np.sin(tilt), np.zeros_like(tilt), np.cos(tilt)), axis=1)
    return np.asarray(mounted.inv().apply(body).T)


@pytest.mark.parametrize("seed", range(12))
def test_any_way_round(seed: int) -> None:
    mounted = Rotation.random(random_state=seed)
    tilt_deg = np.linspace(0.0, 80.0, 40)
    up = _up_in_pod(mounted, tilt_deg)
    found = mounting(unit(up[:, 0].tolist()), up)
    assert found is not None
    np.testing.assert_allclose(np.array(found.matrix), mounted.as_matrix(), atol=1e-9)
    np.testing.assert_allclose(tilts_deg(found.matrix, up), tilt_deg, atol=1e-6)


def test_standing_alone_shows_no_direction() -> None:
    up = np.tile(np.array([[0.0], [0.0], [1.0]]), 20)
    assert mounting((0.0, 0.0, 1.0), up) is None


def test_neutral_is_up() -> None:
    up = _up_in_pod(Rotation.from_euler("xyz", (170.0, 20.0, 200.0), degrees=True), np.linspace(0.0, 60.0, 9))
    found = mounting(unit(up[:, 0].tolist()), up)
    assert found is not None
    assert applied(found.matrix, unit(up[:, 0].tolist())) == pytest.approx((0.0, 0.0, 1.0))


def test_the_middle_is_where_most_are_whatever_the_axes() -> None:
    upright, leaning = (
        Rotation.from_euler("xy", (2.0, 3.0), degrees=True),
        Rotation.from_euler("y", 12.0, degrees=True),
    )
    ups = np.array([upright.apply((0.0, 0.0, 1.0))] * 4 + [leaning.apply((0.0, 0.0, 1.0))] * 3).T
    middle = middle_up(ups)
    assert angle_deg(middle, unit(ups[:, 0].tolist())) < 0.1
    turned = Rotation.random(random_state=4)
    again = middle_up(turned.apply(ups.T).T)
    assert angle_deg(again, unit(turned.apply(middle).tolist())) < 1e-6
