"""Hinge practice: what a hinge is held against, and what a set comes to.

A hinge is held against the patient's own, as the calibration has them: the middle dowel hinge, and the
limits of a hip-led bend that were drawn from all of them (CLINICAL.md B2). Nothing here judges a hinge by
itself: its verdict is that of its lift.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final, Literal, Protocol

from analysis.events.calibration import Calibration
from analysis.events.movement import Strategy

Profile = Literal["none", "flexion", "extension"]
"""Which way a patient's back is sensitive; it changes cues only, never a verdict (CLINICAL.md B2)."""
_SCORED_FROM_DEG: Final = 30.0
"""Bends of less are not told apart (CLINICAL.md B2), so that no limit is narrower than theirs."""


class Judged(Protocol):
    """A hinge with its verdict: a lift, or a repetition of a set."""

    @property
    def strategy(self) -> Strategy:
        """Where it came from."""

    @property
    def borderline(self) -> bool:
        """Whether it lies too near a limit to be sure."""

    @property
    def lumbar_share(self) -> float | None:
        """Lumbar share at the deepest."""


@dataclass(frozen=True, slots=True)
class Band:
    """How far the lower back may be bent at some depth, deg.

    `own` is the patient's own hinge there (None: there is none), `limit` the most that is hip-led.
    """

    own_deg: float | None
    limit_deg: float


def band(calibration: Calibration, trunk_deg: float) -> Band:
    """Return what a hinge is held against while the trunk leans by `trunk_deg`."""
    limit_deg = calibration.gates.hip_share * max(trunk_deg, _SCORED_FROM_DEG)
    if calibration.lumbar_range_deg is not None:
        limit_deg = min(limit_deg, calibration.gates.hip_range_pct / 100.0 * calibration.lumbar_range_deg)
    return Band(_own_deg(calibration, trunk_deg), limit_deg)


def _own_deg(calibration: Calibration, trunk_deg: float) -> float | None:
    trunk, pelvis = calibration.template.trunk_deg, calibration.template.pelvis_deg
    if not trunk:
        return None
    deepest = max(range(len(trunk)), key=trunk.__getitem__)
    before = (0.0, 0.0)
    for leans, tilts in zip(trunk[: deepest + 1], pelvis, strict=False):
        here = (leans, leans - tilts)
        if here[0] >= trunk_deg:
            way = here[0] - before[0]
            part = (max(0.0, trunk_deg) - before[0]) / way if way > 0.0 else 0.0
            return before[1] + part * (here[1] - before[1])
        if here[0] > before[0]:
            before = here
    # Deeper than the patient's own: as much more as the lean is.
    return before[1] * trunk_deg / before[0] if before[0] > 0.0 else None


@dataclass(frozen=True, slots=True)
class SummaryParams:
    """What a set's summary remarks on."""

    drift: float = 0.10
    """A lumbar share that rises by more over a set is worth a word (CLINICAL.md C, loaded hinge)."""
    least: int = 6
    """Fewer hinges told apart have no trend [ours]."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a set came to.

    Attributes
    ----------
    hinges
        How many.
    by_strategy
        How many of each kind.
    borderline
        How many of them are borderline.
    is_drifting
        Whether more came from the back toward the end.
    """

    hinges: int
    by_strategy: Counter[Strategy]
    borderline: int
    is_drifting: bool

    @property
    def scored(self) -> int:
        """Hinges that could be told apart."""
        return self.hinges - self.by_strategy["not_scored"]


def summary(hinges: Iterable[Judged], params: SummaryParams | None = None) -> Summary:
    """Return what a set came to; `hinges` in the order in which they were done."""
    hinges = list(hinges)
    return Summary(
        len(hinges),
        Counter(hinge.strategy for hinge in hinges),
        sum(hinge.borderline for hinge in hinges),
        _is_drifting([one.lumbar_share for one in hinges], params or SummaryParams()),
    )


def _is_drifting(shares: Sequence[float | None], params: SummaryParams) -> bool:
    """Return whether the last third of the shares lies above the first by more than the drift."""
    known = [share for share in shares if share is not None]
    third = len(known) // 3
    if len(known) < params.least:
        return False
    return fmean(known[-third:]) - fmean(known[:third]) > params.drift
