"""Walking as the lower back feels it.

One walk is a phase that counts steps, and on it the harmonics that trunk accelerometry knows (Zijlstra and
Hof 2003, doi:10.1016/S0966-6362(02)00190-X; Menz, Lord and Fitzpatrick 2003,
doi:10.1016/S0966-6362(02)00159-5): the pelvis is lowest at each double support and highest at midstance,
about 4 cm apart; it brakes and speeds up once a step; it sways, lists and turns once a stride, and the
upper body turns against it. Heel strikes are the higher harmonics of the step, whose size is given as
acceleration because that is what has been measured. Cadence and vigour wander by a few per cent.

A step is counted at each heel strike, half a step after the phase passes a whole number, so a walk of `steps`
steps has exactly that many. On stairs the ground rises or falls with each step, fastest at midstance. Works
badly for running (no flight phase).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from firmware_sim.person.jet import FloatArray, Jet
from firmware_sim.person.path import Joint, envelope

RAMP_S = 1.0
"""Time to get going and to come to a halt, s."""

# The jolt of a heel strike: harmonic, its acceleration (m/s2) and how late it comes (rad). Upwards and
# forwards they are harmonics of the step, sideways of the stride.
_JOLT_UP = ((2, 1.1, 0.5), (3, 0.8, 0.9), (4, 0.5, 1.4), (5, 0.3, 1.8))
_JOLT_FORE = ((2, 1.1, 1.2), (3, 0.7, 1.8), (4, 0.4, 2.2))
_JOLT_LEFT = ((3, 0.8, 0.4), (5, 0.5, 1.0))


@dataclass(frozen=True, slots=True)
class GaitStyle:
    """How one person walks. Amplitudes are half of peak to peak, typical of level walking at 1.1 m/s.

    Angles after Crosbie, Vachalathiti and Smith 1997, doi:10.1016/S0966-6362(97)00007-4.
    """

    step_length_m: float = 0.62
    bob_m: float = 0.018
    surge_m: float = 0.010
    shift_m: float = 0.018
    list_deg: float = 4.5
    turn_deg: float = 5.5
    tilt_deg: float = 1.2
    lean_deg: float = 2.5
    flexion_deg: float = 1.0
    side_deg: float = 4.5
    twist_deg: float = 7.5
    limp: float = 0.06
    """How much weaker every other heel strike is, as a fraction."""
    jolt: float = 1.0
    """Heel strikes as a multiple of the usual ones."""
    climb_m: float = 0.0
    """Rise of the ground at each step; negative downstairs."""
    rock_deg: float = 0.0
    """How far the heel strikes rock the pods on the skin [ours]."""

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Self:
        """Draw the walk of anyone: brisk or shuffling, level or limping [ours]."""
        usual, size = cls(), float(rng.uniform(0.6, 1.3))
        return replace(
            usual,
            step_length_m=float(rng.uniform(0.42, 0.74)),
            bob_m=usual.bob_m * size,
            list_deg=usual.list_deg * size,
            twist_deg=usual.twist_deg * size,
            tilt_deg=float(rng.uniform(0.8, 2.2)),
            lean_deg=float(rng.uniform(0.0, 7.0)),
            limp=float(rng.uniform(0.0, 0.25)),
            jolt=float(rng.uniform(0.6, 1.3)),
            rock_deg=float(rng.uniform(0.2, 1.4)),
        )


@dataclass(frozen=True, slots=True)
class Walk:
    """One bout of walking: `steps` heel strikes at `cadence_spm` steps a minute, from rest to rest.

    `wander_rad` are two phases that make one walk differ from the next.
    """

    start_s: float
    steps: int
    cadence_spm: float
    style: GaitStyle
    wander_rad: tuple[float, float]

    @property
    def duration_s(self) -> float:
        """Time from rest to rest: the ramps count half."""
        return self.steps * 60.0 / self.cadence_spm + RAMP_S

    @property
    def end_s(self) -> float:
        """When the person stands again."""
        return self.start_s + self.duration_s

    @property
    def speed_mps(self) -> float:
        """Speed between the ramps."""
        return self.style.step_length_m * self.cadence_spm / 60.0

    def going(self, t_s: FloatArray) -> Jet:
        """Return how much of the full gait is there (0 to 1)."""
        return envelope(self.start_s, self.end_s, RAMP_S, t_s)

    def phase_steps(self, t_s: FloatArray) -> Jet:
        """Return the phase, which grows by one a step from 0 to `steps`."""
        steps_hz = self.cadence_spm / 60.0
        since, left = t_s - self.start_s, self.end_s - t_s
        going = self.going(t_s)
        steady = since - 0.5 * RAMP_S
        starting = RAMP_S * _smooth_step_integral(np.clip(since / RAMP_S, 0.0, 1.0))
        stopping = self.duration_s - RAMP_S - RAMP_S * _smooth_step_integral(np.clip(left / RAMP_S, 0.0, 1.0))
        travelled = np.where(since < RAMP_S, starting, np.where(left < RAMP_S, stopping, steady))
        phase = Jet(travelled * steps_hz, going.value * steps_hz, going.rate * steps_hz)
        # A slow wander of a twentieth of a step is about 3 % of cadence.
        wander = Jet.wave(t_s, 2.0 * math.pi / 7.3, self.wander_rad[0]).scaled(0.05)
        return phase + wander * going

    def strikes_s(self) -> FloatArray:
        """Return the instants of the heel strikes, from first to last."""
        t_s = np.arange(self.start_s, self.end_s, 0.005)
        return np.asarray(np.interp(np.arange(self.steps) + 0.5, self.phase_steps(t_s).value, t_s))

    def movements(self, t_s: FloatArray) -> Iterator[tuple[Joint, Jet]]:
        """Yield what the walk adds to each coordinate at instants `t_s` within it."""
        style, going = self.style, self.going(t_s)
        vigour = going * Jet.wave(t_s, 2.0 * math.pi / 2.9, self.wander_rad[1]).scaled(0.05).raised(1.0)
        # Angles count from a heel strike, where the pelvis is lowest.
        step = self.phase_steps(t_s).scaled(2.0 * math.pi).raised(-math.pi)
        wave, stride = _Harmonics(step), _Harmonics(step.scaled(0.5))
        firm = vigour * stride.cosine(1, 0.0).scaled(style.limp).raised(1.0)
        jolts = firm if style.jolt == 1.0 else firm.scaled(style.jolt)
        step_radps = 2.0 * math.pi * self.cadence_spm / 60.0

        yield Joint.SPEED, going.scaled(self.speed_mps)
        yield Joint.UP, jolts * (wave.jolt(_JOLT_UP, step_radps) + wave.cosine(1, 0.0).scaled(-style.bob_m))
        yield Joint.UP, going.scaled(-0.8 * style.bob_m)
        yield (
            Joint.FORE,
            jolts * (wave.jolt(_JOLT_FORE, step_radps) + wave.cosine(1, 1.2).scaled(style.surge_m)),
        )
        yield (
            Joint.LEFT,
            vigour
            * (
                stride.jolt(_JOLT_LEFT, 0.5 * step_radps)
                + stride.cosine(1, 0.5 * math.pi).scaled(style.shift_m)
            ),
        )
        yield Joint.LIST, vigour * stride.cosine(1, 0.0).scaled(style.list_deg)
        yield Joint.HEADING, vigour * stride.cosine(1, 0.2).scaled(style.turn_deg)
        yield Joint.TILT, vigour * wave.cosine(1, 0.6).scaled(style.tilt_deg)
        yield Joint.TILT, going.scaled(style.lean_deg)
        yield Joint.FLEXION, vigour * wave.cosine(1, 2.4).scaled(style.flexion_deg)
        yield Joint.SIDE, vigour * stride.cosine(1, 0.4).scaled(-style.side_deg)
        yield Joint.TWIST, vigour * stride.cosine(1, 0.5).scaled(-style.twist_deg)
        if style.climb_m:
            climbing = wave.cosine(1, 0.0).scaled(-1.0).raised(1.0)
            yield Joint.CLIMB, going * climbing.scaled(style.climb_m * self.cadence_spm / 60.0)
        if style.rock_deg:
            yield Joint.UPPER_PITCH, jolts * wave.cosine(2, 0.8).scaled(style.rock_deg)
            yield Joint.LOWER_PITCH, jolts * wave.cosine(2, 1.4).scaled(0.6 * style.rock_deg)
            yield Joint.UPPER_ROLL, vigour * stride.cosine(3, 0.3).scaled(0.7 * style.rock_deg)
            yield Joint.LOWER_ROLL, vigour * stride.cosine(3, 0.9).scaled(0.7 * style.rock_deg)


class _Harmonics:
    """Cosines of multiples of one angle, each computed once."""

    def __init__(self, angle: Jet) -> None:
        self._powers = [angle.cos_sin()]

    def cosine(self, multiple: int, late_rad: float) -> Jet:
        while len(self._powers) < multiple:
            (c1, s1), (c, s) = self._powers[0], self._powers[-1]
            self._powers.append((c * c1 + (s * s1).scaled(-1.0), s * c1 + c * s1))
        cosine, sine = self._powers[multiple - 1]
        return cosine.scaled(math.cos(late_rad)) + sine.scaled(math.sin(late_rad))

    def jolt(self, harmonics: tuple[tuple[int, float, float], ...], rate_radps: float) -> Jet:
        parts = [
            self.cosine(multiple, late_rad).scaled(-accel_mps2 / (multiple * rate_radps) ** 2)
            for multiple, accel_mps2, late_rad in harmonics
        ]
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        return total


def _smooth_step_integral(x: FloatArray) -> FloatArray:
    return np.asarray(x**4 * (2.5 - 3.0 * x + x**2))
