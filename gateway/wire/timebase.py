"""The one clock of the product: UTC and monotonic time, at the speed of life or faster.

Every part (strip, radio, gateway, policy) gets a :class:`Clock` passed in; nothing else reads the time. At
``speed == 1`` it is the computer's own clock and follows its corrections. At any other speed it is a straight
line through an origin, counted on the computer's monotonic clock, which all processes of one machine share:
a process that gets the clock's :meth:`~Clock.token` tells the same time to the microsecond.

Two kinds of duration exist, and mixing them up is the classic fault of a scaled clock:

- what *happens in the world* (a connection interval, thirty minutes of sitting) passes on this clock:
  :meth:`Clock.sleep`;
- what *this computer needs* for its own work (a TCP connect, a pairing) takes real seconds however fast the
  world turns: use :func:`asyncio.timeout` with the plain number for those.
"""

import math
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime

_NS_PER_S = 1_000_000_000


class BadClockTokenError(ValueError):
    """A clock token that was not written by :meth:`Clock.token`."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock that can be scaled.

    Parameters
    ----------
    speed
        Seconds of this clock per second of the computer's monotonic clock; finite and positive.
    origin_utc_ns
        UTC, in nanoseconds since 1970, that this clock tells at ``origin_monotonic_ns``.
    origin_monotonic_ns
        Reading of the computer's monotonic clock at the origin.

    Raises
    ------
    ValueError
        If ``speed`` is not finite and positive.
    """

    speed: float = 1.0
    origin_utc_ns: int = 0
    origin_monotonic_ns: int = 0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.speed) and self.speed > 0):
            raise ValueError(f"a clock's speed must be finite and positive, not {self.speed}")

    @classmethod
    def scaled(cls, speed: float, start: datetime) -> "Clock":
        """Return a clock that tells `start` now and runs at `speed`."""
        start_utc_ns = int(start.timestamp()) * _NS_PER_S + start.microsecond * 1000
        return cls(speed, start_utc_ns, time.monotonic_ns())

    def at_speed(self, speed: float) -> "Clock":
        """Return a clock that goes on from what this one tells now, at another speed."""
        return Clock(speed, self.utc_ns(), time.monotonic_ns())

    def ahead(self, by_s: float) -> "Clock":
        """Return a scaled clock that tells a time `by_s` later than this one."""
        return replace(self, origin_utc_ns=self.origin_utc_ns + round(by_s * _NS_PER_S))

    @property
    def is_real(self) -> bool:
        """Whether this is the computer's own clock."""
        return self.origin_monotonic_ns == 0

    def utc_ns(self) -> int:
        """Return UTC now, in nanoseconds since 1970."""
        if self.is_real:
            return time.time_ns()
        return self.origin_utc_ns + round((time.monotonic_ns() - self.origin_monotonic_ns) * self.speed)

    def utc(self) -> datetime:
        """Return UTC now as an aware datetime."""
        return datetime.fromtimestamp(self.utc_ns() / _NS_PER_S, UTC)

    def monotonic_s(self) -> float:
        """Return seconds that never step back, on this clock's scale."""
        return (time.monotonic_ns() - self.origin_monotonic_ns) / _NS_PER_S * self.speed

    async def sleep(self, duration_s: float) -> None:
        """Sleep for `duration_s` of this clock."""
        import asyncio  # which commands that never wait need not load

        await asyncio.sleep(duration_s / self.speed)

    def wall_s(self, duration_s: float) -> float:
        """Return how many seconds of the computer `duration_s` of this clock take."""
        return duration_s / self.speed

    def token(self) -> str:
        """Return a text from which another process of this machine makes the same clock."""
        return "real" if self.is_real else f"{self.speed!r},{self.origin_utc_ns},{self.origin_monotonic_ns}"

    @classmethod
    def from_token(cls, token: str) -> "Clock":
        """Return the clock that wrote `token`.

        Raises
        ------
        BadClockTokenError
            If the text is not a clock's token.
        """
        if token == "real":  # noqa: S105 - a clock's name, not a password
            return REAL_CLOCK
        try:
            speed, origin_utc_ns, origin_monotonic_ns = token.split(",")
            return cls(float(speed), int(origin_utc_ns), int(origin_monotonic_ns))
        except ValueError as error:
            raise BadClockTokenError(
                f"{token!r} is not a clock: expected 'real' or 'speed,utc_ns,monotonic_ns'"
            ) from error


REAL_CLOCK = Clock()
