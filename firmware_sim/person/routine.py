"""The guided calibration of CLINICAL.md B2, as a cooperative person performs it.

Three quiet stands of 5 s with a shuffle between, two dozen steps, three full bends, five dowel hinges, 30 s
of usual sitting, 10 s of slumping, and up again: a little over two minutes.
"""

from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.lifting import lift
from firmware_sim.person.script import LiftPlan
from firmware_sim.person.seated import get_up, settle, sit_down, sit_still, slumped
from firmware_sim.person.upright import settle_anew, stand, stand_still, walk

_DOWEL_RANGE_SHARE = 0.45
"""The dowel keeps even a stiff back from using more of its range [ours]."""


def calibrate(person: Choreographer) -> None:
    """Go through the routine, from standing to standing."""
    person.context = "calibration"
    for _ in range(3):
        with person.phase("stand"):
            stand_still(person, 5.5)
        settle_anew(person)
        stand(person, 2.5)
    with person.phase("walk"):
        walk(person, 24)
    stand_still(person, 2.0)
    for _ in range(3):
        with person.phase("full_bend"):
            lift(person, full_bend(person))
        stand_still(person, 1.5)
    for _ in range(5):
        with person.phase("dowel_hinge"):
            lift(person, dowel_hinge(person))
        stand_still(person, 1.2)
    sit_down(person)
    with person.phase("sit"):
        sit_still(person, 30.0)
    settle(person, slumped(person.anatomy))
    with person.phase("slump"):
        sit_still(person, 10.0)
    get_up(person)
    stand_still(person, 2.0)
    person.context = "chores"
    person.begin_day()


def full_bend(person: Choreographer) -> LiftPlan:
    """Return a full comfortable bend, all of the lumbar range within 2 %."""
    lumbar_deg = person.anatomy.lumbar_range_deg * person.uniform(0.98, 1.0)
    depth_deg = lumbar_deg + person.anatomy.hip_range_deg * person.uniform(0.94, 1.0)
    return LiftPlan(
        lumbar_deg / depth_deg,
        depth_deg,
        descent_s=person.uniform(2.3, 2.8),
        hold_s=person.uniform(0.6, 1.0),
        ascent_s=person.uniform(2.3, 2.8),
        lead=0.18,
    )


def dowel_hinge(person: Choreographer) -> LiftPlan:
    """Return a hinge with a dowel along the back: the lumbar spine stays near neutral."""
    share, depth_deg = person.uniform(0.13, 0.29), person.uniform(54.0, 66.0)
    return LiftPlan(
        min(share, _DOWEL_RANGE_SHARE * person.anatomy.lumbar_range_deg / depth_deg),
        depth_deg,
        descent_s=person.uniform(1.7, 2.2),
        hold_s=person.uniform(0.3, 0.6),
        ascent_s=person.uniform(1.6, 2.1),
        knee_drop_m=0.04,
        lead=0.0,
    )
