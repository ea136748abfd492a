"""Whole days of anyone: eight hours with the strip on, after the guided calibration, with the truth of it.

What fills them: :mod:`firmware_sim.person.pastimes`. The person, skin, strap and strip are drawn as those of
the study's participants are.
"""

import numpy as np

from firmware_sim.body import Motion
from firmware_sim.person.anatomy import Anatomy, Mounting
from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.gait import GaitStyle
from firmware_sim.person.habits import Habits
from firmware_sim.person.pastimes import spend
from firmware_sim.person.routine import calibrate
from firmware_sim.person.skin import Skin
from firmware_sim.person.sway import Sway
from firmware_sim.person.upright import put_on, settle_anew
from firmware_sim.scenarios import Scenario

_HOUR_S = 3600.0
_DAY_DICE = 0xDA75
"""Keeps the dice of days apart from those of other people of the same seeds."""


def day(seed: int, hours: float = 8.0) -> Scenario:
    """Return the day that the dice of `seed` make: a person, the calibration, and so many hours after it.

    The same seed is the same person at any length, but not the same day.
    """
    dice = np.random.SeedSequence(entropy=seed, spawn_key=(_DAY_DICE,)).spawn(6)
    back, strip, ways, life, sway, hide = (np.random.default_rng(part) for part in dice)
    person = Choreographer(Anatomy.drawn_from_all(back), GaitStyle.drawn(ways), life, Habits.drawn(ways))
    put_on(person, 5.0)
    settle_anew(person)
    person.wait(1.0)
    calibrate(person)
    spend(person, hours * _HOUR_S)
    script, skin = person.script(), Skin.drawn(hide)
    return Scenario(
        name="day",
        seed=seed,
        anatomy=person.anatomy,
        mounting=Mounting.worn("any", strip),
        script=script,
        motion=Motion(script.strokes, script.movers, Sway.drawn(sway, float(sway.uniform(0.6, 1.8))), skin),
        skin=skin,
    )
