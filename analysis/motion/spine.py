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
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.motion.angles import Motion
from analysis.motion.block import RATE_HZ, FloatArray
from analysis.motion.frames import Frames
from analysis.motion.rotation import DEG_PER_RAD


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
    lower, upper = (_turned(quats) for quats in part.quats)
    x, y, z = np.einsum("ijn,j->in", lower, np.array(frames.lower[1]))
    body = np.einsum("ijn,kj->ikn", upper, np.array(frames.upper))
    apart = [_heading(body[:, 1, at]) - _heading((x[at], y[at], z[at])) for at in (0, -1)]
    straight = np.linspace(apart[0], apart[0] + _wrapped(apart[1] - apart[0]), len(part))
    cosine, sine = np.cos(straight), np.sin(straight)
    # The lower pod's left axis, turned by what the headings are apart, in the upper pod's axes.
    left = np.stack((cosine * x - sine * y, sine * x + cosine * y, z))
    ahead, leftward, upward = (left[:, None] * body).sum(axis=0)
    list_deg = np.arcsin(np.clip(z, -1.0, 1.0))
    side = np.arcsin(np.clip(-upward, -1.0, 1.0)) + list_deg
    within = slice(start - part.first_sample, end + 1 - part.first_sample)
    return SpineTurns(DEG_PER_RAD * side[within], DEG_PER_RAD * np.arctan2(ahead, leftward)[within])


def _turned(quats: FloatArray) -> FloatArray:
    """Return the axes of a pod in earth axes, (earth axis, pod axis, n)."""
    w, x, y, z = quats.T
    axes = np.empty((3, 3, quats.shape[0]))
    axes[0] = 1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - w * z), 2.0 * (x * z + w * y)
    axes[1] = 2.0 * (x * y + w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - w * x)
    axes[2] = 2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y)
    return axes


def _heading(left: Sequence[float]) -> float:
    """Return the heading by the left axis, which a bend does not turn, rad."""
    return math.atan2(-left[0], left[1])


def _wrapped(angle: float) -> float:
    return float((angle + np.pi) % (2.0 * np.pi) - np.pi)
