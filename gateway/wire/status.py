"""The strip's status: battery, what it is doing, and which samples its flash holds.

Little-endian: ``battery_pct u8 | flags u8 | boot u16 | oldest_boot u16 | oldest_sample u32 | newest_sample
u32 | flash_fill_pct u8``. The stored samples run from ``oldest_sample`` of ``oldest_boot`` to
``newest_sample`` of ``boot``, the present one. A strip whose flash holds nothing names its next sample as
the oldest: ``oldest_sample == newest_sample + 1``; before a boot's first sample ``newest_sample`` is 0.

Unlike in a frame, unknown flag bits are passed over: a status is read by a person or shown on a page, and a
new bit does not change what the others mean.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntFlag

from gateway.wire.errors import WireError

_LAYOUT = struct.Struct("<BBHHIIB")
STATUS_SIZE = _LAYOUT.size


class StatusError(WireError):
    """A status that cannot be read or built."""


class _Flag(IntFlag):
    WORN = 1
    CHARGING = 2
    STREAMING = 4
    FLASH_ERROR = 8


@dataclass(frozen=True, slots=True)
class Status:
    """What the strip says about itself.

    Parameters
    ----------
    battery_pct
        Charge left, 0 to 100.
    boot
        The present boot, u16.
    oldest_boot, oldest_sample
        The oldest stored sample's name.
    newest_sample
        The newest stored sample's index in the present boot.
    flash_fill_pct
        How much of the flash ring holds samples not yet erased, 0 to 100.
    worn, charging, streaming, flash_error
        What holds at this moment.

    Raises
    ------
    StatusError
        If a percentage is above 100 or a value does not fit its field.
    """

    battery_pct: int
    boot: int
    oldest_boot: int
    oldest_sample: int
    newest_sample: int
    flash_fill_pct: int
    worn: bool = False
    charging: bool = False
    streaming: bool = False
    flash_error: bool = False

    def __post_init__(self) -> None:
        for name, value, limit in (
            ("battery_pct", self.battery_pct, 100),
            ("flash_fill_pct", self.flash_fill_pct, 100),
            ("boot", self.boot, 0xFFFF),
            ("oldest_boot", self.oldest_boot, 0xFFFF),
            ("oldest_sample", self.oldest_sample, 0xFFFF_FFFF),
            ("newest_sample", self.newest_sample, 0xFFFF_FFFF),
        ):
            if not 0 <= value <= limit:
                raise StatusError(f"status refused: {name} is {value}, not within 0 to {limit}")


def encode(status: Status) -> bytes:
    """Return the status's bytes."""
    flags = (
        _Flag.WORN * status.worn
        | _Flag.CHARGING * status.charging
        | _Flag.STREAMING * status.streaming
        | _Flag.FLASH_ERROR * status.flash_error
    )
    return _LAYOUT.pack(
        status.battery_pct,
        flags,
        status.boot,
        status.oldest_boot,
        status.oldest_sample,
        status.newest_sample,
        status.flash_fill_pct,
    )


def decode(data: bytes | bytearray | memoryview) -> Status:
    """Return the status that `data` holds.

    Raises
    ------
    StatusError
        If the bytes are not exactly one status.
    """
    if len(data) != STATUS_SIZE:
        raise StatusError(f"status refused: {len(data)} bytes, {STATUS_SIZE} expected")
    battery_pct, flags, boot, oldest_boot, oldest_sample, newest_sample, fill_pct = _LAYOUT.unpack(data)
    return Status(
        battery_pct=battery_pct,
        boot=boot,
        oldest_boot=oldest_boot,
        oldest_sample=oldest_sample,
        newest_sample=newest_sample,
        flash_fill_pct=fill_pct,
        worn=bool(flags & _Flag.WORN),
        charging=bool(flags & _Flag.CHARGING),
        streaming=bool(flags & _Flag.STREAMING),
        flash_error=bool(flags & _Flag.FLASH_ERROR),
    )
