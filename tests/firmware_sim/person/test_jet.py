"""Derivatives carried along agree with those worked out by hand."""

import numpy as np
from numpy.testing import assert_allclose

from firmware_sim.person.jet import Jet

T_S = np.linspace(0.1, 2.0, 7)
LINE = Jet(T_S, np.ones(7), np.zeros(7))


def test_a_product_of_times_is_their_square() -> None:
    square = LINE * LINE
    assert_allclose(square.value, T_S**2)
    assert_allclose(square.rate, 2 * T_S)
    assert_allclose(square.accel, 2.0)


def test_cosine_and_sine_of_a_square_follow_the_chain_rule() -> None:
    cosine, sine = (LINE * LINE).cos_sin()
    assert_allclose(sine.rate, 2 * T_S * np.cos(T_S**2))
    assert_allclose(sine.accel, 2 * np.cos(T_S**2) - 4 * T_S**2 * np.sin(T_S**2))
    assert_allclose(cosine.rate, -2 * T_S * np.sin(T_S**2))
    assert_allclose(cosine.accel, -2 * np.sin(T_S**2) - 4 * T_S**2 * np.cos(T_S**2))


def test_a_wave_is_the_sine_of_a_steady_phase() -> None:
    _, sine = LINE.scaled(3.0).raised(0.4).cos_sin()
    wave = Jet.wave(T_S, 3.0, 0.4)
    for name in ("value", "rate", "accel"):
        assert_allclose(getattr(wave, name), getattr(sine, name))


def test_accumulating_in_a_part_changes_the_whole() -> None:
    total = Jet.zeros(7)
    total.part(slice(2, 4)).accumulate(LINE.part(slice(2, 4)))
    assert_allclose(total.value, [0, 0, T_S[2], T_S[3], 0, 0, 0])
    assert_allclose(total.rate, [0, 0, 1, 1, 0, 0, 0])
