"""Taken off before it could send all, with the strip's own firmware: the segment ends when all has come."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from analysis.events.catalogue import DERIVED_KINDS
from analysis.replay import analyse_archive
from gateway.link.errors import LinkError
from gateway.parting import PATIENCE_S
from gateway.wire.control import EraseTo, Opcode, Result, encode_request
from gateway.wire.frame import FrameError, decode
from tests.gateway.house import lines
from tests.gateway.wired import PARAMS, Repeated, Wire

Homes = Any  # the fixture's type lives in conftest.py

WORN = 13_000
"""So many samples there are: a bend goes on."""


@dataclass
class Undressing(Repeated):
    """A person who takes the strip off."""

    def read(self, first: int, count: int) -> NDArray[np.int16]:
        return super().read(first, max(0, min(count, WORN - first)))


@pytest.fixture(scope="module")
def person() -> Undressing:
    return Undressing()


@pytest.fixture
def wire(homes: Homes, person: Undressing) -> Wire:
    return Wire(homes(mode="aligned"), person)


def losing(first: int, end: int, times: int = 1) -> Callable[[bytes], list[bytes]]:
    """A wire that loses each frame that begins in a stretch, so often."""
    lost: dict[int, int] = {}

    def fault(data: bytes) -> list[bytes]:
        try:
            at = decode(data).first_sample
        except FrameError:
            return [data]
        lost[at] = lost.get(at, 0) + 1
        return [] if first <= at < end and lost[at] <= times else [data]

    return fault


async def settle(wire: Wire, pass_time: Callable[[float], Awaitable[None]]) -> None:
    """Let the strip be asked for all that is wanted; the patience with it passes on the computer's clock."""
    await pass_time(3.0)
    while wire.home.backfill.wanted_samples:
        await asyncio.sleep(PARAMS.fetch.silence_s)
        await pass_time(1.0)


def check(wire: Wire, *, end: int = WORN, revision: int = 0) -> None:
    """One segment has all samples to `end`, and was told `revision` times anew."""
    home = wire.home
    while home.segments.work():
        pass
    (segment,) = home.read().segments
    assert (segment.last_sample, segment.is_finished, segment.revision) == (end - 1, True, revision)
    assert list(home.read().held(1)) == [(0, end)]
    again = lines(event.to_dict() for event in analyse_archive(home.read()))
    assert lines(home.stored(*DERIVED_KINDS)) == again


@pytest.mark.parametrize(("first", "times"), [(12_991, 1), (12_000, 1), (12_000, 3), (WORN - 1, 1)])
def test_frames_lost_at_the_end_are_fetched_first(wire: Wire, first: int, times: int) -> None:
    wire.fault = losing(first, WORN, times)

    async def act() -> None:
        async with wire.connected() as pass_time:
            await pass_time(128.0)
            await settle(wire, pass_time)
            assert not wire.home.segments.is_open
            assert wire.clock.now_s < 140.0

    asyncio.run(act())
    check(wire)


@pytest.mark.parametrize("goes_at_s", [50.0, 120.0, 129.9])
def test_a_strip_taken_off_out_of_range_ends_its_segment_when_it_is_back(
    wire: Wire, goes_at_s: float
) -> None:
    async def act() -> None:
        async with wire.connected() as pass_time:
            await pass_time(goes_at_s)
        wire.sleep(3600.0)
        wire.home.strip.pass_time(wire.clock.now_s)
        async with wire.connected() as pass_time:
            assert wire.home.segments.is_open, "it has only just been asked"
            await pass_time(20.0)
            assert not wire.home.segments.is_open

    asyncio.run(act())
    check(wire)


