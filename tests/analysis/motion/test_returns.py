from dataclasses import replace

import numpy as np
import pytest

from analysis.motion.angles import Motion, Row
from analysis.motion.measuring import Between, Measured
from analysis.motion.moves import Move
from analysis.motion.returns import Return, ReturnParams, ReturnStage, came_back, levels_m

PARAMS = ReturnParams()


def _move(
    start_s: float,
    end_s: float,
    bend_deg: tuple[float, float],
    top_deg: float,
    net_m: float | None,
    low_m: float | None = None,
) -> Measured:
    start, end = round(100 * start_s), round(100 * end_s)
    return Measured(
        Move(start - 60, start, end, end + 60),
        bend_deg,
        bend_deg,
        top_deg,
        (start + end) // 2,
        knock_mps2=0.5,
        net_m=net_m,
        low_m=low_m if low_m is not None or net_m is None else min(0.0, net_m),
    )


def _aside(*, side_deg: float = 3.0, turned_deg: float = 10.0) -> Between:
    """Return samples that go so far to the side, and turn so far out of the plane of bending."""

    def between(start: int, end: int) -> Motion:
        rows = np.zeros((len(Row), end - start))
        rows[Row.SIDE_DEG, 5] = -side_deg
        rows[Row.SPEED_DPS] = 100.0 * turned_deg / (end - start)
        return Motion(start, rows)

    return between


def _found(*moves: Measured, trunk: bool = False, motion: Between | None = None) -> list[Return]:
    stage, motion = ReturnStage(PARAMS, trunk=trunk), motion or _aside()
    return [found for move in moves if (found := stage.push(move, motion)) is not None]


def test_a_squat_held_low_is_one_lift() -> None:
    down, up = _move(2, 4, (0, 8), 20, -0.5), _move(7, 9, (8, 2), 18, 0.55)
    (found,) = _found(down, up)
    assert not found.seat
    assert found.paused
    assert (found.bend.start, found.bend.end) == (200, 900)
    assert found.drop_m == pytest.approx(0.525)


def test_upright_on_the_way_is_a_seat() -> None:
    (found,) = _found(_move(2, 4, (0, -2), 25, -0.3), _move(7, 9, (-2, 2), 28, 0.3))
    assert found.seat


def test_a_knock_on_landing_is_a_seat_unless_the_trunk_stays_bent() -> None:
    down, up = _move(2, 4, (0, 10), 20, -0.4), _move(7, 9, (10, 2), 20, 0.4)
    assert _found(replace(down, knock_mps2=8.0), up)[0].seat
    bent = replace(down, bend_deg=(0, 50), pelvis_deg=(0, 50), top_deg=50, knock_mps2=8.0)
    rise = replace(up, bend_deg=(50, 2), pelvis_deg=(50, 2), top_deg=50)
    assert not _found(bent, rise)[0].seat


def test_a_pelvis_rolled_back_is_a_seat() -> None:
    down = replace(_move(2, 4, (0, 12), 16, -0.25), pelvis_deg=(2.0, -9.0))
    up = replace(_move(7, 9, (12, 0), 16, 0.25), pelvis_deg=(-9.0, 2.0))
    assert _found(down, up)[0].seat


@pytest.mark.parametrize(("pelvis_deg", "seat"), [(-7.0, True), (-2.0, False), (6.0, False)])
def test_a_spine_folded_against_the_pelvis_is_a_seat(pelvis_deg: float, seat: bool) -> None:
    down = replace(_move(2, 4, (0, 10), 16, -0.25), pelvis_deg=(1.0, pelvis_deg))
    up = replace(_move(7, 9, (10, 0), 16, 0.25), pelvis_deg=(pelvis_deg, 1.0))
    assert _found(down, up, trunk=True)[0].seat is seat
    # Without a pause too, by the posture where the pelvis is low.
    touch = replace(_move(2, 4.5, (0, 0), 25, 0.0, -0.4), low_deg=(10.0, pelvis_deg))
    assert _found(touch, trunk=True)[0].seat is seat


def test_what_hits_a_pod_is_no_seat() -> None:
    squat = replace(_move(2, 4.5, (0, 0), 20, 0.0, -0.4), low_deg=(18.0, 10.0), knock_mps2=30.0)
    assert not _found(squat, trunk=True)[0].seat
    assert _found(squat) == []


