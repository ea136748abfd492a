"""Ways to spend time: each lasts about as long as asked, and holds what its name says."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from firmware_sim.body import Motion, feel
from firmware_sim.person import bedrest, housework, sits, stepping
from firmware_sim.person.anatomy import Anatomy
from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.gait import GaitStyle
from firmware_sim.person.habits import Habits
from firmware_sim.person.path import Joint
from firmware_sim.person.script import Change, State

TIMED: dict[Callable[[Choreographer, float], None], tuple[float, State]] = {
    sits.desk: (900.0, "sitting"),
    sits.sofa: (600.0, "sitting"),
    sits.meal: (600.0, "sitting"),
    sits.toilet: (120.0, "sitting"),
    sits.drive: (600.0, "sitting"),
    bedrest.nap: (600.0, "lying"),
    housework.cook: (400.0, "standing"),
    housework.work_standing: (400.0, "standing"),
    housework.take_a_walk: (400.0, "walking"),
    stepping.vacuum: (200.0, "standing"),
    stepping.dance: (120.0, "standing"),
}


def somebody(seed: int) -> Choreographer:
    rng = np.random.default_rng(seed)
    return Choreographer(Anatomy.drawn_from_all(rng), GaitStyle.drawn(rng), rng, Habits.drawn(rng))


def spent(person: Choreographer) -> Counter[State]:
    changes = (*person.script().changes, Change(person.now_s, "standing"))
    time_s: Counter[State] = Counter()
    for one, other in pairwise(changes):
        time_s[one.state] += round(other.at_s - one.at_s)
    return time_s


@pytest.mark.parametrize("act", TIMED, ids=lambda act: act.__name__)
@pytest.mark.parametrize("seed", range(4))
def test_it_lasts_as_long_and_is_mostly_what_it_is(
    act: Callable[[Choreographer, float], None], seed: int
) -> None:
    duration_s, mostly = TIMED[act]
    person = somebody(seed)
    act(person, duration_s)
    assert 0.7 * duration_s - 20.0 < person.now_s < 1.25 * duration_s + 45.0
    assert spent(person).most_common(1)[0][0] == mostly
    assert person.script().changes[-1].state == "standing"
    for joint in (Joint.TILT, Joint.FLEXION, Joint.UP, Joint.SPEED):
        assert person.at(joint) == pytest.approx(person.home(joint), abs=1e-9)


def test_a_desk_has_the_pelvis_as_far_forward_as_in_standing_now_and_then() -> None:
    person = somebody(2)
    sits.desk(person, 3600.0)
    script = person.script()
    seated = next(change.at_s for change in script.changes if change.state == "sitting")
    tilt_deg = Motion(script.strokes, script.movers, None).bones(np.arange(seated + 5.0, 3500.0, 1.0))
    assert np.mean(tilt_deg[Joint.TILT].value > -6.0) > 0.05
    assert np.median(tilt_deg[Joint.TILT].value) < -8.0


def test_a_car_shakes_no_more_than_cars_do() -> None:
    person = somebody(1)
    sits.drive(person, 600.0)
    script = person.script()
    motion = Motion(script.strokes, script.movers, None)
    _, lower = feel(motion.pose(np.arange(120.0, 400.0, 0.01)), person.anatomy)
    assert 0.1 < np.std(np.linalg.norm(lower.acc_mps2, axis=1)) < 0.7
    assert not script.walks


def test_marching_gets_nowhere_but_steps() -> None:
    person = somebody(5)
    steps = stepping.march(person, 20.0)
    (walk,) = person.script().walks
    assert walk.steps == steps > 20
    assert walk.speed_mps == 0.0
    assert person.now_s == pytest.approx(20.0, abs=1.0)


def test_no_one_moves_faster_than_people_can() -> None:
    for seed in range(3):
        person = somebody(seed)
        stepping.dance(person, 60.0)
        stepping.vacuum(person, 60.0)
        housework.take_stairs(person)
        housework.carry_things(person)
        housework.run_errands(person)
        script = person.script()
        pose = Motion(script.strokes, script.movers, None).pose(np.arange(0.0, person.now_s, 0.01))
        for felt in feel(pose, person.anatomy):
            assert np.abs(felt.acc_mps2).max() < 30.0
            assert np.degrees(np.abs(felt.gyr_radps).max()) < 400.0
