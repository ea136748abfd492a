"""The simulated morning from power-on to the end, against what the simulated person did."""

from collections.abc import Callable

import pytest

from analysis.events.day import Minute, Sitting
from analysis.events.movement import Lift, Transition, Walk
from analysis.motion.block import Block
from analysis.motion.origin import Origin
from analysis.motion.session import Guided, Session
from firmware_sim.scenarios import scenario
from firmware_sim.truth.record import truth_of


@pytest.mark.parametrize("seed", [0, 21])
def test_morning(seed: int, blocks_of: Callable[..., list[Block]], origin: Origin) -> None:
    morning = scenario("morning", seed)
    session = Session(origin, Guided())
    outputs = [session.push(block) for block in blocks_of(morning, morning.duration_s)]
    outputs.append(session.finish())
    events = [event for output in outputs for event in output.events]
    truth = truth_of(morning)

    lifts = [event for event in events if isinstance(event, Lift)]
    true_lifts = [lift for lift in truth.lifts if lift.context != "calibration"]
    assert len(lifts) == len(true_lifts)
    assert [lift.strategy for lift in lifts] == [lift.verdict.strategy for lift in true_lifts]
    for found, true in zip(lifts, true_lifts, strict=True):
        assert found.first_sample / 100 == pytest.approx(true.start_s, abs=0.25)
        assert found.last_sample / 100 == pytest.approx(true.end_s, abs=0.5)
        assert found.legs in {true.legs, "unknown"}

    (sitting,) = [event for event in events if isinstance(event, Sitting)]
    (bout,) = [bout for bout in truth.sitting if bout.end_s - bout.start_s > 60.0]
    assert sitting.first_sample / 100 == pytest.approx(bout.start_s, abs=2.0)
    assert sitting.last_sample / 100 == pytest.approx(bout.end_s, abs=2.0)
    assert sitting.postural_shifts == pytest.approx(bout.postural_shifts, abs=1)
    assert sitting.slumped_s == pytest.approx(bout.slumped_s, rel=0.1)
    assert sitting.ended_by == "walk"
    sat_s = sum(event.sitting_s for event in events if isinstance(event, Minute))
    assert sat_s == pytest.approx(bout.end_s - bout.start_s, rel=0.02)

    transitions = [event for event in events if isinstance(event, Transition)]
    for change in truth.transitions:
        assert any(
            event.kind == change.kind
            and event.first_sample / 100 < change.end_s
            and event.last_sample / 100 > change.start_s
            for event in transitions
        )

    steps = sum(event.steps for event in events if isinstance(event, Walk))
    assert steps == pytest.approx(sum(walk.steps for walk in truth.walks), rel=0.05)
