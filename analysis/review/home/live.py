"""What the pages want to know of the running gateway, as one value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from analysis.care.policy import CareNow
from analysis.events.day import PostureState
from analysis.events.facts import LinkState


@dataclass(frozen=True, slots=True)
class LiveState:
    """The present, as far as it is known; None where it is not.

    Parameters
    ----------
    link
        How the link to the strip stands.
    posture, since
        The posture now, and since when; None before the pipeline has seen enough.
    battery_pct, worn
        What the strip said last.
    last_sample
        When the newest sample was taken.
    lag_s
        How far the newest result trails the strip, s.
    pelvis_deg, trunk_deg, lumbar_deg
        Tilts and the lower back's flexion now, deg.
    counters
        What the link counts; the page tells of ``missing_samples``.
    stored_events
        Events stored since the gateway started; a page is drawn anew when it grows.
    care
        How reminders stand.
    is_calibrated
        Whether the strip knows this back's own bends and hinges; None where nobody wears it.
    """

    link: LinkState
    posture: PostureState | None
    since: datetime | None
    battery_pct: int | None
    worn: bool | None
    last_sample: datetime | None
    lag_s: float | None
    pelvis_deg: float | None
    trunk_deg: float | None
    lumbar_deg: float | None
    counters: Mapping[str, int]
    stored_events: int
    care: CareNow = field(default_factory=CareNow)
    is_calibrated: bool | None = None


class Live(Protocol):
    """The running gateway, to whoever draws it. Called from other threads than the gateway's."""

    def state(self) -> LiveState:
        """Return the present."""
