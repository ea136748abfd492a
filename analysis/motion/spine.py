"""How far the spine bends sideways and twists in a lift, also with the trunk down, where gravity hides it.

A trunk that hangs level feels no gravity about its own long axis, so a side bend there is hidden from its
tilt. The two pods together do show it: their orientations, each from its gyroscope and gravity, differ by how
the spine between them is bent, up to one angle, by which their headings have drifted apart. That angle is
known where the spine is straight. It is taken to be so shortly before a lift and shortly after it, and to
change evenly in between, which also takes out what a gyroscope that is a per cent off makes of a turn.

The spine's own rotation is resolved as flexion, then side bend, then twist (ISB's joint coordinate system, Wu
et al. 2002, doi:10.1016/S0021-9290(01)00222-6). The pelvis's list is added to the side bend, so that upright
it counts from the vertical.

Works badly for someone who stands twisted before and after, and needs gyroscopes at both pods.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from analysis.motion.angles import Motion
from analysis.motion.block import RATE_HZ, FloatArray
from analysis.motion.frames import Frames
from analysis.motion.rotation import DEG_PER_RAD, Vector


@dataclass(frozen=True, slots=True)
class SpineParams:
    """Where the spine is straight."""

    beside_s: float = 0.5
    """So long before and after a lift, s [ours]: below 10 deg of tilt people have not yet begun to twist."""


@dataclass(frozen=True, slots=True)
class SpineTurns:
    """Angles of the spine at consecutive samples, deg: side bend to the right, twist to the left, (n,)."""

    side_deg: FloatArray
    twist_deg: FloatArray


def spine_turns(
    motion: Motion, start: int, end: int, frames: Frames, params: SpineParams
) -> SpineTurns | None:
    """Return how the spine turns from sample `start` to `end` (inclusive).

    Parameters
    ----------
    motion
        Covers the lift, and as much beside it as there is, up to :attr:`SpineParams.beside_s`.
    start, end
        The lift.
    frames
        How the pods sit.

    Returns
    -------
    SpineTurns | None
        None without gyroscopes or with one pod.
    """
    if len(motion.quats) < 2 or frames.lower is None or frames.upper is None:
        return None
    beside = round(params.beside_s * RATE_HZ)
    part = motion.part(start - beside, end + 1 + beside)
    lower, upper = (_products(quats) for quats in part.quats)
    # The lower pod's left axis and the upper body's three axes, in earth axes.
    x, y, z = _turning((frames.lower[1],)) @ lower
    body = (_turning(frames.upper) @ upper).reshape(3, 3, -1)
    apart = [_heading(*body[1, :2, at]) - _heading(x[at], y[at]) for at in (0, -1)]
    straight = apart[0] + _wrapped(apart[1] - apart[0]) * (np.arange(len(part)) / (len(part) - 1))
    cosine, sine = np.cos(straight), np.sin(straight)
    # The lower pod's left axis, turned by what the headings are apart, along the upper body's axes.
    ahead, leftward, upward = (
        body[:, 0] * (cosine * x - sine * y) + body[:, 1] * (sine * x + cosine * y) + body[:, 2] * z
    )
    within = slice(start - part.first_sample, end + 1 - part.first_sample)
    side = _arcsin(-upward[within]) + _arcsin(z[within])
    return SpineTurns(DEG_PER_RAD * side, DEG_PER_RAD * np.arctan2(ahead[within], leftward[within]))


def _products(quats: FloatArray) -> FloatArray:
    """Return the products of each two parts of quaternions, (16, n), of which rotations are sums."""
    parts = np.ascontiguousarray(quats.T)
    return (parts[:, None] * parts).reshape(16, -1)


@lru_cache(maxsize=16)
def _turning(axes: tuple[Vector, ...]) -> FloatArray:
    """Return what makes of a quaternion's products a pod's axes in earth axes, (3 a pod axis, 16)."""
    rotation = np.zeros((3, 3, 4, 4))
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        rotation[i, i] = np.diag([1.0 if part in (0, i + 1) else -1.0 for part in range(4)])
        rotation[i, j, i + 1, j + 1] = rotation[j, i, i + 1, j + 1] = 2.0
        rotation[i, j, 0, k + 1], rotation[j, i, 0, k + 1] = -2.0, 2.0
    return np.asarray(np.einsum("kj,ijpq->kipq", np.array(axes), rotation).reshape(-1, 16))


def _arcsin(values: FloatArray) -> FloatArray:
    return np.asarray(np.arcsin(np.minimum(np.maximum(values, -1.0), 1.0)))


def _heading(left_x: float, left_y: float) -> float:
    """Return the heading by the left axis, which a bend does not turn, rad."""
    return math.atan2(-left_x, left_y)


def _wrapped(angle: float) -> float:
    return float((angle + np.pi) % (2.0 * np.pi) - np.pi)
