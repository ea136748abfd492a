"""What no one can hold still: sway while upright, and breath.

Sway is a handful of sinusoids per coordinate with frequencies from 0.07 to 2 Hz and amplitudes that fall with
frequency, which has the look and the spectrum of quiet-stance recordings (Winter 1995,
doi:10.1016/0966-6362(96)82849-9) while being exact at any instant. Breathing bends and stretches the lumbar
spine by well under a degree, also at rest, when sway is nearly gone (Joint.SWAY says how much is left).
"""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np

from firmware_sim.person.jet import FloatArray, Jet
from firmware_sim.person.path import Joint

# Amplitude at 0.1 Hz, in the unit of the coordinate; a slower or faster wave is larger or smaller.
_SWAY_SIZE = {
    Joint.TILT: 0.35,
    Joint.FLEXION: 0.35,
    Joint.LIST: 0.25,
    Joint.SIDE: 0.25,
    Joint.HEADING: 0.4,
    Joint.TWIST: 0.3,
    Joint.FORE: 0.004,
    Joint.LEFT: 0.003,
}
_BANDS_HZ = ((0.07, 0.15), (0.2, 0.45), (0.8, 2.0))
_BREATH_FLEXION_DEG = -0.4
_BREATH_TILT_DEG = 0.12
_BREATH_UP_M = 0.0006


@dataclass(frozen=True, slots=True)
class _Wave:
    joint: Joint
    rate_radps: float
    phase_rad: float
    size: float


@dataclass(frozen=True, slots=True)
class Sway:
    """One person's restlessness, drawn once."""

    waves: tuple[_Wave, ...]
    breath_radps: float
    breath_phase_rad: float

    @classmethod
    def drawn(cls, rng: np.random.Generator, size: float = 1.0) -> Self:
        """Draw waves and breath from `rng`; `size` 1 is a steady person's sway."""
        waves = []
        for joint, amplitude in _SWAY_SIZE.items():
            for low_hz, high_hz in _BANDS_HZ:
                frequency_hz = float(rng.uniform(low_hz, high_hz))
                waves.append(
                    _Wave(
                        joint,
                        2.0 * math.pi * frequency_hz,
                        float(rng.uniform(0.0, 2.0 * math.pi)),
                        amplitude * size * (0.1 / frequency_hz),
                    )
                )
        breath_hz = float(rng.uniform(0.2, 0.3))
        return cls(tuple(waves), 2.0 * math.pi * breath_hz, float(rng.uniform(0.0, 2.0 * math.pi)))

    def add_to(self, pose: dict[Joint, Jet], t_s: FloatArray) -> None:
        """Add sway and breath at instants `t_s` to `pose` in place."""
        gain = pose[Joint.SWAY]
        for joint in _SWAY_SIZE:
            total = Jet.zeros(t_s.size)
            for wave in self.waves:
                if wave.joint is joint:
                    total.accumulate(Jet.wave(t_s, wave.rate_radps, wave.phase_rad).scaled(wave.size))
            pose[joint].accumulate(gain * total)
        breath = Jet.wave(t_s, self.breath_radps, self.breath_phase_rad)
        breath = pose[Joint.BREATH] * breath
        pose[Joint.FLEXION].accumulate(breath.scaled(_BREATH_FLEXION_DEG))
        pose[Joint.TILT].accumulate(breath.scaled(_BREATH_TILT_DEG))
        pose[Joint.UP].accumulate(breath.scaled(_BREATH_UP_M))
