"""The value types of event fields: each rounds to what the contract promises, and refuses what cannot be.

Angles are kept to 0.1 deg, durations to 0.01 s, shares and confidences to 0.001. Instants are texts, UTC as
ISO 8601 with ``Z`` and milliseconds, so that an event reads the same in every store and on every wire.
"""

import math
import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # all here is UTC, and texts without a zone are read faster
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z", re.ASCII)
_NS_PER_MS = 1_000_000
_MS_PER_H = 3_600_000
_PLAIN = 1e9
"""Numbers up to this have all the digits that are promised."""
_WHOLE = 1.5 * 2.0**52
"""Added to a number and taken away again it leaves the nearest whole number, the even one of two, and never
-0.0: as far out as this there is nothing between whole numbers. It takes a third of the time of ``round``."""
_NO_TIE = 0.499


def _rounded(digits: int) -> AfterValidator:
    scale = 10.0**digits

    def to_digits(value: float) -> float:
        if -_PLAIN < value < _PLAIN:
            scaled = value * scale
            nearest = scaled + _WHOLE - _WHOLE
            # Nearer to a tie the last bit of the product could decide.
            if -_NO_TIE < scaled - nearest < _NO_TIE:
                return nearest / scale
        elif not math.isfinite(value):
            raise ValueError("must be a finite number; unknown is null")
        return round(value, digits) + 0.0  # + 0.0 turns -0.0 into 0.0

    return AfterValidator(to_digits)


def _all_rounded(digits: int) -> AfterValidator:
    """Do the same to a whole list at once, which is several times as fast."""
    scale = 10.0**digits

    def to_digits(values: list[float]) -> list[float]:
        # No number is larger than the root of the sum of all squares, which is finite if all are.
        if not math.hypot(*values) < _PLAIN:
            if not all(map(math.isfinite, values)):
                raise ValueError("must be finite numbers; an unknown list is null")
            if max(map(abs, values)) > _PLAIN:
                return [round(value, digits) + 0.0 for value in values]
        return [(value * scale + _WHOLE - _WHOLE) / scale if value else 0.0 for value in values]

    return AfterValidator(to_digits)


def _instant(text: str) -> str:
    try:
        if text.isascii() and "T24" not in text:  # which Python 3.13 would take for the next midnight
            datetime.fromisoformat(text[:-1])
            return text
    except ValueError as error:
        raise ValueError(f"time data {text!r}: {error}") from error
    raise ValueError("must be an instant such as 2026-01-31T09:30:00.000Z")


Deg = Annotated[float, _rounded(1)]
"""An angle in degrees, to 0.1."""
Dps = Annotated[float, _rounded(1)]
"""An angular velocity in degrees per second, to 0.1."""
Seconds = Annotated[float, _rounded(2)]
"""A duration in seconds, to 0.01."""
ManyDeg = Annotated[list[float], _all_rounded(1)]
"""Angles in degrees, each to 0.1."""
ManySeconds = Annotated[list[float], _all_rounded(2)]
"""Durations in seconds, each to 0.01."""
Metres = Annotated[float, _rounded(3)]
"""A length in metres, to 0.001."""
Share = Annotated[float, _rounded(3)]
"""A ratio, to 0.001; a lumbar share can leave 0 to 1."""
Fraction = Annotated[float, Field(ge=0, le=1), _rounded(3)]
"""A ratio between 0 and 1, to 0.001."""
Number = Annotated[float, _rounded(3)]
"""A plain number, to 0.001."""
Count = Annotated[int, Field(ge=0)]
"""How many."""
Finite = Annotated[float, Field(allow_inf_nan=False)]
"""A number that is one, unrounded."""
Quaternion = Annotated[list[Finite], Field(min_length=4, max_length=4)]
"""Unit quaternion w, x, y, z, unrounded: it is computed with."""
Utc = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"), AfterValidator(_instant)]
"""An instant, as :func:`utc_text` writes it."""
PSEUDONYM: Final = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
Pseudonym = Annotated[str, Field(pattern=PSEUDONYM)]
"""A patient's pseudonym or a strip's serial: fit for one level of an MQTT topic and for a file's name."""
Mode = Literal["dual", "single", "accelerometer"]
"""What was measured: two pods, one pod, or accelerometers alone."""


def utc_text(utc_ns: int) -> str:
    """Return nanoseconds since 1970 as the contract's text, cut (not rounded) to milliseconds."""
    hour, ms = divmod(utc_ns // _NS_PER_MS, _MS_PER_H)
    second, ms = divmod(ms, 1000)
    minute, second = divmod(second, 60)
    return f"{_hour_text(hour)}{minute:02}:{second:02}.{ms:03}Z"


@lru_cache(maxsize=16)
def _hour_text(hour: int) -> str:
    """Return how the texts of an hour since 1970 begin: events come hour by hour."""
    return (_EPOCH + timedelta(hours=hour)).isoformat()[: len("2026-03-01T09:")]


def utc_ns(text: str) -> int:
    """Return nanoseconds since 1970 of an instant that :func:`utc_text` wrote.

    Raises
    ------
    ValueError
        If the text is not such an instant.
    """
    if _INSTANT.fullmatch(text) is None:
        raise ValueError(f"time data {text!r} is not like 2026-01-31T09:30:00.000Z")
    try:
        moment = datetime.fromisoformat(text[:-1])
    except ValueError as error:
        raise ValueError(f"time data {text!r}: {error}") from error
    return (moment - _EPOCH) // timedelta(milliseconds=1) * _NS_PER_MS
