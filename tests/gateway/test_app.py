"""The whole gateway in one process with the strip and the radio that it reaches over bleak."""

import asyncio
import io
import signal
import socket
import time
from collections.abc import Iterator

import pytest

from analysis.care.breaks import BreakState
from analysis.care.policy import CareState
from analysis.care.sitting import SittingState
from analysis.events.catalogue import DERIVED_KINDS
from analysis.recording.journal import Anchor, Mark
from analysis.replay import analyse_archive
from analysis.trends.store import StoreError
from firmware_sim.scenarios import scenario
from gateway.app import Gateway
from gateway.pages import PageError
from tests.gateway.house import (
    SOON_S,
    SPEED,
    Build,
    Homes,
    Worn,
    has_ended,
    lines,
    streams,
)


def test_a_strip_s_life_ends_up_in_the_home_s_store(house: Build) -> None:
    terminal = io.StringIO()

    async def act() -> None:
        async with house() as home, home.strip("lifts"), home.gateway(terminal) as gateway:
            assert gateway.url == f"http://127.0.0.1:{home.port}/"
            await home.until(streams)
            signal.raise_signal(signal.SIGUSR1)  # somebody presses the strip's button
            account = await home.until(has_ended)
            assert account["samples"] + account["missing_samples"] == pytest.approx(
                100 * scenario("lifts", 1).duration_s, abs=20
            )
            assert account["backlog"] is None
            assert account["recorded"] >= 12
        assert len(home.stored("lift")) == 12
        (status,) = home.stored("status")
        assert (status["presence"], status["link_state"]) == ("offline", "stopped")
        assert [event["accepted"] for event in home.stored("calibration")] == [True]
        assert lines(event.to_dict() for event in analyse_archive(home.archive())) == lines(
            home.stored(*DERIVED_KINDS)
        )
        kinds = {type(entry) for entry in home.archive().entries}
        assert {Mark, Anchor} <= kinds
        assert len(home.stored("mark")) == 1
        assert [path.suffix for path in home.archive().folder.glob("2026*")] == [".parquet"]

    asyncio.run(act())
    said = terminal.getvalue()
    assert said.startswith("\r\x1b[K08:0")
    assert "streaming, battery" in said
    assert said.endswith("\n")


def test_stopping_finishes_what_is_open_and_starting_goes_on(house: Build) -> None:
    async def act() -> None:
        async with house() as home, home.strip("lifts"):
            async with home.gateway():
                await home.until(lambda account: account["posture"] is not None)
                asked_s = time.monotonic()
            assert time.monotonic() - asked_s < 4.0
            assert [segment.is_finished for segment in home.archive().segments] == [True]
            # The routine ends with a slump; the calibration comes into force just before the rise from it.
            assert [span["state"] for span in home.stored("posture")] == ["sitting", "standing"]
            async with home.gateway():
                await home.until(has_ended)
        (segment,) = home.archive().segments
        assert segment.is_finished
        assert segment.revision > 0
        assert not segment.gaps, "what was recorded in between has been fetched"
        assert len(home.stored("lift")) == 12, segment.end_sample
        assert lines(event.to_dict() for event in analyse_archive(home.archive())) == lines(
            home.stored(*DERIVED_KINDS)
        )

    asyncio.run(act())


def test_a_strip_that_is_taken_off_out_of_range_is_listened_to_before_its_segment_ends(
    house: Build,
) -> None:
    async def act() -> None:
        async with house() as home, home.strip("lifts") as strip, home.gateway():
            await home.until(lambda account: account["samples"] > 18_000)
            home.radio.ether.in_range = False
            await home.until(lambda account: account["link"] != "streaming")
            await asyncio.sleep(60.0 / SPEED)
            home.radio.ether.in_range = True
            await home.until(has_ended)
        (segment,) = home.archive().segments
        assert segment.is_finished
        assert segment.end_sample == (await strip).samples
        assert len(home.stored("lift")) == 12

    asyncio.run(act())


