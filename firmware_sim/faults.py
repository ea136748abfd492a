"""Breaking the product on purpose, one part after another, as seeded dice will have it.

Parts are killed (-9) or stopped, stay away for a moment and start again; the strip walks out of range; the
air loses, flips, doubles and swaps motion notifications, as a Bluetooth stack that cannot keep up or a
damaged buffer would (a radio's own checksum lets no flipped bit through).
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from firmware_sim.parts import Part
from firmware_sim.stage import Stage
from firmware_sim.virtual_radio import ask_radio

PAUSE_S: Final = (0.3, 2.0)
"""Least and longest peace between two faults, s of this computer."""
AWAY_S: Final = (0.0, 2.0)
"""Least and longest absence of a part, s of this computer."""
OUT_OF_RANGE_S: Final = (0.5, 6.0)
"""The same of a strip out of range: some shorter, some longer than the link's supervision timeout."""
NOISE: Final = 0.1
"""Share of motion notifications that are disturbed while the air is noisy."""

FAULTS: Final = {
    "strip": ("killed", "stopped"),
    "gateway": ("killed", "stopped"),
    "recorder": ("killed", "stopped"),
    "broker": ("killed", "stopped"),
    "radio": ("killed", "out of range", "noisy"),
}
SPARED_AT_FIRST: Final = (("strip", "killed"), ("strip", "stopped"), ("radio", "killed"))
"""A strip that is dead measures nothing, and a routine cut in two calibrates nothing: a round without a
calibration has nothing to compare."""


@dataclass(slots=True)
class Tormentor:
    """Strikes one part after another until told that it is over.

    Attributes
    ----------
    stage
        Who is struck.
    dice
        Say whom, how, and for how long.
    is_calibrated
        Whether nobody needs to be spared any more.
    struck
        How often each part was struck, and how.
    complaints
        What went wrong in striking: a part that was asked to stop and did not end well.
    """

    stage: Stage
    dice: np.random.Generator
    is_calibrated: bool = False
    is_over: asyncio.Event = field(default_factory=asyncio.Event)
    struck: Counter[tuple[str, str]] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)

    async def run(self) -> None:
        """Strike until it is over; whoever is away then is brought back before this returns."""
        while not await self._over_within(self.dice.uniform(*PAUSE_S)):
            faults = [
                (part, how)
                for part, ways in FAULTS.items()
                for how in ways
                if self.is_calibrated or (part, how) not in SPARED_AT_FIRST
            ]
            part, how = faults[int(self.dice.integers(len(faults)))]
            self.struck[part, how] += 1
            match part:
                case "broker":
                    await self._strike_broker(how)
                case "radio":
                    await self._strike_radio(how)
                case _:
                    await self._strike(part, how)

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
        if how == "killed":
            await victim.kill()
        elif status := await victim.stop():
            self.complaints.append(f"{victim.name} stopped with status {status}")
        await self._away(AWAY_S)
        await start()

    async def _strike_broker(self, how: str) -> None:
        broker = self.stage.broker
        assert broker is not None
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
            case "out of range":
                await ask_radio(stage.radio_control, "range off")
                await self._away(OUT_OF_RANGE_S)
                await ask_radio(stage.radio_control, "range on")
            case _:
                await ask_radio(stage.radio_control, f"noise {NOISE}")
                await self._away(OUT_OF_RANGE_S)
                await ask_radio(stage.radio_control, "noise 0")

    async def _away(self, duration_s: tuple[float, float]) -> None:
        await asyncio.sleep(self.dice.uniform(*duration_s))
