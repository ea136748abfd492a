"""Hours out of range, with the strip's own firmware: all comes back, once, in its place, and at its time."""

import asyncio
import json
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from analysis.events.catalogue import DERIVED_KINDS
from analysis.events.fields import utc_ns
from analysis.replay import analyse_archive
from tests.gateway.wired import START_NS, Repeated, Wire

AWAY_H = 1
"""Six take a minute: `AWAY_H = 6` was run for deploy/docs/measurements.md."""

Homes = Any  # the fixture's type lives in conftest.py


def lines(events: Iterable[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(event, sort_keys=True) for event in events)


def check_samples(wire: Wire, boot: int, first: int = 0) -> int:
    """Hold the archive against the strip's truth, sample by sample; return how many there are."""
    at = first
    for block in wire.home.read().blocks_of(boot, first, None):
        assert block.first_sample == at
        raw = wire.source.read(block.first_sample, len(block))
        expected = raw[:, 6:9].astype(float) * (8 / 32768 * 9.80665)
        np.testing.assert_array_equal(block.lower.acc_mps2, expected)
        assert block.utc_ns is not None
        assert (np.diff(block.utc_ns) > 0).all()
        at = block.end_sample
    return at - first


def check_events(home: Any) -> None:
    home.segments.finish()
    home.awaited.clear()
    while home.segments.work():
        pass
    again = lines(event.to_dict() for event in analyse_archive(home.read()))
    assert lines(home.stored(*DERIVED_KINDS)) == again


@pytest.fixture(scope="module")
def person() -> Repeated:
    return Repeated()


def test_hours_away_are_filled_while_the_view_stays_live(homes: Homes, person: Repeated) -> None:
    home = homes(mode="aligned")
    wire = Wire(home, person)

    async def act() -> None:
        async with wire.connected() as pass_time:
            await pass_time(120.0)
        wire.sleep(AWAY_H * 3600.0)
        async with wire.connected() as pass_time:
            assert home.backfill.wanted_samples > AWAY_H * 360_000 - 10
            wire.lags_s.clear()
            began_s = wire.clock.now_s
            while home.backfill.wanted_samples:
                await pass_time(10.0)
            filled_s = wire.clock.now_s - began_s
            await pass_time(60.0)
        print(f"{AWAY_H} hours in {filled_s:.0f} s; the live view at most {max(wire.lags_s):.2f} s behind")
        assert filled_s < AWAY_H * 300.0
        assert max(wire.lags_s) < 1.0

    asyncio.run(act())
    assert home.backfill.given_up_samples == 0
    check_events(home)
    assert 0 <= wire.device.flash.taken - check_samples(wire, 1) < 9, "all but a frame that is not full"
    lifts = home.stored("lift")
    per_round = 100 * len([lift for lift in lifts if lift["first_sample"] < len(person.raw)])
    assert len(lifts) >= 0.99 * per_round / 100 * (wire.device.flash.taken // len(person.raw))
    for lift in lifts:
        true_s = lift["first_sample"] / 100 / (1 + wire.params.oscillator_ppm * 1e-6)
        assert utc_ns(lift["start"]) == pytest.approx(START_NS + true_s * 1e9, abs=20e6)


@pytest.mark.parametrize("seed", [1])
def test_a_wire_that_loses_flips_doubles_and_swaps_frames(homes: Homes, person: Repeated, seed: int) -> None:
    home = homes(mode="aligned")
    wire, dice, kept = Wire(home, person), np.random.default_rng(seed), list[bytes]()
    faults = 0

    def fault(data: bytes) -> list[bytes]:
        nonlocal faults
        what = dice.random()
        faults += what < 0.08
        if what < 0.03:
            return []
        if what < 0.05:
            bit = int(dice.integers(8 * len(data)))
            return [(int.from_bytes(data, "little") ^ 1 << bit).to_bytes(len(data), "little")]
        if what < 0.07:
            return [data, data]
        if what < 0.08:
            kept.append(data)
            return []
        if kept:
            return [data, kept.pop()]
        return [data]

    wire.fault = fault

    async def act() -> None:
        async with wire.connected() as pass_time:
            await pass_time(60.0)
        wire.sleep(400.0)
        async with wire.connected() as pass_time:
            await pass_time(80.0)
        wire.sleep(40.0)
        wire.fault = lambda data: [data]
        async with wire.connected() as pass_time:
            await pass_time(60.0)
            assert home.backfill.wanted_samples == 0

    asyncio.run(act())
    print(f"seed {seed}: {faults} faults")
    assert faults > 100
    assert 0 <= wire.device.flash.taken - check_samples(wire, 1) < 9, "all but a frame that is not full"
    check_events(home)


def test_boots_that_nobody_heard_come_home_too(homes: Homes, person: Repeated) -> None:
    home = homes(mode="aligned")
    wire = Wire(home, person)
    taken: dict[int, int] = {}

    async def act() -> None:
        async with wire.connected() as pass_time:
            await pass_time(100.0)
        for _ in range(3):
            wire.sleep(300.0)
            taken[wire.device.boot] = wire.device.flash.taken
            wire.boot()
        async with wire.connected() as pass_time:
            await pass_time(120.0)
            assert home.backfill.wanted_samples == 0

    asyncio.run(act())
    check_events(home)
    assert list(taken) == [1, 2, 3]
    assert check_samples(wire, 1) == taken[1]
    held = {boot: len(home.read().held(boot)) for boot in (1, 2, 3)}
    assert held == taken
    segments = {segment.start.boot: segment for segment in home.read().segments}
    assert sorted(segments) == [1, 2, 3, 4]
    assert all(segment.is_finished and not segment.gaps for segment in segments.values())
    ends = [(home.holdings_time(boot, 0), home.holdings_time(boot, taken[boot] - 1)) for boot in (1, 2, 3)]
    assert all(a[1] <= b[0] for a, b in pairwise(ends)), "boots follow each other in time"


def _tend(home: Any, wire: Wire) -> None:
    """Do what the gateway does now and then: hours that are over become files, what is safe may be erased."""
    held = home.strip.held()
    home.archive.tend(wire.clock.utc_ns())
    home.backfill.on_disk(held)
    home.backfill.on_change()


def test_more_boots_than_the_strip_lists_at_once_come_home_too(homes: Homes, person: Repeated) -> None:
    home = homes(mode="aligned")
    wire = Wire(home, person)
    taken: dict[int, int] = {}

    async def act() -> None:
        async with wire.connected() as pass_time:
            await pass_time(10.0)
        for _ in range(25):
            wire.sleep(20.0)
            taken[wire.device.boot] = wire.device.flash.taken
            wire.boot()
        async with wire.connected() as pass_time:
            for _ in range(6):
                await pass_time(20.0)
                _tend(home, wire)

    asyncio.run(act())
    assert {boot: len(home.read().held(boot)) for boot in taken} == taken
    ends = [(home.holdings_time(boot, 0), home.holdings_time(boot, last - 1)) for boot, last in taken.items()]
    assert all(a[1] < b[0] for a, b in pairwise(ends)), "boots follow each other in time"


def test_somebody_elses_boots_do_not_hide_ours(homes: Homes, person: Repeated) -> None:
    before, after = homes(mode="aligned"), homes(homes.folder / "second", mode="aligned")
    wire = Wire(before, person)
    ours: dict[int, int] = {}

    async def act() -> None:
        async with wire.connected() as pass_time:
            await pass_time(5.0)
        for _ in range(15):
            wire.sleep(5.0)
            wire.boot()
        wire.home = after
        async with wire.connected() as pass_time:
            await pass_time(5.0)
        for _ in range(12):
            wire.sleep(5.0)
            ours[wire.device.boot] = wire.device.flash.taken
            wire.boot()
        async with wire.connected() as pass_time:
            for _ in range(6):
                await pass_time(20.0)
                _tend(after, wire)

    asyncio.run(act())
    held = after.read()
    assert {boot: len(held.held(boot)) for boot in list(ours)[1:]} == dict(list(ours.items())[1:])
    assert min(held.boots()) == min(ours) == 16


def test_a_strip_with_somebody_elses_samples_keeps_them(homes: Homes, person: Repeated) -> None:
    """What a strip recorded before this home first heard it is not ours."""
    before, after = homes(mode="aligned"), homes(homes.folder / "second", mode="aligned")
    wire = Wire(before, person)

    async def act() -> None:
        async with wire.connected() as pass_time:
            await pass_time(20.0)
        wire.sleep(50.0)
        wire.home = after
        async with wire.connected() as pass_time:
            await pass_time(20.0)

    asyncio.run(act())
    (segment,) = after.read().segments
    assert segment.start.first_sample >= 7000 - 10
    assert not after.read().held(1).within(0, 6990)


def test_the_strip_forgets_only_what_lies_on_disk(homes: Homes, person: Repeated) -> None:
    home = homes(mode="aligned")
    wire = Wire(home, person)

    async def act() -> None:
        async with wire.connected() as pass_time:
            await pass_time(700.0)
            assert wire.device.status().oldest_sample == 0
            held = home.strip.held()
            await pass_time(30.0)
            home.archive.tend(wire.clock.utc_ns())
            home.backfill.on_disk(held)
            home.backfill.on_change()
            await pass_time(2.0)
            oldest = wire.device.status().oldest_sample
            assert 69_900 <= oldest <= 70_100

    asyncio.run(act())
