"""Segments: what begins and ends them, what they start from, and what becomes of what they say."""

import json
import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from analysis.care.settings import CareSettings
from analysis.care.statement import Vibration
from analysis.events.catalogue import DERIVED_KINDS
from analysis.events.event import Event
from analysis.recording.journal import CalibrationMade, Corrected
from analysis.recording.raw import RawSamples
from analysis.replay import analyse_archive
from gateway.care import CareStateError
from gateway.wishes import Wishes

Worn = Callable[..., RawSamples]
Homes = Any  # the fixture's type lives in conftest.py
SOON = CareSettings.model_construct(nudge_min=1.0, alert_min=2.0)
"""Sooner than a therapist may set it, so that the samples are few."""


def lines(events: Iterable[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(event, sort_keys=True) for event in events)


def dicts(events: Iterable[Event]) -> list[dict[str, Any]]:
    return [event.to_dict() for event in events]


def test_a_run_is_told_everywhere_and_repeated_by_its_archive(homes: Homes, worn: Worn) -> None:
    home = homes()
    assert not home.segments.is_open
    home.push(worn("lifts"))
    assert home.segments.is_open
    home.segments.finish()
    assert not home.segments.is_open
    stored = home.stored()
    assert len([event for event in stored if event["schema"] == "lumbar.lift/1"]) == 12
    assert lines(stored) == lines(dicts(home.delivered))
    assert home.ledger.recorded == len(stored)
    (segment,) = home.read().segments
    assert segment.is_finished
    assert (segment.start.boot, segment.start.first_sample, segment.start.calibration) == (1, 0, None)
    assert segment.last_sample == len(worn("lifts")) - 1
    again = lines(dicts(analyse_archive(home.read())))
    assert again == lines(home.stored(*DERIVED_KINDS))
    (calibration,) = [e.calibration for e in home.read().entries if isinstance(e, CalibrationMade)]
    assert [calibration.to_dict()] == home.stored("calibration")


def test_how_the_link_batches_makes_no_difference(homes: Homes, worn: Worn, tmp_path: Path) -> None:
    told = []
    for at_once in (9, 1700):
        home = homes(tmp_path / str(at_once))
        home.push(worn("lifts"), at_once)
        home.segments.finish()
        told.append(lines(dicts(home.delivered)))
    assert told[0] == told[1]


def test_finishing_twice_or_before_the_start_is_nothing(homes: Homes, worn: Worn) -> None:
    home = homes()
    home.segments.finish()
    home.push(worn("quiet", seconds=2))
    home.segments.finish()
    home.segments.finish()
    assert len(home.read().segments) == 1


def test_a_new_boot_ends_the_segment(homes: Homes, worn: Worn) -> None:
    home = homes()
    home.push(worn("quiet", seconds=5, boot=1))
    home.push(worn("quiet", seconds=3, boot=2, later_h=0.1))
    first, second = home.read().segments
    assert (first.start.boot, first.last_sample, first.is_finished) == (1, 499, True)
    assert (second.start.boot, second.start.first_sample, second.is_finished) == (2, 0, False)


def test_after_an_end_the_same_boot_goes_on_where_it_was(homes: Homes, worn: Worn) -> None:
    whole, home = homes(), homes(homes.folder / "stopped")
    whole.push(worn("lifts"))
    whole.segments.finish()
    home.push(worn("lifts")[:12000])
    home.segments.finish()
    home.push(worn("lifts")[12000:])
    home.segments.finish()
    (segment,) = home.read().segments
    assert (segment.revision, segment.last_sample) == (1, len(worn("lifts")) - 1)
    told = [{**event, "revision": 0, "event_id": ""} for event in home.stored(*DERIVED_KINDS)]
    expected = [{**event, "revision": 0, "event_id": ""} for event in whole.stored(*DERIVED_KINDS)]
    assert lines(told) == lines(expected)


@pytest.mark.parametrize("after_s", [2.53, 5.53])
def test_a_stop_right_after_a_bend_is_repeated_by_the_archive_too(
    homes: Homes, worn: Worn, chores_s: list[tuple[float, float]], after_s: float
) -> None:
    """Live and archive are cut differently, and yet have said the same when the revision changes."""
    stopped, (_, end_s) = homes(), chores_s[6]
    lifts, stop = worn("lifts"), round(100 * (end_s + after_s))
    stopped.push(lifts[:stop], at_once=10)
    stopped.segments.finish()
    homes.close(stopped)
    home = homes()
    home.push(lifts[stop : stop + 3000], at_once=10)
    home.segments.finish()
    (segment,) = home.read().segments
    assert segment.revision == 1
    assert lines(dicts(analyse_archive(home.read()))) == lines(home.stored(*DERIVED_KINDS))


def test_a_strip_that_was_off_in_between_begins_a_new_segment(homes: Homes, worn: Worn) -> None:
    home = homes()
    home.push(worn("quiet", seconds=6)[:400])
    home.segments.finish()
    home.push(worn("quiet", seconds=6, later_h=0.1)[400:])
    assert [segment.start.first_sample for segment in home.read().segments] == [0, 400]


@pytest.mark.parametrize(("later_h", "is_reused"), [(0.2, True), (11.9, True), (12.2, False)])
def test_a_calibration_serves_a_new_boot_for_a_while(
    homes: Homes, worn: Worn, later_h: float, *, is_reused: bool
) -> None:
    home = homes(reuse_h=12.0)
    home.push(worn("quiet"))
    home.push(worn("quiet", boot=2, seconds=2, later_h=later_h))
    (made,) = home.stored("calibration")
    given = home.read().segments[1].start.calibration
    assert (given is not None) == is_reused
    if given is not None:
        assert given.to_dict() == made


def test_a_calibration_serves_the_next_process(homes: Homes, worn: Worn) -> None:
    before = homes()
    before.push(worn("quiet"))
    before.segments.finish()
    homes.close(before)
    after = homes()
    after.push(worn("quiet", boot=2, seconds=2, later_h=1.0))
    assert after.read().segments[1].start.calibration == after.recovered
    assert after.recovered is not None


def test_a_routine_cut_short_leaves_no_calibration(homes: Homes, worn: Worn) -> None:
    home = homes()
    home.push(worn("quiet", seconds=60))
    home.segments.finish()
    home.push(worn("quiet", boot=2, seconds=2, later_h=0.1))
    assert home.stored() == []
    assert [segment.start.calibration for segment in home.read().segments] == [None, None]


def test_aligned_mode_needs_no_routine(homes: Homes, worn: Worn, chores_s: list[tuple[float, float]]) -> None:
    home = homes(mode="aligned")
    first = int(100 * (chores_s[0][0] - 8))
    home.push(worn("lifts")[first : first + 4000])
    home.segments.finish()
    given = home.read().segments[0].start.calibration
    assert given is not None
    assert given.mounting_upper_quat == given.mounting_lower_quat == [1.0, 0.0, 0.0, 0.0]
    lifts = home.stored("lift")
    assert len(lifts) >= 3
    assert all(lift["lumbar_range_pct"] is None and lift["quality"] <= 0.6 for lift in lifts)
    assert lines(dicts(analyse_archive(home.read()))) == lines(home.stored())


def test_aligned_mode_with_a_single_pod(homes: Homes, worn: Worn) -> None:
    home = homes(mode="aligned")
    both = worn("quiet", seconds=30)
    home.push(RawSamples(both.boot, 0, both.utc_ns, both.raw[:, 6:]))
    home.segments.finish()
    given = home.read().segments[0].start.calibration
    assert given is not None
    assert given.mounting_upper_quat is None
    assert {event["mode"] for event in home.stored()} == {"single"}


def test_long_sitting_is_told_and_felt(homes: Homes, worn: Worn) -> None:
    home = homes(settings=SOON)
    home.push(worn("desk", seconds=400))
    raised = [(alert["level"], alert["action"]) for alert in home.stored("alert")]
    assert raised == [("nudge", "raised"), ("alert", "raised")]
    assert home.vibrations == [Vibration.NUDGE, Vibration.ALERT]
    assert json.loads(home.care_state.read_text())["state"]["breaks"]["reminders"] == 2


def test_the_wearers_word_corrects_what_goes_on_and_the_archive_repeats_it(homes: Homes, worn: Worn) -> None:
    home, sitting = homes(), worn("desk", seconds=400)
    home.segments.correct("standing")
    home.push(sitting[:30_000])
    told = [event["state"] for event in home.stored("posture")]
    home.segments.correct("standing")
    home.push(sitting[30_000:])
    home.segments.finish()
    assert [entry for entry in home.read().entries if isinstance(entry, Corrected)] == [
        Corrected(1, 30_000, "standing")
    ]
    assert [event["state"] for event in home.stored("posture")][len(told)] == "standing"
    uncorrected = homes(home.folder / "uncorrected")
    uncorrected.push(sitting)
    uncorrected.segments.finish()
    assert uncorrected.stored("sitting")
    assert home.stored("sitting") != uncorrected.stored("sitting")
    assert lines(home.stored(*DERIVED_KINDS)) == lines(dicts(analyse_archive(home.read())))


def test_the_wearers_word_holds_when_the_same_boot_goes_on(homes: Homes, worn: Worn) -> None:
    home, sitting = homes(), worn("desk", seconds=400)
    home.push(sitting[:30_000])
    home.segments.correct("standing")
    home.segments.finish()
    home.push(sitting[30_000:])
    home.segments.finish()
    assert lines(home.stored(*DERIVED_KINDS)) == lines(dicts(analyse_archive(home.read())))


def test_a_restart_neither_repeats_nor_forgets_a_reminder(homes: Homes, worn: Worn) -> None:
    sitting = worn("desk", seconds=400)
    before = homes(settings=SOON)
    at = 0
    while not before.vibrations:
        before.push(sitting[at : at + 100])
        at += 100
    before.segments.finish()
    homes.close(before)
    after = homes(settings=SOON)
    after.push(sitting[at:])
    assert after.vibrations == [Vibration.ALERT]
    assert [alert["level"] for alert in after.stored("alert")] == ["nudge", "alert"]


@pytest.mark.parametrize("damage", ['{"now_ns": 12', '{"sitting_ns": -1}', "[]", "\udcff"])
def test_a_damaged_care_state_is_told_and_begun_anew(
    homes: Homes, worn: Worn, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    home = homes()
    homes.close(home)
    home.care_state.write_bytes(damage.encode(errors="surrogateescape"))
    with caplog.at_level(logging.WARNING):
        again = homes()
    assert "care state unreadable; starting anew" in caplog.text
    again.push(worn("quiet"))
    again.segments.finish()
    assert json.loads(again.care_state.read_text())["state"]["breaks"]["sitting"]["now_ns"] is not None


def test_a_care_state_that_cannot_be_kept_ends_the_run(homes: Homes, worn: Worn) -> None:
    home = homes()
    home.care_state.mkdir()
    with pytest.raises(CareStateError, match=r"care\.json cannot be written: "):
        home.push(worn("quiet"))


def test_one_tap_is_heard_by_the_count_and_by_the_core(homes: Homes, worn: Worn) -> None:
    home, sitting = homes(settings=SOON), worn("desk", seconds=400)
    home.push(sitting[:30_000])
    before = [alert["action"] for alert in home.stored("alert")]
    assert before[0] == "raised"
    tapped = SimpleNamespace(utc_ns=lambda: home.holdings_time(1, 29_999))
    Wishes(tapped, home.care, home.strip, home.archive, home.told.append).was_standing()  # type: ignore[arg-type]
    home.push(sitting[30_000:])
    home.segments.finish()
    assert [entry.sample for entry in home.read().entries if isinstance(entry, Corrected)] == [30_000]
    assert len(home.stored("correction")) == 1
    assert "raised" not in [alert["action"] for alert in home.stored("alert")][len(before) :]
    assert home.stored("minute")[-1]["sitting_s"] == 0
