from itertools import pairwise

import numpy as np
import pytest

from analysis.motion.smoothness import SparcParams, sparc

PARAMS = SparcParams()


def _bell(
    t_s: np.ndarray[tuple[int], np.dtype[np.float64]], middle_s: float, width_s: float
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.exp(-0.5 * ((t_s - middle_s) / width_s) ** 2)


def test_more_submovements_are_more_negative() -> None:
    t_s = np.arange(0.0, 4.0, 0.01)
    values = []
    for parts in (1, 2, 4):
        middles = (np.arange(parts) + 0.5) * 4.0 / parts
        values.append(sparc(np.sum([_bell(t_s, m, 0.45 / parts) for m in middles], axis=0), PARAMS))
    assert all(a is not None and b is not None and b < a < 0.0 for a, b in pairwise(values))


def test_a_single_bell_pins_the_scale() -> None:
    # A single bell is about as smooth as a movement can be; it pins the scale.
    value = sparc(_bell(np.arange(0.0, 1.0, 0.01), 0.5, 0.13), PARAMS)
    assert value is not None
    assert -1.6 < value < -1.3


def test_scale_does_not_matter() -> None:
    speed = _bell(np.arange(0.0, 2.0, 0.01), 1.0, 0.3)
    assert sparc(speed, PARAMS) == sparc(speed * 64.0, PARAMS)


def test_nothing_moved() -> None:
    assert sparc(np.zeros(50), PARAMS) is None


@pytest.mark.parametrize("count", [2, 80, 256, 257, 700])
def test_as_its_authors_compute_it(count: int) -> None:
    """Their steps one by one: frequencies up to the cut-off, the largest amplitude above the threshold."""
    speed = np.abs(np.random.default_rng(count).normal(0.0, 1.0, count).cumsum())
    padded = 2 ** (int(np.ceil(np.log2(count))) + PARAMS.padding)
    frequency_hz = np.arange(0.0, 100.0, 100.0 / padded)
    amplitude = np.abs(np.fft.fft(speed, padded))
    amplitude = amplitude / amplitude.max()
    within = np.flatnonzero(frequency_hz <= PARAMS.cutoff_hz)
    loud = within[amplitude[within] >= PARAMS.amplitude]
    selected = slice(loud[0], loud[-1] + 1)
    steps_hz = np.diff(frequency_hz[selected]) / (frequency_hz[selected][-1] - frequency_hz[selected][0])
    expected = -np.sum(np.sqrt(steps_hz**2 + np.diff(amplitude[selected]) ** 2))
    assert sparc(speed, PARAMS) == pytest.approx(expected)
