"""Where the joints are asked to be: sums of smooth strokes.

A stroke moves one coordinate by an amount in a given time along the minimum-jerk profile that people's own
point-to-point movements follow (Flash and Hogan 1985, doi:10.1523/JNEUROSCI.05-07-01688.1985): a quintic,
at rest at both ends. Strokes may overlap (Flash and Henis 1991 found that people's corrections do just
that); their sum stays twice differentiable, which real accelerations need.

The coordinates and their signs, all zero in the neutral stand:

===========  ======  ==================================================================
coordinate   unit    meaning
===========  ======  ==================================================================
SPEED        m/s     of walking, along the heading (a velocity, not a place)
HEADING      deg     of the pelvis, left positive
FORE         m       hips ahead of where the walk has carried them
LEFT         m       hips to the left of it
UP           m       hips above their standing height (negative: squat, seat)
LIST         deg     pelvis sinks to the right
TILT         deg     pelvis bends forward
FLEXION      deg     lumbar spine bends forward
SIDE         deg     lumbar spine bends to the right
TWIST        deg     lumbar spine twists to the left
SWAY         1       how much of the standing sway is there (1 standing, less at rest)
BREATH       1       how much of the breath is there (1; none in a strip that is off the body)
CLIMB        m/s     of the ground under the feet, upwards (stairs; a velocity)
*_ROLL       deg     a pod has turned on the bone about forward, sinking to the right
*_PITCH      deg     about left, bending forward
*_YAW        deg     about up, turning left
*_PUSH       m       a pod has been pushed forward, into the skin
===========  ======  ==================================================================

The last four are there for each pod: skin and clothes give way, the strap slips, something knocks against it.
All of them are zero where the pod was when it was clipped on.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

import numpy as np

from firmware_sim.person.jet import FloatArray, Jet


class Joint(Enum):
    """One coordinate of the body."""

    SPEED = auto()
    HEADING = auto()
    FORE = auto()
    LEFT = auto()
    UP = auto()
    LIST = auto()
    TILT = auto()
    FLEXION = auto()
    SIDE = auto()
    TWIST = auto()
    SWAY = auto()
    BREATH = auto()
    CLIMB = auto()
    UPPER_ROLL = auto()
    UPPER_PITCH = auto()
    UPPER_YAW = auto()
    UPPER_PUSH = auto()
    LOWER_ROLL = auto()
    LOWER_PITCH = auto()
    LOWER_YAW = auto()
    LOWER_PUSH = auto()


Pose = Mapping[Joint, Jet]
"""All coordinates over some instants."""


class Mover(Protocol):
    """Something that moves several coordinates together for a while, such as a walk."""

    @property
    def start_s(self) -> float:
        """When it begins."""
        ...

    @property
    def end_s(self) -> float:
        """When it is over."""
        ...

    def movements(self, t_s: FloatArray) -> Iterator[tuple[Joint, Jet]]:
        """Yield what it adds to each coordinate at instants `t_s` within it."""
        ...


@dataclass(frozen=True, slots=True)
class Stroke:
    """One smooth movement of one coordinate by `amount` (in the coordinate's unit)."""

    joint: Joint
    start_s: float
    duration_s: float
    amount: float

    @property
    def end_s(self) -> float:
        """When it has arrived."""
        return self.start_s + self.duration_s

    def reached_s(self, fraction: float) -> float:
        """Return when it has covered `fraction` (0 to 1) of its amount."""
        low, high = 0.0, 1.0
        for _ in range(40):
            middle = 0.5 * (low + high)
            covered = middle**3 * (10.0 - 15.0 * middle + 6.0 * middle**2)
            low, high = (middle, high) if covered < fraction else (low, middle)
        return self.start_s + high * self.duration_s


def stroke_jet(tau: FloatArray, duration_s: float) -> Jet:
    """Return the unit minimum-jerk profile at `tau` (0 to 1 of the way through its time)."""
    rest = 1.0 - tau
    return Jet(
        tau**3 * (10.0 - 15.0 * tau + 6.0 * tau**2),
        30.0 * (tau * rest) ** 2 / duration_s,
        60.0 * tau * rest * (1.0 - 2.0 * tau) / duration_s**2,
    )


def envelope(start_s: float, end_s: float, ramp_s: float, t_s: FloatArray) -> Jet:
    """Return what rises from 0 to 1 in the first `ramp_s`, and falls back in the last."""
    up = np.clip((t_s - start_s) / ramp_s, 0.0, 1.0)
    down = np.clip((end_s - t_s) / ramp_s, 0.0, 1.0)
    rise, fall = stroke_jet(up, ramp_s), stroke_jet(down, ramp_s)
    return Jet(
        rise.value * fall.value, rise.rate * fall.value - rise.value * fall.rate, rise.accel + fall.accel
    )


class Path:
    """All strokes of one stretch of life, summed up at any instant."""

    def __init__(self, strokes: Iterable[Stroke]) -> None:
        by_joint: dict[Joint, list[Stroke]] = {joint: [] for joint in Joint}
        for stroke in strokes:
            by_joint[stroke.joint].append(stroke)
        self._tracks = {joint: _Track(parts) for joint, parts in by_joint.items()}

    def pose(self, t_s: FloatArray) -> dict[Joint, Jet]:
        """Return every coordinate at the increasing instants `t_s`; the arrays are the caller's to change."""
        return {joint: track.jet(t_s) for joint, track in self._tracks.items()}


class _Track:
    def __init__(self, strokes: list[Stroke]) -> None:
        self._start_s = np.array([stroke.start_s for stroke in strokes])
        self._end_s = np.array([stroke.end_s for stroke in strokes])
        self._amount = np.array([stroke.amount for stroke in strokes])

    def jet(self, t_s: FloatArray) -> Jet:
        jet = Jet.zeros(t_s.size)
        done = self._end_s <= t_s[0]
        jet.value[:] = self._amount[done].sum()
        for i in np.flatnonzero(~done & (self._start_s < t_s[-1])):
            first, last = np.searchsorted(t_s, (self._start_s[i], self._end_s[i]))
            duration_s = self._end_s[i] - self._start_s[i]
            tau = (t_s[first:last] - self._start_s[i]) / duration_s
            profile = stroke_jet(tau, duration_s)
            jet.part(slice(first, last)).accumulate(profile.scaled(self._amount[i]))
            jet.value[last:] += self._amount[i]
        return jet
