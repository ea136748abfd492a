"""Sensor errors have the sizes they are given; rounding and limits are the strip's."""

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from firmware_sim.body import Felt
from firmware_sim.imu import ADVERSE, PERFECT, TYPICAL, Imu
from firmware_sim.person.anatomy import IDENTITY_QUAT
from gateway.wire.frame import ACC_LSB_MPS2, GYR_LSB_RADPS
from gateway.wire.frame import STANDARD_GRAVITY_MPS2 as G

SEED = 20


def steady(count: int, acc_mps2: tuple[float, ...], gyr_radps: tuple[float, ...] = (0.0, 0.0, 0.0)) -> Felt:
    return Felt(np.tile(acc_mps2, (count, 1)), np.tile(gyr_radps, (count, 1)))


def rng(offset: int = 0) -> np.random.Generator:
    return np.random.default_rng(SEED + offset)


def test_a_perfect_sensor_only_rounds() -> None:
    felt = steady(1, (1.0, -2.0, G), (0.5, -0.25, math.radians(90.0)))
    raw = Imu.drawn(PERFECT, IDENTITY_QUAT, rng()).measure(felt, np.zeros(1), rng())
    assert raw.dtype == np.int16
    assert raw[0].tolist() == [
        round(1.0 / ACC_LSB_MPS2),
        round(-2.0 / ACC_LSB_MPS2),
        4096,
        round(0.5 / GYR_LSB_RADPS),
        round(-0.25 / GYR_LSB_RADPS),
        round(90 * 32.768),
    ]


def test_beyond_full_scale_it_saturates() -> None:
    felt = steady(1, (100.0, -100.0, 0.0), (20.0, -20.0, 0.0))
    raw = Imu.drawn(PERFECT, IDENTITY_QUAT, rng()).measure(felt, np.zeros(1), rng())
    assert raw[0].tolist() == [32767, -32768, 0, 32767, -32768, 0]


def test_mounting_turns_pod_axes_into_the_body_frame() -> None:
    # Pitched 90 deg forward about y: the pod's x axis points down, its z axis forward.
    half = math.sqrt(0.5)
    imu = Imu.drawn(PERFECT, (half, 0.0, half, 0.0), rng())
    raw = imu.measure(steady(1, (0.0, 0.0, G), (1.0, 0.0, 0.0)), np.zeros(1), rng())
    assert raw[0].tolist() == [-4096, 0, 0, 0, 0, round(1.0 / GYR_LSB_RADPS)]


def test_noise_has_the_density_of_the_grade() -> None:
    imu = Imu.drawn(TYPICAL, IDENTITY_QUAT, rng())
    raw = imu.measure(steady(20_000, (0.0, 0.0, G)), np.full(20_000, 1e5), rng(1))
    spread = raw.std(axis=0) * np.repeat([ACC_LSB_MPS2, GYR_LSB_RADPS], 3)
    rounding = np.repeat([ACC_LSB_MPS2, GYR_LSB_RADPS], 3) / math.sqrt(12)
    density = np.repeat([TYPICAL.acc_noise_mps2_rthz, TYPICAL.gyr_noise_radps_rthz], 3)
    assert_allclose(spread, np.hypot(density * math.sqrt(50.0), rounding), rtol=0.05)


def test_biases_spread_over_parts_as_the_grade_says() -> None:
    raw = np.array(
        [
            Imu.drawn(TYPICAL, IDENTITY_QUAT, rng(i)).measure(
                steady(20, (0.0, 0.0, 0.0)), np.zeros(20), rng(i)
            )
            for i in range(300)
        ]
    )
    means = raw.mean(axis=1)
    assert_allclose(means[:, :3].std() * ACC_LSB_MPS2, TYPICAL.acc_bias_mps2, rtol=0.1)
    assert_allclose(means[:, 3:].std() * GYR_LSB_RADPS, TYPICAL.gyr_bias_radps, rtol=0.1)


def test_the_bias_moves_as_the_strip_warms_up() -> None:
    imu = Imu.drawn(TYPICAL, IDENTITY_QUAT, rng())
    felt = steady(5000, (0.0, 0.0, 0.0))
    cold, warm = (imu.measure(felt, np.full(5000, at_s), rng()).mean(axis=0) for at_s in (0.0, 1e5))
    moved = (warm - cold)[3:] * GYR_LSB_RADPS
    assert_allclose(moved, imu.gyr.bias_per_k * 10.0, atol=0.1 * GYR_LSB_RADPS)


def test_scale_and_misalignment_are_of_the_grade() -> None:
    errors = np.array([Imu.drawn(TYPICAL, IDENTITY_QUAT, rng(i)).gyr.matrix - np.eye(3) for i in range(300)])
    across = errors[:, ~np.eye(3, dtype=bool)]
    assert np.einsum("nii->ni", errors).std() == pytest.approx(TYPICAL.gyr_scale, rel=0.1)
    assert across.std() == pytest.approx(TYPICAL.misalignment, rel=0.1)


def test_scales_drift_with_temperature() -> None:
    grade = replace(PERFECT, gyr_scale_per_k=0.001)
    imu = Imu.drawn(grade, IDENTITY_QUAT, rng())
    felt = steady(2, (0.0, 0.0, 0.0), (10.0, 10.0, 10.0))
    cold, warm = (imu.measure(felt, np.full(2, at_s), rng())[0, 3:] * GYR_LSB_RADPS for at_s in (0.0, 1e5))
    assert_allclose(cold, 10.0, atol=GYR_LSB_RADPS)
    assert_allclose(warm / cold - 1.0, 10.0 * imu.gyr.scale_per_k, atol=1e-4)


def test_the_temperature_goes_up_and_down() -> None:
    grade = replace(PERFECT, gyr_bias_radps_per_k=math.radians(1.0), swing_k=3.0, swing_s=400.0)
    imu = Imu.drawn(grade, IDENTITY_QUAT, rng())
    at_s = 1e5 + np.array([100.0, 300.0])  # a quarter and three quarters of a period that began at 1e5
    raw = imu.measure(steady(2, (0.0, 0.0, 0.0)), at_s, rng())[:, 3:] * GYR_LSB_RADPS
    assert_allclose(raw[0] - raw[1], 6.0 * imu.gyr.bias_per_k, atol=2 * GYR_LSB_RADPS)


def test_adverse_parts_are_typical_ones_made_worse() -> None:
    for name in ("acc_bias_mps2", "gyr_bias_radps", "acc_scale", "gyr_scale", "misalignment"):
        assert getattr(TYPICAL, name) < getattr(ADVERSE, name) <= 2.0 * getattr(TYPICAL, name)
