"""The strip's way through the home: from notifications to archive, marks and events."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analysis.events.fields import utc_ns
from analysis.recording.journal import Anchor, Mark
from analysis.recording.raw import RawSamples
from gateway.link.inbox import Anchored, Item, Offered, StatusChanged
from gateway.link.reassembly import Arrival
from gateway.wire.control import BootRecord, Result, TimeReply
from gateway.wire.frame import TICK_HZ, U16_MAX, U32_MAX, Frame, encode
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


def connected(home: Any, samples: RawSamples) -> list[Item]:
    """Connect with a strip that holds nothing from before; returns what that puts into the inbox."""
    home.backfill.connected()
    return [anchored(samples), Offered((BootRecord(samples.boot, 0, 0, 0, 0),))]


def arrivals(samples: RawSamples, *, button_at: int | None = None, backfill: bool = False) -> list[Item]:
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
            backfill=backfill,
        )
        frames.append(Arrival(int(part.utc_ns[-1]) + 30 * MS, encode(frame)))
    return frames


def status(samples: RawSamples, *, worn: bool = False, streaming: bool = False) -> StatusChanged:
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
    whole, apart = homes(tmp_path / "whole"), homes(tmp_path / "apart")
    items = [*connected(whole, samples), *arrivals(samples), status(samples)]
    apart.backfill.connected()
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
    home.strip.take([*connected(home, samples), *arrivals(samples)])
    assert home.present.posture == "standing"
    home.strip.take([status(samples, worn=False, streaming=True)])
    assert home.segments.is_open, "the last samples are still on their way"
    home.strip.take([status(samples)])
    assert not home.segments.is_open
    account = home.present.account()
    assert (account["segment_open"], account["segments_ended"]) == (False, 1)
    assert (account["posture"], home.present.state().trunk_deg) == (None, None)
    home.strip.take([status(samples)])
    assert home.present.segments_ended == 1


def test_what_the_stream_lost_at_its_end_is_fetched_before_the_segment_ends(homes: Homes, worn: Worn) -> None:
    home, samples = homes(), worn("lifts")
    whole = homes(home.folder.parent / "whole")
    whole.strip.take([*connected(whole, samples), *arrivals(samples), status(samples)])
    end = 22_500
    home.strip.take([*connected(home, samples), *arrivals(samples[:end]), status(samples)])
    assert home.segments.is_open
    assert list(home.backfill.wanted(1, 0, 1 << 32)) == [(end, len(samples))]
    home.strip.take(arrivals(samples[end:-9], backfill=True))
    home.strip.take([status(samples)])
    assert home.segments.is_open
    home.strip.take(arrivals(samples[-9:], backfill=True))
    assert not home.segments.is_open
    assert home.stored() == whole.stored()
    assert len(home.stored("lift")) == 12


@pytest.mark.parametrize(
    "ways",
    [
        lambda live, late: [live, late],
        lambda live, late: [late, live],
        lambda live, late: [live + late],
        lambda live, late: [late + live],
        lambda live, late: [late[1:], live[:1]],
        lambda live, late: [late[1:] + live[:1]],
        lambda live, late: [[one] for pair in zip(late, live, strict=True) for one in pair],
        lambda live, late: [[one] for pair in zip(live[::-1], late, strict=True) for one in pair],
    ],
)
def test_frames_that_a_status_overtook_count_once(homes: Homes, worn: Worn, ways: Any) -> None:
    home, samples = homes(), worn("quiet", seconds=9)
    live, late = arrivals(samples[810:]), arrivals(samples[810:], backfill=True)
    home.strip.take([*connected(home, samples), *arrivals(samples[:810]), status(samples)])
    for batch in ways(live, late):
        home.strip.take(batch)
    home.strip.take([status(samples)])
    assert home.segments.is_settled
    (segment,) = home.read().segments
    assert (segment.last_sample, segment.is_finished, segment.revision) == (899, True, 0)
    assert [len(block) for block in home.read().blocks(segment)] == [900]


def test_what_the_strip_does_not_have_after_all_holds_nothing_up(homes: Homes, worn: Worn) -> None:
    home, samples = homes(), worn("quiet", seconds=9)
    home.strip.take([*connected(home, samples), *arrivals(samples[:810]), status(samples)])
    window = home.backfill.next_window()
    assert window is not None
    home.backfill.refused(window, Result.NOT_STORED)
    home.strip.take([status(samples)])
    assert not home.segments.is_open
    assert home.backfill.next_window() is None, "it is asked for once"


@pytest.mark.parametrize(
    ("boot", "newest"),
    [(1, 0), (1, 899), (1, U32_MAX), (1, 6_000_000), (2, 5_000), (0, 0), (U16_MAX, U32_MAX)],
)
def test_a_status_that_says_nothing_new_or_cannot_be_makes_nothing_wanted(
    homes: Homes, worn: Worn, boot: int, newest: int
) -> None:
    home, samples = homes(), worn("quiet", seconds=9)
    wrong = replace(status(samples).status, boot=boot, newest_sample=newest)
    home.strip.take([*connected(home, samples), *arrivals(samples), StatusChanged(wrong)])
    assert home.backfill.wanted_samples == 0
    assert not home.segments.is_open


def test_a_strip_that_tells_nothing_more_is_waited_for_a_minute(homes: Homes, worn: Worn) -> None:
    home, samples = homes(), worn("quiet", seconds=20)
    home.strip.take([*connected(home, samples), *arrivals(samples[:900])])
    home.strip.pass_time(100.0)
    home.strip.take([status(samples)])
    for now_s in (190.0, 249.0):
        home.strip.pass_time(now_s)
        home.strip.take([status(samples)])
    home.strip.take(arrivals(samples[900:990], backfill=True))
    for now_s in (250.0, 309.0):
        home.strip.pass_time(now_s)
        assert home.segments.is_open
    home.strip.pass_time(310.0)
    assert not home.segments.is_open
    home.strip.pass_time(1000.0)
    (segment,) = home.read().segments
    assert segment.last_sample == 989


@pytest.mark.parametrize("comes_back", [True, False])
def test_of_a_strip_that_was_lost_all_is_asked_for_anew(homes: Homes, worn: Worn, comes_back: bool) -> None:
    """The list of the connection before, and that nothing is wanted without one, count for nothing."""
    home, samples = homes(), worn("quiet", seconds=20)
    home.strip.take([*connected(home, samples), *arrivals(samples[:900]), status(samples)])
    home.backfill.disconnected()
    home.strip.take([])
    home.strip.pass_time(1.0)
    if comes_back:
        home.backfill.connected()
    home.strip.take([status(samples), anchored(samples, 900)])
    home.strip.pass_time(2.0)
    assert home.segments.is_open
    if not comes_back:
        home.strip.pass_time(61.0)
        assert not home.segments.is_open
        return
    home.strip.take([Offered((BootRecord(1, 0, 1999, 0, 0),)), status(samples)])
    assert list(home.backfill.wanted(1, 0, 2000)) == [(900, 2000)]
    home.strip.take(arrivals(samples[900:], backfill=True))
    (segment,) = home.read().segments
    assert (segment.last_sample, segment.is_finished, segment.revision) == (1999, True, 0)


def test_a_strip_that_cannot_list_what_it_holds_ends_its_segment(homes: Homes, worn: Worn) -> None:
    home, samples = homes(), worn("quiet", seconds=9)
    home.backfill.connected()
    home.strip.take([anchored(samples), Offered(()), *arrivals(samples), status(samples)])
    assert not home.segments.is_open


def test_a_strip_that_is_put_on_again_meanwhile_goes_on(homes: Homes, worn: Worn) -> None:
    home, samples = homes(), worn("lifts")
    whole = homes(home.folder.parent / "whole")
    whole.strip.take([*connected(whole, samples), *arrivals(samples), status(samples)])
    home.strip.take([*connected(home, samples), *arrivals(samples[:9000]), status(samples[:9900])])
    home.strip.pass_time(0.0)
    home.strip.take([status(samples, worn=True, streaming=True)])
    home.strip.pass_time(100.0)
    assert home.segments.is_open
    home.strip.take(arrivals(samples[9900:10_080]))
    home.strip.take(arrivals(samples[9000:9900], backfill=True))
    home.strip.take(arrivals(samples[10_080:]))
    assert home.segments.is_open
    home.strip.take([status(samples)])
    (segment,) = home.read().segments
    assert (segment.is_finished, segment.revision, segment.gaps) == (True, 0, ())
    assert home.stored() == whole.stored()


@pytest.mark.parametrize("is_worn", [True, False])
def test_what_a_boot_left_is_fetched_when_the_next_has_begun(homes: Homes, worn: Worn, is_worn: bool) -> None:
    home, samples = homes(), worn("quiet", seconds=20)
    again = worn("quiet", boot=2, seconds=9, later_h=0.1)
    home.strip.take([*connected(home, samples), *arrivals(samples[:900]), status(samples)])
    home.backfill.disconnected()
    home.backfill.connected()
    records = BootRecord(1, 0, 1999, 0, 0), *[BootRecord(2, 0, 0, 0, 0)] * is_worn
    home.strip.take([status(again, worn=is_worn), anchored(again), Offered(records)])
    if is_worn:
        home.strip.take(arrivals(again))
    else:
        home.strip.take([status(again)])
    assert home.segments.is_open
    home.strip.take(arrivals(samples[900:], backfill=True))
    while home.segments.work():
        pass
    first, *second = home.read().segments
    assert (first.last_sample, first.is_finished, first.revision) == (1999, True, int(is_worn))
    assert len(second) == is_worn
    assert home.segments.is_open == is_worn


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
