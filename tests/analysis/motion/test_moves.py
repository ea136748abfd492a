from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.motion.angles import Motion, Row
from analysis.motion.block import RATE_HZ, FloatArray
from analysis.motion.measuring import measured
from analysis.motion.moves import Move, MoveParams, MoveStage

PARAMS = MoveParams()
Shape = Callable[[FloatArray, float, float], FloatArray]


def _motion(tilt_deg: FloatArray, height_m: FloatArray, error_mps2: FloatArray | float = 0.0) -> Motion:
    rows = np.zeros((len(Row), tilt_deg.shape[0]))
    rows[Row.BEND_DEG] = rows[Row.PELVIS_DEG] = tilt_deg
    rows[Row.BEND_DPS] = np.gradient(tilt_deg) * RATE_HZ
    rows[Row.SPEED_DPS] = np.abs(rows[Row.BEND_DPS])
    rows[Row.VERTICAL_MPS2] = np.gradient(np.gradient(height_m)) * RATE_HZ**2 + error_mps2
    return Motion(0, rows)


def _moves(motion: Motion, step: int = 100, *, trunk: bool = True) -> list[Move]:
    stage = MoveStage(PARAMS, trunk=trunk)
    return [
        move for first in range(0, len(motion), step) for move in stage.push(motion.part(first, first + step))
    ]


def _nets_m(motion: Motion, *, trunk: bool) -> list[float]:
    found = measured(_moves(motion, trunk=trunk), motion.part, PARAMS)
    return [one.net_m for one in found if one.net_m is not None]


@pytest.fixture(name="time_s")
def _time_s() -> FloatArray:
    return np.arange(0.0, 12.0, 0.01)


def test_a_squat_with_a_pause_is_two_moves_of_its_depth(time_s: FloatArray, step: Shape) -> None:
    low = step(time_s, 3.0, 1.5) - step(time_s, 7.0, 1.5)
    motion = _motion(20.0 * low, -0.4 * low)
    down, up = measured(_moves(motion), motion.part, PARAMS)
    assert down.net_m == pytest.approx(-0.4, abs=0.03)
    assert up.net_m == pytest.approx(0.4, abs=0.03)
    assert down.bend_deg == pytest.approx((0.0, 20.0), abs=0.5)
    assert 250 < down.move.start <= 330
    assert 420 <= down.move.end < 500


def test_a_squat_without_one_is_one_move_with_a_lowest_point(time_s: FloatArray, bump: Shape) -> None:
    motion = _motion(15.0 * bump(time_s, 3.0, 1.6), -0.35 * bump(time_s, 3.0, 1.6))
    (found,) = measured(_moves(motion), motion.part, PARAMS)
    assert found.net_m == pytest.approx(0.0, abs=0.02)
    assert found.low_m == pytest.approx(-0.35, abs=0.03)
    assert found.top_deg == pytest.approx(15.0, abs=0.1)


def test_a_steady_push_is_no_rest(time_s: FloatArray, step: Shape) -> None:
    low = step(time_s, 3.0, 2.2) - step(time_s, 5.5, 2.2)
    motion = _motion(15.0 * low, -0.4 * low)
    assert _nets_m(motion, trunk=True) == pytest.approx([-0.4, 0.4], abs=0.03)
    # One pod alone takes the even pushes for rests, and sees nothing sink.
    assert _nets_m(motion, trunk=False) == pytest.approx([0.0, 0.0], abs=0.03)


def test_a_pelvis_that_rolls_back_while_it_is_low(time_s: FloatArray, step: Shape, bump: Shape) -> None:
    low = step(time_s, 3.0, 0.8) - step(time_s, 4.2, 0.8)
    motion = _motion(30.0 * bump(time_s, 2.8, 1.0) - 12.0 * bump(time_s, 3.6, 0.9), -0.4 * low)
    (found,) = measured(_moves(motion), motion.part, PARAMS)
    assert found.low_deg == pytest.approx((-12.0, -12.0), abs=1.0)


def test_an_error_that_follows_the_tilt_moves_no_one(time_s: FloatArray, step: Shape) -> None:
    bent = step(time_s, 3.0, 2.0) - step(time_s, 8.0, 2.0)
    motion = _motion(80.0 * bent, np.zeros_like(time_s), 0.1 + 0.3 * bent)
    for found in measured(_moves(motion), motion.part, PARAMS):
        assert found.net_m == pytest.approx(0.0, abs=0.03)


def test_a_seat_knocks_and_a_squat_does_not(time_s: FloatArray, step: Shape) -> None:
    down = step(time_s, 3.0, 1.5)
    soft = _motion(10.0 * down, -0.4 * down)
    hard = _motion(10.0 * down, -0.4 * down)
    hard.rows[Row.VERTICAL_MPS2, 430:436] += 6.0
    knocks = [measured(_moves(motion), motion.part, PARAMS)[0] for motion in (soft, hard)]
    assert knocks[0].knock_mps2 < 0.5
    assert knocks[1].knock_mps2 > 3.0


