"""The true angles of a simulated back, sample by sample.

They are the joints of the body themselves, zero in the neutral stand; nothing is computed from what a
sensor feels.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from firmware_sim.body import sacrum_height_m
from firmware_sim.person.jet import FloatArray
from firmware_sim.person.path import Joint
from firmware_sim.scenarios import Scenario
from gateway.wire.frame import SAMPLE_RATE_HZ

_PIECE_S = 60.0


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


def angles_at(scenario: Scenario, t_s: FloatArray) -> Angles:
    """Return the true angles at increasing instants."""
    pose = scenario.motion.pose(t_s)
    return Angles(
        t_s,
        pose[Joint.TILT].value,
        pose[Joint.FLEXION].value,
        pose[Joint.TILT].rate,
        pose[Joint.FLEXION].rate,
        pose[Joint.LIST].value + pose[Joint.SIDE].value,
        pose[Joint.TWIST].value,
        pose[Joint.TWIST].rate,
        pose[Joint.UP].value,
        sacrum_height_m(pose, scenario.anatomy),
    )


def true_angles(scenario: Scenario, first: int, count: int) -> Angles:
    """Return the true angles at samples `first` to ``first + count``, on the grid of the person's samples."""
    return angles_at(scenario, np.arange(first, first + count) / SAMPLE_RATE_HZ)


def angles_between(scenario: Scenario, start_s: float, end_s: float) -> Angles:
    """Return the true angles at all samples from `start_s` up to `end_s`."""
    samples = _samples(start_s, end_s)
    return true_angles(scenario, samples.start, len(samples))


def angles_in_pieces(scenario: Scenario, start_s: float, end_s: float) -> Iterator[Angles]:
    """Yield the same in pieces of a minute, so that a long stretch needs little memory."""
    samples = _samples(start_s, end_s)
    for first in samples[:: round(_PIECE_S * SAMPLE_RATE_HZ)]:
        yield true_angles(scenario, first, min(round(_PIECE_S * SAMPLE_RATE_HZ), samples.stop - first))


def _samples(start_s: float, end_s: float) -> range:
    first, last = (math.ceil(instant_s * SAMPLE_RATE_HZ - 1e-6) for instant_s in (start_s, end_s))
    return range(first, last)
