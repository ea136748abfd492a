"""What swings in time without being a walk: a dance, a broom, a spoon, a car on its road, a carried bag.

A rhythm is a set of beats, each a sinusoid on one coordinate. Tempo wanders slowly, as people's does, and
everything fades in and out, so that its derivatives exist and no jump is felt.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from firmware_sim.person.jet import FloatArray, Jet
from firmware_sim.person.path import Joint, envelope

_WANDER_S = 9.1
"""Period of the wander of tempo and size."""


@dataclass(frozen=True, slots=True)
class Beat:
    """One sinusoid: on which coordinate, how often, when, and half of its peak to peak."""

    joint: Joint
    rate_hz: float
    phase_rad: float
    size: float


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Beats for a while.

    `wander_rad` makes one differ from the next; tempo wanders by about 2 %, sizes by a fifth.
    """

    start_s: float
    duration_s: float
    beats: tuple[Beat, ...]
    wander_rad: float = 0.0
    ramp_s: float = 1.5

    @property
    def end_s(self) -> float:
        """When it has died away."""
        return self.start_s + self.duration_s

    def movements(self, t_s: FloatArray) -> Iterator[tuple[Joint, Jet]]:
        """Yield what it adds to each coordinate at instants `t_s` within it."""
        gate = envelope(self.start_s, self.end_s, self.ramp_s, t_s)
        wander = Jet.wave(t_s, 2.0 * math.pi / _WANDER_S, self.wander_rad)
        gate = gate * wander.scaled(0.2).raised(1.0)
        # A phase that runs ahead and falls behind by up to 0.03 s.
        since = Jet(t_s - self.start_s, np.ones_like(t_s), np.zeros_like(t_s)) + wander.scaled(0.03)
        for beat in self.beats:
            _, wave = since.scaled(2.0 * math.pi * beat.rate_hz).raised(beat.phase_rad).cos_sin()
            yield beat.joint, gate * wave.scaled(beat.size)
