from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from analysis.motion.angles import AngleStage, Motion, Row, joined
from analysis.motion.block import Block, FloatArray, PodSamples
from analysis.motion.orientation import OrientationParams, PodOrientation
from analysis.motion.rotation import IDENTITY
from analysis.motion.tilts import Attitudes


def _motion(block: Block) -> Motion:
    pods = [pod for pod in (block.lower, block.upper) if pod is not None]
    attitudes = tuple(PodOrientation(OrientationParams()).push(pod) for pod in pods)
    run = Attitudes(block.first_sample, attitudes, block.saturated)
    frames = (None if block.lower is None else IDENTITY, None if block.upper is None else IDENTITY)
    return AngleStage(*frames).push(run)


def _swaying(planar: Callable[..., Block], *, gyroscopes: bool) -> Block:
    """Return half a minute that begins within a second."""
    t_s = np.arange(0.0, 30.0, 0.01)
    return planar(30.0 * np.sin(t_s), 50.0 * np.sin(1.3 * t_s), first_sample=250, gyroscopes=gyroscopes)


def test_planar_bend(
    planar: Callable[..., Block], bump: Callable[[FloatArray, float, float], FloatArray]
) -> None:
    t_s = np.arange(0.0, 10.0, 0.01)
    pelvis, trunk = 45.0 * bump(t_s, 3.0, 4.0), 110.0 * bump(t_s, 3.0, 4.0)
    motion = _motion(planar(pelvis, trunk))
    # VQF takes each rate for the step before it, which is half a sample early.
    early_s = 0.007
    np.testing.assert_allclose(motion[Row.PELVIS_DEG], pelvis, atol=45.0 * np.pi / 4.0 * early_s)
    np.testing.assert_allclose(motion[Row.TRUNK_DEG], trunk, atol=110.0 * np.pi / 4.0 * early_s)
    np.testing.assert_allclose(motion.lumbar_deg, trunk - pelvis, atol=65.0 * np.pi / 4.0 * early_s)
    np.testing.assert_allclose(motion[Row.BEND_DPS], np.gradient(trunk) * 100.0, atol=2.0)
    np.testing.assert_allclose(motion[Row.TWIST_DPS], 0.0, atol=0.5)


def test_upward_acceleration_does_not_depend_on_the_tilt(planar: Callable[..., Block]) -> None:
    t_s = np.arange(0.0, 6.0, 0.01)
    height = 0.05 * np.sin(2.0 * np.pi * 1.5 * t_s)
    motion = _motion(planar(np.full_like(t_s, 30.0), np.full_like(t_s, 30.0), height))
    true = np.gradient(np.gradient(height)) * 1e4
    np.testing.assert_allclose(motion[Row.VERTICAL_MPS2][200:], true[200:], atol=0.05)


def test_one_pod_bends_for_both(planar: Callable[..., Block]) -> None:
    motion = _motion(planar(np.full(50, 20.0), None))
    np.testing.assert_allclose(motion[Row.BEND_DEG], 20.0, atol=0.01)
    assert np.isnan(motion.lumbar_deg).all()


def test_lean_to_the_right_is_positive() -> None:
    roll = np.radians(15.0)
    up = np.tile((0.0, np.sin(roll), np.cos(roll)), (10, 1)) * 9.81
    block = Block(0, None, _pod(up), None, np.zeros(10, dtype=np.bool_))
    np.testing.assert_allclose(_motion(block)[Row.SIDE_DEG], 15.0, atol=0.01)


def test_rates_without_gyroscope_are_differences(planar: Callable[..., Block]) -> None:
    t_s = np.arange(0.0, 20.0, 0.01)
    motion = _motion(planar(3.0 * t_s, None, gyroscopes=False))
    np.testing.assert_allclose(motion[Row.BEND_DPS][500:], 3.0, atol=0.05)


