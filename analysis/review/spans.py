"""Stretches of time: cutting them to a day, joining them, finding what they leave uncovered.

All instants are aware and kept in UTC. Python subtracts two instants of one time zone by the clock on the
wall, which is an hour off on the days the clocks change; a patient's zone is used only to write a time down.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self


def instant(text: str) -> datetime:
    """Return the UTC instant of an event's ISO 8601 text."""
    return datetime.fromisoformat(text).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """The time from `start` up to `end`, both in UTC."""

    start: datetime
    end: datetime

    @property
    def duration_s(self) -> float:
        """Return how long the stretch lasts, s."""
        return (self.end - self.start).total_seconds()

    def cut_to(self, bounds: "Span") -> Self | None:
        """Return the part inside `bounds`, or None where there is none."""
        start, end = max(self.start, bounds.start), min(self.end, bounds.end)
        return type(self)(start, end) if start < end else None

    def overlap_s(self, other: "Span") -> float:
        """Return how much of `other` this stretch shares, s."""
        shared = Span.cut_to(self, other)
        return shared.duration_s if shared else 0.0

    def holds(self, moment: datetime) -> bool:
        """Return whether `moment` lies in the stretch (its end excluded)."""
        return self.start <= moment < self.end


def uncovered(spans: Iterable[Span], *, tolerance_s: float) -> tuple[Span, ...]:
    """Return the holes between `spans` that are longer than `tolerance_s`, in order."""
    holes: list[Span] = []
    reached: datetime | None = None
    for span in sorted(spans, key=lambda each: each.start):
        if reached is not None and span.start - reached > timedelta(seconds=tolerance_s):
            holes.append(Span(reached, span.start))
        reached = span.end if reached is None else max(reached, span.end)
    return tuple(holes)
