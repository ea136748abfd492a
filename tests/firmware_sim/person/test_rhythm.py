"""Rhythms fade in and out, and carry their true derivatives."""

import numpy as np
from numpy.testing import assert_allclose

from firmware_sim.person.path import Joint
from firmware_sim.person.rhythm import Beat, Rhythm

BOUNCE = Rhythm(10.0, 8.0, (Beat(Joint.UP, 2.0, 0.3, 0.01), Beat(Joint.LIST, 1.0, 0.0, 5.0)), 1.1)


def test_it_is_at_rest_at_both_ends() -> None:
    for _, jet in BOUNCE.movements(np.array([10.0, 18.0])):
        assert_allclose(jet.value, 0.0, atol=1e-12)
        assert_allclose(jet.rate, 0.0, atol=1e-9)


def test_it_beats_as_often_as_was_asked_for_and_as_large() -> None:
    t_s = np.arange(12.0, 16.0, 0.001)
    up = dict(BOUNCE.movements(t_s))[Joint.UP].value
    crossings = np.count_nonzero((up[1:] > 0.0) & (up[:-1] <= 0.0))
    assert crossings in {7, 8, 9}
    assert 0.008 <= np.abs(up).max() <= 0.0121


def test_each_beat_carries_its_true_derivatives() -> None:
    step_s = 1e-4
    t_s = np.arange(10.0, 18.0, step_s)
    for _, jet in BOUNCE.movements(t_s):
        scale = np.abs(jet.accel).max()
        assert_allclose(np.gradient(jet.value, step_s)[2:-2], jet.rate[2:-2], atol=1e-3 * scale)
        assert_allclose(np.gradient(jet.rate, step_s)[2:-2], jet.accel[2:-2], atol=2e-3 * scale)