def test_a_link_that_breaks_meanwhile_ends_nothing(wire: Wire) -> None:
    wire.fault = losing(9_000, WORN)

    async def act() -> None:
        async with wire.connected() as pass_time:
            await pass_time(132.0)
            assert 0 < wire.home.backfill.wanted_samples < 4_000, "it is being fetched"
        for _ in range(3):
            wire.sleep(5.0)
            wire.home.strip.take([])
            wire.home.strip.pass_time(wire.clock.now_s)
            async with wire.connected() as pass_time:
                assert wire.home.segments.is_open
                await pass_time(0.25)
        async with wire.connected() as pass_time:
            await pass_time(20.0)

    asyncio.run(act())
    check(wire)


@pytest.mark.parametrize("comes_back", [True, False])
def test_a_strip_that_stays_away_ends_its_segment_and_loses_nothing(wire: Wire, comes_back: bool) -> None:
    wire.fault = losing(12_000, WORN, 2)
    home = wire.home

    async def act() -> None:
        async with wire.connected() as pass_time:
            await pass_time(130.25)
        wire.sleep(PATIENCE_S - 1.0)
        home.strip.pass_time(wire.clock.now_s)
        assert home.segments.is_open
        wire.sleep(1.0)
        home.strip.pass_time(wire.clock.now_s)
        assert not home.segments.is_open
        if comes_back:
            async with wire.connected() as pass_time:
                await settle(wire, pass_time)

    asyncio.run(act())
    if comes_back:
        check(wire, revision=1)
    else:
        check(wire, end=home.read().segments[0].end_sample)
        assert home.read().segments[0].end_sample < WORN


def test_what_the_strip_has_forgotten_holds_nothing_up(wire: Wire) -> None:
    wire.fault = losing(12_000, WORN, 1000)

    async def act() -> None:
        async with wire.connected() as pass_time:
            await pass_time(128.0)
            wire.refused[Opcode.SEND_RANGE] = Result.NOT_STORED
            wire.device.control(encode_request(0, EraseTo(1, WORN - 400)), 247)
            await pass_time(4.0)
            assert not wire.home.segments.is_open

    asyncio.run(act())
    assert wire.home.backfill.wanted_samples == 0
    check(wire, end=wire.home.read().segments[0].end_sample)


@pytest.mark.parametrize("result", [Result.UNKNOWN_OPCODE, Result.NOT_STORED])
def test_a_strip_that_cannot_list_its_boots_says_in_its_status_how_far_it_got(
    wire: Wire, result: Result
) -> None:
    wire.refused[Opcode.GET_BOOTS] = result

    async def act() -> None:
        async with wire.connected() as pass_time:
            await pass_time(120.0)
        wire.sleep(100.0)
        async with wire.connected() as pass_time:
            assert wire.home.segments.is_open
            await pass_time(20.0)
            assert not wire.home.segments.is_open

    asyncio.run(act())
    check(wire)


def test_a_strip_that_never_answers_ends_its_segment(wire: Wire) -> None:
    wire.link = replace(PARAMS, answer_s=0.02)
    home = wire.home

    async def act() -> None:
        async with wire.connected() as pass_time:
            await pass_time(120.0)
        wire.refused[Opcode.GET_BOOTS] = None
        while home.segments.is_open:
            wire.sleep(10.0)
            with pytest.raises(LinkError):
                async with wire.connected():
                    pass
        assert wire.clock.now_s <= 140.0 + PATIENCE_S, "it said at 140 s that it was off"
        wire.refused.clear()
        async with wire.connected() as pass_time:
            await pass_time(20.0)

    asyncio.run(act())
    check(wire, revision=1)


def test_a_boot_that_follows_does_not_take_what_was_left(wire: Wire) -> None:
    """The battery was changed after the strip was taken off: its present boot has recorded nothing."""
    home = wire.home

    async def act() -> None:
        async with wire.connected() as pass_time:
            await pass_time(120.0)
        wire.sleep(100.0)
        wire.boot()
        async with wire.connected() as pass_time:
            assert home.segments.is_open
            await pass_time(20.0)
            assert not home.segments.is_open

    asyncio.run(act())
    check(wire)