def test_on_what_shakes_no_height_is_claimed(time_s: FloatArray, step: Shape) -> None:
    low = step(time_s, 3.0, 1.5)
    shaking = 0.35 * np.sin(2.0 * np.pi * 9.0 * time_s)
    (still,) = _moves(_motion(20.0 * low, -0.4 * low))
    motion = _motion(20.0 * low, -0.4 * low, shaking)
    (move,) = _moves(motion)
    assert move.end == pytest.approx(still.end, abs=20)
    (found,) = measured([move], motion.part, PARAMS)
    assert found.net_m is None
    assert found.low_m is None
    # Who gets out of what shakes, or drops onto a seat that rings, still has a height.
    for part in (time_s < 3.0, time_s > 4.0):
        motion = _motion(20.0 * low, -0.4 * low, np.where(part, shaking, 0.0))
        (once,) = measured([move], motion.part, PARAMS)
        assert once.net_m == pytest.approx(-0.4, abs=0.05)


def test_long_moves_have_no_height(time_s: FloatArray) -> None:
    motion = _motion(30.0 * np.sin(time_s * 3.0) * ((time_s > 2.0) & (time_s < 10.0)), np.zeros_like(time_s))
    (found,) = measured(_moves(motion), motion.part, PARAMS)
    assert found.net_m is None
    assert found.low_m is None


def test_who_never_rests_makes_no_move(time_s: FloatArray) -> None:
    assert _moves(_motion(30.0 * np.sin(time_s * 3.0), np.zeros_like(time_s))) == []


def test_what_is_not_all_there_is_not_measured(time_s: FloatArray, bump: Shape) -> None:
    motion = _motion(40.0 * bump(time_s, 3.0, 2.5), np.zeros_like(time_s))
    (move,) = _moves(motion)
    assert measured([move], motion.part(move.start, 1200).part, PARAMS) == []


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.3, 4.0), st.floats(-20.0, 60.0)), min_size=2, max_size=8),
    st.sampled_from([200, 300, 700]),
)
def test_cuts_and_snapshots_change_nothing(strokes: list[tuple[float, float]], length: int) -> None:
    at_s, points = 1.0, [(0.0, 0.0), (1.0, 0.0)]
    for duration_s, degrees in strokes:
        points += [(at_s + duration_s, degrees), (at_s + duration_s + 1.0, degrees)]
        at_s += duration_s + 1.0
    seconds, degrees_ = zip(*points, strict=True)
    tilt = np.interp(np.arange(0.0, np.ceil(at_s), 0.01), seconds, degrees_)
    motion = _motion(tilt, -0.005 * tilt)
    whole = MoveStage(PARAMS, trunk=True).push(motion)
    assert _moves(motion, length) == whole
    told: list[Move] = []
    state = MoveStage(PARAMS, trunk=True).state()
    for first in range(0, len(motion), length):
        stage = MoveStage(PARAMS, trunk=True)
        stage.restore(state)
        told += stage.push(motion.part(first, first + length))
        state = stage.state()
    assert told == whole


def test_the_deepest_is_within_the_move(time_s: FloatArray, step: Shape) -> None:
    """Also where the trunk sinks on through the rests."""
    motion = _motion(40.0 * step(time_s, 3.0, 1.0) + 0.5 * time_s, np.zeros_like(time_s))
    for found in measured(_moves(motion), motion.part, PARAMS):
        assert found.move.start <= found.top < found.move.end


def test_what_lasts_longer_than_motion_is_kept_is_not_measured() -> None:
    motion = _motion(np.zeros(8000), np.zeros(8000))
    kept, lost = Move(0, 60, 5000, 5060), Move(0, 60, 6000, 6060)
    assert [one.move for one in measured([kept, lost], motion.part, PARAMS)] == [kept]


def _plain(move: Move, motion: Motion) -> tuple[float, float, float]:
    """Return the height at the end and at the lowest, and the knock, of a move whose rests do not shake."""
    part = motion.part(move.rest_from, move.known)
    acceleration, tilt = part[Row.VERTICAL_MPS2], part[Row.PELVIS_DEG][30:-30]
    means = np.convolve(acceleration, np.full(15, 1.0 / 15), mode="valid")
    knock = np.abs(acceleration[7:-7] - means).max()
    before, after = acceleration[:31].mean(), acceleration[-31:].mean()
    done = np.arange(1, tilt.size + 1) / tilt.size
    turned = tilt[-1] - tilt[0]
    share = np.clip((tilt - tilt[0]) / turned, 0.0, 1.0) if abs(turned) > PARAMS.turned_deg else done
    velocity = np.cumsum(acceleration[30:-30] - before - (after - before) * share) / RATE_HZ
    height = np.cumsum(velocity - velocity[-1] * done) / RATE_HZ
    return float(height[-1]), float(height.min()), float(knock)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(20, 900), st.floats(-20.0, 60.0)), min_size=1, max_size=6),
    st.integers(0, 2**32 - 1),
)
def test_company_changes_nothing(strokes: list[tuple[int, float]], seed: int) -> None:
    noise = np.random.default_rng(seed).normal(size=12_000)
    tilt, moves, at = 0.5 * noise, [], 100
    for count, degrees in strokes:
        tilt[at : at + count] += degrees * np.sin(np.linspace(0.0, 2.5, count))
        moves.append(Move(at - 60, at, at + count, at + count + 60))
        at += count + 60
    motion = _motion(tilt, np.zeros_like(tilt), 0.05 * noise + 0.01 * tilt)
    together = measured(moves, motion.part, PARAMS)
    assert together == [one for move in moves for one in measured([move], motion.part, PARAMS)]
    for one in together:
        if one.net_m is None:
            assert one.move.end - one.move.start > PARAMS.longest_s * RATE_HZ
        else:
            assert (one.net_m, one.low_m, one.knock_mps2) == pytest.approx(_plain(one.move, motion))
