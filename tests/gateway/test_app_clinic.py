"""The whole gateway with a clinic at the broker: its wishes, and who answers a nudge from where."""

import asyncio
import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from analysis.care.breaks import BreakState
from analysis.care.policy import CareState
from analysis.care.sitting import SittingState
from analysis.events.fields import utc_ns
from analysis.events.topics import CommandTopic, EventTopic
from analysis.recording.journal import Prescribed
from analysis.trends.broker import Broker
from analysis.trends.connection import Connected, Connection, Publication, Received
from firmware_sim.broker import BrokerMissingError, RunningBroker, start_mosquitto
from gateway.delivery.homeassistant import Topics
from tests.gateway.house import (
    PATIENT,
    SERIAL,
    SOON_S,
    Build,
    House,
    has_ended,
    streams,
)
from tests.gateway.message_service import message_service


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
