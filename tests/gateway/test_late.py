"""Samples that come late, from the strip's memory: in the end everything is as if they had come in time."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.events.catalogue import DERIVED_KINDS
from analysis.events.event import Derived, Event
from analysis.recording.journal import Gap, Revised
from analysis.recording.raw import RawSamples
from analysis.replay import analyse_archive
from analysis.trends.sqlite import SqliteStore

Worn = Callable[..., RawSamples]
Homes = Any  # the fixture's type lives in conftest.py


def lines(events: Iterable[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(event, sort_keys=True) for event in events)


def without_revision(events: Iterable[dict[str, Any]]) -> list[str]:
    return lines({**event, "revision": 0, "event_id": ""} for event in events)


def again(home: Any) -> list[str]:
    return lines(event.to_dict() for event in analyse_archive(home.read()))


def settle(home: Any) -> None:
    home.awaited.clear()
    while home.segments.work():
        pass


@pytest.fixture
def whole(homes: Homes, worn: Worn, tmp_path: Path) -> list[dict[str, Any]]:
    """What is stored of a person in "lifts" of whom nothing was ever missing."""
    home = homes(tmp_path / "whole")
    home.push(worn("lifts"))
    home.segments.finish()
    stored: list[dict[str, Any]] = home.stored(*DERIVED_KINDS)
    return stored


def test_a_short_gap_is_waited_for_and_nothing_is_said_twice(
    homes: Homes, worn: Worn, whole: list[dict[str, Any]]
) -> None:
    home, samples = homes(), worn("lifts")
    home.awaited.add(1)
    home.push(samples[:9000])
    told = len(home.delivered)
    home.push(samples[9100:9250])
    assert len(home.delivered) == told
    home.segments.late(samples[9000:9060])
    home.segments.late(samples[9060:9100])
    home.push(samples[9250:])
    home.segments.finish()
    assert home.stored(*DERIVED_KINDS) == whole
    assert not [entry for entry in home.read().entries if isinstance(entry, Gap | Revised)]


def test_what_is_waited_for_in_vain_is_gone_without(homes: Homes, worn: Worn) -> None:
    home, samples = homes(), worn("quiet", seconds=60)
    home.awaited.add(1)
    home.push(samples[:2000])
    home.push(samples[2100:2390])
    assert not [entry for entry in home.read().entries if isinstance(entry, Gap)]
    home.push(samples[2390:2410])
    assert [entry for entry in home.read().entries if isinstance(entry, Gap)] == [Gap(1, 2000, 2099)]


@pytest.mark.parametrize("gap_s", [(100, 118), (130, 200), (0, 150), (159, 160)])
def test_a_gap_that_is_filled_afterwards_leaves_no_trace(
    homes: Homes, worn: Worn, whole: list[dict[str, Any]], gap_s: tuple[int, int]
) -> None:
    home, samples = homes(), worn("lifts")
    first, end = 100 * gap_s[0], 100 * gap_s[1]
    if first:
        home.push(samples[:first])
    home.segments.push(samples[end : end + 100], 0)
    home.push(samples[end + 100 : end + 3000])
    assert [(e.first_sample, e.last_sample) for e in home.read().entries if isinstance(e, Gap)] == [
        (first, end - 1)
    ]
    home.awaited.add(1)
    middle = (first + end) // 2
    home.segments.late(samples[middle:end])
    assert not home.segments.work(), "the rest is on its way"
    home.segments.late(samples[first:middle])
    assert home.segments.work()
    home.push(samples[end + 3000 : end + 3500])
    settle(home)
    home.push(samples[end + 3500 :])
    home.segments.finish()
    assert without_revision(home.stored(*DERIVED_KINDS)) == without_revision(whole)
    assert lines(home.stored(*DERIVED_KINDS)) == again(home)
    assert [block.end_sample for block in home.read().blocks(home.read().segments[0])][-1] == len(samples)


@pytest.mark.parametrize("said_at", [29_000, 31_000, 33_000])
def test_what_the_wearer_said_is_heard_again_when_a_gap_is_filled(
    homes: Homes, worn: Worn, said_at: int, tmp_path: Path
) -> None:
    """Before the gap, after it, and while the rest is gone over."""
    samples = worn("desk", seconds=400)
    timely = homes(tmp_path / "timely")
    timely.push(samples[:said_at])
    timely.segments.correct("standing")
    timely.push(samples[said_at:])
    timely.segments.finish()
    home = homes()
    home.awaited.add(1)
    pieces = {29_000: samples[:29_000], 30_000: samples[29_000:30_000], 31_000: samples[30_100:31_000]}
    for end, piece in pieces.items():
        home.push(piece)
        if end == said_at:
            home.segments.correct("standing")
    home.push(samples[31_000:32_000])
    home.segments.late(samples[30_000:30_100])
    home.segments.work()
    home.push(samples[32_000:33_000])
    if said_at == 33_000:
        home.segments.correct("standing")
    home.push(samples[33_000:34_000])
    settle(home)
    home.push(samples[34_000:])
    home.segments.finish()
    assert lines(home.stored(*DERIVED_KINDS)) == again(home)
    assert without_revision(home.stored(*DERIVED_KINDS)) == without_revision(timely.stored(*DERIVED_KINDS))


def test_what_never_comes_stays_a_gap(homes: Homes, worn: Worn) -> None:
    home, samples = homes(), worn("lifts")
    home.awaited.add(1)
    home.push(samples[:12000])
    home.push(samples[15000:])
    home.segments.late(samples[12500:13000])
    assert not home.segments.work()
    settle(home)
    home.segments.finish()
    assert lines(home.stored(*DERIVED_KINDS)) == again(home)
    (segment,) = home.read().segments
    assert [(gap.first_sample, gap.last_sample) for gap in segment.gaps] == [(12000, 12499), (13000, 14999)]
    assert segment.revision == 1


def test_many_small_gaps_that_are_filled_one_after_the_other_are_few_revisions(
    homes: Homes, worn: Worn
) -> None:
    """As on a link that loses frames all the time while an hour is being fetched."""
    home, samples = homes(mode="aligned"), worn("lifts")
    home.awaited.add(1)
    live = [samples[first : first + 1000] for first in range(0, 20_000, 1000)]
    for piece in live:
        home.push(piece[:900])
    home.push(samples[20_000:20_100])  # what the core has waited for is given up
    for piece in live:
        home.segments.late(piece[900:])
        while home.segments.work():
            pass
    (segment,) = home.read().segments
    assert segment.revision == 1, "the first is told at once"
    home.push(samples[20_100:23_100])
    while home.segments.work():
        pass
    (segment,) = home.read().segments
    assert segment.revision == 2, "and all others after half a minute"
    home.awaited.clear()
    home.segments.finish()
    assert lines(home.stored(*DERIVED_KINDS)) == again(home)


def test_a_boot_that_nobody_heard_is_gone_over_when_it_has_come(homes: Homes, worn: Worn) -> None:
    home = homes(mode="aligned")
    unheard, live = worn("lifts", seconds=170), worn("quiet", boot=2, seconds=30, later_h=0.1)
    home.push(live[:1000])
    home.awaited.add(1)
    home.segments.late(unheard[9000:])
    home.segments.late(unheard[:9000])
    home.push(live[1000:2000])
    assert not home.segments.work()
    assert not home.segments.is_settled
    settle(home)
    home.push(live[2000:])
    home.segments.finish()
    assert home.segments.is_settled
    assert lines(home.stored(*DERIVED_KINDS)) == again(home)
    assert {event["boot"] for event in home.stored("lift")} == {1}
    assert {event["revision"] for event in home.stored(*DERIVED_KINDS)} == {0}


def test_the_end_of_a_boot_that_was_left_alone_follows_on(
    homes: Homes, worn: Worn, whole: list[dict[str, Any]]
) -> None:
    before, samples = homes(), worn("lifts")
    before.push(samples[:11000])
    before.segments.finish()
    homes.close(before)
    home = homes()
    home.push(worn("quiet", boot=2, seconds=30, later_h=0.1))
    home.segments.late(samples[11000:14000])
    home.segments.late(samples[14000:])
    settle(home)
    home.segments.finish()
    first = [event for event in home.stored(*DERIVED_KINDS) if event["boot"] == 1]
    assert without_revision(first) == without_revision(whole)
    assert lines(home.stored(*DERIVED_KINDS)) == again(home)


def test_stores_agree_in_whichever_order_the_events_reach_them(
    homes: Homes, worn: Worn, tmp_path: Path
) -> None:
    home, samples = homes(mode="aligned"), worn("lifts")
    for first, gap, end in ((0, 11000, 11700), (12000, 13000, 13100), (13500, 15500, 15900)):
        home.push(samples[first:gap])
        home.push(samples[end : end + 100])
        home.segments.late(samples[gap:end])
        settle(home)
        home.push(samples[end + 100 : end + 300])
        home.segments.finish()
    stored = home.stored()
    assert len({event.revision for event in home.delivered if isinstance(event, Derived)}) > 2
    for seed in range(5):
        messages: list[Event] = list(home.delivered)
        np.random.default_rng(seed).shuffle(messages)
        clinic = SqliteStore(tmp_path / f"clinic-{seed}.sqlite")
        for message in messages:
            clinic.put([message.to_dict()])
        assert lines(clinic.events("p-1")) == lines(stored)
        clinic.close()


def _doings(seed: int, count: int) -> Iterable[tuple[str, float]]:
    dice = np.random.default_rng(seed)
    for _ in range(count):
        yield (
            str(dice.choice(["live", "live", "skip", "late", "work", "wait", "stop", "kill"])),
            dice.random(),
        )


def test_what_lies_before_a_boots_segment_makes_one_of_its_own(homes: Homes, worn: Worn) -> None:
    home, samples = homes(mode="aligned"), worn("lifts", seconds=170)
    home.push(samples[900:])
    home.segments.finish()
    before = home.stored(*DERIVED_KINDS)
    home.segments.late(samples[:900])
    settle(home)
    settle(home)
    first, second = home.read().segments
    assert (first.start.first_sample, first.last_sample, first.is_finished) == (0, 899, True)
    assert (second.start.first_sample, second.last_sample, second.revision) == (900, len(samples) - 1, 0)
    assert lines(home.stored(*DERIVED_KINDS)) == again(home)
    assert [event for event in home.stored(*DERIVED_KINDS) if event["first_sample"] >= 900] == before


@pytest.mark.parametrize("came_before", [True, False])
def test_what_one_segment_lacks_does_not_become_the_next_ones(
    homes: Homes, worn: Worn, came_before: bool
) -> None:
    """Taken off with samples missing, and put on again an hour later."""
    home, samples = homes(mode="aligned"), worn("lifts")
    rest = replace(samples[15_300:], utc_ns=samples[15_300:].utc_ns + 3600 * 10**9)
    home.awaited.add(1)
    home.push(samples[:9000])
    home.push(samples[12_000:15_000])
    home.segments.finish()
    if came_before:
        home.segments.late(samples[9000:9100])
    for at in range(0, len(rest), 100):
        home.segments.push(rest[at : at + 100], 9000)
    home.segments.late(samples[9000:12_000])
    home.segments.late(samples[15_000:15_300])
    home.segments.finish()
    settle(home)
    first, second = home.read().segments
    assert (first.last_sample, second.start.first_sample, second.last_sample) == (14_999, 15_000, 23_352)
    assert not first.gaps
    assert not second.gaps
    assert lines(home.stored(*DERIVED_KINDS)) == again(home)


def test_the_end_of_a_boot_goes_to_its_last_segment(homes: Homes, worn: Worn) -> None:
    home, samples = homes(mode="aligned"), worn("lifts", seconds=170)
    home.push(samples[9:9000])
    home.segments.finish()
    home.segments.late(samples[:9])
    home.segments.late(samples[9000:])
    settle(home)
    first, second = home.read().segments
    assert (first.last_sample, second.last_sample, second.revision) == (8, len(samples) - 1, 1)
    assert lines(home.stored(*DERIVED_KINDS)) == again(home)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_the_archive_and_the_stores_agree_in_the_end(
    homes: Homes, worn: Worn, whole: list[dict[str, Any]], tmp_path: Path, seed: int
) -> None:
    """A day in random order: gaps, late samples, kills and stops."""
    print(f"seed {seed}")
    home, samples = homes(), worn("lifts")
    clinic: list[Event] = []
    at, missing = 0, list[tuple[int, int]]()
    for doing, much in _doings(seed, 40):
        step = 1 + int(900 * much)
        match doing:
            case "live" if at < len(samples):
                home.push(samples[at : at + step], 50)
                at = min(at + step, len(samples))
            case "skip" if 0 < at < len(samples) - 2000:
                missing.append((at, at + step))
                at += step
                home.push(samples[at : at + 50])
                at += 50
            case "late" if missing:
                first, end = missing.pop(int(much * len(missing)))
                middle = first + int(much * (end - first))
                home.segments.late(samples[middle:end])
                if middle > first:
                    missing.append((first, middle))
            case "work":
                home.segments.work()
            case "wait":
                home.awaited ^= {1}
            case "stop" if at > 3000:
                home.segments.finish()
                home.segments.abandon()
                clinic += home.delivered
                homes.close(home)
                home = homes(home.folder)
            case "kill" if at > 3000:
                crashed = homes.as_a_crash_leaves_it(home)
                clinic += home.delivered
                home.segments.abandon()
                home = homes(crashed)
    home.push(samples[at:])
    for first, end in missing:
        home.segments.late(samples[first:end])
    home.segments.finish()
    settle(home)
    assert home.segments.is_settled
    (segment,) = home.read().segments
    blocks = list(home.read().blocks(segment))
    assert sum(map(len, blocks)) == len(samples)
    assert all(a.end_sample == b.first_sample for a, b in pairwise(blocks))
    assert lines(home.stored(*DERIVED_KINDS)) == again(home)
    assert without_revision(home.stored(*DERIVED_KINDS)) == without_revision(whole)
    clinic += home.delivered
    with_lost_ones = SqliteStore(tmp_path / "clinic.sqlite")
    with_lost_ones.put([event.to_dict() for event in clinic])
    held = with_lost_ones.events("p-1", kinds=DERIVED_KINDS)
    assert lines(held) == lines(home.stored(*DERIVED_KINDS))
    with_lost_ones.close()
