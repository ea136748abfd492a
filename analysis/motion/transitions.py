"""Rising from a seat and sitting down: when exactly, how deep the lean, how smooth.

That a transition took place is the posture decoder's word. Its ends are those of the pelvis's rise or fall
(:mod:`analysis.motion.levels`), widened by the lean that leads into it or out of it; where no change of level
was seen they are a second either side of the decoder's, and quality is halved.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.events.movement import Transition
from analysis.motion.angles import Motion, Row
from analysis.motion.block import RATE_HZ
from analysis.motion.height import widened
from analysis.motion.levels import Level
from analysis.motion.smoothness import SparcParams, sparc
from analysis.motion.statement import Wearer


@dataclass(frozen=True, slots=True)
class TransitionParams:
    """How a transition's ends are found."""

    near_s: float = 4.0
    """A change of level so near to the decoder's change is the same thing, s [ours]."""
    lean_s: float = 2.0
    """The lean lasts no longer before or after the change of level, s [ours]."""
    still_dps: float = 5.0
    """The lean begins and ends at this trunk speed, deg/s [ours]."""
    unseen_quality: float = 0.5
    """Part of the quality left without a change of level, 1 [ours]."""
    sparc: SparcParams = field(default_factory=SparcParams)


@dataclass(frozen=True, slots=True)
class Change:
    """Sample at which the patient had arrived on the seat, or began to leave it, and the event."""

    seat_sample: int
    event: Transition


def transition(
    *,
    rising: bool,
    sample: int,
    levels: Sequence[Level],
    motion: Motion,
    wearer: Wearer,
    params: TransitionParams,
) -> Change:
    """Return the transition that the decoder puts at `sample`; `motion` covers its neighbourhood."""
    near = round(params.near_s * RATE_HZ)
    fitting = [
        level
        for level in levels
        if (level.up_m > 0) == rising and level.start - near <= sample <= level.end + near
    ]
    if fitting:
        level = max(fitting, key=lambda level: abs(level.up_m))
        lean = widened(motion, level.start, level.end, params.lean_s, params.still_dps)
        start, end = lean.first_sample, lean.end_sample - 1
        seat, quality = (level.start if rising else level.end), wearer.quality
    else:
        second = round(RATE_HZ)
        start, end = max(motion.first_sample, sample - second), min(motion.end_sample - 1, sample + second)
        seat, quality = sample, wearer.quality * params.unseen_quality
    part = motion.part(start, end + 1)
    start, end = part.first_sample, part.end_sample - 1
    bend = part[Row.BEND_DEG]
    smooth = wearer.mode != "accelerometer"
    event = wearer.states(
        Transition,
        start,
        end,
        start=wearer.utc_text(start),
        end=wearer.utc_text(end),
        quality=quality,
        kind="sit_to_stand" if rising else "stand_to_sit",
        duration_s=(end - start) / RATE_HZ,
        trunk_peak_deg=float(bend.max()) if len(part) else None,
        smoothness_sparc=sparc(np.abs(part[Row.BEND_DPS]), params.sparc) if smooth and len(part) else None,
    )
    return Change(seat, event)