def test_what_a_crash_left_open_is_told_before_the_strip_is_found(
    house: Build, homes: Homes, worn: Worn
) -> None:
    async def act() -> None:
        async with house() as home:
            crashed = homes(home.data)
            crashed.push(worn("lifts"))
            homes.close(crashed)
            async with home.gateway():
                account = await home.until(lambda account: account["recorded"] > 12)
                assert account["link"] in {"waiting", "scanning"}
                assert account["samples"] == 0
            assert [segment.is_finished for segment in home.archive().segments] == [True]
            assert len(home.stored("lift")) == 12
            assert {event["presence"] for event in home.stored("status")} == {"offline"}

    asyncio.run(act())


@pytest.mark.parametrize("what", ["app.recovering", "resuming.Resuming.getting_ready"])
def test_what_is_long_gone_over_holds_up_neither_the_page_nor_a_stop(
    house: Build, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    slices = 0

    def endless(*_: object) -> Iterator[None]:
        nonlocal slices
        while True:
            slices += 1
            yield

    monkeypatch.setattr(f"gateway.{what}", endless)

    async def act() -> None:
        async with house() as home, home.strip("quiet"), home.gateway():
            account = await home.until(lambda _: slices > 100)
            assert account["samples"] == 0
            asked_s = time.monotonic()
        assert time.monotonic() - asked_s < 4.0

    asyncio.run(act())


def test_a_nudge_is_felt_and_counts_the_sitting_before_a_restart(house: Build) -> None:
    async def act() -> None:
        async with house() as home, home.strip("desk") as strip:
            home.data.mkdir()
            almost = CareState(BreakState(SittingState(sitting_ns=590 * 10**9)))
            (home.data / "care.json").write_text(f'{{"state": {almost.to_json()}}}', encoding="utf-8")
            async with home.gateway(care={"nudge_min": 10, "alert_min": 15}):
                await home.until(lambda account: account["posture"] == "sitting")
                async with asyncio.timeout(SOON_S):
                    while not home.stored("alert"):  # noqa: ASYNC110 - another connection to the store
                        await asyncio.sleep(0.1)
        assert [name for _, name in (await strip).vibrations] == ["nudge"]
        (alert,) = home.stored("alert")
        assert (alert["level"], alert["action"]) == ("nudge", "raised")

    asyncio.run(act())


def test_a_taken_port_is_told_before_anything_runs(house: Build) -> None:
    async def act() -> None:
        async with house() as home:
            with socket.socket() as other:
                other.bind(("127.0.0.1", home.port))
                other.listen()
                with pytest.raises(PageError, match=f"port {home.port} is in use"):
                    Gateway(home.settings(), home.clock, home.adapter())

    asyncio.run(act())


def test_a_store_that_is_none_is_told_before_anything_runs(house: Build) -> None:
    async def act() -> None:
        async with house() as home:
            home.data.mkdir()
            (home.data / "home.sqlite").write_bytes(b"no database, but long enough to be looked at" * 50)
            with pytest.raises(StoreError, match=r"home\.sqlite"):
                Gateway(home.settings(), home.clock, home.adapter())

    asyncio.run(act())


def test_a_store_that_fails_ends_the_gateway_and_loses_nothing(house: Build) -> None:
    async def act() -> None:
        async with house() as home, home.strip("quiet"):
            adapter = home.adapter()
            running = asyncio.create_task(Gateway(home.settings(), home.clock, adapter).run())
            await home.until(streams)
            home.alter_store("ALTER TABLE events RENAME TO lost")
            with pytest.raises(StoreError, match=r"home\.sqlite"):
                await asyncio.wait_for(running, SOON_S)
            await adapter.close()
            home.alter_store("ALTER TABLE lost RENAME TO events")
            async with home.gateway():
                await home.until(lambda account: account["worn"] is False)
        assert lines(event.to_dict() for event in analyse_archive(home.archive())) == lines(
            home.stored(*DERIVED_KINDS)
        )
        assert all(segment.is_finished for segment in home.archive().segments)

    asyncio.run(act())
