import binascii
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire import frame as wire
from gateway.wire.errors import WireError
from gateway.wire.frame import Frame, FrameError, FrameReason

DUAL = bytes.fromhex(
    "01 02 01 00"  # version 1, button, one sample, reserved
    "78563412"  # first sample 0x12345678
    "efcdab89"  # ticks 0x89abcdef
    "0201"  # boot 0x0102
    "0100 ffff 0010 0200 feff 0300"  # upper: acc 1, -1, 4096; gyr 2, -2, 3
    "0400 fcff 00f0 0500 fbff ff7f"  # lower: acc 4, -4, -4096; gyr 5, -5, 32767
    "ceca"
)
SINGLE = bytes.fromhex("01 0d 01 00 00000000 00000000 0100 0100 0200 0300 0400 0500 0600 229b")


def sealed(body: bytes) -> bytes:
    """Close a hand-made frame with a right checksum, so that something else must give it away."""
    return body + binascii.crc_hqx(body, 0xFFFF).to_bytes(2, "little")


def frames() -> st.SearchStrategy[Frame]:
    @st.composite
    def build(draw: st.DrawFn) -> Frame:
        single_pod = draw(st.booleans())
        count = draw(st.integers(1, wire.max_samples(single_pod)))
        size = count * wire.sample_size(single_pod)
        return Frame(
            boot=draw(st.integers(0, 0xFFFF)),
            first_sample=draw(st.integers(0, 0xFFFF_FFFF)),
            ticks=draw(st.integers(0, 0xFFFF_FFFF)),
            samples=draw(st.binary(min_size=size, max_size=size)),
            backfill=draw(st.booleans()),
            button=draw(st.booleans()),
            single_pod=single_pod,
            saturated=draw(st.booleans()),
        )

    return build()


def test_a_dual_pod_frame_reads_as_written_by_hand() -> None:
    frame = wire.decode(DUAL)
    assert (frame.boot, frame.first_sample, frame.ticks) == (0x0102, 0x12345678, 0x89ABCDEF)
    assert (frame.backfill, frame.button, frame.single_pod, frame.saturated) == (False, True, False, False)
    assert frame.count == 1
    assert frame.last_sample == 0x12345678
    assert frame.samples == DUAL[14:38]
    assert wire.encode(frame) == DUAL


def test_a_single_pod_frame_reads_as_written_by_hand() -> None:
    frame = wire.decode(SINGLE)
    assert (frame.backfill, frame.button, frame.single_pod, frame.saturated) == (True, False, True, True)
    assert frame == Frame(1, 0, 0, SINGLE[14:26], backfill=True, single_pod=True, saturated=True)
    assert wire.encode(frame) == SINGLE


def test_the_checksum_is_crc16_ccitt_false() -> None:
    assert binascii.crc_hqx(b"123456789", 0xFFFF) == 0x29B1  # the catalogue's check value of that code


