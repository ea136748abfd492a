"""Commands to the strip, and its answers.

The host writes ``txn u8 | opcode u8 | payload``; the strip indicates ``txn u8 | opcode u8 | result u8 |
payload``, little-endian throughout. ``txn`` is any number the host picks: the answer repeats it. An answer
whose result is not `Result.OK` has no payload.

Each request and each reply is a small frozen dataclass. :func:`encode_request` and :func:`decode_request`
are the host's and the strip's ends of one direction, :func:`encode_response` and :func:`decode_response`
those of the other.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import IntEnum

from gateway.wire.errors import WireError
from gateway.wire.frame import ATT_NOTIFICATION_HEADER_SIZE

U64_MAX = 0xFFFF_FFFF_FFFF_FFFF
MAX_CONTROL_SIZE = 512
"""Longest value that ATT allows a characteristic to have, in bytes."""


class Opcode(IntEnum):
    """What the host wants."""

    START = 0x01
    STOP = 0x02
    GET_TIME = 0x03
    SET_ANCHOR = 0x04
    SEND_RANGE = 0x05
    ERASE_TO = 0x06
    VIBRATE = 0x07
    IDENTIFY = 0x08
    GET_BOOTS = 0x09


class Result(IntEnum):
    """How it went."""

    OK = 0
    UNKNOWN_OPCODE = 1
    BAD_LENGTH = 2
    BAD_ARGUMENT = 3
    BUSY = 4
    NOT_STORED = 5


class Pattern(IntEnum):
    """What the motor does."""

    NUDGE = 1
    ALERT = 2
    TICK = 3


class ControlError(WireError):
    """A command or an answer that cannot be read or built.

    Attributes
    ----------
    result
        What a strip answers to such a request.
    txn, opcode
        The two bytes to address that answer with; None where the data has not even these.
    """

    def __init__(
        self, result: Result, detail: str, *, txn: int | None = None, opcode: int | None = None
    ) -> None:
        super().__init__(f"control message refused ({result.name.lower()}): {detail}")
        self.result = result
        self.txn = txn
        self.opcode = opcode


class _Message:
    """A payload of fixed layout: the dataclass's fields in order, packed by `layout`."""

    __slots__ = ()
    layout = struct.Struct("<")

    def pack(self) -> bytes:
        """Return the payload's bytes."""
        values = [getattr(self, field.name) for field in fields(self)]  # type: ignore[arg-type]  # subclasses are dataclasses
        try:
            return self.layout.pack(*values)
        except struct.error as error:
            raise ControlError(Result.BAD_ARGUMENT, f"{self}: {error}") from error


@dataclass(frozen=True, slots=True)
class Start(_Message):
    """Stream live samples, from the newest on."""

    opcode = Opcode.START


@dataclass(frozen=True, slots=True)
class Stop(_Message):
    """Stop the live stream; sampling into flash goes on."""

    opcode = Opcode.STOP


@dataclass(frozen=True, slots=True)
class GetTime(_Message):
    """Tell the strip's clock."""

    opcode = Opcode.GET_TIME


@dataclass(frozen=True, slots=True)
class SetAnchor(_Message):
    """Keep in flash, with this boot, that it is `utc_ms` (since 1970) now."""

    opcode = Opcode.SET_ANCHOR
    layout = struct.Struct("<Q")
    utc_ms: int


@dataclass(frozen=True, slots=True)
class SendRange(_Message):
    """Send the stored samples `first` to `last` (both included) of `boot` again."""

    opcode = Opcode.SEND_RANGE
    layout = struct.Struct("<HII")
    boot: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class EraseTo(_Message):
    """Forget `boot`'s samples up to and including `sample`: they are safely in the archive.

    Other boots keep theirs, older ones too: what was never fetched must not go with what was.
    """

    opcode = Opcode.ERASE_TO
    layout = struct.Struct("<HI")
    boot: int
    sample: int


@dataclass(frozen=True, slots=True)
class Vibrate(_Message):
    """Run the motor."""

    opcode = Opcode.VIBRATE
    layout = struct.Struct("<B")
    pattern: Pattern

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern", Pattern(self.pattern))


@dataclass(frozen=True, slots=True)
class Identify(_Message):
    """Make yourself felt, so that a person sees which strip is meant."""

    opcode = Opcode.IDENTIFY


@dataclass(frozen=True, slots=True)
class GetBoots(_Message):
    """List the boots of which flash holds samples."""

    opcode = Opcode.GET_BOOTS


Request = Start | Stop | GetTime | SetAnchor | SendRange | EraseTo | Vibrate | Identify | GetBoots

_REQUESTS: dict[int, tuple[Callable[..., Request], struct.Struct]] = {
    kind.opcode: (kind, kind.layout)
    for kind in (Start, Stop, GetTime, SetAnchor, SendRange, EraseTo, Vibrate, Identify, GetBoots)
}


@dataclass(frozen=True, slots=True)
class TimeReply(_Message):
    """The strip's clock: its tick counter, and how many samples this boot has taken by then."""

    layout = struct.Struct("<HII")
    boot: int
    ticks: int
    sample: int


@dataclass(frozen=True, slots=True)
class AnchorReply(_Message):
    """The tick counter at which the strip took the anchor."""

    layout = struct.Struct("<HI")
    boot: int
    ticks: int


@dataclass(frozen=True, slots=True)
class RangeReply(_Message):
    """How many backfill frames will follow."""

    layout = struct.Struct("<I")
    frames: int


@dataclass(frozen=True, slots=True)
class BootRecord(_Message):
    """What flash holds of one boot; `anchor_utc_ms` 0: that boot never saw a host."""

    layout = struct.Struct("<HIIIQ")
    boot: int
    first: int
    last: int
    anchor_ticks: int
    anchor_utc_ms: int


