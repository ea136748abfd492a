from collections.abc import Callable

import numpy as np
import pytest

from analysis.motion.block import Block, FloatArray
from analysis.motion.orientation import Attitude, OrientationParams, PodOrientation
from analysis.motion.rates import Rates
from analysis.motion.rotation import IDENTITY, Matrix, matrix_of
from analysis.motion.tilts import Attitudes, Tilts, joined_attitudes, joined_tilts, stacked, tilts_of

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


def _saturated(count: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.zeros(count, dtype=np.bool_)


def test_forward_is_positive_beyond_a_right_angle() -> None:
    pods = (_leaning(0.4 * BEND_DEG), _leaning(BEND_DEG))
    tilts = tilts_of(Attitudes(7, pods, _saturated(40)), stacked([IDENTITY, IDENTITY]))
    np.testing.assert_allclose(tilts.tilt_deg, (0.4 * BEND_DEG, BEND_DEG), atol=1e-9)
    np.testing.assert_allclose(2.0 * tilts.half_up[2, 0], np.cos(np.radians(0.4 * BEND_DEG)), atol=1e-12)


def test_each_pod_has_its_own_frame() -> None:
    pods = (_leaning(BEND_DEG), _leaning(BEND_DEG))
    tilts = tilts_of(Attitudes(0, pods, _saturated(40)), stacked([IDENTITY, SIDEWAYS]))
    np.testing.assert_allclose(tilts.tilt_deg[0], BEND_DEG, atol=1e-9)
    # To the pod that sits sideways, going forward is going to its side.
    side_deg = Rates(tilts, (IDENTITY, SIDEWAYS), (None, None)).side_deg(slice(None))
    np.testing.assert_allclose(
        np.abs(np.sin(np.radians(side_deg))), np.abs(np.sin(np.radians(BEND_DEG))), atol=1e-9
    )


def test_up_found_without_a_gyroscope_is_taken_as_it_is() -> None:
    up = np.stack((-np.sin(np.radians(BEND_DEG)), np.zeros(40), np.cos(np.radians(BEND_DEG))))
    pod = _leaning(np.zeros(40))
    pods = (Attitude(pod.quats, pod.acc_mps2, up, None), _leaning(BEND_DEG))
    tilts = tilts_of(Attitudes(0, pods, _saturated(40)), stacked([IDENTITY, IDENTITY]))
    np.testing.assert_allclose(tilts.tilt_deg, (BEND_DEG, BEND_DEG), atol=1e-9)
    np.testing.assert_array_equal(2.0 * tilts.half_up[:, 0], up)


@pytest.mark.parametrize("gyroscopes", [True, False])
def test_parts_join_to_the_whole(planar: Callable[..., Block], gyroscopes: bool) -> None:
    block = planar(np.linspace(0.0, 40.0, 90), np.linspace(0.0, 90.0, 90), gyroscopes=gyroscopes)
    assert block.lower is not None
    assert block.upper is not None
    pods = tuple(PodOrientation(OrientationParams()).push(pod) for pod in (block.lower, block.upper))
    attitudes, frames = Attitudes(0, pods, block.saturated), stacked([IDENTITY, SIDEWAYS])
    whole = tilts_of(attitudes, frames)
    _same(tilts_of(joined_attitudes([attitudes.part(0, 7), attitudes.part(7, 90)]), frames), whole)
    again = joined_tilts([whole.part(0, 1), whole.part(1, 40), whole.part(40, 90)])
    _same(again, whole)
    assert whole.part(0, 90) is whole
    assert (whole.part(40, 90).first_sample, whole.part(40, 90).end_sample) == (40, 90)


def _same(one: Tilts, other: Tilts) -> None:
    np.testing.assert_array_equal(one.half_up, other.half_up)
    np.testing.assert_array_equal(one.tilt_deg, other.tilt_deg)
    np.testing.assert_array_equal(one.upright, other.upright)
    for a, b in zip(one.attitudes, other.attitudes, strict=True):
        np.testing.assert_array_equal(a.acc_mps2, b.acc_mps2)
        everything = slice(None)
        first, second = a.turning_radps(everything), b.turning_radps(everything)
        assert (first is None) == (second is None)
        if first is not None and second is not None:
            np.testing.assert_array_equal(first, second)


def test_long_blocks_are_the_same_as_short_ones() -> None:
    bend_deg = 60.0 + 60.0 * np.sin(np.arange(7001) / 50.0)
    pods = (_leaning(0.4 * bend_deg), _leaning(bend_deg))
    frames = stacked([IDENTITY, SIDEWAYS])
    whole = tilts_of(Attitudes(0, pods, _saturated(7001)), frames)
    for start in range(0, 7001, 70):
        few = tuple(pod.part(start, start + 70) for pod in pods)
        short = tilts_of(Attitudes(start, few, whole.saturated[start : start + 70]), frames)
        _same(short, whole.part(start, min(7001, start + 70)))
