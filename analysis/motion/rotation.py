"""The little rotation algebra that the core needs, in plain floats.

A quaternion is w, x, y, z and turns a vector from a pod's axes into others. Single rotations are computed
with Python floats, so that a calibration gives the same bits wherever it is read; many rotations at once only
with elementwise operations, so that the cut of the samples cannot show.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analysis.motion.block import Float, FloatArray

Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]
HalfUp = tuple[NDArray[Float], NDArray[Float], NDArray[Float]]
"""Half of the up direction at many samples, along x, y and z: from a quaternion it takes no doubling."""

Z_AXIS: Vector = (0.0, 0.0, 1.0)
DEG_PER_RAD = 180.0 / math.pi
SPACE = 6
"""So many rows :func:`half_up` works in."""
IDENTITY: Matrix = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), Z_AXIS)


def cross(a: Vector, b: Vector) -> Vector:
    """Return the vector product."""
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def dot(a: Vector, b: Vector) -> float:
    """Return the scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def unit(v: Sequence[float]) -> Vector:
    """Return `v` at length one.

    Raises
    ------
    ValueError
        If `v` has no direction.
    """
    length = math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
    if not length > 0:
        raise ValueError("a vector of length zero has no direction")
    return (v[0] / length, v[1] / length, v[2] / length)


def angle_deg(a: Vector, b: Vector) -> float:
    """Return the angle between two unit vectors, deg."""
    normal = cross(a, b)
    return math.degrees(math.atan2(math.sqrt(dot(normal, normal)), dot(a, b)))


def matrix_of(quat: Sequence[float]) -> Matrix:
    """Return the rotation matrix of a quaternion, which need not be of length one."""
    w, x, y, z = quat
    scale = 2.0 / (w * w + x * x + y * y + z * z)
    return (
        (1.0 - scale * (y * y + z * z), scale * (x * y - w * z), scale * (x * z + w * y)),
        (scale * (x * y + w * z), 1.0 - scale * (x * x + z * z), scale * (y * z - w * x)),
        (scale * (x * z - w * y), scale * (y * z + w * x), 1.0 - scale * (x * x + y * y)),
    )


def quat_of(matrix: Matrix) -> list[float]:
    """Return the quaternion of a rotation matrix, w not negative (Shepperd 1978)."""
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = matrix
    squares = (1.0 + xx + yy + zz, 1.0 + xx - yy - zz, 1.0 - xx + yy - zz, 1.0 - xx - yy + zz)
    largest = squares.index(max(squares))
    rows = (
        (squares[0], zy - yz, xz - zx, yx - xy),
        (zy - yz, squares[1], xy + yx, xz + zx),
        (xz - zx, xy + yx, squares[2], yz + zy),
        (yx - xy, xz + zx, yz + zy, squares[3]),
    )
    row = rows[largest]
    length = math.sqrt(sum(value * value for value in row))
    sign = -1.0 if row[0] < 0 else 1.0
    return [sign * value / length for value in row]


def product(a: Matrix, b: Matrix) -> Matrix:
    """Return the rotation that does `b` first, then `a`."""
    columns = tuple(zip(*b, strict=True))
    rows = [tuple(dot(row, (c[0], c[1], c[2])) for c in columns) for row in a]
    first, second, third = ((r[0], r[1], r[2]) for r in rows)
    return (first, second, third)


def applied(matrix: Matrix, v: Vector) -> Vector:
    """Return the rotated vector."""
    return (dot(matrix[0], v), dot(matrix[1], v), dot(matrix[2], v))


def shortest_arc_to_z(v: Vector) -> Matrix:
    """Return the smallest rotation that turns the unit vector `v` to z (about x if `v` points down)."""
    x, y, z = v
    if z <= -1.0 + 1e-12:
        return matrix_of((0.0, 1.0, 0.0, 0.0))
    return matrix_of((1.0 + z, y, -x, 0.0))


def up_in_pod(quats: FloatArray) -> FloatArray:
    """Return the up direction in the pod's axes, (3, ...), from quaternions pod -> earth, (..., 4)."""
    up = np.stack(half_up(quats, np.empty((SPACE, *quats.shape[:-1]))))
    up *= 2.0
    return up


def half_up(quats: FloatArray, space: NDArray[Float]) -> HalfUp[Float]:
    """Return half of it from (..., 4), in rows of `space`, (6, ...), of which the last is free again.

    It is as precise as they are.
    """
    w, x, y, z, forward, other = space
    space[:4] = quats.transpose(-1, *range(quats.ndim - 1))
    np.multiply(x, z, out=forward)
    np.multiply(w, y, out=other)
    forward -= other
    z *= y
    w *= x
    z += w
    x *= x
    y *= y
    x += y
    np.subtract(0.5, x, out=x)
    return forward, z, x


def level_quats(up: FloatArray) -> FloatArray:
    """Return quaternions pod -> earth, (n, 4), of unit up vectors (3, n); their heading means nothing."""
    x, y, z = up
    w = np.maximum(1.0 + z, 1e-9)
    length = np.sqrt(w * w + x * x + y * y)
    return np.stack((w / length, y / length, -x / length, np.zeros_like(w)), axis=1)
