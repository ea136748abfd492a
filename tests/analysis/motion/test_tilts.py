from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.motion.block import Block, FloatArray
from analysis.motion.memory import aligned
from analysis.motion.orientation import Attitude, OrientationParams, PodOrientation
from analysis.motion.rates import Rates
from analysis.motion.rotation import IDENTITY, Matrix, matrix_of
from analysis.motion.tilts import PIECE, Attitudes, Tilting, joined_attitudes, tilts_deg

SIDEWAYS: Matrix = matrix_of((0.5**0.5, 0.0, 0.0, 0.5**0.5))
"""A pod that was clipped on turned by 90 deg: its x axis points left."""
BEND_DEG = np.linspace(-20.0, 130.0, 40)


def _leaning(tilt_deg: FloatArray) -> Attitude:
    """Return a pod's orientations tilted forward, that is about +y."""
    half = 0.5 * np.radians(tilt_deg)
    zero = np.zeros_like(half)
    quats = np.stack((np.cos(half), zero, np.sin(half), zero), axis=1)
    still = np.zeros((half.shape[0], 3))
    return Attitude(quats, still + np.array((0.0, 0.0, 9.81)), None, (still, still))


def _run(*pods: Attitude, first_sample: int = 0) -> Attitudes:
    return Attitudes(first_sample, pods, np.zeros(pods[0].quats.shape[0], dtype=np.bool_))


def test_forward_is_positive_beyond_a_right_angle() -> None:
    run = _run(_leaning(0.4 * BEND_DEG), _leaning(BEND_DEG), first_sample=7)
    np.testing.assert_allclose(tilts_deg(run, [IDENTITY] * 2), (0.4 * BEND_DEG, BEND_DEG), atol=1e-9)


def test_upright_is_the_cosine_of_the_tilt_and_up_is_halved() -> None:
    tilting, tilt_deg, upright = Tilting([IDENTITY], np.float64), np.empty(40), np.empty(40)
    half_up = tilting.fill(0, _leaning(BEND_DEG), tilt_deg, upright)
    expected = (-np.sin(np.radians(BEND_DEG)), np.zeros(40), np.cos(np.radians(BEND_DEG)))
    np.testing.assert_allclose(upright, expected[2], atol=1e-12)
    np.testing.assert_allclose(2.0 * np.array(half_up), expected, atol=1e-12)


@given(st.integers(0, 2**32 - 1))
def test_single_precision_is_as_good_as_double(seed: int) -> None:
    turned = np.random.default_rng(seed).normal(size=(502, 4))
    turned /= np.linalg.norm(turned, axis=1, keepdims=True)
    frames = [matrix_of(turned[0].tolist()), matrix_of(turned[1].tolist())]
    pod = Attitude(turned[2:], np.zeros((500, 3)), None, None)
    expected = tilts_deg(_run(pod, pod), frames)
    tilting, (tilt_deg, upright) = Tilting(frames, np.float32), np.empty((2, 500), np.float32)
    for i, frame in enumerate(frames):
        tilting.fill(i, pod, tilt_deg, upright)
        aside_deg = np.abs(Rates(_run(pod), (None, frame), (None,)).side_deg(slice(None)))
        off_deg = np.abs((tilt_deg - expected[i] + 180.0) % 360.0 - 180.0)
        # 0.0001 deg at 70 deg of side bend; the farther, the less of up is left for a tilt to be told by.
        assert (off_deg * np.cos(np.radians(aside_deg))).max() < 1e-4 * np.cos(np.radians(70.0))


def test_each_pod_has_its_own_frame() -> None:
    run = _run(_leaning(BEND_DEG), _leaning(BEND_DEG))
    np.testing.assert_allclose(tilts_deg(run, [IDENTITY, SIDEWAYS])[0], BEND_DEG, atol=1e-9)
    # To the pod that sits sideways, going forward is going to its side.
    side_deg = Rates(run, (IDENTITY, SIDEWAYS), (None, None)).side_deg(slice(None))
    np.testing.assert_allclose(
        np.abs(np.sin(np.radians(side_deg))), np.abs(np.sin(np.radians(BEND_DEG))), atol=1e-9
    )


