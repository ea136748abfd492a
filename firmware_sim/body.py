"""A moving person: two pods carried by a pelvis and a lumbar spine, with known truth.

The body is a chain. From the hip axis, whose place moves as the legs and the walk carry it, the pelvis
turns by heading (about the vertical), list (about its forward axis) and tilt (about its own left-right
axis). The lower pod sits on the sacrum, behind and above the hip axis. Half a lumbar length further up the
spine bends by flexion, side bend and twist, and another half length above sits the upper pod at L1: the two
straight halves stand for an evenly bent spine, whose chord also points midway between pelvis and L1.

What the pods feel follows from the joints' exact derivatives by the outward recursion of Newton-Euler
dynamics (Luh, Walker and Paul 1980, doi:10.1115/1.3149599): angular velocity, angular acceleration and
specific force (acceleration minus gravity) are carried from joint to joint in the axes of the link they are
on. No orientation is estimated anywhere, so this shares no formula with the signal core.

A pod is not nailed to the bone: at the end of each branch of the chain it may be pushed into the skin and
turn on its place, about forward, left and up in this order, as skin, strap and knocks will have it.

True angles are the joints themselves: pelvis tilt, lumbar flexion, and trunk tilt as their sum. Where a pod
has turned on the bone, its own angle is another (see ``truth/angles.py``).

Limits: the spine does not stretch, and a pod turns about its own middle.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from firmware_sim.person.anatomy import Anatomy
from firmware_sim.person.jet import FloatArray, Jet
from firmware_sim.person.path import Joint, Mover, Path, Pose, Stroke
from firmware_sim.person.skin import Skin
from firmware_sim.person.sway import Sway
from gateway.wire.frame import STANDARD_GRAVITY_MPS2

_X, _Y, _Z = 0, 1, 2
_Vector = tuple[FloatArray, FloatArray, FloatArray]
_UPPER_POD = (Joint.UPPER_PUSH, Joint.UPPER_ROLL, Joint.UPPER_PITCH, Joint.UPPER_YAW)
_LOWER_POD = (Joint.LOWER_PUSH, Joint.LOWER_ROLL, Joint.LOWER_PITCH, Joint.LOWER_YAW)


@dataclass(frozen=True, slots=True, eq=False)
class Felt:
    """What an ideal sensor at one place of the back feels, in the body frame of that place, arrays (n, 3)."""

    acc_mps2: NDArray[np.float64]
    gyr_radps: NDArray[np.float64]


class Motion:
    """All that a person does in one scenario: strokes, walks and rhythms on top of sway and breath.

    With `skin` the pods follow the bones as skin and strap let them; without, they sit on them firmly.
    """

    def __init__(
        self,
        strokes: Iterable[Stroke],
        movers: Iterable[Mover],
        sway: Sway | None,
        skin: Skin | None = None,
    ) -> None:
        strokes = tuple(strokes)
        self._path = Path(strokes)
        self._movers = tuple(movers)
        self._mover_start_s = np.array([mover.start_s for mover in self._movers])
        self._mover_end_s = np.array([mover.end_s for mover in self._movers])
        self._sway = sway
        self._skin = None if skin is None else skin.under(strokes)

    def pose(self, t_s: FloatArray) -> Pose:
        """Return all coordinates at the increasing instants `t_s`, with their derivatives."""
        pose = self.bones(t_s)
        if self._skin is not None:
            self._skin.add_to(pose, t_s)
        return pose

    def bones(self, t_s: FloatArray) -> Pose:
        """Return the same without what skin and strap make of it: right for all but the pods' own turns."""
        pose = self._path.pose(t_s)
        if self._sway is not None:
            self._sway.add_to(pose, t_s)
        for i in np.flatnonzero((self._mover_start_s < t_s[-1]) & (self._mover_end_s > t_s[0])).tolist():
            mover = self._movers[i]
            first, last = np.searchsorted(t_s, (mover.start_s, mover.end_s))
            span = slice(first, last)
            for joint, jet in mover.movements(t_s[span]):
                pose[joint].part(span).accumulate(jet)
        return pose


