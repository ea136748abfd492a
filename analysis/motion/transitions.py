"""Rising from a seat and sitting down: when exactly, how deep the lean, how smooth.

That a transition took place is the posture decoder's word. Its ends are those of the pelvis's rise or fall
(:mod:`analysis.motion.rising`); the lean that leads into it or out of it counts for its peak and smoothness.
Where no change of seat was seen they are a second either side of the decoder's, and quality is halved.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.events.movement import Transition, TransitionKind
from analysis.motion.angles import Motion, Row
from analysis.motion.block import RATE_HZ
from analysis.motion.height import widened
from analysis.motion.rising import SeatChange
from analysis.motion.smoothness import SparcParams, sparc
from analysis.motion.statement import Wearer


@dataclass(frozen=True, slots=True)
class TransitionParams:
    """How a transition's ends are found."""

    near_s: float = 4.0
    """A change of seat so near to the decoder's change is the same thing, s [ours]."""
    lean_s: float = 2.0
    """The lean lasts no longer before or after the rise or fall, s [ours]."""
    still_dps: float = 5.0
    """The lean begins and ends at this trunk speed, deg/s [ours]."""
    unseen_quality: float = 0.5
    """Part of the quality left where no rise or fall was seen, 1 [ours]."""
    edge: float = 0.2
    """The way up or down begins and ends at this part of its speed, 1 [ours]."""
    sparc: SparcParams = field(default_factory=SparcParams)


@dataclass(frozen=True, slots=True)
class Change:
    """A transition found: where it is must be known at once, what else is said of it can wait.

    Attributes
    ----------
    seat_sample
        When the patient had arrived on the seat, or began to leave it.
    first_sample, last_sample, quality
        As the event has them.
    motion
        Samples that cover it and the lean beside it.
    """

    kind: TransitionKind
    seat_sample: int
    first_sample: int
    last_sample: int
    quality: float
    motion: Motion

    def told(self, wearer: Wearer, params: TransitionParams) -> list[Transition]:
        """Return the event."""
        start, end = self.first_sample, self.last_sample
        lean, speed_dps = widened(self.motion, start, end, params.lean_s, params.still_dps)
        is_smoothness_known = len(lean) and wearer.mode != "accelerometer"
        return [
            wearer.states(
                Transition,
                start,
                end,
                start=wearer.utc_text(start),
                end=wearer.utc_text(end),
                quality=self.quality,
                kind=self.kind,
                duration_s=(end - start) / RATE_HZ,
                trunk_peak_deg=float(lean[Row.BEND_DEG].max()) if len(lean) else None,
                smoothness_sparc=sparc(speed_dps, params.sparc) if is_smoothness_known else None,
            )
        ]


def transition(
    *,
    rising: bool,
    sample: int,
    changes: Sequence[SeatChange],
    motion: Motion,
    wearer: Wearer,
    params: TransitionParams,
) -> Change:
    """Return the transition that the decoder puts at `sample`; `motion` covers its neighbourhood."""
    near = round(params.near_s * RATE_HZ)
    fitting = [
        one
        for one in changes
        if (one.rise if rising else one.fall) > 0.0 and one.start - near <= sample <= one.end + near
    ]
    if fitting:
        nearest = min(fitting, key=lambda one: max(one.start - sample, sample - one.end))
        start, end = _way(nearest, motion, rising=rising, edge=params.edge)
        seat, quality = (start if rising else end), wearer.quality
    else:
        second = round(RATE_HZ)
        start, end = max(motion.first_sample, sample - second), min(motion.end_sample - 1, sample + second)
        seat, quality = sample, wearer.quality * params.unseen_quality
    part = motion.part(start, end + 1)
    kind: TransitionKind = "sit_to_stand" if rising else "stand_to_sit"
    return Change(kind, seat, part.first_sample, part.end_sample - 1, quality, motion)


def _way(change: SeatChange, motion: Motion, *, rising: bool, edge: float) -> tuple[int, int]:
    """Return the first and the last sample of the way up or down."""
    part = motion.part(change.start, change.end + 1)
    if not change.at_rest or len(part) < 2:
        return change.start, change.end
    # At rest at both ends, so what is left of the velocity there is error.
    count = len(part)
    velocity = np.cumsum(part[Row.VERTICAL_MPS2]) * (1.0 if rising else -1.0)
    velocity -= velocity[-1] * (np.arange(1, count + 1) / count)
    fastest = int(np.argmax(velocity))
    slow = velocity < edge * velocity[fastest]
    before, after = np.flatnonzero(slow[:fastest]), np.flatnonzero(slow[fastest:])
    return (
        part.first_sample + (int(before[-1]) + 1 if before.size else 0),
        part.first_sample + (fastest + int(after[0]) - 1 if after.size else count - 1),
    )
