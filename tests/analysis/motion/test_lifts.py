from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from analysis.motion.lifts import Bend, LiftParams, LiftStage

FloatArray = NDArray[np.float64]
PARAMS = LiftParams()


def _line(*points: tuple[float, float]) -> FloatArray:
    """Return straight lines through (second, degrees)."""
    seconds, degrees = zip(*points, strict=True)
    return np.asarray(np.interp(np.arange(0.0, seconds[-1], 0.01), seconds, degrees))


def _bends(tilt: FloatArray, *cuts: int) -> list[Bend]:
    stage = LiftStage(PARAMS)
    found = []
    edges = [0, *sorted(cuts), tilt.shape[0]]
    for first, last in pairwise(edges):
        if last > first:
            found += stage.push(first, tilt[first:last])
    return found + stage.finish()


def test_one_bend_from_edge_to_edge() -> None:
    (bend,) = _bends(_line((0, 0), (1, 0), (2, 60), (3, 60), (5, 0), (6, 0)))
    assert bend.start == pytest.approx(100 + 100 / 6, abs=1)
    assert bend.end == pytest.approx(500 - 200 / 6, abs=1)
    assert 200 <= bend.peak <= 300


@pytest.mark.parametrize(
    ("tilt", "why"),
    [
        (_line((0, 0), (1, 29), (2, 0), (3, 0)), "too shallow"),
        (_line((0, 0), (0.3, 60), (0.6, 0), (2, 0)), "too short"),
        (_line((0, 0), (1, 60), (17, 60), (18, 0), (19, 0)), "sustained"),
        (_line((0, 50), (1, 60), (2, 0), (3, 0)), "the data begin within it"),
        (_line((0, 0), (1, 60), (2, 30)), "not up again at the end"),
    ],
)
def test_no_bend(tilt: FloatArray, why: str) -> None:
    assert _bends(tilt) == [], why


def test_two_bends_are_cut_at_the_trough() -> None:
    first, second = _bends(_line((0, 0), (2, 70), (3, 15), (5, 80), (7, 0), (8, 0)))
    assert first.end == second.start == 300


def test_a_bend_whose_end_is_known_much_later_is_none() -> None:
    """Who stays between the lean and half of the peak ends the bend only by what follows."""
    soon = _bends(_line((0, 0), (2, 70), (4, 26), (20, 27), (22, 70), (26, 0), (27, 0)))
    late = _bends(_line((0, 0), (2, 70), (4, 26), (600, 27), (602, 70), (606, 0), (607, 0)))
    assert [bend.end for bend in soon] == [400]
    assert soon[0].known > 2000
    assert late == []


def test_a_pause_on_the_way_is_not_a_trough() -> None:
    assert len(_bends(_line((0, 0), (2, 70), (3, 45), (4, 75), (6, 0), (7, 0)))) == 1


def test_a_bend_that_settles_into_a_lean_ends_there() -> None:
    (bend,) = _bends(_line((0, 0), (1.5, 60), (3, 15), (30, 15)))
    assert bend.end == pytest.approx(300, abs=1)


def test_bends_out_of_a_lean_are_found() -> None:
    lean = _line((0, 14), (3, 14), (4.5, 60), (6, 14), (9, 14), (10.5, 60), (12, 14), (20, 14))
    assert [bend.peak for bend in _bends(lean)] == [450, 1050]


def test_the_end_of_the_data_closes_what_is_nearly_up() -> None:
    (bend,) = _bends(_line((0, 0), (1, 60), (2, 15)))
    assert bend.end == 199


def _plain(tilt: FloatArray) -> list[Bend]:
    """Return the bends that the zigzag is said to find, sample by sample."""
    p, settle = PARAMS, round(PARAMS.settle_s * 100.0)
    found: list[Bend] = []
    phase = "lean" if tilt[0] >= p.edge_deg else "out"
    start: int | None = None
    peak = trough = 0

    def close(end: int, known: int) -> None:
        if start is None or tilt[peak] < p.peak_deg or known - start > 100.0 * p.known_s:
            return
        if p.shortest_s <= (end - start) / 100.0 <= p.longest_s:
            found.append(Bend(start, peak, end, known))

    for at, deg in enumerate(tilt):
        if phase == "out":
            if deg >= p.edge_deg:
                phase, start, peak = "down", at, at
        elif phase == "down":
            peak = at if deg > tilt[peak] else peak
            if deg < p.edge_deg:
                close(at, at)
                phase = "out"
            elif tilt[peak] >= p.peak_deg and deg < p.recovery * tilt[peak]:
                phase, trough = "up", at
        elif phase == "up":
            trough = at if deg < tilt[trough] else trough
            is_deep_again = deg >= max(p.peak_deg, tilt[trough] / p.recovery)
            if deg < p.edge_deg:
                close(at, at)
                phase = "out"
            elif is_deep_again or (at - trough >= settle and tilt[trough] < p.lean_deg):
                close(trough, at)
                phase, start, peak = ("down", trough, at) if is_deep_again else ("lean", at, peak)
        else:
            start = at if deg < p.lean_deg else start
            if deg < p.edge_deg:
                phase = "out"
            elif deg >= p.peak_deg:
                phase, peak = "down", at
    if phase == "up" and tilt[-1] < p.lean_deg:
        close(tilt.size - 1, tilt.size - 1)
    return found


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.one_of(st.floats(0.3, 4.0), st.floats(8.0, 30.0)), st.floats(-20.0, 110.0)),
        min_size=3,
        max_size=15,
    ),
    st.lists(st.integers(0, 6000), max_size=12),
    st.sampled_from([0.0, 0.02, 1.0, 6.0]),
)
def test_cuts_change_nothing(strokes: list[tuple[float, float]], cuts: list[int], sway_deg: float) -> None:
    """Neither where a phase is straight nor where it is long; it is as if every sample were looked at."""
    at_s, points = 0.0, [(0.0, 0.0)]
    for duration_s, degrees in strokes:
        at_s += duration_s
        points.append((at_s, degrees))
    tilt = _line(*points)
    tilt += sway_deg * np.sin(7.0 * np.arange(tilt.shape[0]))
    inside = [cut for cut in cuts if cut < tilt.shape[0]]
    assert _bends(tilt, *inside) == _bends(tilt) == _plain(tilt)


def test_snapshot_in_the_middle_of_a_bend() -> None:
    tilt = _line((0, 0), (2, 70), (4, 0), (5, 0))
    one, other = LiftStage(PARAMS), LiftStage(PARAMS)
    one.push(0, tilt[:250])
    other.restore(one.state())
    assert other.push(250, tilt[250:]) == one.push(250, tilt[250:]) == _bends(tilt)
