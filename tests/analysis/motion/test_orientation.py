from collections.abc import Callable

import numpy as np
import pytest
from vqf import VQF

from analysis.motion.block import Block, PodSamples
from analysis.motion.orientation import OrientationParams, PodOrientation, with_bridge


def _samples(count: int, seed: int = 0) -> PodSamples:
    rng = np.random.default_rng(seed)
    acc = rng.normal(size=(count, 3)) + np.array([0.0, 0.0, 9.81])
    return PodSamples(acc, rng.normal(size=(count, 3)) * 0.5)


def test_is_stock_vqf() -> None:
    samples = _samples(500)
    found = PodOrientation(OrientationParams()).push(samples)
    assert samples.gyr_radps is not None
    stock = VQF(0.01).updateBatch(samples.gyr_radps, samples.acc_mps2)
    np.testing.assert_array_equal(found.quats, stock["quat6D"])


@pytest.mark.parametrize("gyroscopes", [True, False])
def test_goes_on_exactly_after_a_snapshot(gyroscopes: bool) -> None:
    samples = _samples(400)
    assert samples.gyr_radps is not None
    gyr = samples.gyr_radps if gyroscopes else None
    first = PodSamples(samples.acc_mps2[:150], None if gyr is None else gyr[:150])
    rest = PodSamples(samples.acc_mps2[150:], None if gyr is None else gyr[150:])
    whole = PodOrientation(OrientationParams()).push(PodSamples(samples.acc_mps2, gyr))
    one, other = PodOrientation(OrientationParams()), PodOrientation(OrientationParams())
    one.push(first)
    state = one.state()
    one.push(_samples(70, seed=5))
    other.restore(state)
    np.testing.assert_array_equal(other.push(rest).quats, whole.quats[150:])


def test_accelerometer_alone_finds_a_slow_tilt_late(planar: Callable[..., Block]) -> None:
    t_s = np.arange(0.0, 20.0, 0.01)
    tilt_deg = 2.0 * t_s
    block = planar(tilt_deg, None, gyroscopes=False)
    assert block.lower is not None
    stage = PodOrientation(OrientationParams())
    up = stage.push(block.lower).up
    assert up is not None
    found = np.degrees(np.arctan2(-up[0], up[2]))
    late = 2.0 * stage.delay_s
    np.testing.assert_allclose(found[500:], tilt_deg[500:] - late, atol=0.05)


def test_bridge_is_a_straight_line() -> None:
    before = PodSamples(np.array([[0.0, 0.0, 8.0]]), np.array([[1.0, 0.0, 0.0]]))
    after = PodSamples(np.array([[4.0, 0.0, 12.0]]), np.array([[5.0, 0.0, 0.0]]))
    bridge = with_bridge(before, after, 3)
    np.testing.assert_allclose(bridge.acc_mps2, [[1.0, 0.0, 9.0], [2.0, 0.0, 10.0], [3.0, 0.0, 11.0]])
    assert bridge.gyr_radps is not None
    np.testing.assert_allclose(bridge.gyr_radps[:, 0], [2.0, 3.0, 4.0])
