from pathlib import Path

import numpy as np
import pytest

from analysis.motion.block import FloatArray
from analysis.recording.columns import Layout
from analysis.recording.errors import SilentError, UnitError
from analysis.recording.plausibility import UnitCheck

FILE = Path("worn.parquet")
BOTH = Layout((("lower", "acc"), ("lower", "gyr")))
DUAL = Layout((("upper", "acc"), ("upper", "gyr"), ("lower", "acc"), ("lower", "gyr")))
TIME_S = np.arange(0.0, 60.0, 0.01)
SLOW = np.radians(20.0) * np.sin(2.0 * np.pi * TIME_S / 12.0)
"""Swaying by 20 deg in 12 s: at most 10 deg/s."""


def _pod(tilt: FloatArray, seed: int = 1) -> FloatArray:
    """Return accelerometer and gyroscope of a pod that tilts forward, with ordinary noise and bias."""
    rng = np.random.default_rng(seed)
    zero = np.zeros_like(tilt)
    acc = 9.81 * np.column_stack((-np.sin(tilt), zero, np.cos(tilt))) + rng.normal(0, 0.02, (len(tilt), 3))
    gyr = np.column_stack((zero, np.gradient(tilt, 0.01), zero)) + rng.normal(0.004, 0.001, (len(tilt), 3))
    return np.hstack((acc, gyr))


def _checked(values: FloatArray, layout: Layout = BOTH) -> tuple[Layout, tuple[str, ...]]:
    check = UnitCheck(layout)
    for start in range(0, len(values), 2500):
        rows = values[start : start + 2500]
        for place in range(len(layout.sensors)):
            check.push(place, rows[:, 3 * place : 3 * place + 3], 0.01)
    return check.finish(FILE)


@pytest.mark.parametrize("tilt", [SLOW, 0.0 * SLOW], ids=["swaying", "at rest"])
def test_what_is_right_passes(tilt: FloatArray) -> None:
    assert _checked(_pod(tilt)) == (BOTH, ())


@pytest.mark.parametrize(
    ("sensor", "factor", "says"),
    [
        (slice(0, 3), 1 / 9.81, r"accelerations are 1 long .*in g: multiply them by 9.80665"),
        (slice(0, 3), 1000 / 9.81, "in milli-g: multiply them by 0.0098"),
        (slice(0, 3), 16384 / 9.81, "raw integers"),
        (slice(0, 3), 0.01, "gravity taken out"),
        (slice(3, 6), 180 / np.pi, "times larger than gravity's turning .* in deg/s"),
        (slice(3, 6), 32768 / 1000 * 180 / np.pi, "too fast for a person .* deg/s"),
        (slice(3, 6), -1.0, "turn against its accelerations"),
    ],
)
def test_wrong_units_and_axes_are_named(sensor: slice, factor: float, says: str) -> None:
    values = _pod(SLOW)
    values[:, sensor] *= factor
    with pytest.raises(UnitError, match=f"worn.parquet: the lower pod's .*{says}"):
        _checked(values)


def test_angular_velocities_converted_twice_are_named() -> None:
    values = _pod(3.0 * SLOW)
    values[:, 3:] *= np.pi / 180
    with pytest.raises(UnitError, match=r"times smaller .* converted to rad/s twice"):
        _checked(values)


def test_degrees_at_rest_are_known_by_the_bias() -> None:
    values = _pod(0.0 * SLOW)
    values[:, 3:] *= 180 / np.pi
    with pytest.raises(UnitError, match="in deg/s"):
        _checked(values)


def test_a_gyroscope_that_does_not_run_is_left_out() -> None:
    values = _pod(SLOW)
    values[:, 3:] = 0.0
    layout, notes = _checked(values)
    assert layout == Layout((("lower", "acc"),))
    assert notes == ("the lower pod's gyroscope shows the same value throughout, so it is left out",)


@pytest.mark.parametrize("stuck", [0.0, 3.3])
def test_a_pod_that_does_not_run_is_left_out(stuck: float) -> None:
    values = np.hstack((_pod(SLOW), _pod(SLOW, 2)))
    values[:, :6] = stuck
    layout, notes = _checked(values, DUAL)
    assert layout == BOTH
    assert [note.split(" shows")[0] for note in notes] == [
        "the upper pod's accelerometer",
        "the upper pod's gyroscope",
    ]


def test_where_nothing_runs_there_is_nothing_to_analyse() -> None:
    values = _pod(SLOW)
    values[:, :3] = (0.0, 0.0, 9.81)
    with pytest.raises(SilentError, match=r"worn\.parquet: all its accelerations are the same"):
        _checked(values)
