from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.motion.block import FloatArray
from analysis.motion.levels import Level, LevelParams, LevelStage

T_S = np.arange(0.0, 40.0, 0.01)


def _find(upward: FloatArray, cuts: list[int]) -> list[Level]:
    stage = LevelStage(LevelParams())
    edges = [0, *sorted(set(cuts)), upward.shape[0]]
    return [level for a, b in pairwise(edges) if b > a for level in stage.push(a, upward[a:b])]


def _upward(height_m: FloatArray) -> FloatArray:
    return np.gradient(np.gradient(height_m)) * 1e4


def test_sit_and_rise(step: Callable[[FloatArray, float, float], FloatArray]) -> None:
    height = -0.4 * step(T_S, 15.0, 1.2) + 0.4 * step(T_S, 30.0, 0.9)
    down, up = _find(_upward(height), [])
    assert down.up_m == pytest.approx(-0.4, abs=0.03)
    assert up.up_m == pytest.approx(0.4, abs=0.03)
    assert 1500 <= down.start < down.end <= 1620
    assert 3000 <= up.start < up.end <= 3090


def test_steps_are_no_levels(step: Callable[[FloatArray, float, float], FloatArray]) -> None:
    going = step(T_S, 3.0, 1.0)
    assert _find(_upward(0.03 * going * np.sin(2.0 * np.pi * 1.9 * T_S)), []) == []


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 39), max_size=30))
def test_cuts_between_seconds_change_nothing(cuts: list[int]) -> None:
    rng = np.random.default_rng(7)
    height = np.cumsum(np.cumsum(rng.normal(size=4000))) * 1e-5
    upward = _upward(height) + 0.6 * np.sin(T_S)
    assert _find(upward, [100 * cut for cut in cuts]) == _find(upward, [])
