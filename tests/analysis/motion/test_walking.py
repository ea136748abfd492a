from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from analysis.motion.filters import averaged
from analysis.motion.walking import WalkingParams, WalkingStage

T_S = np.arange(0.0, 30.0, 0.01)


def _walk(vertical: NDArray[np.float64], seconds: list[int]) -> list[tuple[int, bool, int]]:
    stage = WalkingStage(WalkingParams())
    edges = [0, *sorted(set(seconds)), vertical.shape[0] // 100]
    gaits = [stage.push(a, averaged(vertical[100 * a : 100 * b], 5)) for a, b in pairwise(edges) if b > a]
    gaits.append(stage.finish())
    return [
        (gait.first_second + i, bool(gait.walking[i]), int(gait.steps[i]))
        for gait in gaits
        for i in range(gait.walking.shape[0])
    ]


def _bout(steps_hz: float, start_s: float, end_s: float) -> NDArray[np.float64]:
    going = (start_s <= T_S) & (end_s > T_S)
    return np.where(going, 1.6 * np.sin(2.0 * np.pi * steps_hz * (T_S - start_s)), 0.0)


@pytest.mark.parametrize("steps_hz", [1.2, 1.6, 2.0, 2.4])
def test_steps_of_a_bout(steps_hz: float) -> None:
    found = _walk(_bout(steps_hz, 8.0, 23.0), [])
    assert [second for second, _, _ in found] == list(range(30))
    walked = [second for second, walking, _ in found if walking]
    assert walked[0] in {7, 8}
    assert walked[-1] in {22, 23}
    assert sum(steps for _, _, steps in found) == pytest.approx(15.0 * steps_hz, abs=1)


@pytest.mark.parametrize("steps_hz", [1.15, 1.3, 1.5])
@pytest.mark.parametrize("late_rad", [0.0, 1.5, 3.0])
def test_a_heel_strike_that_swings_twice_a_step_is_no_second_step(steps_hz: float, late_rad: float) -> None:
    angle = 2.0 * np.pi * steps_hz * (T_S - 8.0)
    swing = 0.9 * np.sin(angle) + 1.3 * np.sin(2.0 * angle + late_rad)
    found = _walk(np.where((T_S >= 8.0) & (T_S < 23.0), swing, 0.0), [])
    assert sum(steps for _, _, steps in found) == pytest.approx(15.0 * steps_hz, abs=2)


def test_a_limp_halves_no_steps() -> None:
    angle = 2.0 * np.pi * 2.0 * (T_S - 8.0)
    swing = 1.6 * np.sin(angle) * (1.0 + 0.3 * np.sin(0.5 * angle + 0.4))
    found = _walk(np.where((T_S >= 8.0) & (T_S < 23.0), swing, 0.0), [])
    assert sum(steps for _, _, steps in found) == pytest.approx(30.0, abs=1)


def test_a_gentle_rhythm_is_no_walk_but_is_told() -> None:
    stage = WalkingStage(WalkingParams())
    gait = stage.push(0, averaged(0.4 * np.sin(2.0 * np.pi * 1.6 * T_S), 5))
    assert not gait.walking.any()
    assert gait.rhythm_hz[3:] == pytest.approx(1.6, abs=0.1)


def test_standing_sway_is_no_walk() -> None:
    assert not any(walking for _, walking, _ in _walk(0.1 * np.sin(2.0 * np.pi * 1.8 * T_S), []))


@pytest.mark.parametrize(
    ("turn_dps", "is_walk"),
    [
        (20.0 * np.abs(np.sin(2.0 * np.pi * 0.9 * T_S)), True),
        (np.full_like(T_S, 1.5), False),
        (20.0 * np.exp(-(((T_S - 15.0) / 3.0) ** 2)), False),
    ],
    ids=["to and fro", "hardly", "evenly, round a corner"],
)
def test_a_pelvis_that_walks_turns_to_and_fro(turn_dps: NDArray[np.float64], is_walk: bool) -> None:
    stage = WalkingStage(WalkingParams())
    gait = stage.push(0, averaged(_bout(1.8, 8.0, 23.0), 5), turn_dps)
    assert gait.walking[9:22].all() if is_walk else not gait.walking.any()
    assert gait.steps.any() == is_walk


@settings(max_examples=25, deadline=None)
@given(st.sets(st.integers(1, 29)))
def test_cuts_change_nothing_of_who_turns(seconds: set[int]) -> None:
    vertical, turn_dps = _bout(1.9, 5.0, 20.0), 10.0 * np.abs(np.sin(2.0 * np.pi * 0.95 * T_S)) * (T_S < 14.0)
    upward = averaged(vertical, 5)
    whole, cut = WalkingStage(WalkingParams()), WalkingStage(WalkingParams())
    expected = [whole.push(0, upward, turn_dps), whole.finish()]
    edges = [0, *sorted(seconds), 30]
    found = [cut.push(a, upward[20 * a : 20 * b], turn_dps[100 * a : 100 * b]) for a, b in pairwise(edges)]
    found.append(cut.finish())
    for of_gait in (lambda one: one.walking, lambda one: one.steps, lambda one: one.rhythm_hz):
        assert np.array_equal(
            np.concatenate([*map(of_gait, found)]), np.concatenate([*map(of_gait, expected)])
        )


def test_irregular_shaking_is_no_walk() -> None:
    noise = np.random.default_rng(3).normal(size=T_S.shape[0]) * 3.0
    assert sum(walking for _, walking, _ in _walk(noise, [])) <= 6


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 29), max_size=29))
def test_cuts_change_nothing(seconds: list[int]) -> None:
    vertical = _bout(1.9, 5.0, 20.0) + np.random.default_rng(2).normal(size=T_S.shape[0]) * 0.3
    assert _walk(vertical, seconds) == _walk(vertical, [])
