"""A strip off the body is dead still, whichever way up, and comes back slightly elsewhere."""

import numpy as np
import pytest

from firmware_sim.body import Motion, feel
from firmware_sim.person.anatomy import Anatomy
from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.gait import GaitStyle
from firmware_sim.person.path import Joint
from firmware_sim.person.strip_off import be_carried, clip_on_again, lie_about, take_off
from firmware_sim.person.sway import Sway
from firmware_sim.person.upright import stand_still


@pytest.mark.parametrize("seed", range(6))
def test_on_a_shelf_nothing_moves_and_clipped_on_everything_is_back(seed: int) -> None:
    rng = np.random.default_rng(seed)
    person = Choreographer(Anatomy.drawn(rng), GaitStyle(), rng)
    stand_still(person, 3.0)
    take_off(person)
    laid_s = person.now_s
    lie_about(person, 60.0)
    be_carried(person, 20.0)
    clip_on_again(person)
    stand_still(person, 20.0)
    script = person.script()
    motion = Motion(script.strokes, script.movers, Sway.drawn(rng))
    upper, lower = feel(motion.pose(laid_s + np.arange(0.5, 15.0, 0.01)), person.anatomy)
    for pod in (upper, lower):
        assert np.ptp(pod.acc_mps2, axis=0).max() < 1e-6
        assert np.abs(pod.gyr_radps).max() < 1e-9
    assert [change.state for change in script.changes] == ["standing", "not_worn", "standing"]
    assert {slip.pod for slip in script.slips} == {"upper", "lower"}
    assert all(abs(slip.pitch_deg) <= 6.0 for slip in script.slips)
    again = motion.pose(person.now_s - np.arange(10.0, 0.0, -0.01))
    assert np.abs(again[Joint.TILT].value).max() < 3.0
    assert 0.1 < np.ptp(again[Joint.FLEXION].value) < 5.0


def test_in_a_bag_it_bounces_and_takes_no_steps() -> None:
    rng = np.random.default_rng(1)
    person = Choreographer(Anatomy.drawn(rng), GaitStyle(), rng)
    take_off(person)
    start_s = person.now_s
    be_carried(person, 30.0)
    script = person.script()
    motion = Motion(script.strokes, script.movers, Sway.drawn(rng))
    _, lower = feel(motion.pose(start_s + np.arange(5.0, 25.0, 0.01)), person.anatomy)
    assert np.ptp(np.linalg.norm(lower.acc_mps2, axis=1)) > 0.8
    assert not script.walks