@dataclass(frozen=True, slots=True)
class BootsReply:
    """All boots of which flash holds samples, oldest first."""

    boots: tuple[BootRecord, ...]

    def pack(self) -> bytes:
        """Return the payload's bytes."""
        return b"".join(record.pack() for record in self.boots)


Reply = TimeReply | AnchorReply | RangeReply | BootsReply

RESPONSE_HEADER_SIZE = 3
BOOT_RECORD_SIZE = BootRecord.layout.size


def boots_that_fit(att_mtu: int) -> int:
    """Return how many boots one answer to `get_boots` can list."""
    room = min(att_mtu - ATT_NOTIFICATION_HEADER_SIZE, MAX_CONTROL_SIZE) - RESPONSE_HEADER_SIZE
    return max(0, room // BOOT_RECORD_SIZE)


_FIXED_REPLIES: dict[int, tuple[Callable[..., Reply], struct.Struct]] = {
    Opcode.GET_TIME: (TimeReply, TimeReply.layout),
    Opcode.SET_ANCHOR: (AnchorReply, AnchorReply.layout),
    Opcode.SEND_RANGE: (RangeReply, RangeReply.layout),
}


@dataclass(frozen=True, slots=True)
class Response:
    """The strip's answer.

    Parameters
    ----------
    txn
        The request's number.
    opcode
        The request's opcode as it came, known or not.
    result
        How it went.
    reply
        The payload, for the opcodes that have one and only if the result is `Result.OK`.
    """

    txn: int
    opcode: int
    result: Result
    reply: Reply | None = None


def encode_request(txn: int, request: Request) -> bytes:
    """Return the bytes to write.

    Raises
    ------
    ControlError
        If a value does not fit its field.
    """
    return _header(txn, request.opcode) + request.pack()


def decode_request(data: bytes | bytearray | memoryview) -> tuple[int, Request]:
    """Return the transaction number and the request that a host wrote.

    Raises
    ------
    ControlError
        If the bytes are not exactly one request; its ``result`` is what to answer.
    """
    data = bytes(data)
    if len(data) < 2:
        raise ControlError(Result.BAD_LENGTH, f"{len(data)} bytes have no transaction and opcode")
    txn, code, payload = data[0], data[1], data[2:]
    if code not in _REQUESTS:
        raise ControlError(Result.UNKNOWN_OPCODE, f"opcode 0x{code:02x}", txn=txn, opcode=code)
    make, layout = _REQUESTS[code]
    values = _unpack(layout, payload, txn, code)
    try:
        return txn, make(*values)
    except ValueError as error:
        raise ControlError(Result.BAD_ARGUMENT, str(error), txn=txn, opcode=code) from error


def encode_response(response: Response) -> bytes:
    """Return the bytes to indicate.

    Raises
    ------
    ControlError
        If a value does not fit its field, or the whole does not fit a characteristic.
    """
    payload = response.reply.pack() if response.reply is not None else b""
    data = _header(response.txn, response.opcode) + bytes([response.result]) + payload
    if len(data) > MAX_CONTROL_SIZE:
        raise ControlError(Result.BAD_LENGTH, f"{len(data)} bytes, at most {MAX_CONTROL_SIZE} fit")
    return data


def decode_response(data: bytes | bytearray | memoryview) -> Response:
    """Return the answer that a strip indicated.

    Raises
    ------
    ControlError
        If the bytes are not exactly one answer.
    """
    data = bytes(data)
    if len(data) < RESPONSE_HEADER_SIZE:
        raise ControlError(Result.BAD_LENGTH, f"{len(data)} bytes are no answer")
    if len(data) > MAX_CONTROL_SIZE:
        raise ControlError(Result.BAD_LENGTH, f"{len(data)} bytes, at most {MAX_CONTROL_SIZE} expected")
    txn, code, payload = data[0], data[1], data[RESPONSE_HEADER_SIZE:]
    try:
        result = Result(data[2])
    except ValueError as error:
        raise ControlError(Result.BAD_ARGUMENT, f"unknown result {data[2]}", txn=txn, opcode=code) from error
    return Response(txn, code, result, _decode_reply(txn, code, result, payload))


def _decode_reply(txn: int, code: int, result: Result, payload: bytes) -> Reply | None:
    if result is Result.OK and code == Opcode.GET_BOOTS:
        if len(payload) % BOOT_RECORD_SIZE:
            raise ControlError(
                Result.BAD_LENGTH, f"{len(payload)} bytes are no list of boots", txn=txn, opcode=code
            )
        return BootsReply(tuple(BootRecord(*values) for values in BootRecord.layout.iter_unpack(payload)))
    if result is Result.OK and code in _FIXED_REPLIES:
        make, layout = _FIXED_REPLIES[code]
        return make(*_unpack(layout, payload, txn, code))
    if payload:
        raise ControlError(Result.BAD_LENGTH, f"{len(payload)} bytes where none belong", txn=txn, opcode=code)
    return None


def _header(txn: int, opcode: int) -> bytes:
    if not (0 <= txn <= 255 and 0 <= opcode <= 255):
        raise ControlError(Result.BAD_ARGUMENT, f"transaction {txn} or opcode {opcode} is no byte")
    return bytes([txn, opcode])


def _unpack(layout: struct.Struct, payload: bytes, txn: int, opcode: int) -> tuple[int, ...]:
    if len(payload) != layout.size:
        raise ControlError(
            Result.BAD_LENGTH,
            f"opcode 0x{opcode:02x} has {len(payload)} bytes of payload, {layout.size} expected",
            txn=txn,
            opcode=opcode,
        )
    return layout.unpack(payload)
