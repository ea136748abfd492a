"""After a crash: whatever the moment, the events come out once, and the same as without it."""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from analysis.events.catalogue import DERIVED_KINDS
from analysis.recording.raw import RawSamples
from analysis.replay import analyse_archive

Worn = Callable[..., RawSamples]
Chores = list[tuple[float, float]]
Homes = Any  # the fixture's type lives in conftest.py


def lines(events: Iterable[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(event, sort_keys=True) for event in events)


def test_a_new_home_has_nothing_to_recover(homes: Homes) -> None:
    home = homes()
    assert home.recovered is None
    assert home.stored() == []


@pytest.fixture
def moments_s(chores_s: Chores) -> dict[str, int]:
    """When a crash may come, whole seconds."""
    (first_s, _), second, (third_s, _) = chores_s[:3]
    return {
        "before the lifts": int(first_s) - 3,
        "in a lift": int(sum(second) / 2),
        "between lifts": int(third_s) - 1,
        "at the end": int(chores_s[-1][1]) + 3,
    }


@pytest.mark.parametrize("moment", ["before the lifts", "in a lift", "between lifts", "at the end"])
def test_a_torn_segment_says_what_a_finished_one_would_have(
    homes: Homes, worn: Worn, moments_s: dict[str, int], moment: str
) -> None:
    crash_s = moments_s[moment]
    before = homes()
    before.push(worn("lifts", seconds=crash_s))
    crashed = homes.as_a_crash_leaves_it(before)
    said_before = before.stored()
    before.segments.finish()

    after = homes(crashed)
    assert after.stored() == before.stored()
    assert lines(said_before) == lines(event for event in after.stored() if event in said_before)
    assert len(after.stored()) > len(said_before), "what was open came out"
    (segment,) = after.read().segments
    assert (segment.last_sample, segment.is_finished) == (100 * crash_s - 1, True)
    repeated = [event.to_dict() for event in analyse_archive(after.read())]
    assert lines(repeated) == lines(after.stored(*DERIVED_KINDS))
    assert after.recovered is not None
    assert [after.recovered.to_dict()] == after.stored("calibration")


def test_a_second_crash_changes_nothing(homes: Homes, worn: Worn, moments_s: dict[str, int]) -> None:
    first = homes()
    first.push(worn("lifts", seconds=moments_s["in a lift"]))
    second = homes(homes.as_a_crash_leaves_it(first))
    third = homes(homes.as_a_crash_leaves_it(second))
    assert third.stored() == second.stored()
    assert third.delivered == []
    assert len(third.read().segments) == 1


def test_samples_after_the_crash_go_on_where_it_was(
    homes: Homes, worn: Worn, moments_s: dict[str, int]
) -> None:
    samples, crash_at = worn("lifts"), 100 * moments_s["in a lift"]
    before = homes()
    before.push(samples[:crash_at])
    after = homes(homes.as_a_crash_leaves_it(before))
    after.push(samples[crash_at:])
    after.segments.finish()
    (segment,) = after.read().segments
    assert segment.is_finished
    assert segment.last_sample == len(samples) - 1
    assert max(Counter(event["event_id"] for event in after.stored()).values()) == 1
    assert len(after.stored("lift")) == 12, "the lift that the crash cut in two is one again"
    repeated = [event.to_dict() for event in analyse_archive(after.read())]
    assert lines(repeated) == lines(after.stored(*DERIVED_KINDS))


def test_a_crash_between_two_boots_leaves_both_to_be_closed(
    homes: Homes, worn: Worn, moments_s: dict[str, int]
) -> None:
    one = homes()
    one.push(worn("lifts", seconds=moments_s["between lifts"]))
    one.push(worn("lifts", boot=2, later_h=0.1, seconds=20))
    crashed = homes.as_a_crash_leaves_it(one)
    journal = crashed / "archive" / "p-1" / "LM-000001" / "inputs.jsonl"
    kept = [line for line in journal.read_text().splitlines() if '"segment_end"' not in line]
    journal.write_text("".join(f"{line}\n" for line in kept))
    one.segments.finish()
    after = homes(crashed)
    assert [segment.is_finished for segment in after.read().segments] == [True, True]
    assert after.stored() == one.stored()


def test_a_torn_write_is_no_sample_and_no_entry(
    homes: Homes, worn: Worn, caplog: pytest.LogCaptureFixture
) -> None:
    before = homes()
    before.push(worn("quiet"))
    crashed = homes.as_a_crash_leaves_it(before)
    before.segments.finish()
    folder = crashed / "archive" / "p-1" / "LM-000001"
    (log,) = folder.glob("*.samples")
    for path in (log, folder / "inputs.jsonl"):
        with path.open("ab") as file:
            file.write(b'{"kind": "mar')
    after = homes(crashed)
    assert after.stored() == before.stored()
    told = [record.__dict__["what"] for record in caplog.records if "what" in record.__dict__]
    assert any("torn write of 13 bytes" in what for what in told)
    assert any("inputs.jsonl line" in what for what in told)
    after.push(worn("quiet", boot=2, later_h=0.1, seconds=3))
    assert sum(map(len, after.read().blocks(after.read().segments[1]))) == 300


def test_a_calibration_that_the_journal_had_no_time_for_is_found_again(homes: Homes, worn: Worn) -> None:
    before = homes()
    before.push(worn("quiet"))
    crashed = homes.as_a_crash_leaves_it(before)
    journal = crashed / "archive" / "p-1" / "LM-000001" / "inputs.jsonl"
    start, calibration = journal.read_text().splitlines()
    assert '"calibration"' in calibration
    journal.write_text(f"{start}\n")
    after = homes(crashed)
    assert after.recovered is not None
    assert [after.recovered.to_dict()] == before.stored("calibration")


def test_an_unfinished_routine_leaves_no_calibration(homes: Homes, worn: Worn) -> None:
    before = homes()
    before.push(worn("quiet", seconds=60))
    after = homes(homes.as_a_crash_leaves_it(before))
    assert after.recovered is None
    assert after.stored() == []
    assert after.read().segments[0].is_finished


def test_the_newest_calibration_serves_on(homes: Homes, worn: Worn) -> None:
    before = homes(reuse_h=0.5)
    before.push(worn("quiet", boot=1))
    before.push(worn("quiet", boot=2, later_h=1.0))
    before.segments.finish()
    homes.close(before)
    after = homes()
    older, newer = after.stored("calibration")
    assert after.recovered.to_dict() == newer
    assert older["valid_from"] < newer["valid_from"]
