"""The whole gateway in one process with the strip and the radio that it reaches over bleak."""

import asyncio
import contextlib
import http.client
import io
import json
import signal
import socket
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from analysis.care.breaks import BreakState
from analysis.care.policy import CareState
from analysis.care.sitting import SittingState
from analysis.events.catalogue import DERIVED_KINDS
from analysis.events.fields import utc_ns
from analysis.events.topics import CommandTopic, EventTopic
from analysis.recording.archive import Archive, find_archives
from analysis.recording.journal import Anchor, Mark, Prescribed
from analysis.recording.raw import RawSamples
from analysis.replay import analyse_archive
from analysis.trends.broker import Broker
from analysis.trends.connection import Connected, Connection, Publication, Received
from analysis.trends.sqlite import SqliteStore
from analysis.trends.store import StoreError
from firmware_sim.bleak_backend import VirtualBluetooth, virtual_bluetooth
from firmware_sim.broker import BrokerMissingError, RunningBroker, start_mosquitto
from firmware_sim.ether import RadioParams
from firmware_sim.peripheral import run_strip
from firmware_sim.person.source import PersonSource
from firmware_sim.ports import free_port
from firmware_sim.scenarios import scenario
from firmware_sim.strip_host import StripStats
from firmware_sim.virtual_radio import VirtualRadio
from gateway.app import Gateway
from gateway.config import GatewayConfig, parse_config
from gateway.delivery.homeassistant import Topics
from gateway.pages import PageError
from gateway.wire.timebase import Clock
from tests.gateway.message_service import message_service

PATIENT, SERIAL = "p-1", "LM-000001"
SPEED = 60.0
SOON_S = 20.0

Worn = Callable[..., RawSamples]
Homes = Any  # the fixture's type lives in conftest.py


def get_json(port: int) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5.0)
    with contextlib.closing(connection):
        connection.request("GET", "/api/status")
        account: dict[str, Any] = json.load(connection.getresponse())
        return account


