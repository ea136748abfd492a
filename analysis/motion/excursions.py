"""Bends before anything is calibrated: where the trunk leaves a still posture and comes back to it.

The same idea as :mod:`analysis.motion.lifts`, but by the angle from the posture in any direction, because
which way is forward is what calibration wants to find out. A bend counts only if both pods come back: the
lean into a chair does not, because the pelvis stays rolled back.
"""

from dataclasses import dataclass

import numpy as np

from analysis.motion.mounting import away_deg
from analysis.motion.rotation import Vector
from analysis.motion.watch import THIN_HZ, Seen, runs


@dataclass(frozen=True, slots=True)
class ExcursionParams:
    """What counts as a bend."""

    edge_deg: float = 10.0
    """deg, as for lifts."""
    peak_deg: float = 30.0
    """deg, as for lifts."""
    shortest_s: float = 0.8
    """s, as for lifts."""
    longest_s: float = 15.0
    """s, as for lifts."""
    back_deg: float = 7.0
    """Both pods come back this near within `back_s`, deg [ours]: less than a seat rolls the pelvis back."""
    back_s: float = 1.0
    """s [ours]."""


@dataclass(frozen=True, slots=True)
class Excursion:
    """A bend; indices of the 20 Hz grid, `end` exclusive."""

    start: int
    end: int


def excursions(seen: Seen, neutral: dict[str, Vector], params: ExcursionParams) -> list[Excursion]:
    """Return the bends that leave the posture `neutral` (by pod: "lower", "upper") and come back to it."""
    pods = {"lower": seen.lower, "upper": seen.upper}
    away = {name: away_deg(neutral[name], up) for name, up in pods.items() if up is not None}
    trunk = away["upper"] if "upper" in away else away["lower"]
    farthest = np.maximum.reduce(list(away.values()))
    back = round(params.back_s * THIN_HZ)
    found = []
    for start, end in runs(trunk >= params.edge_deg, round(params.shortest_s * THIN_HZ)):
        if start == 0 or end == trunk.shape[0] or end - start > params.longest_s * THIN_HZ:
            continue
        if trunk[start:end].max() >= params.peak_deg and farthest[end : end + back].min() <= params.back_deg:
            found.append(Excursion(start, end))
    return found
