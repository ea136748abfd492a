"""The link over the virtual radio: bleak, a whole Bluetooth stack, and a strip in a process of its own."""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware_sim.bleak_backend import virtual_bluetooth
from firmware_sim.ether import RadioParams
from firmware_sim.virtual_radio import VirtualRadio
from gateway.link.ble import StripLink, find_strips
from gateway.link.clock import TickClock
from gateway.link.inbox import Anchored, LinkChanged
from gateway.link.reassembly import Arrival, RawRun, Reassembly
from gateway.wire.control import Pattern
from gateway.wire.timebase import Clock

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[3]
STRIP = ROOT / "tests" / "firmware_sim" / "counting_strip.py"
SPEED = 20.0


class Home:
    """What a gateway would make of a link: samples and their times."""

    def __init__(self, link: StripLink) -> None:
        self.link = link
        self.reassembly = Reassembly()
        self.clock: TickClock | None = None
        self.runs: list[RawRun] = []
        self.errors_s: list[float] = []
        self.waits: list[str] = []

    async def consume(self) -> None:
        async for batch in self.link.batches():
            for item in batch:
                if isinstance(item, LinkChanged) and item.state == "waiting":
                    self.waits.append(item.reason)
                if isinstance(item, Anchored):
                    self.reassembly.follow(item.time)
                    if self.clock is None or self.clock.boot != item.anchor.boot:
                        self.clock = TickClock(item.anchor)
                    else:
                        self.clock.take(item.anchor)
            for run in self.reassembly.push(item for item in batch if isinstance(item, Arrival)):
                assert self.clock is not None
                utc_ns = self.clock.utc_ns(run)
                self.errors_s.append((int(run.frame_arrivals_ns[-1]) - int(utc_ns[-1])) / 1e9)
                self.runs.append(run)

    @property
    def samples(self) -> int:
        return self.reassembly.counters.samples

    async def more(self, samples: int) -> None:
        wanted = self.samples + samples
        await until(lambda: self.samples >= wanted)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - any condition, on what has come so far
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def strip_process(port: int, folder: Path, clock: Clock) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(STRIP), f"tcp-client:127.0.0.1:{port}", str(folder), clock.token(),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            assert (await process.stdout.readline()).strip() == b"ready"
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def test_a_strip_streams_goes_out_of_range_is_killed_and_comes_back(tmp_path: Path) -> None:
    async def main() -> Home:
        clock = Clock.scaled(SPEED, datetime(2026, 11, 23, 8, tzinfo=UTC))
        radio = VirtualRadio(RadioParams(), clock, seed=5)
        await radio.start()
        bluetooth = virtual_bluetooth(
            f"tcp-client:127.0.0.1:{radio.ports[1]}", key_store=tmp_path / "bonds.json"
        )
        link = StripLink(clock, serial="LM-000001", backend=bluetooth)
        home = Home(link)
        try:
            async with strip_process(radio.ports[0], tmp_path / "strip", clock) as strip:
                assert [found.rssi_dbm < 0 for found in await find_strips(0.5, bluetooth)] == [True]
                running = asyncio.create_task(link.run())
                consuming = asyncio.create_task(home.consume())
                await home.more(1500)
                await link.vibrate(Pattern.NUDGE)
                radio.ether.in_range = False
                await until(lambda: link.state.name in {"SCANNING", "WAITING"})
                radio.ether.in_range = True
                await home.more(1500)
                strip.kill()
                await strip.wait()
                await until(lambda: link.state.name in {"SCANNING", "WAITING"})
            async with strip_process(radio.ports[0], tmp_path / "strip", clock):
                await home.more(1500)
                started_s = asyncio.get_running_loop().time()
                await link.stop()
                assert asyncio.get_running_loop().time() - started_s < 2.0
                await running
                await consuming
        finally:
            await bluetooth.close()
            await radio.close()
        return home

    home = asyncio.run(main())
    assert [run.boot for run in home.runs] == sorted(run.boot for run in home.runs)
    assert {run.boot for run in home.runs} == {1, 2}
    for run in (
        run for run in home.runs if run.boot == 1
    ):  # of the first life: a sample's value is its index
        assert run.raw[:, 0].tolist() == [i % 30_000 for i in range(run.first_sample, run.end_sample)]
    counters = home.reassembly.counters
    assert counters.bad == {}
    assert counters.duplicate_frames == 0
    assert counters.gaps == 1  # the walk out of range; a new boot is none
    assert -2.0 < sorted(home.errors_s)[len(home.errors_s) // 2] < 2.0  # 0.1 s by the computer's clock


def test_a_bond_that_one_side_lost_is_made_anew_when_the_strip_lets_itself_be_paired(tmp_path: Path) -> None:
    async def main() -> list[str]:
        clock = Clock.scaled(SPEED, datetime(2026, 11, 23, 8, tzinfo=UTC))
        radio = VirtualRadio(RadioParams(supervision_floor_s=0.4), clock, seed=5)
        await radio.start()
        hci, strip_bonds = f"tcp-client:127.0.0.1:{radio.ports[1]}", tmp_path / "strip" / "bonds.json"
        waits: list[str] = []

        @contextlib.asynccontextmanager
        async def running(name: str) -> AsyncIterator[Home]:
            bluetooth = virtual_bluetooth(hci, key_store=tmp_path / name)
            link = StripLink(clock, serial="LM-000001", backend=bluetooth)
            home = Home(link)
            tasks = [asyncio.create_task(link.run()), asyncio.create_task(home.consume())]
            try:
                yield home
            finally:
                await link.stop()
                await asyncio.gather(*tasks)
                waits.extend(home.waits)
                await bluetooth.close()

        async with strip_process(radio.ports[0], tmp_path / "strip", clock), running("host.json") as home:
            await home.more(300)
        strip_bonds.unlink()  # the strip forgets, and so is open to all
        async with running("host.json") as home, strip_process(radio.ports[0], tmp_path / "strip", clock):
            await home.more(300)
        async with (
            strip_process(radio.ports[0], tmp_path / "strip", clock) as strip,
            running("another.json") as home,  # a host that forgot
        ):
            await until(lambda: len(home.waits) >= 2)
            assert home.samples == 0
            strip.send_signal(signal.SIGUSR2)  # somebody holds the button
            await home.more(300)
        assert len(json.loads(strip_bonds.read_text())["bonds"]) == 2
        await radio.close()
        return waits

    waits = asyncio.run(main())
    assert any("lost this bond" in why for why in waits)
    assert sum(why.endswith("so it is paired anew") for why in waits) == 1
