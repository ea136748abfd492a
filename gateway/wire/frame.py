"""The motion frame: a run of consecutive samples, as one notification.

Little-endian, version 1::

    version u8 = 1 | flags u8 | count u8 | reserved u8 | first_sample u32 | ticks u32 | boot u16
    count x sample | crc u16

A sample is the upper pod's accelerometer xyz and gyroscope xyz, then the lower pod's, each as i16 (24
bytes); a single-pod strip sends the lower pod only (12 bytes). ``(boot, first_sample)`` names a sample for
ever; ``ticks`` is the strip's 32 768 Hz counter at the frame's first sample, and wraps every 36.4 hours. The
crc is CRC-16/CCITT-FALSE (``binascii.crc_hqx`` seeded with 0xFFFF) over everything before it.

With at most 9 samples (19 of a single pod) a frame with its ATT and L2CAP headers fits one link-layer packet
of 251 bytes.

Two decisions of ours. A frame in which a reserved bit is set is refused: a bit we do not know might change
what the other bytes mean, and a later protocol has the version byte to announce itself. And a frame is
judged in the order length, version, reserved bits, count, length against count, crc, so that a foreign frame
is called foreign rather than damaged.
"""

from __future__ import annotations

import binascii
import math
import struct
from dataclasses import dataclass
from enum import IntFlag, StrEnum

from gateway.wire.errors import WireError

VERSION = 1
SAMPLE_RATE_HZ = 100
TICK_HZ = 32768

STANDARD_GRAVITY_MPS2 = 9.80665
ACC_LSB_MPS2 = 8 / 32768 * STANDARD_GRAVITY_MPS2
GYR_LSB_RADPS = 1000 / 32768 * math.pi / 180

MAX_SAMPLES_DUAL = 9
MAX_SAMPLES_SINGLE = 19
SAMPLE_SIZE_DUAL = 24
SAMPLE_SIZE_SINGLE = 12

ATT_NOTIFICATION_HEADER_SIZE = 3
MIN_ATT_MTU = 43

U16_MAX = 0xFFFF
U32_MAX = 0xFFFF_FFFF

_HEADER = struct.Struct("<BBBBIIH")
_CRC = struct.Struct("<H")
_OVERHEAD = _HEADER.size + _CRC.size
_MIN_SIZE = _OVERHEAD + SAMPLE_SIZE_SINGLE
_MAX_SIZE = _OVERHEAD + MAX_SAMPLES_SINGLE * SAMPLE_SIZE_SINGLE


