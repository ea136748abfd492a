"""Breaking the product on purpose, one part after another, as seeded dice will have it.

Parts are killed (-9) or stopped, stay away for a moment and start again; or they stand still for a moment, as
on a computer that swaps or sleeps. The strip walks out of range; the air loses, flips, doubles and swaps
motion notifications, as a Bluetooth stack that cannot keep up or a damaged buffer would (a radio's own
checksum lets no flipped bit through). The disk refuses what gateway or recorder write. The gateway comes back
on a computer whose clock was set. Another home's gateway wants the strip.
"""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from firmware_sim.parts import Part
from firmware_sim.stage import Stage
from firmware_sim.virtual_radio import ask_radio

PAUSE_S: Final = (0.2, 1.2)
"""Least and longest peace between two faults, s of this computer."""
AWAY_S: Final = (0.0, 2.0)
"""Least and longest absence of a part, s of this computer."""
FROZEN_S: Final = (0.3, 4.0)
"""Least and longest standstill: some shorter, some longer than the link's supervision timeout."""
OUT_OF_RANGE_S: Final = (0.5, 6.0)
"""The same of a strip out of range."""
NOISE: Final = 0.1
"""Share of motion notifications that are disturbed while the air is noisy."""
FILE_BYTES: Final = (0, 16 * 1024, 256 * 1024)
"""Up to where files may be written on a disk that refuses: one of these."""
CLOCK_SET_S: Final = (-30.0, 30.0)
"""How far off the gateway's clock is set; from such a clock to another it is at most a minute."""

_ENDS_WITHOUT_DISK: Final = {0, 1, -signal.SIGTERM}
"""Its status when asked to stop then: it may have been ending by itself, deaf to signals."""

FAULTS: Final = {
    "strip": ("killed", "stopped", "frozen"),
    "gateway": ("killed", "stopped", "frozen", "disk refuses", "clock set", "second gateway"),
    "recorder": ("killed", "stopped", "frozen", "disk refuses"),
    "broker": ("killed", "stopped", "frozen"),
    "radio": ("killed", "frozen", "out of range", "noisy"),
}
SPARED_AT_FIRST: Final = (
    ("strip", "killed"),
    ("strip", "stopped"),
    ("radio", "killed"),
    ("gateway", "second gateway"),
)
"""A strip that is dead measures nothing, and a routine cut in two calibrates nothing: a round without a
calibration has nothing to compare. And a strip that nobody has paired with belongs to whoever comes first."""


