from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import butter, lfilter

from analysis.motion.block import FloatArray
from analysis.motion.filters import Carried, Filter, averaged, band_pass, one_pole, without_mean

NOISE = np.random.default_rng(3).normal(0.4, 1.0, 6000)


def _filtered(one: Filter, values: FloatArray, second: int, cuts: list[int], start: Carried) -> FloatArray:
    seconds = values.reshape(-1, second)
    carried, parts = start, []
    for a, b in pairwise([0, *sorted(set(cuts)), seconds.shape[0]]):
        (out,), (carried,) = one.push((seconds[a:b],), (carried,))
        parts.append(out.reshape(-1))
    return np.concatenate(parts)


@pytest.mark.parametrize(("low_hz", "high_hz"), [(0.5, 3.0), (0.5, 5.0), (2.0, 4.0)])
def test_band_pass_is_scipys_butterworth(low_hz: float, high_hz: float) -> None:
    one = band_pass(low_hz, high_hz, 20.0)
    b, a = butter(2, (low_hz, high_hz), btype="bandpass", fs=20.0)
    assert np.allclose(_filtered(one, NOISE, 20, [], one.at_rest), lfilter(b, a, NOISE), rtol=0, atol=1e-12)


def test_one_pole_is_scipys() -> None:
    one = one_pole(2.0, 100.0, 0.01)
    expected = lfilter((0.01,), (1.0, -np.exp(-1.0 / 200.0)), NOISE)
    assert np.allclose(_filtered(one, NOISE, 100, [], one.at_rest), expected, rtol=0, atol=1e-12)


def test_mean_is_taken_off_as_scipy_does_from_a_steady_start() -> None:
    one = without_mean(10.0, 100.0)
    expected, _ = lfilter((1.0, -1.0), (1.0, -np.exp(-1.0 / 1000.0)), NOISE, zi=-NOISE[:1])
    out = _filtered(one, NOISE, 100, [], one.after_steady(float(NOISE[0])))
    assert np.allclose(out, expected, rtol=0, atol=1e-12)


def test_a_steady_input_has_no_swing() -> None:
    one = without_mean(10.0, 100.0)
    out = _filtered(one, np.full(3000, 9.7), 100, [], one.after_steady(9.7))
    assert np.abs(out).max() < 1e-11


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 59), max_size=40))
def test_cuts_change_nothing(cuts: list[int]) -> None:
    for one in (band_pass(0.5, 3.0, 20.0), one_pole(2.0, 100.0), without_mean(10.0, 100.0)):
        whole = _filtered(one, NOISE[:1200], 20, [], one.at_rest)
        assert np.array_equal(_filtered(one, NOISE[:1200], 20, cuts, one.at_rest), whole)


def test_signals_beside_each_other_are_filtered_as_each_alone() -> None:
    one = band_pass(0.5, 3.0, 20.0)
    seconds = NOISE.reshape(3, -1, 20)
    together, carried = one.push(list(seconds), [one.at_rest] * 3)
    for signal, out, after in zip(seconds, together, carried, strict=True):
        (alone,), (left,) = one.push((signal,), (one.at_rest,))
        assert np.array_equal(out, alone)
        assert after == left


@pytest.mark.parametrize("samples", [2, 5, 10])
def test_what_is_left_over_has_no_mean(samples: int) -> None:
    whole = NOISE[: 7 * samples]
    means = averaged(NOISE[: 8 * samples - 1], samples)
    assert np.allclose(means, whole.reshape(7, samples).mean(axis=1), rtol=0, atol=1e-15)
    assert np.array_equal(averaged(whole[samples:], samples), means[1:])
