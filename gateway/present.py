"""The present, as one place that the gateway writes and pages, status line and clinic read."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from analysis.care.policy import CareNow
from analysis.events.day import PostureState
from analysis.events.facts import LinkState
from analysis.events.fields import utc_text
from analysis.motion.output import Angles, Output
from analysis.review.home.live import LiveState
from gateway.ledger import Ledger
from gateway.link.clock import Latency
from gateway.link.reassembly import LinkCounters
from gateway.wire.status import Status

_NS_PER_S = 1_000_000_000
_MS_PER_S = 1000.0


@dataclass(slots=True)
class Present:
    """What is true now, as far as it is known.

    Attributes
    ----------
    ledger
        Knows how many events were recorded.
    care
        Says how care stands.
    link, strip
        How the link stands, and what the strip said last.
    waiting_for
        What is missing at the moment, by part, and why.
    backlog, refused
        How many messages the clinic has yet to commit, and how many its broker will not take.
    awaited_samples
        How many samples are still to come from the strip's memory.
    posture, since_ns
        The posture now, and since when (UTC, ns).
    last_sample_ns, handled_ns
        When the newest sample was taken, and when the core was done with it (UTC, ns).
    """

    ledger: Ledger
    care: Callable[[], CareNow] = CareNow
    link: LinkState = "waiting"
    strip: Status | None = None
    waiting_for: dict[str, str] = field(default_factory=dict)
    posture: PostureState | None = None
    since_ns: int | None = None
    last_sample_ns: int | None = None
    handled_ns: int | None = None
    segments_ended: int = 0
    segment_open: bool = False
    backlog: int | None = None
    refused: int | None = None
    awaited_samples: int = 0
    counters: LinkCounters = field(default_factory=LinkCounters)
    latency: Latency = field(default_factory=Latency)
    is_calibrated: bool | None = None
    """Whether the strip knows this back's own bends and hinges; None where nobody wears it, or asks."""
    _angles: Angles | None = None

    def take(self, output: Output) -> None:
        """Remember what the core said last."""
        for second in output.seconds:
            if second.state != self.posture:
                self.posture = second.state
                self.since_ns = second.utc_ns
            if second.sitting_since_utc_ns is not None:
                self.since_ns = second.sitting_since_utc_ns
        if len(output.angles):
            self._angles = output.angles

    def forget_wearer(self) -> None:
        """Forget posture and angles: the strip is not on anybody."""
        self.posture, self.since_ns, self.is_calibrated = None, None, None
        self._angles = None

    def state(self) -> LiveState:
        """Return the present for the pages."""
        pelvis_deg, trunk_deg, lumbar_deg = self._angles_deg()
        return LiveState(
            link=self.link,
            posture=self.posture,
            since=_moment(self.since_ns),
            battery_pct=self.strip.battery_pct if self.strip else None,
            worn=self.strip.worn if self.strip else None,
            last_sample=_moment(self.last_sample_ns),
            lag_s=self._lag_s(),
            pelvis_deg=pelvis_deg,
            trunk_deg=trunk_deg,
            lumbar_deg=lumbar_deg,
            counters={"frames": self.counters.frames, "missing_samples": self.counters.missing_samples},
            stored_events=self.ledger.recorded,
            care=self.care(),
            is_calibrated=self.is_calibrated,
        )

    def _angles_deg(self) -> tuple[float | None, ...]:
        """Return tilts of pelvis and trunk and the lumbar flexion now, deg; None where unknown."""
        angles = self._angles
        if angles is None:
            return None, None, None
        of_all = (angles.pelvis_tilt_deg, angles.trunk_tilt_deg, angles.lumbar_flexion_deg)
        newest = (float(of_each[-1]) for of_each in of_all)
        return tuple(None if math.isnan(angle) else angle for angle in newest)

    def account(self) -> dict[str, Any]:
        """Return the gateway's account of itself, as ``/api/status`` tells it."""
        counters = self.counters
        return {
            "link": self.link,
            "waiting_for": self.waiting_for,
            "posture": self.posture,
            "worn": self.strip.worn if self.strip else None,
            "battery_pct": self.strip.battery_pct if self.strip else None,
            "last_sample": None if self.last_sample_ns is None else utc_text(self.last_sample_ns),
            "lag_s": self._lag_s(),
            "segment_open": self.segment_open,
            "segments_ended": self.segments_ended,
            "recorded": self.ledger.recorded,
            "backlog": self.backlog,
            "refused": self.refused,
            "frames": counters.frames,
            "bad_frames": counters.bad.total(),
            "duplicate_frames": counters.duplicate_frames,
            "samples": counters.samples,
            "late_samples": counters.late_samples,
            "awaited_samples": self.awaited_samples,
            "gaps": counters.gaps,
            "missing_samples": counters.missing_samples,
            "latency_p50_ms": _ms(self.latency.percentile_s(50)),
            "latency_p99_ms": _ms(self.latency.percentile_s(99)),
        }

    def line(self) -> str:
        """Return the present as one line for a terminal."""
        battery = f", battery {self.strip.battery_pct} %" if self.strip else ""
        missing = f", {self.awaited_samples / 100:.0f} s still in the strip" if self.awaited_samples else ""
        posture = self.posture or "posture not known yet"
        lacks = "".join(f"; waiting for {part}: {why}" for part, why in self.waiting_for.items())
        refused = f"; the clinic's broker refuses {self.refused} of them" if self.refused else ""
        return f"{self.link}{battery}; {posture}; {self.ledger.recorded} events{refused}{missing}{lacks}"

    def _lag_s(self) -> float | None:
        if self.last_sample_ns is None or self.handled_ns is None:
            return None
        return (self.handled_ns - self.last_sample_ns) / _NS_PER_S


def _moment(utc_ns: int | None) -> datetime | None:
    return None if utc_ns is None else datetime.fromtimestamp(utc_ns / _NS_PER_S, UTC)


def _ms(duration_s: float | None) -> float | None:
    return None if duration_s is None else round(duration_s * _MS_PER_S, 1)
