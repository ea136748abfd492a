"""Which way is forward, from what people do without being asked: they lean forward, and they walk.

Walking. The trunk of a walker is an inverted pendulum: it is slow where it is high and fast where it is low,
so it speeds up while it sinks, at every step (Cavagna, Thys and Zamboni 1976,
doi:10.1113/jphysiol.1976.sp011613; seen at the lower back by Zijlstra and Hof 2003,
doi:10.1016/S0966-6362(02)00190-X). Horizontal acceleration times falling speed, summed over many steps,
therefore points forward; sideways acceleration goes with the stride, not the step, and sums to nothing. Only
gravity's direction is needed: no heading, no gyroscope. Walking downstairs turns it round (the body brakes
while it sinks), so a recording that shows nothing but stairs downwards is misread.

Leaning. Between two quiet postures (stand and stand, stand and seat) the trunk leaves the straight way from
one to the other, and it leaves it forward: people bend to reach, to sit down and to get up. Lying down and
turning in bed are left out by the distance from the upright posture.

Both give the direction to the left, which with the neutral up direction makes the mounting.
"""

from dataclasses import dataclass

import numpy as np

from analysis.motion.block import BoolArray, FloatArray
from analysis.motion.filters import Filter, band_pass, one_pole
from analysis.motion.mounting import away_deg, median_up
from analysis.motion.rotation import Vector, cross, dot, unit
from analysis.motion.watch import THIN_HZ, Seen, SeenPod, runs

_PER_SECOND = round(THIN_HZ)


@dataclass(frozen=True, slots=True)
class ForwardParams:
    """What shows a direction."""

    walked_s: int = 5
    """Least walking, s [ours]: about nine steps."""
    band_hz: tuple[float, float] = (0.5, 5.0)
    """Band of the steps in the accelerations, Hz [ours]: first to third harmonic."""
    recall_s: float = 1.0
    """Time constant with which acceleration is integrated to speed, s [ours]: longer than a step."""
    walk_strength: float = 0.25
    """Least correlation of acceleration and falling speed, 1 [ours]; people on the level reach 0.4 to 0.8."""
    lean_s: int = 20
    """Longest movement between two quiet postures, s [ours]."""
    lean_deg: float = 8.0
    """Least departure from the straight way between them, deg [ours]."""
    upright_deg: float = 45.0
    """Quiet postures farther from the neutral one count as lying, deg [ours]; a seat is within 35."""
    lean_strength: float = 0.4
    """Least agreement of the departures, 1 (all one way) [ours]."""


@dataclass(frozen=True, slots=True)
class Left:
    """A direction to the left in pod axes, and how well what was seen agrees on it (0 to 1)."""

    direction: Vector
    strength: float


def left_by_walking(pod: SeenPod, walked: BoolArray, neutral: Vector, params: ForwardParams) -> Left | None:
    """Return the left that walking shows; `walked` is at 20 Hz, `neutral` the up direction in pod axes."""
    if walked.sum() < params.walked_s * THIN_HZ:
        return None
    vertical = (pod.up * pod.force_mps2).sum(axis=0)
    horizontal = pod.force_mps2 - pod.up * vertical
    # One causal filter for all four, so that none is late against the others.
    band = band_pass(*params.band_hz, THIN_HZ)
    swing = _filtered(band, *(one - one[0] for one in (vertical, *horizontal)))
    falling = -_filtered(one_pole(params.recall_s, THIN_HZ, 1.0 / THIN_HZ), swing[0])[0][walked]
    along = swing[1:, walked]
    together = (falling * along).sum(axis=1)
    size = float(np.sqrt((falling * falling).sum() * (along * along).sum()))
    strength = float(np.sqrt((together * together).sum())) / max(size, 1e-12)
    if strength < params.walk_strength:
        return None
    left = cross(neutral, (float(together[0]), float(together[1]), float(together[2])))
    return Left(unit(left), strength) if dot(left, left) > 1e-24 else None


def _filtered(filter_: Filter, *signals: FloatArray) -> FloatArray:
    """Return signals that begin at rest, (signals, n)."""
    seconds = [signal.reshape(-1, _PER_SECOND) for signal in signals]
    return filter_.push(seconds, [filter_.at_rest] * len(signals))[0].reshape(len(signals), -1)


def left_by_leaning(pod: SeenPod, seen: Seen, neutral: Vector, params: ForwardParams) -> Left | None:
    """Return the left that leans between quiet postures show; a recording's ends count as quiet."""
    turned, size = np.zeros(3), 0.0
    seconds = seen.still.shape[0]
    for start, end in runs(~seen.still, 1):
        if end - start > params.lean_s:
            continue
        # The quiet second on either side is part of the way.
        span = slice(max(0, start - 1) * _PER_SECOND, min(seconds, end + 1) * _PER_SECOND)
        off = _off_the_way(pod.up[:, span], neutral, params)
        if off is not None:
            turned += off.sum(axis=1)
            size += float(np.sqrt((off * off).sum(axis=0)).sum())
    length = float(np.sqrt((turned * turned).sum()))
    if size == 0.0 or length < params.lean_strength * size:
        return None
    return Left(unit(turned.tolist()), length / size)


def _off_the_way(up: FloatArray, neutral: Vector, params: ForwardParams) -> FloatArray | None:
    """Return by how much each sample is turned off the straight way, (3, n), axis times sine."""
    half = _PER_SECOND // 2
    before, after = median_up(up[:, :half]), median_up(up[:, -half:])
    ends = np.array((before, after)).T
    if float(away_deg(neutral, ends).max()) > params.upright_deg:
        return None
    part = np.linspace(0.0, 1.0, up.shape[1])
    off = up - (ends[:, :1] * (1.0 - part) + ends[:, 1:] * part)
    if float(np.sqrt((off * off).sum(axis=0)).max()) < np.sin(np.radians(params.lean_deg)):
        return None
    x, y, z = off
    a, b, c = neutral
    return np.stack((y * c - z * b, z * a - x * c, x * b - y * a))