@dataclass(frozen=True, slots=True, eq=False)
class _Link:
    """A point of the chain: its motion in the axes of the link it is on."""

    turning: _Vector
    turning_rate: _Vector
    force: _Vector

    def turned(self, axis: int, angle_deg: Jet) -> Self:
        """Return the same point on the next link, which is turned about `axis` by `angle_deg`."""
        angle = angle_deg.scaled(math.pi / 180.0)
        cosine, sine = np.cos(angle.value), np.sin(angle.value)
        turning = _turn(self.turning, axis, cosine, sine)
        rate = _turn(self.turning_rate, axis, cosine, sine)
        i, j = (axis + 1) % 3, (axis + 2) % 3
        next_turning, next_rate = list(turning), list(rate)
        next_turning[axis] = turning[axis] + angle.rate
        next_rate[axis] = rate[axis] + angle.accel
        next_rate[i] = rate[i] + turning[j] * angle.rate
        next_rate[j] = rate[j] - turning[i] * angle.rate
        return type(self)(
            (next_turning[0], next_turning[1], next_turning[2]),
            (next_rate[0], next_rate[1], next_rate[2]),
            _turn(self.force, axis, cosine, sine),
        )

    def moved(self, x_m: float, z_m: float) -> Self:
        """Return the point that lies `x_m` ahead and `z_m` above on the same link."""
        wx, wy, wz = self.turning
        ax, ay, az = self.turning_rate
        fx, fy, fz = self.force
        return type(self)(
            self.turning,
            self.turning_rate,
            (
                fx + (wx * wz + ay) * z_m - (wy**2 + wz**2) * x_m,
                fy + (wy * wz - ax) * z_m + (wx * wy + az) * x_m,
                fz - (wx**2 + wy**2) * z_m + (wx * wz - ay) * x_m,
            ),
        )

    def pushed(self, forward_m: Jet) -> Self:
        """Return a point that moves forward on the same link: Coriolis and its own acceleration are felt."""
        wx, wy, wz = self.turning
        _, ay, az = self.turning_rate
        x_m, rate, accel = forward_m.value, forward_m.rate, forward_m.accel
        return type(self)(
            self.turning,
            self.turning_rate,
            (
                self.force[0] + accel - (wy**2 + wz**2) * x_m,
                self.force[1] + 2.0 * wz * rate + (wx * wy + az) * x_m,
                self.force[2] - 2.0 * wy * rate + (wx * wz - ay) * x_m,
            ),
        )

    def felt(self) -> Felt:
        return Felt(np.column_stack(self.force), np.column_stack(self.turning))


def _turn(vector: _Vector, axis: int, cosine: FloatArray, sine: FloatArray) -> _Vector:
    i, j = (axis + 1) % 3, (axis + 2) % 3
    parts = list(vector)
    parts[i] = cosine * vector[i] + sine * vector[j]
    parts[j] = cosine * vector[j] - sine * vector[i]
    return parts[0], parts[1], parts[2]


def feel(pose: Pose, anatomy: Anatomy) -> tuple[Felt, Felt]:
    """Return what ideal sensors at L1 and at S1 feel, in this order: upper, lower."""
    lower = _hip(pose)
    for axis, joint in ((_X, Joint.LIST), (_Y, Joint.TILT)):
        lower = lower.turned(axis, pose[joint])
    lower = lower.moved(-anatomy.sacrum_back_m, anatomy.sacrum_up_m)
    upper = lower.moved(0.0, 0.5 * anatomy.lumbar_m)
    for axis, joint in ((_Y, Joint.FLEXION), (_X, Joint.SIDE), (_Z, Joint.TWIST)):
        upper = upper.turned(axis, pose[joint])
    upper = upper.moved(0.0, 0.5 * anatomy.lumbar_m)
    return _carried(upper, pose, _UPPER_POD).felt(), _carried(lower, pose, _LOWER_POD).felt()


def _carried(place: _Link, pose: Pose, pod: tuple[Joint, Joint, Joint, Joint]) -> _Link:
    """Return the pod that is clipped on at `place` of the bone."""
    push, *turns = pod
    if pose[push].value.any():
        place = place.pushed(pose[push])
    for axis, joint in zip((_X, _Y, _Z), turns, strict=True):
        if pose[joint].value.any():
            place = place.turned(axis, pose[joint])
    return place


def _hip(pose: Pose) -> _Link:
    """Return the hip axis, in level axes that turn with the pelvis's heading."""
    zero = np.zeros_like(pose[Joint.UP].value)
    speed, fore, left = pose[Joint.SPEED], pose[Joint.FORE], pose[Joint.LEFT]
    turn = pose[Joint.HEADING].scaled(math.pi / 180.0)
    forward = (
        speed.rate
        + fore.accel
        - 2.0 * turn.rate * left.rate
        - turn.accel * left.value
        - turn.rate**2 * fore.value
    )
    sideways = (
        speed.value * turn.rate
        + left.accel
        + 2.0 * turn.rate * fore.rate
        + turn.accel * fore.value
        - turn.rate**2 * left.value
    )
    return _Link(
        (zero, zero, turn.rate),
        (zero, zero, turn.accel),
        (forward, sideways, pose[Joint.UP].accel + pose[Joint.CLIMB].rate + STANDARD_GRAVITY_MPS2),
    )


def orientations(pose: Pose) -> tuple[Rotation, Rotation]:
    """Return the true rotations from the pods' body frames to earth: upper, lower."""

    def turns(axes: str, *joints: Joint) -> Rotation:
        return Rotation.from_euler(axes, np.column_stack([pose[j].value for j in joints]), degrees=True)

    lower = turns("ZXY", Joint.HEADING, Joint.LIST, Joint.TILT)
    upper = lower * turns("YXZ", Joint.FLEXION, Joint.SIDE, Joint.TWIST)
    return upper * turns("XYZ", *_UPPER_POD[1:]), lower * turns("XYZ", *_LOWER_POD[1:])


def sacrum_height_m(pose: Pose, anatomy: Anatomy) -> FloatArray:
    """Return the height of the lower pod above the standing hip axis."""
    tilt, roll = np.radians(pose[Joint.TILT].value), np.radians(pose[Joint.LIST].value)
    lift = anatomy.sacrum_up_m * np.cos(tilt) + anatomy.sacrum_back_m * np.sin(tilt)
    return np.asarray(pose[Joint.UP].value + np.cos(roll) * lift)
