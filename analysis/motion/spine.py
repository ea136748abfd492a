"""How far the spine bends sideways and twists in a lift, also with the trunk down, where gravity hides it.

A trunk that hangs level feels no gravity about its own long axis, so a side bend there is hidden from its
tilt. The two pods together do show it: their orientations, each from its gyroscope and gravity, differ by how
the spine between them is bent, up to one angle, by which their headings have drifted apart. That angle is
known where the spine is straight. It is taken to be so shortly before a lift and shortly after it, and to
change evenly in between, which also takes out what a gyroscope that is a per cent off makes of a turn.

Orientations are held as their Cayley-Klein parameters, the two complex numbers w + iz and x + iy of a
quaternion (Goldstein, Classical Mechanics, ch. 4). Turning (a, b) about the vertical multiplies both by one
number; its left axis points to i (aa - bb) in the horizontal plane, and by 2 Re(ab*) upward.

The spine's own rotation is resolved as flexion, then side bend, then twist (ISB's joint coordinate system, Wu
et al. 2002, doi:10.1016/S0021-9290(01)00222-6). The pelvis's list is added to the side bend, so that upright
it counts from the vertical.

Works badly for someone who stands twisted before and after, and needs gyroscopes at both pods.
"""

import cmath
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from analysis.motion.angles import Motion
from analysis.motion.block import RATE_HZ, FloatArray
from analysis.motion.frames import Frames
from analysis.motion.rotation import DEG_PER_RAD, Matrix, quat_of


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
    quats, own = motion.quats, motion.first_sample
    if len(quats) < 2 or frames.lower is None or frames.upper is None:
        return None
    beside = round(params.beside_s * RATE_HZ)
    first, last = max(start - beside, own), min(end + beside, motion.end_sample - 1)
    lower, upper = (
        _pairs(pod[first - own : last + 1 - own], frame)
        for pod, frame in zip(quats, (frames.lower, frames.upper), strict=True)
    )
    apart = [_heading(*upper[at].tolist()) - _heading(*lower[at].tolist()) for at in (0, -1)]
    a_sample = _wrapped(apart[1] - apart[0]) / (last - first)
    straight = apart[0] + a_sample * np.arange(start - first, end + 1 - first)
    within = slice(start - first, end + 1 - first)
    # The lower body, turned by what the headings are apart, as the upper body sees it: (c, d)^-1 (a, b).
    a, b = lower[within].T * np.exp(0.5j * straight)
    c, d = upper[within].T
    b_, c_ = b.conj(), c.conj()
    p, q = c_ * a + d * b_, c_ * b - d * a.conj()
    left = p * p - q * q
    upward = 2.0 * np.array(((a * b_).real, (p * q.conj()).real))
    leans = np.arcsin(np.minimum(np.maximum(upward, -1.0), 1.0))
    return SpineTurns(DEG_PER_RAD * (leans[0] - leans[1]), -DEG_PER_RAD * np.arctan2(left.imag, left.real))


def _pairs(quats: FloatArray, frame: Matrix) -> NDArray[np.complex128]:
    """Return orientations of a body, (n, 2), from those of its pod, (n, 4)."""
    return (quats @ _seated(frame)).view(np.complex128)


@lru_cache(maxsize=16)
def _seated(frame: Matrix) -> FloatArray:
    """Return what makes w, z, x, y of a body's orientation of its pod's quaternion, (4, 4)."""
    w, x, y, z = quat_of(frame)
    return np.array(((w, -z, -x, -y), (x, -y, w, z), (y, x, -z, w), (z, w, y, -x)))


def _heading(a: complex, b: complex) -> float:
    """Return the heading by the left axis, which a bend does not turn, rad."""
    return cmath.phase(a * a - b * b)


def _wrapped(angle: float) -> float:
    return float((angle + np.pi) % (2.0 * np.pi) - np.pi)
