from __future__ import annotations

import asyncio
import json
import random
import sys
from typing import Any

import pytest

from firmware_sim.ether import Ether, RadioParams
from firmware_sim.virtual_radio import RadioError, VirtualRadio, ask_radio
from gateway.wire.timebase import REAL_CLOCK, Clock

_HCI_RESET = bytes.fromhex("01 030c 00")
_RESET_DONE = bytes.fromhex("04 0e 04 01 030c 00")


async def hci(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", port)


async def answers_reset(port: int) -> bool:
    reader, writer = await hci(port)
    writer.write(_HCI_RESET)
    answer = await asyncio.wait_for(reader.read(64), 2.0)
    writer.close()
    await asyncio.sleep(0.02)
    return answer == _RESET_DONE


def test_the_process_says_its_ports_obeys_and_ends_on_sigterm() -> None:
    async def run() -> None:
        process = await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                "-m",
                "firmware_sim.virtual_radio",
                "--port",
                "0",
                "--port",
                "0",
                "--port",
                "0",
            ),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert process.stdout is not None
        said = json.loads(await process.stdout.readline())
        assert said["ready"] is True
        assert len(set(said["ports"])) == 3
        assert await answers_reset(said["ports"][2])
        undisturbed = {"lost": 0, "flipped": 0, "doubled": 0, "swapped": 0}
        quiet = {"delivered": 0, "lost": 0, "disturbed": undisturbed}
        assert await ask_radio(said["control"], "range off") == {"in_range": False, **quiet}
        assert (await ask_radio(said["control"], "noise 0.1"))["disturbed"] == undisturbed
        assert (await ask_radio(said["control"], "stats"))["in_range"] is False
        assert (await ask_radio(said["control"], "range on"))["in_range"] is True
        for nonsense in ("range", "noise much", "x" * 5000):
            with pytest.raises(RadioError):
                await ask_radio(said["control"], nonsense)
        process.terminate()
        assert await process.wait() == 0
        with pytest.raises(RadioError, match="does not answer"):
            await ask_radio(said["control"], "stats")

    asyncio.run(run())


def test_wrong_use_is_explained() -> None:
    async def run(*options: str) -> tuple[int, bytes]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "firmware_sim.virtual_radio", *options),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await process.communicate()
        assert process.returncode is not None
        return process.returncode, said

    status, said = asyncio.run(run("--loss", "1"))
    assert status == 2
    assert b"no such radio" in said


@pytest.mark.parametrize(
    "wrong", [{"interval_s": 0.0}, {"packets_per_event": 0}, {"loss": 1.0}, {"loss": -0.1}]
)
def test_an_impossible_radio_cannot_be_built(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no such radio"):
        RadioParams(**wrong)


def test_rude_hosts_harm_nobody() -> None:
    async def run() -> None:
        radio = VirtualRadio(RadioParams(), REAL_CLOCK)
        await radio.start([0, 0])
        try:
            first, second = radio.ports
            reader, writer = await hci(first)
            writer.write(b"\xffnot HCI")
            assert await asyncio.wait_for(reader.read(), 2.0) == b""
            writer.close()
            assert await answers_reset(first)

            _, held = await hci(first)
            await asyncio.sleep(0.02)
            refused, late = await hci(first)
            assert await asyncio.wait_for(refused.read(), 2.0) == b""
            late.close()
            held.write(b"\x02\x01\x00\x02\x00ab")  # data for a connection that is not there
            assert await answers_reset(second)
            held.close()
        finally:
            await radio.close()

    asyncio.run(run())


def _packet(number: int) -> bytes:
    """An ATT notification with a frame's worth of value, behind its L2CAP and ATT headers."""
    return bytes([241, 0, 4, 0, 0x1B, 20, 0]) + number.to_bytes(4, "little") * 58


def test_noise_loses_flips_doubles_and_swaps_motion_and_nothing_else() -> None:
    ether = Ether(RadioParams(), Clock(), random.Random(3))
    quiet = [_packet(number) for number in range(50)]
    assert [heard for packet in quiet for heard in ether.disturb(packet)] == quiet
    ether.noise = 0.2
    sent = [_packet(number) for number in range(5000)]
    heard = [one for packet in sent for one in ether.disturb(packet)]
    assert 800 < ether.disturbed.total() < 1200
    assert min(ether.disturbed.values()) > 150
    assert 4500 < len(heard) < 5200
    whole = [one for one in heard if one in set(sent)]
    assert 150 < len(heard) - len(whole) < 350, "flipped"
    assert 150 < len(whole) - len(set(whole)) < 350, "doubled"
    assert whole != sorted(whole, key=sent.index), "swapped"
    assert all(one[:7] == sent[0][:7] for one in heard), "the headers hold"
    answer = b"\x05\x00\x04\x00\x1d\x0c\x00\x01\x03"
    assert {tuple(ether.disturb(answer)[:1]) for _ in range(50)} == {(answer,)}
