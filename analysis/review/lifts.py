"""The day's bends: what each was, how sure that is, and how many of each kind.

The schema's word is "lift"; people read "bend", because the strip senses no load.

Uncertainty of a bend's numbers. With 3 deg error per angle the lumbar share has a standard deviation of 0.08
at 30 deg, 0.05 at 45 deg and 0.04 at 60 deg of trunk tilt (CLINICAL.md B2 [calc]): 2.4 deg over the tilt,
which is what :func:`share_sd` says. It holds for the angles of the strip, not for the bones under the skin.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from analysis.events.movement import Context, Legs, Lift, Strategy
from analysis.review.proportion import Proportion, wilson
from analysis.review.spans import Span, instant

ANGLE_ERROR_DEG: Final = 3.0
"""Error of one angle, deg, one standard deviation (CLINICAL.md B2)."""
SHARE_ERROR_DEG: Final = 2.4
"""Standard deviation of the lumbar share, times the trunk's tilt, deg (CLINICAL.md B2 [calc])."""
SCORED: Final[tuple[Strategy, ...]] = ("hip_hinge", "shared", "lumbar_flexion")


@dataclass(frozen=True, slots=True)
class LiftView:
    """One bend. Angles in degrees, `share` of the trunk's tilt, `range_pct` of the own full bend."""

    event_id: str
    at: datetime
    strategy: Strategy
    borderline: bool
    confidence: float
    reason: str | None
    legs: Legs
    context: Context
    depth_deg: float | None
    trunk_deg: float | None
    pelvis_deg: float | None
    lumbar_deg: float | None
    share: float | None
    share_sd: float | None
    range_pct: float | None
    range_sd_pct: float | None
    duration_s: float
    smoothness_sparc: float | None
    quality: float | None
    dt_s: float
    pelvis_curve_deg: tuple[float, ...]
    trunk_curve_deg: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many bends of each kind; `hip_led` is their share among the scored ones."""

    total: int
    by_strategy: dict[Strategy, int]
    borderline: int
    hip_led: Proportion | None

    @property
    def scored(self) -> int:
        """Return how many could be told apart."""
        return sum(self.by_strategy[strategy] for strategy in SCORED)


def share_sd(trunk_deg: float | None) -> float | None:
    """Return the standard deviation of a lumbar share measured at this trunk tilt."""
    return SHARE_ERROR_DEG / trunk_deg if trunk_deg and trunk_deg > 0 else None


def lift_views(
    events: Iterable[Lift], bounds: Span, *, lumbar_range_deg: float | None
) -> tuple[LiftView, ...]:
    """Return the bends whose deepest moment lies in `bounds`, in order of time."""
    views: list[LiftView] = []
    for event in events:
        text = event.peak or event.start
        if text is None or not bounds.holds(instant(text)):
            continue
        share = event.lumbar_share
        range_sd = 100 * ANGLE_ERROR_DEG / lumbar_range_deg if lumbar_range_deg else None
        views.append(
            LiftView(
                event_id=event.event_id,
                at=instant(text),
                strategy=event.strategy,
                borderline=event.borderline,
                confidence=event.confidence,
                reason=event.not_scored_reason,
                legs=event.legs,
                context=event.context,
                depth_deg=event.trunk_peak_deg,
                trunk_deg=event.trunk_at_peak_deg,
                pelvis_deg=event.pelvis_at_peak_deg,
                lumbar_deg=event.lumbar_at_peak_deg,
                share=share,
                share_sd=share_sd(event.trunk_at_peak_deg) if share is not None else None,
                range_pct=event.lumbar_range_pct,
                range_sd_pct=range_sd if event.lumbar_range_pct is not None else None,
                duration_s=event.duration_s,
                smoothness_sparc=event.smoothness_sparc,
                quality=event.quality,
                dt_s=event.curve.dt_s,
                pelvis_curve_deg=tuple(event.curve.pelvis_deg),
                trunk_curve_deg=tuple(event.curve.trunk_deg),
            )
        )
    return tuple(sorted(views, key=lambda each: (each.at, each.event_id)))


def tally(lifts: Sequence[LiftView]) -> Tally:
    """Return the counts of these bends; borderline ones count under their nearest label."""
    kinds: tuple[Strategy, ...] = (*SCORED, "not_scored")
    counts = {kind: sum(lift.strategy == kind for lift in lifts) for kind in kinds}
    scored = sum(counts[kind] for kind in SCORED)
    borderline = sum(lift.borderline for lift in lifts)
    return Tally(len(lifts), counts, borderline, wilson(counts["hip_hinge"], scored))
