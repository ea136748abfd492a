import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire import status as wire
from gateway.wire.status import Status, StatusError

BY_HAND = bytes.fromhex("57 05 0302 0102 04030201 08070605 0c")
MEANT = Status(
    battery_pct=87,
    boot=0x0203,
    oldest_boot=0x0201,
    oldest_sample=0x01020304,
    newest_sample=0x05060708,
    flash_fill_pct=12,
    worn=True,
    streaming=True,
)

percentages, u16, u32 = st.integers(0, 100), st.integers(0, 0xFFFF), st.integers(0, 0xFFFF_FFFF)
statuses = st.builds(
    Status,
    percentages,
    u16,
    u16,
    u32,
    u32,
    percentages,
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


def test_status_as_written_by_hand() -> None:
    assert wire.decode(BY_HAND) == MEANT
    assert wire.encode(MEANT) == BY_HAND
    assert wire.decode(BY_HAND[:1] + b"\x0a" + BY_HAND[2:]) == replace(
        MEANT, worn=False, streaming=False, charging=True, flash_error=True
    )


def test_unknown_flags_are_passed_over() -> None:
    assert wire.decode(BY_HAND[:1] + b"\xf5" + BY_HAND[2:]) == MEANT


@pytest.mark.parametrize(
    "data",
    [b"", BY_HAND[:-1], BY_HAND + b"\x00", b"\x65" + BY_HAND[1:], BY_HAND[:-1] + b"\x65"],
)
def test_what_is_no_status_is_refused(data: bytes) -> None:
    with pytest.raises(StatusError):
        wire.decode(data)


def test_an_impossible_status_cannot_be_built() -> None:
    with pytest.raises(StatusError, match="battery_pct"):
        replace(MEANT, battery_pct=101)
    with pytest.raises(StatusError, match="boot"):
        replace(MEANT, boot=-1)


@given(statuses)
def test_every_status_survives_the_wire(status: Status) -> None:
    assert wire.decode(wire.encode(status)) == status


@given(st.binary(max_size=30) | st.binary(min_size=15, max_size=15))
def test_noise_only_raises_wire_errors(noise: bytes) -> None:
    with contextlib.suppress(StatusError):
        wire.decode(noise)
