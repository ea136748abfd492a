"""The true angles of a simulated back, sample by sample.

They are the joints of the body themselves, zero in the person's usual neutral stand; nothing is computed from
what a sensor feels. There are three truths, because skin and strap let a pod turn on the bone, and because no
one stands twice alike:

- of the **bones**: pelvis and lumbar spine. This is what patient and therapist mean. No strip can know it
  better than the skin lets it (CLINICAL.md, fact 1).
- of the **pods**: what the strip rides on, the bones' angles and the turning of each pod on its place about
  its left-right axis. This is what a perfect strip would measure in a bend without twist. A slip of the strap
  is no angle of a pod's place: it is taken out here, and a perfect strip would find it and take it out too.
- of the **strip**: the pods' again, but zero in the median of the guided routine's stands, which is what the
  product calls neutral (CLINICAL.md B1). It differs from the pods' by how this person happened to stand.

Of someone whose pods sit firmly and who always stands alike the three are the same; without a routine the
strip's are the pods'.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from firmware_sim.body import sacrum_height_m
from firmware_sim.person.jet import FloatArray
from firmware_sim.person.path import Joint, Path, Stroke
from firmware_sim.scenarios import Scenario
from gateway.wire.frame import SAMPLE_RATE_HZ

_PIECE_S = 60.0

Carrier = Literal["bone", "pod", "strip"]
"""Whose angles."""


@dataclass(frozen=True, slots=True, eq=False)
class Angles:
    """Angles and their rates at instants since the scenario's time zero; forward positive."""

    t_s: FloatArray
    pelvis_deg: FloatArray
    lumbar_deg: FloatArray
    pelvis_dps: FloatArray
    lumbar_dps: FloatArray
    side_deg: FloatArray
    """Side bend of the upper pod's place, right positive."""
    twist_deg: FloatArray
    """Twist of the lumbar spine, left positive."""
    twist_dps: FloatArray
    hip_up_m: FloatArray
    """Hips above their standing height."""
    sacrum_m: FloatArray
    """Lower pod above the standing hip axis."""

    @property
    def trunk_deg(self) -> FloatArray:
        """Trunk tilt: the pelvis's and the lumbar spine's together."""
        return self.pelvis_deg + self.lumbar_deg

    @property
    def trunk_dps(self) -> FloatArray:
        """Rate of the trunk tilt."""
        return self.pelvis_dps + self.lumbar_dps


def angles_at(scenario: Scenario, t_s: FloatArray, carrier: Carrier = "bone") -> Angles:
    """Return the true angles at increasing instants."""
    motion = scenario.motion
    pose = motion.bones(t_s) if carrier == "bone" else motion.pose(t_s)
    pelvis, lumbar = pose[Joint.TILT], pose[Joint.FLEXION]
    if carrier != "bone":
        slipped = Path(_slips(scenario)).pose(t_s)
        upper, lower = (
            pose[pitch] + slipped[pitch].scaled(-1.0) for pitch in (Joint.UPPER_PITCH, Joint.LOWER_PITCH)
        )
        pelvis, lumbar = pelvis + lower, lumbar + upper + lower.scaled(-1.0)
    pelvis_zero_deg, lumbar_zero_deg = zero_deg(scenario, carrier)
    pelvis, lumbar = pelvis.raised(-pelvis_zero_deg), lumbar.raised(-lumbar_zero_deg)
    return Angles(
        t_s,
        pelvis.value,
        lumbar.value,
        pelvis.rate,
        lumbar.rate,
        pose[Joint.LIST].value + pose[Joint.SIDE].value,
        pose[Joint.TWIST].value,
        pose[Joint.TWIST].rate,
        pose[Joint.UP].value,
        sacrum_height_m(pose, scenario.anatomy),
    )


def true_angles(scenario: Scenario, first: int, count: int, carrier: Carrier = "bone") -> Angles:
    """Return the true angles at samples `first` to ``first + count``, on the grid of the person's samples."""
    return angles_at(scenario, np.arange(first, first + count) / SAMPLE_RATE_HZ, carrier)


def angles_between(scenario: Scenario, start_s: float, end_s: float, carrier: Carrier = "bone") -> Angles:
    """Return the true angles at all samples from `start_s` up to `end_s`."""
    samples = _samples(start_s, end_s)
    return true_angles(scenario, samples.start, len(samples), carrier)


def lumbar_range_deg(scenario: Scenario, carrier: Carrier = "bone") -> float:
    """Return the lumbar flexion of a full bend."""
    anatomy, skin = scenario.anatomy, scenario.skin
    seen_deg = anatomy.lumbar_range_deg if carrier == "bone" or skin is None else skin.seen_range_deg(anatomy)
    return seen_deg - zero_deg(scenario, carrier)[1]


def zero_deg(scenario: Scenario, carrier: Carrier) -> tuple[float, float]:
    """Return where `carrier` has its zero, from the usual neutral stand: pelvis tilt and lumbar flexion."""
    script = scenario.script
    asked = [phase for phase in script.phases if phase.kind == "stand"]
    if carrier != "strip" or not asked or not script.stances:
        return 0.0, 0.0
    stands = [
        max((one for one in script.stances if one.at_s <= phase.start_s), key=lambda one: one.at_s)
        for phase in asked
    ]
    pelvis_deg = float(np.median([stand.pelvis_deg for stand in stands]))
    lumbar_deg = float(np.median([stand.lumbar_deg for stand in stands]))
    return (
        (pelvis_deg, lumbar_deg) if scenario.skin is None else scenario.skin.seen_deg(pelvis_deg, lumbar_deg)
    )


def angles_in_pieces(scenario: Scenario, start_s: float, end_s: float) -> Iterator[Angles]:
    """Yield the same in pieces of a minute, so that a long stretch needs little memory."""
    samples = _samples(start_s, end_s)
    for first in samples[:: round(_PIECE_S * SAMPLE_RATE_HZ)]:
        yield true_angles(scenario, first, min(round(_PIECE_S * SAMPLE_RATE_HZ), samples.stop - first))


def _slips(scenario: Scenario) -> Iterator[Stroke]:
    for slip in scenario.script.slips:
        pitch = Joint.UPPER_PITCH if slip.pod == "upper" else Joint.LOWER_PITCH
        yield Stroke(pitch, slip.start_s, slip.end_s - slip.start_s, slip.pitch_deg)


def _samples(start_s: float, end_s: float) -> range:
    first, last = (math.ceil(instant_s * SAMPLE_RATE_HZ - 1e-6) for instant_s in (start_s, end_s))
    return range(first, last)
