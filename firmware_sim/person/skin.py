"""What lies between a pod and the bone: skin that slides as the back bends, and a strap that swings.

Two errors, both small, both unknown to the strip:

- An **offset** that goes with the posture. Skin over the lumbar spine slides by 10 to 14 mm in flexion (Zemp
  2014, doi:10.1371/journal.pone.0095426; Xi 2022, doi:10.3389/fbioe.2022.960063), and on a curved back a
  slide is a turn: here a part of the flexion and of the pelvis's tilt, a few degrees at full bend.
- A **swing**. The pod is a mass on a damped spring (skin and elastic strap). When the bone beneath it is
  turned or carried by a stroke, it lags, overshoots, and dies away. A stroke's acceleration is a cubic in
  time, so the spring's answer is a cubic and a dying oscillation, and known exactly at any instant: what is
  simulated depends on no grid and no earlier sample.

Frequencies and damping of soft-tissue swing are those seen on limbs under impact (5 to 15 Hz, damping 0.2 to
0.4; Wakeling and Nigg 2001, doi:10.1152/jappl.2001.90.2.412, from memory), slower here because a strap holds
the pod [ours].

Works badly for walking, which is not made of strokes: there the gait rocks the pods itself.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from firmware_sim.person.anatomy import Anatomy
from firmware_sim.person.jet import FloatArray, Jet
from firmware_sim.person.path import Joint, Stroke

_SETTLED = 1e-8
"""A swing is over when its envelope has fallen to this part."""


@dataclass(frozen=True, slots=True)
class Spring:
    """A damped spring: natural frequency and damping ratio (below 1)."""

    natural_hz: float
    damping: float

    @property
    def natural_radps(self) -> float:
        """Natural frequency as an angular one."""
        return 2.0 * math.pi * self.natural_hz

    @property
    def settling_s(self) -> float:
        """Time after which nothing is left of a swing."""
        return -math.log(_SETTLED) / (self.damping * self.natural_radps)


def swing(stroke: Stroke, factor: float, spring: Spring, t_s: FloatArray) -> Jet:
    """Return how a spring at rest answers to ``-factor`` times the acceleration of `stroke`."""
    omega, half_width = spring.natural_radps, spring.damping * spring.natural_radps
    t, length = t_s - stroke.start_s, stroke.duration_s
    c1, c2, c3 = (-factor * stroke.amount * c / length**k for c, k in ((60.0, 3), (-180.0, 4), (120.0, 5)))
    # The cubic that follows the drive once the swing has died.
    p3 = c3 / omega**2
    p2 = (c2 - 6.0 * half_width * p3) / omega**2
    p1 = (c1 - 4.0 * half_width * p2 - 6.0 * p3) / omega**2
    p0 = (-2.0 * half_width * p1 - 2.0 * p2) / omega**2
    during = (t >= 0.0) & (t < length)
    following = during * (p0 + t * (p1 + t * (p2 + t * p3)))
    following_rate = during * (p1 + t * (2.0 * p2 + t * 3.0 * p3))
    drive = during * (t * (c1 + t * (c2 + t * c3)))
    # At both ends the cubic is joined to rest by a swing of its own: one starts, the other takes it back.
    end = p0 + length * (p1 + length * (p2 + length * p3)), p1 + length * (2.0 * p2 + length * 3.0 * p3)
    start, stop = (
        _dying(t - at, value, rate, spring) for at, value, rate in ((0.0, -p0, -p1), (length, *end))
    )
    value, rate = following + start[0] + stop[0], following_rate + start[1] + stop[1]
    return Jet(value, rate, drive - 2.0 * half_width * rate - omega**2 * value)


def _dying(t: FloatArray, value: float, rate: float, spring: Spring) -> tuple[FloatArray, FloatArray]:
    """Return value and rate of a free swing let go at t = 0, which did not exist before."""
    omega, half_width = spring.natural_radps, spring.damping * spring.natural_radps
    pole = complex(-half_width, omega * math.sqrt(1.0 - spring.damping**2))
    amplitude = complex(value, -(rate + half_width * value) / pole.imag)
    wave = np.where(t >= 0.0, amplitude * np.exp(pole * np.maximum(t, 0.0)), 0.0)
    return np.real(wave), np.real(pole * wave)


@dataclass(frozen=True, slots=True)
class Hold:
    """How one pod follows the bone it is on."""

    per_flexion: float = 0.0
    per_tilt: float = 0.0
    """Pitch of the pod as a part of lumbar flexion and of pelvis tilt, 1."""
    spring: Spring = Spring(5.0, 0.3)
    lag: float = 0.0
    """How much of the bone's turning the pod's inertia resists, 1."""
    toss_deg_per_m: float = 0.0
    """Turning of a pod whose weight is off its middle when it is carried upwards."""

    @classmethod
    def drawn(cls, rng: np.random.Generator, flexion: tuple[float, float], tilt: tuple[float, float]) -> Self:
        """Draw one; the offsets lie between the given bounds."""
        return cls(
            per_flexion=float(rng.uniform(*flexion)),
            per_tilt=float(rng.uniform(*tilt)),
            spring=Spring(float(rng.uniform(3.5, 7.0)), float(rng.uniform(0.2, 0.45))),
            lag=float(rng.uniform(0.3, 1.0)),
            toss_deg_per_m=float(rng.uniform(-400.0, 400.0)),
        )


@dataclass(frozen=True, slots=True)
class Skin:
    """How both pods follow the bones."""

    upper: Hold
    lower: Hold

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Self:
        """Draw one person's skin and strap; the sizes are [ours], after the slides above."""
        return cls(
            upper=Hold.drawn(rng, flexion=(-0.08, 0.03), tilt=(-0.02, 0.02)),
            lower=Hold.drawn(rng, flexion=(-0.02, 0.05), tilt=(-0.04, 0.02)),
        )

    def seen_deg(self, pelvis_deg: float, lumbar_deg: float) -> tuple[float, float]:
        """Return pelvis tilt and lumbar flexion as the pods see them once nothing swings any more."""
        upper, lower = (
            hold.per_flexion * lumbar_deg + hold.per_tilt * pelvis_deg for hold in (self.upper, self.lower)
        )
        return pelvis_deg + lower, lumbar_deg + upper - lower

    def seen_range_deg(self, anatomy: Anatomy) -> float:
        """Return the lumbar range as the pods see it: at a full bend."""
        return self.seen_deg(anatomy.hip_range_deg, anatomy.lumbar_range_deg)[1]

    def under(self, strokes: Iterable[Stroke]) -> "LivingSkin":
        """Return the skin of someone who makes `strokes`."""
        drives: dict[Joint, Sequence[tuple[Joint, Hold, float]]] = {
            Joint.TILT: (
                (Joint.LOWER_PITCH, self.lower, self.lower.lag),
                (Joint.UPPER_PITCH, self.upper, self.upper.lag),
            ),
            Joint.FLEXION: ((Joint.UPPER_PITCH, self.upper, self.upper.lag),),
            Joint.LIST: (
                (Joint.LOWER_ROLL, self.lower, self.lower.lag),
                (Joint.UPPER_ROLL, self.upper, self.upper.lag),
            ),
            Joint.SIDE: ((Joint.UPPER_ROLL, self.upper, self.upper.lag),),
            Joint.UP: (
                (Joint.LOWER_PITCH, self.lower, self.lower.toss_deg_per_m),
                (Joint.UPPER_PITCH, self.upper, self.upper.toss_deg_per_m),
            ),
        }
        swings = [
            _Swing(joint, stroke, factor, hold.spring)
            for stroke in strokes
            for joint, hold, factor in drives.get(stroke.joint, ())
        ]
        return LivingSkin(self, swings)


