import pytest

from gateway.wire import gatt
from gateway.wire.gatt import GattValueError


def test_uuids_are_those_of_the_contract() -> None:
    assert gatt.LUMBAR_MOTION_SERVICE == "6c756d62-0001-4d6f-7469-6f6e0a000001"
    ours = (gatt.LUMBAR_MOTION_SERVICE, gatt.MOTION, gatt.CONTROL, gatt.STATUS)
    assert [uuid[9:13] for uuid in ours] == ["0001", "0002", "0003", "0004"]
    assert {uuid[:9] + uuid[13:] for uuid in ours} == {"6c756d62--4d6f-7469-6f6e0a000001"}


def test_battery_level() -> None:
    assert gatt.decode_battery_level(b"\x00") == 0
    assert gatt.decode_battery_level(bytearray(b"\x64")) == 100
    for wrong in (b"", b"\x65", b"\x01\x02"):
        with pytest.raises(GattValueError):
            gatt.decode_battery_level(wrong)


def test_serial_number() -> None:
    assert gatt.decode_serial_number(b"LM-000001") == "LM-000001"
    assert gatt.decode_serial_number(bytearray(b"x" * 32)) == "x" * 32
    for wrong in (b"", b"-1", b"x" * 33, b"a/b", b"../x", b"a b", b"a+", b"LM\n", b"LM\x00", "LÜ".encode()):
        with pytest.raises(GattValueError):
            gatt.decode_serial_number(wrong)