@pytest.mark.parametrize("gyroscopes", [True, False])
def test_the_newest_are_the_same_in_memory_of_their_own(
    planar: Callable[..., Block], gyroscopes: bool
) -> None:
    block = _swaying(planar, gyroscopes=gyroscopes)
    whole = _motion(block)
    part, newest = whole.part(2200, 3250), whole.newest(1050)
    assert (newest.first_sample, newest.end_sample) == (2200, 3250)
    for row in Row:
        np.testing.assert_array_equal(newest[row], part[row])
        np.testing.assert_array_equal(newest.part(2300, 2400)[row], part.part(2300, 2400)[row])
    np.testing.assert_array_equal(newest.second_means, part.second_means)
    np.testing.assert_array_equal(newest.part(2400, 3250).second_means, part.second_means[:, 2:])
    for kind in ("quats", "turning_radps"):
        for values, expected in zip(getattr(newest, kind), getattr(part, kind), strict=True):
            np.testing.assert_array_equal(values, expected)
    assert not np.shares_memory(newest.rows, whole.rows)
    # Rows that are computed on demand do not need the whole run either.
    whole.rows[:] = np.nan
    assert not np.isnan(newest[Row.BEND_DEG]).any()


def _pod(acc: FloatArray) -> PodSamples:
    return PodSamples(acc, np.zeros_like(acc))


@pytest.mark.parametrize("pods", ["both", "lower", "upper"])
@pytest.mark.parametrize("gyroscopes", [True, False])
def test_means_are_those_of_the_rows_however_the_samples_were_cut(
    planar: Callable[..., Block], pods: str, gyroscopes: bool
) -> None:
    t_s = np.arange(0.0, 250.0, 0.01)
    block = planar(30.0 * np.sin(t_s), 50.0 * np.sin(1.3 * t_s), first_sample=230, gyroscopes=gyroscopes)
    lower, upper = block.lower if pods != "upper" else None, block.upper if pods != "lower" else None
    motion = _motion(Block(230, lower, upper, None, block.saturated))
    whole = motion.part(300, 25_200)
    rows = [whole.kept(row) for row in (Row.PELVIS_DEG, Row.BEND_DEG, Row.TRUNK_DEG, Row.SPEED_DPS)]
    means = np.stack([np.einsum("ij->i", row.reshape(-1, 100)) / 100 for row in rows])
    np.testing.assert_array_equal(whole.second_means[:4], means)
    precise = np.stack([row.astype(np.float64).reshape(-1, 100).mean(axis=1) for row in rows])
    np.testing.assert_allclose(means, precise, atol=2e-5)
    assert np.isnan(means[0]).all() == (pods == "upper")
    assert np.isnan(means[2]).all() == (pods == "lower")
    leans = np.cos(np.radians((rows[1 if pods == "upper" else 0], rows[1])))
    np.testing.assert_allclose(whole.second_means[4:], leans.reshape(2, -1, 100).mean(axis=2), atol=1e-6)
    np.testing.assert_array_equal(whole.part(700, 900).second_means, whole.second_means[:, 4:6])
    np.testing.assert_array_equal(motion.part(700, 900).second_means, whole.second_means[:, 4:6])


@pytest.mark.parametrize("gyroscopes", [True, False])
def test_however_they_come_samples_make_the_same_motion(
    planar: Callable[..., Block], gyroscopes: bool
) -> None:
    block = _swaying(planar, gyroscopes=gyroscopes)
    assert block.lower is not None
    assert block.upper is not None
    attitudes = tuple(PodOrientation(OrientationParams()).push(pod) for pod in (block.lower, block.upper))
    run = Attitudes(250, attitudes, block.saturated)
    whole = AngleStage(IDENTITY, IDENTITY).push(run)
    stage, parts = AngleStage(IDENTITY, IDENTITY), []
    for start, stop in pairwise((0, 50, 150, 1150, 1183, 2050, 3000)):
        parts.append(stage.push(run.part(start, stop)))
        state, stage = stage.state(), AngleStage(IDENTITY, IDENTITY)
        stage.restore(state)
    for row in Row:
        np.testing.assert_array_equal(joined(parts)[row], whole[row])
        np.testing.assert_array_equal(joined(parts).part(270, 1500)[row], whole.part(270, 1500)[row])
    for turning, expected in zip(joined(parts).turning_radps, whole.turning_radps, strict=gyroscopes):
        np.testing.assert_array_equal(turning, expected)
    farthest_deg = np.abs(whole[Row.SIDE_DEG]).max()
    assert whole.farthest_side_deg == pytest.approx(farthest_deg, abs=1e-9)
    assert joined(parts).farthest_side_deg == pytest.approx(farthest_deg, abs=1e-9)
    for quats, expected in zip(joined(parts).part(270, 1500).quats, whole.quats, strict=gyroscopes):
        np.testing.assert_array_equal(quats, expected[20:1250])
    np.testing.assert_array_equal(parts[2].second_means, whole.second_means[:, 1:11])
