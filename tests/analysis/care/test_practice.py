"""What a hinge is held against, and what a set comes to."""

from dataclasses import dataclass

import pytest

from analysis.care.practice import band, summary
from analysis.events.calibration import Calibration, Gates, Neutral, Template
from analysis.events.movement import Strategy


def calibration(template: Template, range_deg: float | None = 50.0) -> Calibration:
    return Calibration(
        event_id="c",
        patient="p-1",
        device="d",
        start=None,
        end=None,
        mode=None,
        algorithm="a",
        quality=1.0,
        mounting_upper_quat=None,
        mounting_lower_quat=None,
        neutral=Neutral(upper=None, lower=None),
        lumbar_range_deg=range_deg,
        sit_deg=None,
        slump_deg=None,
        template=template,
        gates=Gates(hip_share=0.3, hip_range_pct=40.0),
        valid_from=None,
        accepted=True,
        reasons=[],
    )


OWN = Template(trunk_deg=[0.0, 30.0, 60.0, 30.0, 0.0], pelvis_deg=[0.0, 25.0, 48.0, 20.0, 0.0])


@pytest.mark.parametrize(
    ("trunk_deg", "own_deg"), [(0.0, 0.0), (15.0, 2.5), (30.0, 5.0), (45.0, 8.5), (60.0, 12.0), (75.0, 15.0)]
)
def test_the_own_hinge_is_the_way_down(trunk_deg: float, own_deg: float) -> None:
    assert band(calibration(OWN), trunk_deg).own_deg == pytest.approx(own_deg)


@pytest.mark.parametrize(("trunk_deg", "limit_deg"), [(-5.0, 9.0), (20.0, 9.0), (50.0, 15.0), (90.0, 20.0)])
def test_the_limit_grows_with_depth_as_the_gates_say(trunk_deg: float, limit_deg: float) -> None:
    """A share of 0.3 of the lean, at least of the 30 deg from which bends are told apart; 40 % of 50 deg."""
    assert band(calibration(OWN), trunk_deg).limit_deg == pytest.approx(limit_deg)


def test_without_hinges_and_range_there_is_still_a_limit() -> None:
    held = band(calibration(Template(pelvis_deg=[], trunk_deg=[]), None), 90.0)
    assert held.own_deg is None
    assert held.limit_deg == pytest.approx(27.0)


@dataclass
class Hinge:
    lumbar_share: float | None
    strategy: Strategy = "hip_hinge"
    borderline: bool = False


def test_a_set_is_counted_by_kind() -> None:
    done = summary([Hinge(0.2), Hinge(0.6, "lumbar_flexion", borderline=True), Hinge(None, "not_scored")])
    assert (done.hinges, done.scored, done.borderline, done.is_drifting) == (3, 2, 1, False)
    assert done.by_strategy == {"hip_hinge": 1, "lumbar_flexion": 1, "not_scored": 1}


@pytest.mark.parametrize(
    ("shares", "is_drifting"),
    [
        ([0.2, 0.2, 0.2, 0.2, 0.31, 0.31], True),
        ([0.2, 0.2, 0.2, 0.2, 0.29, 0.29], False),
        ([0.31, 0.31, 0.2, 0.2, 0.2, 0.2], False),
        ([0.2, 0.2, 0.2, 0.2, 0.4], False),
        ([0.2, None, 0.2, 0.25, 0.25, None, 0.4, 0.4], True),
        ([], False),
    ],
)
def test_more_from_the_back_toward_the_end_is_a_drift(shares: list[float | None], is_drifting: bool) -> None:
    assert summary([Hinge(share) for share in shares]).is_drifting is is_drifting
