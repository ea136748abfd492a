"""Rises and falls of a pelvis with known height and lean."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.motion.angles import Motion, Row
from analysis.motion.block import FloatArray
from analysis.motion.filters import averaged
from analysis.motion.measuring import Measured
from analysis.motion.moves import Move
from analysis.motion.rising import DELAY_S, RisingParams, RisingStage, SeatChange

T_S = np.arange(0.0, 40.0, 0.01)
Step = Callable[[FloatArray, float, float], FloatArray]


def _find(
    height_m: FloatArray, tilt_deg: FloatArray, cuts: list[int], moves: dict[int, Measured] | None = None
) -> list[SeatChange | None]:
    """Return the change of each second; `cuts` and the keys of `moves` are seconds."""
    stage = RisingStage(RisingParams(), trunk=False)
    upward = np.gradient(np.gradient(height_m)) * 1e4
    edges = [0, *sorted({cut for cut in cuts if 0 < cut < 40}), 40]
    found = []
    for a, b in pairwise(edges):
        known = [one for second, one in (moves or {}).items() if a <= second < b]
        found += stage.push(
            a, averaged(upward[100 * a : 100 * b], 10), tilt_deg[100 * a : 100 * b], known, _straight
        )
        assert len(found) == max(0, b - DELAY_S)
    return [*found, *stage.finish(np.empty(0), np.empty(0))]


def _straight(start: int, end: int) -> Motion:
    return Motion(start, np.zeros((len(Row), end - start)))


def _lean(step: Step, at_s: float, deg: float = 30.0) -> FloatArray:
    return deg * (step(T_S, at_s - 0.8, 1.0) - step(T_S, at_s + 0.2, 1.0))


def _told(changes: list[SeatChange | None]) -> dict[int, SeatChange]:
    return {
        second: one for second, one in enumerate(changes) if one is not None and max(one.rise, one.fall) > 0.3
    }


def test_sitting_down_and_rising(step: Step) -> None:
    height = -0.4 * step(T_S, 15.0, 1.2) + 0.4 * step(T_S, 30.0, 0.9)
    found = _told(_find(height, _lean(step, 15.6) + _lean(step, 30.4), []))
    assert set(found) <= {14, 15, 16, 29, 30, 31}
    assert found[15].fall > 0.9
    assert found[15].rise == 0.0
    assert found[30].rise > 0.9
    assert found[30].fall == 0.0
    assert 1460 <= found[15].start < found[15].end <= 1660


def test_height_without_a_lean_is_no_seat(step: Step) -> None:
    assert _told(_find(-0.4 * step(T_S, 15.0, 1.2), np.zeros_like(T_S), [])) == {}


def test_a_bend_keeps_its_height(step: Step) -> None:
    assert _told(_find(np.zeros_like(T_S), _lean(step, 15.0, 50.0), [])) == {}


def test_a_deep_bend_is_no_lean_to_a_seat(step: Step) -> None:
    assert _told(_find(-0.4 * step(T_S, 15.0, 1.2), _lean(step, 15.6, 90.0), [])) == {}


def test_steps_are_no_changes_of_seat(step: Step) -> None:
    going = step(T_S, 3.0, 1.0)
    height = 0.025 * going * np.sin(2.0 * np.pi * 1.9 * T_S)
    assert _told(_find(height, 2.5 * np.sin(2.0 * np.pi * 1.9 * T_S), [])) == {}


def test_an_error_that_changes_with_posture_leaves_no_trace(step: Step) -> None:
    error_m = np.cumsum(np.cumsum(0.3 * step(T_S, 10.0, 8.0))) * 1e-4
    assert _told(_find(error_m, _lean(step, 14.0), [])) == {}


def _move(
    start_s: float, end_s: float, net_m: float, *, lean_deg: float = 30.0, knock_mps2: float = 0.5
) -> Measured:
    start, end = round(100 * start_s), round(100 * end_s)
    move = Move(start - 60, start, end, end + 60)
    return Measured(
        move,
        (0.0, 0.0),
        (0.0, 0.0),
        lean_deg,
        (start + end) // 2,
        knock_mps2,
        net_m,
        min(0.0, net_m),
    )


def test_rests_on_both_sides_overrule(step: Step) -> None:
    height = -0.4 * step(T_S, 15.0, 1.2)
    lean = _lean(step, 15.6)
    bend = _move(14.2, 17.4, 0.0, lean_deg=20.0, knock_mps2=0.1)
    found = _told(_find(height, lean, [], {17: bend}))
    assert found == {}
    sat = _told(_find(np.zeros_like(T_S), lean, [], {17: _move(14.2, 17.4, -0.4)}))
    assert list(sat) == [15]
    assert sat[15].fall > 0.9
    assert sat[15].at_rest


@pytest.mark.parametrize(("lean_deg", "climb"), [(10.0, 1.0), (3.0, 0.0)])
def test_no_one_gets_up_without_a_swing_forward(lean_deg: float, climb: float) -> None:
    still = np.zeros_like(T_S)
    up = _find(still, still, [], {17: _move(15.2, 16.4, 0.45, lean_deg=lean_deg)})[15]
    down = _find(still, still, [], {17: _move(15.2, 16.4, -0.45, lean_deg=lean_deg)})[15]
    assert up is not None
    assert up.climb == climb
    assert down is not None
    assert down.climb == -1.0


def test_a_move_of_unknown_height_overrules_nothing(step: Step) -> None:
    height = -0.4 * step(T_S, 15.0, 1.2)
    unknown = replace(_move(12.0, 19.0, 0.0), net_m=None)
    assert 15 in _told(_find(height, _lean(step, 15.6), [], {19: unknown}))


@pytest.mark.parametrize(("knock_mps2", "lean_deg"), [(0.1, 5.0), (0.5, 2.0)])
def test_a_squat_has_few_clues(step: Step, knock_mps2: float, lean_deg: float) -> None:
    squat = _move(14.2, 17.4, -0.5, lean_deg=lean_deg, knock_mps2=knock_mps2)
    found = _find(np.zeros_like(T_S), np.zeros_like(T_S), [], {17: squat})
    assert all(one is None or one.fall < 0.3 for one in found)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 39), max_size=10))
def test_cuts_change_nothing(cuts: list[int]) -> None:
    rng = np.random.default_rng(7)
    height = np.cumsum(np.cumsum(rng.normal(size=4000))) * 1e-4
    tilt = 20.0 * np.sin(2.5 * T_S)
    moves = {17: _move(14.2, 17.2, -0.4), 26: _move(20.0, 25.7, 0.3)}
    found = _find(height, tilt, cuts, moves)
    assert found == _find(height, tilt, [], moves)
    # What is not looked for where moves tell more is found all the same elsewhere.
    alone = _find(height, tilt, cuts)
    elsewhere = [second for second in range(40) if not (14 <= second <= 17 or 22 <= second <= 25)]
    assert [found[second] for second in elsewhere] == [alone[second] for second in elsewhere]
    assert any(found[second] for second in elsewhere)
