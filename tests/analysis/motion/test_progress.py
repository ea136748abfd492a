"""How far the routine has come: each step is counted as it is done, and looking changes nothing."""

from collections.abc import Callable

import pytest

from analysis.motion.block import Block
from analysis.motion.origin import Origin
from analysis.motion.progress import RoutineProgress
from analysis.motion.routine import RoutineParams
from analysis.motion.session import FromData, Guided, Session
from firmware_sim.scenarios import scenario

ORIGIN = Origin("patient-7", "strip-3", 4)
STEP_OF = {
    "stand": "stand",
    "walk": "walk",
    "full_bend": "bend",
    "dowel_hinge": "hinge",
    "sit": "sit",
    "slump": "slump",
}


@pytest.mark.parametrize("seed", [0, 3])
def test_each_step_is_counted_while_it_is_done(seed: int, blocks_of: Callable[..., list[Block]]) -> None:
    one = scenario("practice", seed)
    session, seen = Session(ORIGIN, Guided()), {}
    for block in blocks_of(one, 150.0):
        for at in range(0, len(block), 100):
            output = session.push(block[at : at + 100])
            found = session.routine()
            if output.calibrations:
                assert found is None
                break
            assert found is not None
            seen[(block.first_sample + at) // 100 + 1] = found
    phases = one.script.phases
    for kind, count in (("full_bend", "bends"), ("dowel_hinge", "hinges")):
        ends_s = [phase.end_s for phase in phases if phase.kind == kind]
        for number, end_s in enumerate(ends_s, start=1):
            assert getattr(seen[int(end_s) + 3], count) in {number, number + 1}
    stands = [phase for phase in phases if phase.kind == "stand"]
    assert seen[int(stands[-1].end_s) + 1].stands == 3
    (sit,) = (phase for phase in phases if phase.kind == "sit")
    assert seen[int(sit.end_s)].sat_s == pytest.approx(sit.end_s - sit.start_s, abs=4)
    steps = [progress.next_step(RoutineParams()) for progress in seen.values()]
    order = list(dict.fromkeys(steps))
    assert order == list(STEP_OF.values())
    assert seen[1].left_s == 299


def test_it_is_silent_without_a_routine(simulated: list[Block]) -> None:
    session = Session(ORIGIN, FromData())
    session.push(simulated[0])
    assert session.routine() is None


def test_one_pod_is_told(simulated: list[Block]) -> None:
    session = Session(ORIGIN, Guided())
    block = simulated[0]
    session.push(Block(block.first_sample, block.lower, None, block.utc_ns, block.saturated))
    found = session.routine()
    assert found is not None
    assert not found.has_both_pods


@pytest.mark.parametrize(
    ("progress", "step"),
    [
        (RoutineProgress(), "stand"),
        (RoutineProgress(stands=3), "walk"),
        (RoutineProgress(stands=3, walked_s=4), "bend"),
        (RoutineProgress(stands=1, bends=1), "bend"),
        (RoutineProgress(stands=3, bends=3, hinges=2), "hinge"),
        (RoutineProgress(stands=3, bends=3, hinges=4, sat_s=3), "sit"),
        (RoutineProgress(stands=3, bends=3, hinges=5, sat_s=15), "slump"),
    ],
)
def test_what_comes_next(progress: RoutineProgress, step: str) -> None:
    assert progress.next_step(RoutineParams()) == step
