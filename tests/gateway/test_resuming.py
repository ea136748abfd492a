"""A segment that goes on: what the first sample has to wait for, and that it makes no difference."""

import gc
import json
import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from analysis.events.catalogue import DERIVED_KINDS
from analysis.motion.block import Block
from analysis.recording.archive import Archive
from analysis.recording.raw import RawSamples, to_block
from analysis.replay import analyse_archive
from gateway.archive.writer import STRIP_SCALE

Worn = Callable[..., RawSamples]
Homes = Any  # the fixture's type lives in conftest.py
STOP = 15_000


def lines(events: Iterable[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(event, sort_keys=True) for event in events)


def is_repeated_by_the_archive(home: Any) -> bool:
    again = lines(event.to_dict() for event in analyse_archive(home.read()))
    return again == lines(home.stored(*DERIVED_KINDS))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many samples were read from archives, block by block."""
    counts: list[int] = []
    blocks_of = Archive.blocks_of

    def counting(self: Archive, *args: Any) -> Iterator[Block]:
        for block in blocks_of(self, *args):
            counts.append(len(block))
            yield block

    monkeypatch.setattr(Archive, "blocks_of", counting)
    return counts


@pytest.fixture
def stopped(homes: Homes, worn: Worn) -> Any:
    """A home whose gateway was stopped after two and a half minutes and started again."""
    home = homes()
    home.push(worn("lifts")[:STOP])
    home.segments.finish()
    homes.close(home)
    return homes()


def test_after_a_start_a_segment_is_gone_through_in_slices_before_its_next_sample(
    stopped: Any, worn: Worn, read: list[int]
) -> None:
    slices = sum(1 for _ in stopped.segments.getting_ready(1))
    assert slices == 3
    assert max(read) <= 6000
    assert list(stopped.segments.getting_ready(1)) == [], "once is enough"
    read.clear()
    stopped.push(worn("lifts")[STOP:])
    assert sum(read) == 1, "its last sample's time"
    stopped.segments.finish()
    (segment,) = stopped.read().segments
    assert segment.revision == 1
    assert is_repeated_by_the_archive(stopped)


def test_a_bout_that_was_held_back_when_it_stopped_is_in_the_store(homes: Homes, worn: Worn) -> None:
    """It ended half a minute before the stop, and a walk or a snack might still have ended it."""
    home, desk = homes(mode="aligned"), worn("desk", seconds=220)
    home.push(desk[:17_000])
    assert not home.stored("sitting")
    home.segments.finish()
    home.push(desk[17_000:])
    (bout,) = home.stored("sitting")
    assert bout["last_sample"] < 17_000 - 2500
    assert bout["revision"] == 1
    home.segments.finish()
    assert is_repeated_by_the_archive(home)


def test_whatever_is_held_back_is_told_as_of_the_revision_in_which_it_is_told(
    homes: Homes, worn: Worn
) -> None:
    """The core turns to another revision every seven seconds of bends, walks, seats and a movement snack."""
    home, samples = homes(), worn("snack")
    home.push(samples[:100])
    course = home.segments._course
    kinds = set()
    for first in range(100, len(samples), 700):
        told = course.push(to_block(samples[first : first + 700], STRIP_SCALE)).events
        assert {event.revision for event in told} <= {course.revision}
        kinds |= {event.topic_kind() for event in told}
        course.turn(course.revision + 1)
    assert {"lift", "sitting", "snack", "transition", "walk", "minute", "posture"} <= kinds


def test_in_one_process_nothing_is_gone_through_again(homes: Homes, worn: Worn, read: list[int]) -> None:
    home = homes()
    home.push(worn("lifts")[:STOP])
    home.segments.finish()
    assert list(home.segments.getting_ready(1)) == []
    home.push(worn("lifts")[STOP:])
    assert sum(read) == 1
    home.segments.finish()
    assert is_repeated_by_the_archive(home)


def test_a_sample_that_comes_before_all_is_ready_waits_for_the_rest(stopped: Any, worn: Worn) -> None:
    begun = stopped.segments.getting_ready(1)
    next(begun)
    begun.close()
    stopped.push(worn("lifts")[STOP:])
    stopped.segments.finish()
    assert is_repeated_by_the_archive(stopped)


def test_what_came_since_is_in_it(homes: Homes, worn: Worn) -> None:
    """Samples from the strip's memory change a segment that had ended, and was ready to go on."""
    home, lifts = homes(), worn("lifts")
    home.awaited.add(1)
    home.push(lifts[:9000])
    home.push(lifts[12_000:STOP])
    home.segments.finish()
    home.segments.late(lifts[9000:12_000])
    home.awaited.clear()
    while home.segments.work():
        pass
    assert sum(1 for _ in home.segments.getting_ready(1)) >= 3
    home.push(lifts[STOP:])
    home.segments.finish()
    (segment,) = home.read().segments
    assert not segment.gaps
    assert is_repeated_by_the_archive(home)


def test_a_course_that_will_not_go_on_is_let_go(homes: Homes, worn: Worn) -> None:
    """Else a whole day's session would stay in memory all through the next."""
    home = homes()
    home.push(worn("quiet", seconds=5))
    course = weakref.ref(home.segments._course)
    home.segments.finish()
    assert course() is not None
    home.push(worn("quiet", boot=2, seconds=5, later_h=0.1))
    gc.collect()
    assert course() is None


def test_another_boot_has_nothing_to_get_ready(stopped: Any, worn: Worn) -> None:
    assert list(stopped.segments.getting_ready(2)) == []
    stopped.push(worn("quiet", boot=2, seconds=5, later_h=0.1))
    assert [segment.start.boot for segment in stopped.read().segments] == [1, 2]
