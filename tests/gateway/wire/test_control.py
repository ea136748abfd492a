import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire import control as wire
from gateway.wire.control import (
    AnchorReply,
    BootRecord,
    BootsReply,
    ControlError,
    EraseTo,
    GetBoots,
    GetTime,
    Identify,
    Pattern,
    RangeReply,
    Request,
    Response,
    Result,
    SendRange,
    SetAnchor,
    Start,
    Stop,
    TimeReply,
    Vibrate,
)
from gateway.wire.errors import WireError

REQUESTS: list[tuple[Request, str]] = [
    (Start(), "2a 01"),
    (Stop(), "2a 02"),
    (GetTime(), "2a 03"),
    (SetAnchor(utc_ms=0x0102030405060708), "2a 04 0807060504030201"),
    (SendRange(boot=0x0102, first=0x03040506, last=0x0708090A), "2a 05 0201 06050403 0a090807"),
    (EraseTo(boot=0x0102, sample=0x03040506), "2a 06 0201 06050403"),
    (Vibrate(Pattern.ALERT), "2a 07 02"),
    (Identify(), "2a 08"),
    (GetBoots(), "2a 09"),
]

RESPONSES: list[tuple[Response, str]] = [
    (Response(42, 0x01, Result.OK), "2a 01 00"),
    (Response(42, 0x01, Result.BUSY), "2a 01 04"),
    (Response(42, 0xEE, Result.UNKNOWN_OPCODE), "2a ee 01"),
    (Response(42, 0x03, Result.OK, TimeReply(1, 2, 3)), "2a 03 00 0100 02000000 03000000"),
    (Response(42, 0x04, Result.OK, AnchorReply(0x0102, 0x03040506)), "2a 04 00 0201 06050403"),
    (Response(42, 0x05, Result.OK, RangeReply(0x01020304)), "2a 05 00 04030201"),
    (Response(42, 0x05, Result.NOT_STORED), "2a 05 05"),
    (Response(42, 0x06, Result.BAD_LENGTH), "2a 06 02"),
    (Response(42, 0x07, Result.BAD_ARGUMENT), "2a 07 03"),
    (Response(42, 0x09, Result.OK, BootsReply(())), "2a 09 00"),
    (
        Response(42, 0x09, Result.OK, BootsReply((BootRecord(1, 2, 3, 4, 5), BootRecord(6, 7, 8, 9, 0)))),
        (
            "2a 09 00 0100 02000000 03000000 04000000 0500000000000000"
            "         0600 07000000 08000000 09000000 0000000000000000"
        ),
    ),
]

u8, u16, u32, u64 = (st.integers(0, 2**bits - 1) for bits in (8, 16, 32, 64))
requests = st.one_of(
    st.sampled_from([Start(), Stop(), GetTime(), Identify(), GetBoots()]),
    st.builds(SetAnchor, u64),
    st.builds(SendRange, u16, u32, u32),
    st.builds(EraseTo, u16, u32),
    st.builds(Vibrate, st.sampled_from(Pattern)),
)
responses = st.one_of(
    st.builds(Response, u8, u8, st.sampled_from([result for result in Result if result is not Result.OK])),
    st.builds(Response, u8, st.just(3), st.just(Result.OK), st.builds(TimeReply, u16, u32, u32)),
    st.builds(Response, u8, st.just(4), st.just(Result.OK), st.builds(AnchorReply, u16, u32)),
    st.builds(Response, u8, st.just(5), st.just(Result.OK), st.builds(RangeReply, u32)),
    st.builds(
        Response,
        u8,
        st.just(9),
        st.just(Result.OK),
        st.builds(
            BootsReply,
            st.lists(st.builds(BootRecord, u16, u32, u32, u32, u64), max_size=23).map(tuple),
        ),
    ),
)


@pytest.mark.parametrize(("request_", "text"), REQUESTS)
def test_each_request_as_written_by_hand(request_: Request, text: str) -> None:
    assert wire.encode_request(42, request_) == bytes.fromhex(text)
    assert wire.decode_request(bytes.fromhex(text)) == (42, request_)


@pytest.mark.parametrize(("response", "text"), RESPONSES)
def test_each_response_as_written_by_hand(response: Response, text: str) -> None:
    assert wire.encode_response(response) == bytes.fromhex(text)
    assert wire.decode_response(bytes.fromhex(text)) == response


@pytest.mark.parametrize(
    ("text", "result", "txn", "opcode"),
    [
        ("", Result.BAD_LENGTH, None, None),
        ("07", Result.BAD_LENGTH, None, None),
        ("07 00", Result.UNKNOWN_OPCODE, 7, 0),
        ("07 0a 01", Result.UNKNOWN_OPCODE, 7, 10),
        ("07 01 00", Result.BAD_LENGTH, 7, 1),
        ("07 04 00", Result.BAD_LENGTH, 7, 4),
        ("07 05 0201 06050403 0a0908", Result.BAD_LENGTH, 7, 5),
        ("07 07", Result.BAD_LENGTH, 7, 7),
        ("07 07 00", Result.BAD_ARGUMENT, 7, 7),
        ("07 07 04", Result.BAD_ARGUMENT, 7, 7),
    ],
)
def test_a_refused_request_says_what_to_answer(
    text: str, result: Result, txn: int | None, opcode: int | None
) -> None:
    with pytest.raises(ControlError) as refused:
        wire.decode_request(bytes.fromhex(text))
    assert (refused.value.result, refused.value.txn, refused.value.opcode) == (result, txn, opcode)


@pytest.mark.parametrize(
    "text",
    [
        "2a 01",
        "2a 01 06",
        "2a 01 00 00",
        "2a 03 00 0100 02000000 030000",
        "2a 03 04 0100 02000000 03000000",
        "2a 09 00 0100",
        "2a 09 00" + "00" * 22 * 24,
    ],
)
def test_a_malformed_response_is_refused(text: str) -> None:
    with pytest.raises(ControlError):
        wire.decode_response(bytes.fromhex(text))


def test_what_does_not_fit_its_field_cannot_be_encoded() -> None:
    for request in (SetAnchor(-1), SetAnchor(1 << 64), SendRange(1 << 16, 0, 0), EraseTo(0, 1 << 32)):
        with pytest.raises(ControlError):
            wire.encode_request(1, request)
    with pytest.raises(ControlError):
        wire.encode_request(256, Start())
    with pytest.raises(ControlError):
        wire.encode_response(Response(1, 9, Result.OK, BootsReply((BootRecord(1, 2, 3, 4, 5),) * 24)))
    with pytest.raises(ValueError, match="9"):
        Vibrate(9)  # type: ignore[arg-type]  # what a careless caller might do


@given(u8, requests)
def test_every_request_survives_the_wire(txn: int, request: Request) -> None:
    assert wire.decode_request(wire.encode_request(txn, request)) == (txn, request)


@given(responses)
def test_every_response_survives_the_wire(response: Response) -> None:
    assert wire.decode_response(wire.encode_response(response)) == response


@given(st.binary(max_size=40))
def test_noise_only_raises_wire_errors(noise: bytes) -> None:
    with contextlib.suppress(WireError):
        assert wire.encode_request(*wire.decode_request(noise)) == noise
    with contextlib.suppress(WireError):
        assert wire.encode_response(wire.decode_response(noise)) == noise