def test_a_step_onto_a_stool_is_no_squat() -> None:
    lean_back, up = _move(2, 3, (0, -14), 0, 0.0), _move(6, 7, (-14, 0), 9, 0.25)
    assert _found(lean_back, up, trunk=True) == []


def test_both_pods_may_turn_on_the_way_up_but_not_rest_in_a_bend() -> None:
    squat = _move(2, 4.5, (0, 0), 20, 0.0, -0.4)
    assert len(_found(squat, trunk=True, motion=_aside(turned_deg=120.0))) == 1
    regrip = _move(2, 4, (33, 33), 68, 0.0, -0.05)
    assert _found(regrip, trunk=True) == []


def test_a_held_bend_of_the_pelvis_counts_from_twenty_degrees() -> None:
    for top, count in ((24.0, 1), (16.0, 0)):
        moves = _move(2, 4, (0, top), top, -0.05), _move(7, 9, (top, 2), top, 0.05)
        assert len(_found(*moves)) == count
        assert _found(*moves, trunk=True) == []


def test_a_quick_squat_is_one_move() -> None:
    (found,) = _found(_move(2, 4.5, (0, 0), 12, 0.02, -0.35))
    assert not found.paused
    assert found.drop_m == pytest.approx(0.35)


@pytest.mark.parametrize(
    ("move", "why"),
    [
        (_move(2, 4, (0, 0), 25, -0.3), "it ends lower"),
        (_move(2, 4, (0, -20), 25, 0.0), "it ends rolled back"),
        (_move(2, 4, (0, 0), 25, None), "it took too long to know"),
        (_move(2, 2.5, (0, 0), 25, 0.0), "too short"),
        (_move(2, 4, (0, 0), 5, 0.0, -0.05), "sway"),
    ],
)
def test_no_return(move: Measured, why: str) -> None:
    assert _found(move) == [], why


def test_no_return_out_of_the_plane_of_bending() -> None:
    def found(motion: Between | None = None) -> list[Return]:
        return _found(_move(2, 4, (0, 0), 25, 0.0), motion=motion)

    assert len(found()) == 1
    assert found(_aside(side_deg=70.0)) == [], "lying down"
    assert found(_aside(turned_deg=120.0)) == [], "into a car"


def test_how_far_aside_a_move_went_is_looked_up_once() -> None:
    move = _move(2, 4, (0, 0), 25, 0.0)
    assert move.side_deg(_aside(side_deg=70.0)) == pytest.approx(70.0)
    assert (
        move.side_deg(_aside(side_deg=3.0))
        == move.at_levels(0.0, 0.0).side_deg(_aside())
        == pytest.approx(70.0)
    )


def test_a_way_down_waits_for_the_way_up() -> None:
    """The rise from a chair alone looks like a bend."""
    (found,) = _found(_move(2, 4, (0, -2), 25, -0.25), _move(7, 9, (-2, 2), 40, 0.09))
    assert found.seat
    assert found.bend.start == 200


def test_the_way_up_comes_too_late() -> None:
    assert _found(_move(2, 4, (0, 8), 20, -0.5), _move(20, 22, (8, 2), 18, 0.5)) == []


def test_levels_share_out_the_error() -> None:
    chain = [_move(2, 4, (0, 8), 20, -0.5), _move(7, 9, (8, 2), 18, 0.6)]
    assert levels_m(chain) == pytest.approx([-0.55, 0.0])
    assert levels_m([chain[0], replace(chain[1], net_m=None)]) is None


def test_more_may_be_left_of_a_deep_bend() -> None:
    deep = [_move(2, 4, (0, 90), 90, 0.0), _move(7, 9, (90, 30), 90, 0.0)]
    assert came_back(deep, PARAMS)
    shallow = [_move(2, 4, (0, 40), 40, 0.0), _move(7, 9, (40, 30), 40, 0.0)]
    assert not came_back(shallow, PARAMS)


def test_snapshot_between_down_and_up() -> None:
    one, other = ReturnStage(PARAMS, trunk=False), ReturnStage(PARAMS, trunk=False)
    one.push(_move(2, 4, (0, 8), 20, -0.5), _aside())
    other.restore(one.state())
    up = _move(7, 9, (8, 2), 18, 0.5)
    assert other.push(up, _aside()) == one.push(up, _aside())
    assert other.state() == ()
