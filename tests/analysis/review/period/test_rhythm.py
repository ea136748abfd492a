"""Mean paths through bends whose rhythm is known."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analysis.review.lifts import LiftView
from analysis.review.period.rhythm import RhythmParams, mean_path


@pytest.fixture
def bend(diary: Any) -> Any:
    """Return a maker of bends in which the pelvis takes a fixed part of the trunk's tilt."""
    diary.lift(diary.at("08:00:00"), "shared")
    model: LiftView = diary.view().lifts[0]

    def made(pelvis_down: float, depth_deg: float, pelvis_up: float | None = None) -> LiftView:
        trunk = depth_deg * np.sin(np.linspace(0, np.pi, 81))
        part = np.where(np.arange(81) <= 40, pelvis_down, pelvis_down if pelvis_up is None else pelvis_up)
        return replace(model, trunk_curve_deg=tuple(trunk), pelvis_curve_deg=tuple(part * trunk))

    return made


def test_the_pelvis_part_comes_out_at_every_level(bend: Any) -> None:
    path = mean_path([bend(0.6, 80), bend(0.6, 62), bend(0.6, 95)], "descent")
    assert [level.trunk_deg for level in path] == list(np.arange(5, 65, 5))
    for level in path:
        assert level.pelvis_deg == pytest.approx(0.6 * level.trunk_deg, abs=0.05)
        assert level.lumbar_deg == pytest.approx(0.4 * level.trunk_deg, abs=0.05)
        assert level.sd_deg < 0.05
        assert level.bends == 3


def test_the_spread_between_bends_is_along_the_level(bend: Any) -> None:
    level = mean_path([bend(part, 70) for part in (0.4, 0.5, 0.6)], "descent")[9]
    assert level.trunk_deg == 50
    assert level.pelvis_deg == pytest.approx(25, abs=0.1)
    assert level.sd_deg == pytest.approx(5, abs=0.1)


def test_the_way_up_is_its_own(bend: Any) -> None:
    bends = [bend(0.4, 70, pelvis_up=0.7) for _ in range(3)]
    down, up = mean_path(bends, "descent"), mean_path(bends, "ascent")
    assert down[5].pelvis_deg == pytest.approx(0.4 * 30, abs=0.1)
    assert up[5].pelvis_deg == pytest.approx(0.7 * 30, abs=0.1)


def test_a_path_ends_where_too_few_bends_go_on(bend: Any) -> None:
    bends = [bend(0.5, depth) for depth in (42, 61, 61)]
    assert mean_path(bends, "descent")[-1].trunk_deg == 40
    assert mean_path(bends, "descent", RhythmParams(least_bends=2))[-1].trunk_deg == 60
    assert mean_path(bends[:2], "descent") == ()
    assert mean_path([], "ascent") == ()


def test_a_path_begins_where_the_bends_begin(bend: Any) -> None:
    """The events' curves begin at 10 deg of trunk tilt, some later."""
    whole = [bend(0.5, 70), bend(0.5, 70), bend(0.5, 70)]
    cut = [
        replace(one, trunk_curve_deg=one.trunk_curve_deg[12:], pelvis_curve_deg=one.pelvis_curve_deg[12:])
        for one in whole
    ]
    assert mean_path(cut, "descent")[0].trunk_deg == 35  # sin(12/80 pi) * 70 is 31.8
    assert mean_path(cut, "ascent")[0].trunk_deg == 5
    assert mean_path([*cut[:1], *whole[:2]], "descent")[0].trunk_deg == 35