class FrameReason(StrEnum):
    """Why a frame was refused; the gateway counts frames by this."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    BAD_VERSION = "bad_version"
    RESERVED_BITS = "reserved_bits"
    BAD_COUNT = "bad_count"
    LENGTH_MISMATCH = "length_mismatch"
    BAD_CRC = "bad_crc"
    OUT_OF_RANGE = "out_of_range"


class FrameError(WireError):
    """A frame that cannot be read, or cannot be built.

    Attributes
    ----------
    reason
        What is wrong, for counting.
    """

    def __init__(self, reason: FrameReason, detail: str) -> None:
        super().__init__(f"motion frame refused ({reason}): {detail}")
        self.reason = reason


class _Flag(IntFlag):
    BACKFILL = 1
    BUTTON = 2
    SINGLE_POD = 4
    SATURATED = 8


# Plain ints, because the complement of an IntFlag has no bits outside the flag's own.
_RESERVED_FLAGS = 0xFF & ~sum(flag.value for flag in _Flag)


@dataclass(frozen=True, slots=True)
class Frame:
    """A run of consecutive samples of one boot.

    Parameters
    ----------
    boot
        The strip's boot counter, u16.
    first_sample
        Index of the first sample since that boot, u32.
    ticks
        The strip's 32 768 Hz counter at the first sample, u32, wrapping.
    samples
        The raw samples: little-endian i16, sample after sample.
    backfill
        The frame was asked for from flash; it does not belong to the live stream.
    button
        The patient pressed the button during one of these samples.
    single_pod
        Samples are of the lower pod only.
    saturated
        A raw value of this frame lies at the sensor's limit.

    Raises
    ------
    FrameError
        If a value does not fit the wire, or the samples are no whole number of samples within the limit.
    """

    boot: int
    first_sample: int
    ticks: int
    samples: bytes
    backfill: bool = False
    button: bool = False
    single_pod: bool = False
    saturated: bool = False

    def __post_init__(self) -> None:
        for name, value, limit in (
            ("boot", self.boot, U16_MAX),
            ("first_sample", self.first_sample, U32_MAX),
            ("ticks", self.ticks, U32_MAX),
        ):
            if not 0 <= value <= limit:
                raise FrameError(FrameReason.OUT_OF_RANGE, f"{name} is {value}, not within 0 to {limit}")
        if len(self.samples) % sample_size(self.single_pod):
            raise FrameError(
                FrameReason.LENGTH_MISMATCH,
                f"{len(self.samples)} bytes of samples of {sample_size(self.single_pod)} bytes each",
            )
        _check_count(self.count, self.single_pod)

    @property
    def count(self) -> int:
        """Number of samples."""
        return len(self.samples) // sample_size(self.single_pod)

    @property
    def last_sample(self) -> int:
        """Index of the last sample since boot."""
        return self.first_sample + self.count - 1


def sample_size(single_pod: bool) -> int:
    """Return the bytes of one sample on the wire."""
    return SAMPLE_SIZE_SINGLE if single_pod else SAMPLE_SIZE_DUAL


def max_samples(single_pod: bool) -> int:
    """Return the most samples that a frame may hold."""
    return MAX_SAMPLES_SINGLE if single_pod else MAX_SAMPLES_DUAL


def samples_that_fit(att_mtu: int, single_pod: bool) -> int:
    """Return how many samples fit one notification; 0 below the least ATT MTU, on which nothing streams."""
    if att_mtu < MIN_ATT_MTU:
        return 0
    room = att_mtu - ATT_NOTIFICATION_HEADER_SIZE - _OVERHEAD
    return min(room // sample_size(single_pod), max_samples(single_pod))


def ticks_between(earlier: int, later: int) -> int:
    """Return the ticks from `earlier` to `later` over at most one wrap of the u32 counter (36.4 hours)."""
    return (later - earlier) & U32_MAX


def encode(frame: Frame) -> bytes:
    """Return the frame's bytes."""
    flags = (
        _Flag.BACKFILL * frame.backfill
        | _Flag.BUTTON * frame.button
        | _Flag.SINGLE_POD * frame.single_pod
        | _Flag.SATURATED * frame.saturated
    )
    body = (
        _HEADER.pack(VERSION, flags, frame.count, 0, frame.first_sample, frame.ticks, frame.boot)
        + frame.samples
    )
    return body + _CRC.pack(_crc(body))


def decode(data: bytes | bytearray | memoryview) -> Frame:
    """Return the frame that `data` holds.

    Raises
    ------
    FrameError
        If the bytes are not exactly one intact frame of version 1; its ``reason`` says why.
    """
    size = len(data)
    if size < _MIN_SIZE:
        raise FrameError(FrameReason.TOO_SHORT, f"{size} bytes, at least {_MIN_SIZE} expected")
    if size > _MAX_SIZE:
        raise FrameError(FrameReason.TOO_LONG, f"{size} bytes, at most {_MAX_SIZE} expected")
    data = bytes(data)
    version, flags, count, reserved, first_sample, ticks, boot = _HEADER.unpack_from(data)
    if version != VERSION:
        raise FrameError(FrameReason.BAD_VERSION, f"version {version}, this program reads {VERSION}")
    if reserved or flags & _RESERVED_FLAGS:
        raise FrameError(FrameReason.RESERVED_BITS, f"flags 0x{flags:02x}, reserved byte 0x{reserved:02x}")
    single_pod = bool(flags & _Flag.SINGLE_POD)
    _check_count(count, single_pod)
    if size != _OVERHEAD + count * sample_size(single_pod):
        raise FrameError(FrameReason.LENGTH_MISMATCH, f"{size} bytes do not hold {count} samples")
    (crc,) = _CRC.unpack_from(data, size - _CRC.size)
    if crc != (expected := _crc(data[: -_CRC.size])):
        raise FrameError(FrameReason.BAD_CRC, f"crc 0x{crc:04x}, computed 0x{expected:04x}")
    return Frame(
        boot=boot,
        first_sample=first_sample,
        ticks=ticks,
        samples=data[_HEADER.size : -_CRC.size],
        backfill=bool(flags & _Flag.BACKFILL),
        button=bool(flags & _Flag.BUTTON),
        single_pod=single_pod,
        saturated=bool(flags & _Flag.SATURATED),
    )


def _check_count(count: int, single_pod: bool) -> None:
    if not 1 <= count <= max_samples(single_pod):
        raise FrameError(
            FrameReason.BAD_COUNT, f"{count} samples, between 1 and {max_samples(single_pod)} expected"
        )


def _crc(data: bytes) -> int:
    return binascii.crc_hqx(data, 0xFFFF)