@dataclass(frozen=True, slots=True)
class _Swing:
    joint: Joint
    stroke: Stroke
    factor: float
    spring: Spring


class LivingSkin:
    """Skin and strap while their wearer moves."""

    def __init__(self, skin: Skin, swings: Sequence[_Swing]) -> None:
        self._skin = skin
        self._swings = swings
        self._start_s = np.array([one.stroke.start_s for one in swings])
        self._end_s = np.array([one.stroke.end_s + one.spring.settling_s for one in swings])

    def add_to(self, pose: Mapping[Joint, Jet], t_s: FloatArray) -> None:
        """Add to the pods' turns in `pose` what the bones' movements in it make of them at instants `t_s`."""
        for joint, hold in (
            (Joint.UPPER_PITCH, self._skin.upper),
            (Joint.LOWER_PITCH, self._skin.lower),
        ):
            pose[joint].accumulate(pose[Joint.FLEXION].scaled(hold.per_flexion))
            pose[joint].accumulate(pose[Joint.TILT].scaled(hold.per_tilt))
        for i in np.flatnonzero((self._start_s < t_s[-1]) & (self._end_s > t_s[0])).tolist():
            one = self._swings[i]
            first, last = np.searchsorted(t_s, (self._start_s[i], self._end_s[i]))
            span = slice(first, last)
            pose[one.joint].part(span).accumulate(swing(one.stroke, one.factor, one.spring, t_s[span]))
