"""What a rest on a seat looks like, and how high the pelvis is."""

from dataclasses import replace

import pytest

from analysis.motion.measuring import Measured
from analysis.motion.moves import Move
from analysis.motion.seats import Rest, SeatParams, is_seat, levelled, rests

PARAMS = SeatParams()


def _move(before: tuple[float, float], after: tuple[float, float], net_m: float | None) -> Measured:
    """Return a move between two rests, each given by its trunk and pelvis tilt."""
    trunk_deg, pelvis_deg = (before[0], after[0]), (before[1], after[1])
    return Measured(Move(0, 60, 160, 220), trunk_deg, pelvis_deg, 30.0, 100, 0.0, net_m=net_m, low_m=net_m)


@pytest.mark.parametrize(
    ("trunk_deg", "pelvis_deg", "level_m", "expected"),
    [
        (10.0, -18.0, 0.0, True),  # Nobody stands like that.
        (5.0, -5.0, -0.2, True),  # A high stool.
        (5.0, -5.0, 0.0, False),  # A stand that goes the same way.
        (5.0, -5.0, None, True),
        (0.0, 0.0, -0.4, False),  # A squat.
        (25.0, 8.0, -0.4, False),
        (10.0, 5.0, -0.4, False),
        (11.0, 1.0, -0.2, True),  # Rocking on a seat.
        (11.0, 1.0, 0.0, False),
        (-2.0, -5.0, 0.0, False),  # Leaning back.
    ],
)
def test_a_seat_is_folded_and_low_or_folded_far(
    trunk_deg: float, pelvis_deg: float, level_m: float | None, expected: bool
) -> None:
    assert is_seat(Rest(trunk_deg, pelvis_deg, level_m), PARAMS) is expected


def test_the_level_counts_from_the_last_stand() -> None:
    level_m: float | None = None
    levels = []
    for move in (
        _move((0, 0), (5, -6), -0.2),
        _move((5, -6), (40, 20), 0.02),  # A lean on the stool,
        _move((40, 20), (5, -6), -0.03),  # and back.
        _move((5, -6), (1, 0), 0.15),
        _move((1, 0), (4, -5), 0.0),  # Another stand.
    ):
        found = levelled(move, level_m, PARAMS)
        level_m = found.level_m[1]
        levels.append(level_m)
    assert levels == pytest.approx([-0.2, -0.18, -0.21, 0.0, 0.0])
    before, after = rests(levelled(_move((5, -6), (5, -6), 0.0), None, PARAMS))
    assert (before.level_m, after.level_m) == (None, None)


def test_a_long_way_leaves_the_level_as_it_was() -> None:
    walked = levelled(_move((4, -5), (4, -5), None), 0.0, PARAMS)
    assert walked.level_m == (0.0, 0.0)
    assert replace(walked, level_m=(None, None)).net_m is None
