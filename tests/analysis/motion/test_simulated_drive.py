"""A drive: the seat shakes as if someone walked, rises and falls, and turns with the corners."""

from collections.abc import Callable

import numpy as np
import pytest

from analysis.motion.block import Block
from analysis.motion.origin import Origin
from analysis.motion.session import Guided, Session
from firmware_sim.body import Motion as Body
from firmware_sim.person.anatomy import Anatomy, Mounting
from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.gait import GaitStyle
from firmware_sim.person.routine import calibrate
from firmware_sim.person.sits import drive
from firmware_sim.person.sway import Sway
from firmware_sim.person.upright import stand
from firmware_sim.scenarios import Scenario


@pytest.mark.parametrize("seed", [4, 8])
def test_who_drives_sits(seed: int, blocks_of: Callable[..., list[Block]]) -> None:
    rng = np.random.default_rng(seed)
    person = Choreographer(Anatomy.drawn(rng), GaitStyle(), rng)
    calibrate(person)
    person.walk(30, 100.0)
    stand(person, 20.0)
    seated_s = person.now_s + 5.0
    drive(person, 400.0)
    up_s = person.now_s
    stand(person, 10.0)
    person.walk(30, 100.0)
    stand(person, 20.0)
    script = person.script()
    body = Body(script.strokes, script.movers, Sway.drawn(rng))
    life = Scenario("drive", seed, person.anatomy, Mounting.drawn(rng), script, body)
    session = Session(Origin("p", "s", 0), Guided())
    outputs = [*map(session.push, blocks_of(life, life.duration_s)), session.finish()]
    told = [(second.sample / 100, second.state) for output in outputs for second in output.seconds]
    driving = [state for at_s, state in told if seated_s <= at_s < up_s - 5.0]
    assert driving.count("sitting") > 0.98 * len(driving)
    assert "walking" not in driving
    after = [state for at_s, state in told if at_s >= up_s + 3.0]
    assert "sitting" not in after
    assert after.count("walking") > 10
    assert not [one for output in outputs for one in output.calibrations if "slipped" in "".join(one.reasons)]
