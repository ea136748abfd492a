"""The strip's way through the home: from notifications to archive, marks and events."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from analysis.events.fields import utc_ns
from analysis.recording.journal import Anchor, Mark
from analysis.recording.raw import RawSamples
from gateway.link.inbox import Anchored, Item, StatusChanged
from gateway.link.reassembly import Arrival
from gateway.wire.control import TimeReply
from gateway.wire.frame import TICK_HZ, Frame, encode
from gateway.wire.status import Status

Worn = Callable[..., RawSamples]
Homes = Any  # the fixture's type lives in conftest.py

PER_FRAME = 9
MS = 1_000_000


def anchored(samples: RawSamples, sample: int = 0, *, bound_ns: int = 20 * MS, off_ns: int = 0) -> Anchored:
    """A comparison of clocks at one of the samples; `off_ns` is its error."""
    anchor = Anchor(samples.boot, ticks(sample), int(samples.utc_ns[sample]) + off_ns, bound_ns)
    return Anchored(anchor, TimeReply(samples.boot, ticks(sample), sample))


def ticks(sample: int) -> int:
    return round(sample * TICK_HZ / 100)


def arrivals(samples: RawSamples, *, button_at: int | None = None) -> list[Item]:
    """The samples as notifications that arrive 30 ms after their last sample."""
    frames: list[Item] = []
    for at in range(0, len(samples), PER_FRAME):
        part = samples[at : at + PER_FRAME]
        frame = Frame(
            boot=part.boot,
            first_sample=part.first_sample,
            ticks=ticks(part.first_sample),
            samples=part.raw.astype("<i2").tobytes(),
            button=button_at is not None and part.first_sample <= button_at < part.end_sample,
        )
        frames.append(Arrival(int(part.utc_ns[-1]) + 30 * MS, encode(frame)))
    return frames


def status(samples: RawSamples, *, worn: bool, streaming: bool) -> StatusChanged:
    return StatusChanged(
        Status(
            battery_pct=80,
            boot=samples.boot,
            oldest_boot=samples.boot,
            oldest_sample=0,
            newest_sample=samples.end_sample - 1,
            flash_fill_pct=1,
            worn=worn,
            streaming=streaming,
        )
    )


def test_frames_become_archived_samples_with_times(homes: Homes, worn: Worn) -> None:
    home, samples = homes(), worn("quiet", seconds=9)
    home.strip.take([anchored(samples), status(samples, worn=True, streaming=True), *arrivals(samples)])
    (segment,) = home.read().segments
    (block,) = home.read().blocks(segment)
    assert (block.first_sample, len(block)) == (0, 900)
    assert block.utc_ns is not None
    np.testing.assert_allclose(block.utc_ns - samples.utc_ns, 0, atol=31_000)  # a tick is 30.5 us
    account = home.present.account()
    assert (account["frames"], account["samples"], account["missing_samples"]) == (100, 900, 0)
    assert account["segment_open"]
    assert account["worn"] is True
    assert account["latency_p50_ms"] == pytest.approx(30.0, abs=0.1)
    assert utc_ns(account["last_sample"]) == pytest.approx(samples.utc_ns[-1], abs=1e6)


def test_batches_make_no_difference(homes: Homes, worn: Worn, tmp_path: Any) -> None:
    samples = worn("lifts")
    items = [anchored(samples), *arrivals(samples), status(samples, worn=False, streaming=False)]
    whole, apart = homes(tmp_path / "whole"), homes(tmp_path / "apart")
    whole.strip.take(items)
    for at in range(0, len(items), 7):
        apart.strip.take(items[at : at + 7])
    assert len(whole.stored("lift")) == 12
    assert whole.stored() == apart.stored()


def test_frames_before_the_clock_is_known_are_not_guessed_at(homes: Homes, worn: Worn) -> None:
    home, samples = homes(), worn("quiet", seconds=9)
    home.strip.take(arrivals(samples[:450]))
    home.strip.take([anchored(samples, 450), *arrivals(samples[450:])])
    assert home.read().segments[0].start.first_sample == 450
    assert home.present.account()["bad_frames"] == 50


def test_a_press_of_the_button_is_journaled_and_told(homes: Homes, worn: Worn) -> None:
    home, samples = homes(), worn("quiet", seconds=9)
    home.strip.take([anchored(samples), *arrivals(samples, button_at=456)])
    (mark,) = home.stored("mark")
    assert utc_ns(mark["start"]) == pytest.approx(samples.utc_ns[456], abs=PER_FRAME * 10 * MS)
    (noted,) = [entry for entry in home.read().entries if isinstance(entry, Mark)]
    assert (noted.boot, noted.sample) == (1, 458)


def test_a_press_is_told_once_however_often_its_frame_comes(homes: Homes, worn: Worn) -> None:
    home, samples = homes(), worn("quiet", seconds=9)
    frames = arrivals(samples, button_at=456)
    home.strip.take([anchored(samples), *frames, *frames])
    assert len(home.stored("mark")) == 1
    assert home.present.account()["duplicate_frames"] == 100


def test_only_anchors_in_force_are_journaled(homes: Homes, worn: Worn) -> None:
    home, samples = homes(), worn("quiet", seconds=9)
    again = worn("quiet", boot=2, seconds=3, later_h=0.1)
    rough, good, same = (
        anchored(samples, 0, bound_ns=40 * MS),
        anchored(samples, 300, bound_ns=10 * MS),
        anchored(samples, 600, bound_ns=30 * MS),
    )
    home.strip.take([rough, *arrivals(samples[:300]), good, *arrivals(samples[300:600]), same])
    home.strip.take([anchored(again)])
    entries = [entry for entry in home.read().entries if isinstance(entry, Anchor)]
    assert entries == [rough.anchor, good.anchor, anchored(again).anchor]


def test_taking_the_strip_off_ends_the_segment(homes: Homes, worn: Worn) -> None:
    home, samples = homes(), worn("lifts")
    home.strip.take([anchored(samples), *arrivals(samples)])
    assert home.present.posture == "standing"
    home.strip.take([status(samples, worn=False, streaming=True)])
    assert home.segments.is_open, "the last samples are still on their way"
    home.strip.take([status(samples, worn=False, streaming=False)])
    assert not home.segments.is_open
    account = home.present.account()
    assert (account["segment_open"], account["segments_ended"]) == (False, 1)
    assert (account["posture"], home.present.state().trunk_deg) == (None, None)
    home.strip.take([status(samples, worn=False, streaming=False)])
    assert home.present.segments_ended == 1


def test_a_lost_connection_ends_nothing(homes: Homes, worn: Worn) -> None:
    home, samples = homes(), worn("lifts")
    whole = homes(home.folder.parent / "whole")
    whole.strip.take([anchored(samples), *arrivals(samples)])
    whole.strip.finish()
    frames = arrivals(samples)
    home.strip.take([anchored(samples), *frames[:1700]])
    back = status(samples, worn=True, streaming=False)
    home.strip.take([back, anchored(samples, 15_300), *frames[1700:]])
    home.strip.finish()
    assert len(home.read().segments) == 1
    assert home.stored() == whole.stored()


def test_what_was_lost_is_counted_and_the_rest_used(homes: Homes, worn: Worn) -> None:
    home, samples = homes(), worn("quiet", seconds=9)
    frames = arrivals(samples)
    damaged = Arrival(0, bytes(40))
    home.strip.take([anchored(samples), *frames[:20], damaged, *frames[25:]])
    account = home.present.account()
    assert (account["bad_frames"], account["gaps"], account["missing_samples"]) == (1, 1, 45)
    assert [len(block) for block in home.read().blocks(home.read().segments[0])] == [180, 675]


def test_a_new_boot_is_followed(homes: Homes, worn: Worn) -> None:
    home, samples = homes(), worn("quiet", seconds=9)
    again = worn("quiet", boot=2, seconds=3, later_h=0.1)
    home.strip.take([anchored(samples), *arrivals(samples), anchored(again), *arrivals(again)])
    assert [segment.start.boot for segment in home.read().segments] == [1, 2]
    assert [segment.is_finished for segment in home.read().segments] == [True, False]
    assert home.present.account()["segment_open"]


def test_a_new_boot_is_wanted_from_its_first_sample_on(homes: Homes, worn: Worn) -> None:
    home, samples = homes(), worn("quiet", seconds=9)
    again = worn("quiet", boot=2, seconds=9, later_h=0.1)
    home.backfill.connected()
    home.strip.take([anchored(samples), *arrivals(samples), anchored(again), *arrivals(again)[2:]])
    assert list(home.backfill.wanted(2, 0, 900)) == [(0, 18)]
    assert home.read().segments[-1].start.first_sample == 0


def test_of_a_strip_never_heard_before_nothing_older_is_wanted(homes: Homes, worn: Worn) -> None:
    home, samples = homes(), worn("quiet", seconds=9)
    home.backfill.connected()
    home.strip.take([anchored(samples), *arrivals(samples)[2:]])
    assert not home.backfill.wanted_samples
    assert home.read().segments[-1].start.first_sample == 18
