"""A calibration without a routine: neutral posture and forward direction as the data happen to show them.

The neutral posture is the quiet posture to which most bends return (ties: the one held longest); the bends
show the forward direction. Without any bend the pods are taken to be put on roughly right, so only their tilt
is corrected.

There is no personal range, so the share alone decides, and quality is low: someone who mostly sat gets the
seat for a neutral posture, if no bend betrays it.
"""

from dataclasses import dataclass, field

import numpy as np

from analysis.motion.block import FloatArray
from analysis.motion.excursions import ExcursionParams, excursions
from analysis.motion.mounting import away_deg, median_up, mounting
from analysis.motion.rotation import Matrix, Vector, cross, unit
from analysis.motion.watch import THIN_HZ, Seen, runs

_PER_SECOND = round(THIN_HZ)
NO_ROUTINE = "There was no complete calibration routine; the posture was found in the movement itself."
NO_BEND = "No bend was seen, so the strip is taken to be the right way round."
NO_QUIET = "There was no quiet moment, so the average posture is taken as neutral."


@dataclass(frozen=True, slots=True)
class FoundParams:
    """Where to look, and what it is worth."""

    quiet_s: int = 3
    """Shortest quiet posture, s [ours]."""
    same_deg: float = 8.0
    """Quiet seconds within this angle are one posture, deg [ours]."""
    quality: float = 0.5
    """With bends, 1 [ours]."""
    quality_without_bend: float = 0.3
    """1 [ours]."""
    excursion: ExcursionParams = field(default_factory=ExcursionParams)


@dataclass(frozen=True, slots=True)
class Found:
    """Frames of the pods that are there, what they are worth and why."""

    lower: Matrix | None
    upper: Matrix | None
    quality: float
    reasons: list[str]


def find_posture(seen: Seen, params: FoundParams) -> Found:
    """Return the best neutral posture and mounting in what was seen (at least one second)."""
    pods = {name: up for name, up in (("lower", seen.lower), ("upper", seen.upper)) if up is not None}
    best: tuple[tuple[int, float], dict[str, Vector], FloatArray | None] | None = None
    still = seen.sampled_still
    for start, end in runs(seen.still, params.quiet_s):
        span = slice(start * _PER_SECOND, end * _PER_SECOND)
        neutral = {name: median_up(up[:, span]) for name, up in pods.items()}
        near = still & (
            np.maximum.reduce([away_deg(neutral[p], up) for p, up in pods.items()]) < params.same_deg
        )
        bends = excursions(seen, neutral, params.excursion)
        rank = (len(bends), float(near.sum()))
        if best is None or rank > best[0]:
            settled = {name: median_up(up[:, near]) for name, up in pods.items()}
            bent = np.concatenate([np.arange(b.start, b.end) for b in bends]) if bends else None
            best = (rank, settled, bent)
    reasons = [NO_ROUTINE]
    if best is None:
        reasons.append(NO_QUIET)
        neutral, bent = {name: median_up(up) for name, up in pods.items()}, None
    else:
        _, neutral, bent = best
    if bent is None:
        reasons.append(NO_BEND)
    frames: dict[str, Matrix] = {}
    for name, up in pods.items():
        found = None if bent is None else mounting(neutral[name], up[:, bent])
        frames[name] = _nominal(neutral[name]) if found is None else found.matrix
    quality = params.quality_without_bend if bent is None else params.quality
    return Found(frames.get("lower"), frames.get("upper"), quality, reasons)


def _nominal(neutral: Vector) -> Matrix:
    """Return the mounting that keeps the pod's own x axis forward as far as the neutral posture lets it."""
    left = cross(neutral, (1.0, 0.0, 0.0))
    y_axis = unit(left) if max(map(abs, left)) > 1e-6 else (0.0, 1.0, 0.0)
    return (cross(y_axis, neutral), y_axis, neutral)