def test_units() -> None:
    assert pytest.approx(8 * 9.80665) == 32768 * wire.ACC_LSB_MPS2
    assert pytest.approx(math.radians(1000)) == 32768 * wire.GYR_LSB_RADPS


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", FrameReason.TOO_SHORT),
        (DUAL[:27], FrameReason.TOO_SHORT),
        (DUAL + bytes(207), FrameReason.TOO_LONG),
        (b"\x02" + DUAL[1:], FrameReason.BAD_VERSION),
        (sealed(b"\x00" + DUAL[1:-2]), FrameReason.BAD_VERSION),
        (sealed(DUAL[:1] + b"\x12" + DUAL[2:-2]), FrameReason.RESERVED_BITS),
        (sealed(DUAL[:3] + b"\x01" + DUAL[4:-2]), FrameReason.RESERVED_BITS),
        (sealed(DUAL[:2] + b"\x00" + DUAL[3:-2]), FrameReason.BAD_COUNT),
        (sealed(DUAL[:2] + b"\x0a" + DUAL[3:-2]), FrameReason.BAD_COUNT),
        (sealed(SINGLE[:2] + b"\x14" + SINGLE[3:-2]), FrameReason.BAD_COUNT),
        (sealed(DUAL[:2] + b"\x02" + DUAL[3:-2]), FrameReason.LENGTH_MISMATCH),
        (DUAL + b"\x00", FrameReason.LENGTH_MISMATCH),
        (DUAL[:20] + b"\x77" + DUAL[21:], FrameReason.BAD_CRC),
        (DUAL[:-1] + b"\x00", FrameReason.BAD_CRC),
    ],
)
def test_each_fault_has_its_own_reason(data: bytes, reason: FrameReason) -> None:
    with pytest.raises(FrameError) as refused:
        wire.decode(data)
    assert refused.value.reason is reason


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"boot": 0x10000}, FrameReason.OUT_OF_RANGE),
        ({"boot": -1}, FrameReason.OUT_OF_RANGE),
        ({"first_sample": 1 << 32}, FrameReason.OUT_OF_RANGE),
        ({"ticks": 1 << 32}, FrameReason.OUT_OF_RANGE),
        ({"samples": bytes(23)}, FrameReason.LENGTH_MISMATCH),
        ({"samples": b""}, FrameReason.BAD_COUNT),
        ({"samples": bytes(240)}, FrameReason.BAD_COUNT),
    ],
)
def test_an_impossible_frame_cannot_be_built(values: dict[str, int | bytes], reason: FrameReason) -> None:
    sound: dict[str, int | bytes] = {"boot": 1, "first_sample": 0, "ticks": 0, "samples": bytes(24)}
    with pytest.raises(FrameError) as refused:
        Frame(**(sound | values))  # type: ignore[arg-type]  # a table of bad values
    assert refused.value.reason is reason


@pytest.mark.parametrize(
    ("att_mtu", "dual", "single"),
    [(23, 0, 0), (42, 0, 0), (43, 1, 2), (66, 1, 3), (67, 2, 4), (185, 6, 13), (247, 9, 19), (517, 9, 19)],
)
def test_how_many_samples_fit(att_mtu: int, dual: int, single: int) -> None:
    assert wire.samples_that_fit(att_mtu, single_pod=False) == dual
    assert wire.samples_that_fit(att_mtu, single_pod=True) == single


def test_the_largest_frames_fit_one_link_layer_packet() -> None:
    l2cap_and_att = 4 + 3
    for single_pod in (False, True):
        samples = bytes(wire.max_samples(single_pod) * wire.sample_size(single_pod))
        assert len(wire.encode(Frame(1, 0, 0, samples, single_pod=single_pod))) + l2cap_and_att <= 251


def test_ticks_wrap() -> None:
    assert wire.ticks_between(5, 12) == 7
    assert wire.ticks_between(0xFFFF_FFFE, 3) == 5
    assert wire.ticks_between(7, 7) == 0


@given(frames())
def test_every_frame_survives_the_wire(frame: Frame) -> None:
    data = wire.encode(frame)
    assert wire.decode(data) == frame
    assert len(data) == 16 + frame.count * wire.sample_size(frame.single_pod)


@given(st.binary(max_size=300))
def test_noise_is_refused_as_such(noise: bytes) -> None:
    try:
        frame = wire.decode(noise)
    except WireError:
        return
    assert wire.encode(frame) == noise


@given(frames(), st.data())
def test_a_flipped_bit_is_always_noticed(frame: Frame, data: st.DataObject) -> None:
    damaged = bytearray(wire.encode(frame))
    bit = data.draw(st.integers(0, len(damaged) * 8 - 1))
    damaged[bit // 8] ^= 1 << bit % 8
    with pytest.raises(FrameError):
        wire.decode(damaged)


@given(frames(), st.data())
def test_a_cut_or_padded_frame_is_always_noticed(frame: Frame, data: st.DataObject) -> None:
    whole = wire.encode(frame)
    cut = data.draw(st.integers(0, len(whole) - 1))
    tail = data.draw(st.binary(min_size=1, max_size=30))
    for wrong in (whole[:cut], whole + tail):
        with pytest.raises(FrameError):
            wire.decode(wrong)