@dataclass(slots=True)
class Tormentor:
    """Strikes one part after another until told that it is over.

    Attributes
    ----------
    stage
        Who is struck.
    dice
        Say whom, how, and for how long: each part as often as the others.
    is_calibrated
        Whether nobody needs to be spared any more.
    struck
        How often each part was struck, and how.
    disturbed
        How many motion notifications were lost, flipped, doubled and swapped.
    stops_s
        How long the gateway took to end, each time it was asked to, s of this computer.
    complaints
        What went wrong in striking: a part that was asked to stop and did not end well.
    """

    stage: Stage
    dice: np.random.Generator
    is_calibrated: bool = False
    is_over: asyncio.Event = field(default_factory=asyncio.Event)
    struck: Counter[tuple[str, str]] = field(default_factory=Counter)
    disturbed: Counter[str] = field(default_factory=Counter)
    stops_s: list[float] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def run(self) -> None:
        """Strike until it is over; whoever is away then is brought back before this returns."""
        while not await self._over_within(self.dice.uniform(*PAUSE_S)):
            part = self._one_of(tuple(FAULTS))
            how = self._one_of(
                tuple(way for way in FAULTS[part] if self.is_calibrated or (part, way) not in SPARED_AT_FIRST)
            )
            self.struck[part, how] += 1
            match part:
                case "broker":
                    await self._strike_broker(how)
                case "radio":
                    await self._strike_radio(how)
                case _:
                    await self._strike(part, how)

    def _one_of(self, choices: tuple[str, ...]) -> str:
        return choices[int(self.dice.integers(len(choices)))]

    async def _over_within(self, duration_s: float) -> bool:
        try:
            await asyncio.wait_for(self.is_over.wait(), duration_s)
        except TimeoutError:
            return False
        return True

    async def _strike(self, part: str, how: str) -> None:
        stage = self.stage
        begin_again: dict[str, tuple[Part | None, Callable[[], Awaitable[None]]]] = {
            "strip": (stage.strip, stage.start_strip),
            "gateway": (stage.gateway, stage.start_gateway),
            "recorder": (stage.recorder, stage.start_recorder),
        }
        victim, start = begin_again[part]
        assert victim is not None
        match how:
            case "frozen":
                await self._freeze(victim)
                return
            case "disk refuses":
                await self._refuse_disk(victim)
                if part == "recorder":  # it waits for its disk, and goes on
                    return
            case "killed":
                await victim.kill()
            case "second gateway":
                await stage.start_rival()
                await self._stop(victim)  # the strip is free for a moment
            case "clock set":
                await self._stop(victim)
                stage.set_gateway_clock(self.dice.uniform(*CLOCK_SET_S))
            case _:
                await self._stop(victim)
        await self._away(AWAY_S)
        await start()
        if how == "second gateway":
            await self._away(AWAY_S)
            await self._send_rival_away()

    async def _stop(self, victim: Part) -> None:
        asked_s = time.monotonic()
        status = await victim.stop()
        if victim is self.stage.gateway:
            self.stops_s.append(time.monotonic() - asked_s)
        if status:
            self.complaints.append(f"{victim.name} stopped with status {status}: {victim.last_words()}")

    async def _refuse_disk(self, victim: Part) -> None:
        """Let the disk refuse for a moment. A gateway may end over it, and is stopped in any case."""
        victim.limit_files(FILE_BYTES[int(self.dice.integers(len(FILE_BYTES)))])
        await self._away(AWAY_S)
        victim.limit_files(None)
        if victim is self.stage.recorder:
            if not victim.is_running:
                self.complaints.append(f"{victim.name} did not wait for its disk: {victim.last_words()}")
        elif (status := await victim.stop()) not in _ENDS_WITHOUT_DISK:
            self.complaints.append(f"{victim.name} ended with status {status} without a disk")

    async def _freeze(self, victim: Part) -> None:
        victim.freeze()
        try:
            await self._away(FROZEN_S)
        finally:
            victim.thaw()

    async def _send_rival_away(self) -> None:
        rival = self.stage.rival
        assert rival is not None
        await self._stop(rival)

    async def _strike_broker(self, how: str) -> None:
        broker = self.stage.broker
        assert broker is not None
        if how == "frozen":
            broker.freeze()
            await self._away(FROZEN_S)
            broker.thaw()
            return
        await asyncio.to_thread(broker.kill if how == "killed" else broker.stop)
        await self._away(AWAY_S)
        await asyncio.to_thread(self.stage.start_broker)

    async def _strike_radio(self, how: str) -> None:
        stage = self.stage
        match how:
            case "killed":
                assert stage.radio is not None
                assert stage.strip is not None
                await stage.strip.kill()  # a strip that has lost its radio ends
                await stage.radio.kill()
                await self._away(AWAY_S)
                await stage.start_radio()
                await stage.start_strip()
            case "frozen":
                assert stage.radio is not None
                await self._freeze(stage.radio)
            case "out of range":
                await ask_radio(stage.radio_control, "range off")
                await self._away(OUT_OF_RANGE_S)
                await ask_radio(stage.radio_control, "range on")
            case _:
                before = await ask_radio(stage.radio_control, f"noise {NOISE}")
                await self._away(OUT_OF_RANGE_S)
                after = await ask_radio(stage.radio_control, "noise 0")
                self.disturbed += Counter(after["disturbed"]) - Counter(before["disturbed"])

    async def _away(self, duration_s: tuple[float, float]) -> None:
        await asyncio.sleep(self.dice.uniform(*duration_s))
