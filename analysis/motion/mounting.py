"""How a pod sits on the back, from gravity alone: any tilt, roll, upside down or back to front.

Standing gives the body's z axis: up at the neutral stand. Bending forward gives y: while the body turns about
its left axis, the up direction leaves z at right angles to it, so ``up(t) x up(neutral)`` points left all
through a forward bend, and the more so the deeper it is. Summed over bends it needs neither heading nor
gyroscope, and sideways wobble averages out. People bend far forward but never far back, which settles the
sign.
"""

from dataclasses import dataclass

import numpy as np

from analysis.motion.block import FloatArray
from analysis.motion.rotation import Matrix, Vector, cross, dot, unit

_ROUNDS = 30
_NEAR = 1e-4
"""Nearer is the same direction: 0.006 deg."""


@dataclass(frozen=True, slots=True)
class Mounting:
    """Rotation pod axes -> body frame of the neutral stand."""

    matrix: Matrix


def mounting(neutral: Vector, bent: FloatArray) -> Mounting | None:
    """Return the mounting that neutral stand and forward bends imply.

    Parameters
    ----------
    neutral
        Up in pod axes at the neutral stand, unit vector.
    bent
        Up in pod axes during forward bends, (3, n).

    Returns
    -------
    Mounting | None
        None if the bends show no direction.
    """
    x, y, z = bent
    left = (
        float((y * neutral[2] - z * neutral[1]).sum()),
        float((z * neutral[0] - x * neutral[2]).sum()),
        float((x * neutral[1] - y * neutral[0]).sum()),
    )
    return facing(neutral, left)


def facing(neutral: Vector, left: Vector) -> Mounting | None:
    """Return the mounting whose neutral stand points up along `neutral` and whose left side is near `left`.

    Both are in pod axes; None if `left` has no direction of its own.
    """
    if dot(left, left) < 1e-12:
        return None
    forward = cross(unit(left), neutral)
    if dot(forward, forward) < 1e-12:
        return None
    x_axis = unit(forward)
    return Mounting((x_axis, cross(neutral, x_axis), neutral))


def tilts_deg(matrix: Matrix, up: FloatArray) -> FloatArray:
    """Return the forward tilt of up vectors (3, n) in pod axes, deg."""
    x, y, z = up
    forward = matrix[0][0] * x + matrix[0][1] * y + matrix[0][2] * z
    upward = matrix[2][0] * x + matrix[2][1] * y + matrix[2][2] * z
    return np.asarray(np.degrees(np.arctan2(-forward, upward)))


def median_up(up: FloatArray) -> Vector:
    """Return the direction in the middle of up vectors (3, n)."""
    return unit(_median(up).tolist())


def medians_up(ups: FloatArray) -> list[Vector]:
    """Return the same of several series of up vectors, (3, series, n)."""
    return [unit(middle) for middle in _median(ups).T.tolist()]


def _median(values: FloatArray) -> FloatArray:
    # What np.median does, without its checks, which take longer than the sorting of a few seconds.
    ranked = np.sort(values, axis=-1)
    count = ranked.shape[-1]
    return np.asarray(0.5 * (ranked[..., (count - 1) // 2] + ranked[..., count // 2]))


def middle_up(ups: FloatArray) -> Vector:
    """Return the direction with the least sum of distances to up vectors (3, n), whatever the axes.

    The spatial median, by Weiszfeld's iteration.
    """
    middle = ups.mean(axis=1, keepdims=True)
    for _ in range(_ROUNDS):
        off = ups - middle
        weight = 1.0 / np.maximum(np.sqrt((off * off).sum(axis=0)), _NEAR)
        middle = (ups * weight).sum(axis=1, keepdims=True) / weight.sum()
    return unit(middle[:, 0].tolist())


def away_deg(neutral: Vector, up: FloatArray) -> FloatArray:
    """Return how far up vectors (3, n) are from the neutral one, deg."""
    x, y, z = up
    return np.asarray(
        np.degrees(np.arccos(np.clip(neutral[0] * x + neutral[1] * y + neutral[2] * z, -1.0, 1.0)))
    )
