"""The main job over the virtual radio and a real mosquitto, with the strip killed in the middle."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from analysis.events.catalogue import DERIVED_KINDS, TYPES, schema_path
from analysis.events.fields import utc_text
from analysis.recording.archive import Archive, find_archives
from analysis.replay import analyse_archive
from analysis.trends.sqlite import SqliteStore
from firmware_sim.scenarios import scenario
from firmware_sim.scoring import Tolerances, score
from firmware_sim.stage import PATIENT, SERIAL, Stage
from firmware_sim.truth.events import truth_events
from firmware_sim.truth.record import truth_of

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

OnStage = Callable[..., None]
Events = list[dict[str, Any]]


def stored(path: Path) -> Events:
    with closing(SqliteStore(path)) as store:
        return store.events(PATIENT)


def lines(events: Iterable[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(event, sort_keys=True) for event in events)


def derived(events: Events) -> Events:
    return [event for event in events if event["schema"].split(".")[1].split("/")[0] in DERIVED_KINDS]


def true_events(stage: Stage) -> Events:
    start_ns = stage.donned_utc_ns()
    truth = truth_of(scenario(stage.plan.scenario, stage.plan.seed))
    return list(
        truth_events(
            truth, patient=PATIENT, device=SERIAL, utc_ns_of=lambda at_s: start_ns + round(at_s * 1e9)
        )
    )


def was_radioed(event: dict[str, Any], archive: Archive) -> bool:
    """Whether a true event lies in a stretch that reached the gateway, a second clear of its ends."""
    for segment in archive.segments:
        times = [block.utc_ns for block in archive.blocks(segment) if block.utc_ns is not None]
        first, last = utc_text(int(times[0][0]) + 10**9), utc_text(int(times[-1][-1]) - 10**9)
        if first <= event["start"] and event["end"] <= last:
            return True
    return False


def is_part_of_any(event: dict[str, Any], torn: Events) -> bool:
    """Whether a lift is what was seen of one that the radio tore."""
    is_lift = event["schema"] == "lumbar.lift/1"
    return is_lift and any(event["start"] < lift["end"] and lift["start"] < event["end"] for lift in torn)


async def samples_reach(stage: Stage, count: int) -> None:
    async for status in stage.progress():
        if status.get("samples", 0) >= count:
            return


async def to_the_end(stage: Stage) -> dict[str, Any]:
    accounts = [status async for status in stage.progress()]
    await stage.delivered()
    return accounts[-1]


def test_twelve_lifts_with_the_strip_killed_in_the_middle(on_stage: OnStage) -> None:
    async def act(stage: Stage) -> None:
        await samples_reach(stage, 16_000)
        assert stage.strip is not None
        assert await stage.strip.kill() == -9
        await stage.start_strip()
        status = await to_the_end(stage)

        # Both stores hold the same events, each once, and each as its schema wants it.
        home, clinic = stored(stage.home_store), stored(stage.clinic_store)
        facts = [event for event in home if event["schema"] != "lumbar.status/1"]
        assert lines(facts) == lines(event for event in clinic if event["schema"] != "lumbar.status/1")
        assert max(Counter(event["event_id"] for event in clinic).values()) == 1
        for event in clinic:
            schema = json.loads(schema_path(TYPES[event["schema"]]).read_text(encoding="utf-8"))
            jsonschema.Draft202012Validator(schema).validate(event)

        # The new boot is a segment of its own; the calibration of the first serves on.
        assert status["segments_ended"] >= 1
        calibrations = [event for event in clinic if event["schema"] == "lumbar.calibration/1"]
        assert [event["accepted"] for event in calibrations] == [True]
        assert {event["boot"] for event in derived(clinic)} == {1, 2}

        # The archive reproduces the live run, event for event.
        (folder,) = find_archives(stage.plan.folder / "archive")
        archive = Archive(folder)
        assert lines(event.to_dict() for event in analyse_archive(archive)) == lines(derived(clinic))

        # What was radioed was told right.
        truth = true_events(stage)
        radioed = [event for event in truth if was_radioed(event, archive)]
        torn = [event for event in truth if event not in radioed and event["schema"] == "lumbar.lift/1"]
        result = score(radioed, [event for event in clinic if not is_part_of_any(event, torn)])
        assert 6 <= result.true_lifts.total() < 12
        assert result.faults(Tolerances(missed_lifts=0, wrong_strategies=0)) == []

    on_stage(act, speed=8.0, scenario="lifts")


def test_a_gateway_killed_and_restarted_says_everything_once(on_stage: OnStage) -> None:
    async def act(stage: Stage) -> None:
        await samples_reach(stage, 16_000)
        assert stage.gateway is not None
        await stage.gateway.kill()
        await stage.start_gateway()
        await to_the_end(stage)
        clinic = stored(stage.clinic_store)
        assert max(Counter(event["event_id"] for event in clinic).values()) == 1
        (folder,) = find_archives(stage.plan.folder / "archive")
        archive = Archive(folder)
        (segment,) = archive.segments
        assert segment.is_finished
        assert not segment.gaps, "what was recorded meanwhile has been fetched"
        assert lines(event.to_dict() for event in analyse_archive(archive)) == lines(derived(clinic))
        assert score(true_events(stage), clinic).faults(Tolerances(missed_lifts=0, wrong_strategies=0)) == []

    on_stage(act, speed=8.0, scenario="lifts")


def test_broker_and_recorder_may_be_away(on_stage: OnStage) -> None:
    async def act(stage: Stage) -> None:
        assert stage.broker is not None
        assert stage.recorder is not None
        await stage.recorder.kill()
        await samples_reach(stage, 17_000)
        stage.broker.kill()
        await asyncio.sleep(1.0)
        stage.start_broker()
        await stage.start_recorder()
        await to_the_end(stage)
        home, clinic = stored(stage.home_store), stored(stage.clinic_store)
        assert lines(derived(home)) == lines(derived(clinic))
        assert len(derived(clinic)) > 12

    on_stage(act, speed=20.0, scenario="lifts")