def lines(events: Iterable[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(event, sort_keys=True) for event in events)


@dataclass
class House:
    """A house with a radio, and a person who wears a strip in it."""

    folder: Path
    radio: VirtualRadio
    clock: Clock
    port: int = field(default_factory=free_port)

    @property
    def data(self) -> Path:
        return self.folder / "home"

    def settings(self, **sections: Any) -> GatewayConfig:
        given = {
            "patient": {"id": PATIENT},
            "strip": {"serial": SERIAL},
            "storage": {"folder": str(self.data)},
            "pages": {"port": self.port},
        }
        return parse_config(given | sections, GatewayConfig, where="test")

    def adapter(self) -> VirtualBluetooth:
        hci = f"tcp-client:127.0.0.1:{self.radio.ports[1]}"
        return virtual_bluetooth(hci, key_store=self.folder / "bonds.json")

    @contextlib.asynccontextmanager
    async def strip(self, name: str) -> AsyncIterator[asyncio.Task[StripStats]]:
        stop = asyncio.Event()
        task = asyncio.create_task(
            run_strip(
                f"tcp-client:127.0.0.1:{self.radio.ports[0]}",
                PersonSource(scenario(name, 1)),
                clock=self.clock,
                serial=SERIAL,
                state_dir=self.folder / "strip",
                stop=stop,
            )
        )
        try:
            yield task
        finally:
            stop.set()
            await task

    @contextlib.asynccontextmanager
    async def gateway(self, terminal: io.StringIO | None = None, **sections: Any) -> AsyncIterator[Gateway]:
        """Run a gateway; at the end it is stopped as SIGTERM would."""
        adapter = self.adapter()
        try:
            home = Gateway(self.settings(**sections), self.clock, adapter, terminal)
            running = asyncio.create_task(home.run())
            try:
                yield home
            finally:
                await home.stop()
                await asyncio.wait_for(running, SOON_S)
        finally:
            await adapter.close()

    async def until(self, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until the account says so."""
        async with asyncio.timeout(SOON_S):
            while True:
                account = await asyncio.to_thread(get_json, self.port)
                if is_so(account):
                    return account
                await asyncio.sleep(0.05)

    def stored(self, *kinds: str) -> list[dict[str, Any]]:
        with contextlib.closing(SqliteStore(self.data / "home.sqlite")) as store:
            return store.events(PATIENT, kinds=kinds or None)

    def alter_store(self, how: str) -> None:
        with contextlib.closing(sqlite3.connect(self.data / "home.sqlite")) as other:
            other.execute(how)

    def archive(self) -> Archive:
        (folder,) = find_archives(self.data / "archive")
        return Archive(folder)


@pytest.fixture
def house(tmp_path: Path) -> Callable[[], contextlib.AbstractAsyncContextManager[House]]:
    @contextlib.asynccontextmanager
    async def build() -> AsyncIterator[House]:
        clock = Clock.scaled(SPEED, datetime(2026, 3, 2, 8, tzinfo=UTC))
        radio = VirtualRadio(RadioParams(supervision_floor_s=0.4), clock, seed=1)
        await radio.start([0, 0])
        try:
            yield House(tmp_path, radio, clock)
        finally:
            await radio.close()

    return build


Build = Callable[[], contextlib.AbstractAsyncContextManager[House]]


def has_ended(account: dict[str, Any]) -> bool:
    return bool(account["segments_ended"] == 1)


def streams(account: dict[str, Any]) -> bool:
    return bool(account["samples"] > 1000)


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
        assert len(home.stored("lift")) == 12
        assert lines(event.to_dict() for event in analyse_archive(home.archive())) == lines(
            home.stored(*DERIVED_KINDS)
        )

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


class Clinic:
    """The clinic, and whoever else is at the broker."""

    def __init__(self, port: int) -> None:
        self._connection = Connection(Broker("127.0.0.1", port), "the-clinic", session_expiry_s=0)
        self.heard: dict[str, list[Any]] = {}

    async def begin(self) -> None:
        assert isinstance(await self._connection.next(), Connected)
        self._connection.subscribe("#")
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        while True:
            match await self._connection.next():
                case Received() as message:
                    self._connection.acknowledge(message)
                    with contextlib.suppress(ValueError):
                        self.heard.setdefault(message.topic, []).append(json.loads(message.payload))

    def of(self, kind: str) -> list[Any]:
        return self.heard.get(str(EventTopic(PATIENT, SERIAL, kind)), [])

    def order(self, name: str, command_id: str, *, retain: bool = False, **body: Any) -> None:
        given = {"command_id": command_id, "issued": "2026-03-02T08:00:00.000Z", "expires": None}
        topic = str(CommandTopic(PATIENT, SERIAL, name))
        self._connection.publish(Publication(topic, json.dumps(given | body).encode(), retain=retain))

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(SOON_S):
            while not is_so():  # noqa: ASYNC110 - what is waited for comes from another task
                await asyncio.sleep(0.02)

    async def asked(self, name: str, **body: Any) -> tuple[str, str | None]:
        """Give an order and return its answer."""
        command_id = f"{name}-{body}"[:90]
        self.order(name, command_id, **body)

        def answers() -> list[Any]:
            return [one for one in self.of("command") if one["command_id"] == command_id]

        await self.until(lambda: bool(answers()))
        (answer,) = answers()
        return answer["result"], answer["reason"]

    async def close(self) -> None:
        self._listening.cancel()
        await self._connection.close()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RunningBroker]:
    try:
        with start_mosquitto(tmp_path / "broker") as running:
            yield running
    except BrokerMissingError as error:
        pytest.skip(str(error))


def test_the_clinic_is_answered_once_and_its_wishes_are_carried_out(
    house: Build, broker: RunningBroker
) -> None:
    answers: dict[str, tuple[str, str | None]] = {}

    async def act() -> None:
        async with house() as home, home.strip("quiet") as strip:
            clinic = Clinic(broker.port)
            await clinic.begin()
            settings = {"nudge_min": 20, "alert_min": 40}
            async with home.gateway(mqtt={"clinic": {"host": "127.0.0.1", "port": broker.port}}):
                assert (await home.until(streams))["backlog"] is not None
                answers["tick"] = await clinic.asked("vibrate", pattern="tick")
                answers["odd"] = await clinic.asked("vibrate", pattern="dance")
                answers["late"] = await clinic.asked(
                    "vibrate", pattern="alert", expires="2026-03-02T07:00:00.000Z"
                )
                answers["snooze"] = await clinic.asked("snooze", minutes=15)
                answers["meet"] = await clinic.asked("snooze", minutes=60, mode="meeting")
                answers["party"] = await clinic.asked("snooze", minutes=60, mode="party")
                answers["heard"] = await clinic.asked("acknowledge")
                answers["buzz"] = await clinic.asked("settings", revision=1, settings={"nudge_min": 1})
                answers["set"] = await clinic.asked("settings", retain=True, revision=2, settings=settings)
                clinic.order("settings", "again", revision=1, settings={})
                clinic.order("settings", "again", revision=3, settings={"nudge_min": 15})
                await clinic.until(lambda: len(clinic.of("command")) == 10)
                answers["calibrate"] = await clinic.asked("calibrate")
                assert (await home.until(has_ended))["segments_ended"] == 1
                await home.until(lambda account: account["segment_open"] is True)
            # What was answered before is known to the next process.
            async with home.gateway(mqtt={"clinic": {"host": "127.0.0.1", "port": broker.port}}):
                await home.until(lambda account: account["link"] == "streaming")
                clinic.order("calibrate", "calibrate-{}")
                clinic.order("acknowledge", "last")
                await clinic.until(lambda: clinic.of("command")[-1]["command_id"] == "last")
            await clinic.close()
        # Without a recorder nothing is committed, so the second process sends the answers of the first again.
        assert len({answer["event_id"] for answer in clinic.of("command")}) == 12
        assert len(home.stored("command")) == 12
        assert [name for _, name in (await strip).vibrations] == ["tick"]
        (prescribed,) = [entry for entry in home.archive().entries if isinstance(entry, Prescribed)]
        assert (prescribed.revision, prescribed.values["nudge_min"]) == (2, 20.0)

    asyncio.run(act())
    assert answers["tick"] == answers["meet"] == answers["set"] == answers["calibrate"] == ("done", None)
    assert answers["odd"] == ("refused", "pattern must be nudge, alert or tick")
    assert answers["late"] == ("expired", "it came too late")
    assert answers["snooze"] == ("refused", "there is no alert to snooze")
    assert answers["party"] == ("refused", "mode must be meeting or driving, or left out")
    assert answers["heard"] == ("refused", "there is no alert to acknowledge")
    assert answers["buzz"] == ("refused", "nudge_min: Input should be greater than or equal to 10")


def test_a_nudge_is_told_everywhere_and_snoozed_from_the_clinic(house: Build, broker: RunningBroker) -> None:
    async def act() -> None:
        async with house() as home, home.strip("desk") as strip:
            clinic = Clinic(broker.port)
            await clinic.begin()
            home.data.mkdir()
            almost = CareState(BreakState(SittingState(sitting_ns=590 * 10**9)))
            (home.data / "care.json").write_text(f'{{"state": {almost.to_json()}}}', encoding="utf-8")
            at = {"host": "127.0.0.1", "port": broker.port}
            with message_service() as service:
                async with home.gateway(
                    care={"nudge_min": 10, "alert_min": 15},
                    mqtt={"clinic": at, "home": at},
                    notify={"urls": [service.url]},
                ):
                    await clinic.until(lambda: bool(clinic.of("alert")))
                    assert await clinic.asked("snooze", minutes=15) == ("done", None)
                    await clinic.until(lambda: len(clinic.of("alert")) == 2)
                    account = await home.until(lambda account: account["messages_sent"] == 1)
                    assert (account["message_failures"], account["messages_given_up"]) == (0, 0)
                    told = str(Topics(PATIENT, SERIAL).state)
                    # Home Assistant is told at its own pace, not with the nudge.
                    await clinic.until(lambda: clinic.heard[told][-1]["minutes_sat"] >= 10)
            await clinic.close()
        assert [name for _, name in (await strip).vibrations] == ["nudge"]
        assert [(one["level"], one["action"]) for one in clinic.of("alert")] == [
            ("nudge", "raised"),
            ("nudge", "snoozed"),
        ]
        assert [one["title"] for one in service.got] == ["Time for a break"]
        topics = Topics(PATIENT, SERIAL)
        assert clinic.heard[topics.config][0]["dev"]["sn"] == SERIAL
        seen = clinic.heard[topics.state]
        assert seen[-1]["state"] == "sitting"
        assert seen[-1]["lifts_today"] == 0
        due_ns, raised_ns = utc_ns(seen[-1]["next_break"]), utc_ns(clinic.of("alert")[0]["start"])
        assert abs(due_ns - raised_ns) < 2 * 10**9

    asyncio.run(act())


async def lumbar_alerts(home: House, *options: str) -> tuple[int, dict[str, Any], str]:
    """Run ``lumbar alerts`` beside the gateway; return its exit status, JSON and complaint."""
    command = [sys.executable, "-m", "gateway.cli", "alerts", "--folder", str(home.data), "--json", *options]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, complaint = await process.communicate()
    assert process.returncode is not None
    return process.returncode, json.loads(out or "{}"), complaint.decode()


def test_a_nudge_is_answered_from_the_command_line(house: Build) -> None:
    async def act() -> None:
        async with house() as home, home.strip("desk"):
            home.data.mkdir()
            almost = CareState(BreakState(SittingState(sitting_ns=590 * 10**9)))
            (home.data / "care.json").write_text(f'{{"state": {almost.to_json()}}}', encoding="utf-8")
            async with home.gateway(care={"nudge_min": 10, "alert_min": 60}):
                async with asyncio.timeout(SOON_S):
                    while not home.stored("alert"):  # noqa: ASYNC110 - another connection to the store
                        await asyncio.sleep(0.1)
                status, told, _ = await lumbar_alerts(home, "--snooze", "60")
                assert (status, told["running"]) == (0, True)
                (alert,) = told["now"]["alerts"]
                assert (alert["level"], alert["phase"]) == ("nudge", "snoozed")
                assert [one["action"] for one in told["history"]] == ["raised", "snoozed"]
                status, told, _ = await lumbar_alerts(home, "--acknowledge")
                assert (status, told["now"]["alerts"][0]["phase"]) == (0, "acknowledged")
                status, _, complaint = await lumbar_alerts(home, "--acknowledge")
                assert (status, complaint) == (1, "lumbar: There is no alert to acknowledge\n")
            status, _, complaint = await lumbar_alerts(home, "--acknowledge")
            assert status == 1
            assert "no gateway runs in" in complaint
        assert [one["action"] for one in home.stored("alert")] == ["raised", "snoozed", "acknowledged"]

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