@given(st.integers(0, 2**32 - 1))
def test_the_farthest_lean_is_that_of_all_leans(seed: int) -> None:
    quats = np.random.default_rng(seed).normal(size=(3, 4))
    quats /= np.linalg.norm(quats, axis=1, keepdims=True)
    pod = Attitude(quats[:2], np.zeros((2, 3)), None, None)
    rates = Rates(_run(pod), (None, matrix_of(quats[2].tolist())), (None,))
    assert rates.farthest_side_deg(slice(None)) == pytest.approx(np.abs(rates.side_deg(slice(None))).max())


def test_up_found_without_a_gyroscope_is_taken_as_it_is() -> None:
    up = np.stack((-np.sin(np.radians(BEND_DEG)), np.zeros(40), np.cos(np.radians(BEND_DEG))))
    pod = _leaning(np.zeros(40))
    found = Attitude(pod.quats, pod.acc_mps2, up, None)
    run = _run(found, _leaning(BEND_DEG))
    np.testing.assert_allclose(tilts_deg(run, [IDENTITY] * 2), (BEND_DEG, BEND_DEG), atol=1e-9)
    np.testing.assert_array_equal(2.0 * np.array(found.half_up(slice(None), np.empty((6, 40)))), up)


@pytest.mark.parametrize("gyroscopes", [True, False])
def test_parts_join_to_the_whole(planar: Callable[..., Block], gyroscopes: bool) -> None:
    block = planar(np.linspace(0.0, 40.0, 90), np.linspace(0.0, 90.0, 90), gyroscopes=gyroscopes)
    assert block.lower is not None
    assert block.upper is not None
    pods = [PodOrientation(OrientationParams()).push(pod) for pod in (block.lower, block.upper)]
    whole = _run(*pods)
    again = joined_attitudes([whole.part(0, 1), whole.part(1, 40), whole.part(40, 90)])
    frames = [IDENTITY, SIDEWAYS]
    np.testing.assert_array_equal(tilts_deg(again, frames), tilts_deg(whole, frames))
    for one, other in zip(again.pods, whole.pods, strict=True):
        np.testing.assert_array_equal(one.acc_mps2, other.acc_mps2)
        first, second = one.turning_radps(slice(None)), other.turning_radps(slice(None))
        assert (first is None) == (second is None) == (not gyroscopes)
        if first is not None and second is not None:
            np.testing.assert_array_equal(first, second)
    assert whole.part(0, 90) is whole
    assert (whole.part(40, 90).first_sample, whole.part(40, 90).end_sample) == (40, 90)


def test_long_runs_are_the_same_as_short_ones() -> None:
    bend_deg = 60.0 + 60.0 * np.sin(np.arange(PIECE + 1001) / 50.0)
    run, frames = _run(_leaning(0.4 * bend_deg), _leaning(bend_deg)), [IDENTITY, SIDEWAYS]
    whole = tilts_deg(run, frames)
    for start in range(0, len(run), 70):
        stop = min(len(run), start + 70)
        np.testing.assert_array_equal(tilts_deg(run.part(start, stop), frames), whole[:, start:stop])


@given(st.integers(0, 2 * PIECE), st.integers(0, 3 * PIECE))
def test_pieces_are_whole_seconds_but_at_the_ends(first_sample: int, count: int) -> None:
    run = Attitudes(first_sample, (), np.zeros(count, dtype=np.bool_))
    pieces = list(run.pieces())
    assert [i for piece in pieces for i in range(piece.start, piece.stop)] == list(range(count))
    assert all(0 < piece.stop - piece.start <= PIECE for piece in pieces)
    whole = [run.part(piece.start, piece.stop).is_whole for piece in pieces]
    assert all(whole[1:-1])


@given(st.booleans(), st.lists(st.integers(1, 40), min_size=1, max_size=3))
def test_aligned_arrays_begin_on_a_cache_line(is_single: bool, shape: list[int]) -> None:
    array = aligned(np.float32, *shape) if is_single else aligned(np.float64, *shape)
    assert array.itemsize == (4 if is_single else 8)
    assert array.shape == tuple(shape)
    assert array.ctypes.data % 64 == 0
    assert array.flags.c_contiguous
