"""Home Assistant's view over a real mosquitto: discovery, values, availability, greeting, will."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from analysis.trends.broker import Broker, BrokerSettingsError
from analysis.trends.connection import Connection, Publication, Received
from gateway.delivery.homeassistant import HomeLink, HomeState, Topics, discovery, next_break_text

if TYPE_CHECKING:
    from tests.gateway.delivery.conftest import Clinic

TOPICS = Topics("p-01", "LM-0001")
SITTING = HomeState("sitting", 12, "2026-03-02T09:30:00.000Z", 4, 81)
SOON_S = 10.0


class Watcher:
    """Home Assistant, as far as the broker can tell."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def next(self, topic: str) -> bytes:
        async with asyncio.timeout(SOON_S):
            while True:
                match await self._connection.next():
                    case Received() as message:
                        self._connection.acknowledge(message)
                        if message.topic == topic:
                            return message.payload

    async def value(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(await self.next(TOPICS.state))
        return value


class Scene:
    def __init__(self, clinic: "Clinic") -> None:
        self.clinic, self.state = clinic, SITTING

    @asynccontextmanager
    async def home(self) -> AsyncIterator[HomeLink]:
        link = HomeLink(self.clinic.settings, "p-01", "LM-0001", lambda: self.state)
        running = asyncio.create_task(link.run())
        try:
            yield link
        finally:
            link.stop()
            await running

    @asynccontextmanager
    async def watcher(self) -> AsyncIterator[tuple[Watcher, Connection]]:
        async with self.clinic.client("#", name="homeassistant") as connection:
            yield Watcher(connection), connection


@pytest.fixture
def scene(clinic: "Clinic") -> Scene:
    return Scene(clinic)


def test_the_description_is_what_home_assistant_documents() -> None:
    """Device discovery: object id of letters, digits, _ and -; origin required; sensors with unique ids."""
    description = discovery(Topics("p.01", "LM-0001"))
    assert re.fullmatch(r"homeassistant/device/[A-Za-z0-9_-]+/config", Topics("p.01", "LM-0001").config)
    assert description["dev"]["ids"] == ["lumbar_p_01_LM-0001"]
    assert description["dev"]["sn"] == "LM-0001"
    assert description["o"]["name"] == "lumbar-monitor"
    sensors = description["cmps"]
    assert list(sensors) == ["state", "minutes_sat", "next_break", "lifts_today", "battery_pct"]
    assert len({sensor["unique_id"] for sensor in sensors.values()}) == 5
    for name, sensor in sensors.items():
        assert sensor["p"] == "sensor"
        assert sensor["value_template"] == f"{{{{ value_json.{name} }}}}"
        assert sensor["expire_after"] == 300
    assert sensors["state"]["options"] == ["lying", "sitting", "standing", "walking", "not_worn"]
    assert sensors["next_break"] == sensors["next_break"] | {"device_class": "timestamp"}
    assert "state_class" not in sensors["next_break"], "an instant is no measurement"
    assert "unit_of_measurement" not in sensors["state"], "an enum has no unit"
    assert sensors["battery_pct"]["unit_of_measurement"] == "%"
    assert (description["state_topic"], description["availability_topic"]) == (
        "lumbar/home/p.01/LM-0001/state",
        "lumbar/home/p.01/LM-0001/availability",
    )


def test_the_strip_appears_with_values_and_leaves_with_a_word(scene: Scene) -> None:
    async def play() -> None:
        async with scene.watcher() as (watcher, _):
            async with scene.home():
                assert json.loads(await watcher.next(TOPICS.config)) == discovery(TOPICS)
                assert await watcher.next(TOPICS.availability) == b"online"
                assert await watcher.value() == {
                    "state": "sitting",
                    "minutes_sat": 12,
                    "next_break": "2026-03-02T09:30:00.000Z",
                    "lifts_today": 4,
                    "battery_pct": 81,
                }
                scene.state = replace(SITTING, minutes_sat=13)
                assert (await watcher.value())["minutes_sat"] == 13
                scene.state = HomeState()
                assert set((await watcher.value()).values()) == {None}
            assert await watcher.next(TOPICS.availability) == b"offline"
        # Whoever comes later finds all of it retained.
        async with scene.watcher() as (late, _):
            topics = {TOPICS.config, TOPICS.state, TOPICS.availability}
            for topic in sorted(topics):
                assert await late.next(topic)

    asyncio.run(play())


def test_what_changed_just_before_the_stop_is_told_before_the_word_offline(scene: Scene) -> None:
    async def play() -> None:
        async with scene.watcher() as (watcher, _):
            async with scene.home():
                assert (await watcher.value())["minutes_sat"] == 12
                scene.state = replace(SITTING, state="standing", minutes_sat=0)
            assert (await watcher.value())["minutes_sat"] == 0
            assert await watcher.next(TOPICS.availability) == b"offline"

    asyncio.run(play())


def test_a_greeting_is_answered_by_telling_all_again(scene: Scene) -> None:
    async def play() -> None:
        async with scene.watcher() as (watcher, connection), scene.home():
            await watcher.value()
            connection.publish(Publication("homeassistant/status", b"online"))
            assert json.loads(await watcher.next(TOPICS.config)) == discovery(TOPICS)
            assert await watcher.next(TOPICS.availability) == b"online"
            assert (await watcher.value())["minutes_sat"] == 12

    asyncio.run(play())


def test_a_gateway_that_vanishes_is_called_offline_by_the_broker(scene: Scene) -> None:
    async def play() -> None:
        async with scene.watcher() as (watcher, _):
            link = HomeLink(scene.clinic.settings, "p-01", "LM-0001", lambda: scene.state)
            connection = link._connect()
            running = asyncio.create_task(link._use(connection))
            assert await watcher.next(TOPICS.availability) == b"online"
            socket = connection._client.socket()
            assert socket is not None
            socket.close()  # as a process that was killed leaves it
            assert await watcher.next(TOPICS.availability) == b"offline"
            running.cancel()
            await asyncio.wait({running})
            await connection.close()

    asyncio.run(play())


def test_a_broker_that_comes_back_is_told_all_again(scene: Scene) -> None:
    async def play() -> None:
        async with scene.home() as link:
            await scene.clinic.eventually(lambda: link.is_connected)
            scene.clinic.broker.kill()
            await scene.clinic.eventually(lambda: not link.is_connected)
            scene.clinic.restart_broker()
            await scene.clinic.eventually(lambda: link.is_connected)
            async with scene.watcher() as (watcher, _):
                assert await watcher.next(TOPICS.availability) == b"online"

    asyncio.run(play())


def test_settings_that_cannot_work_are_told_at_the_start(scene: Scene) -> None:
    broker = Broker("127.0.0.1", username="u", password_file=scene.clinic.folder / "none")
    with pytest.raises(BrokerSettingsError, match="password file"):
        asyncio.run(HomeLink(broker, "p-01", "LM-0001", HomeState).run())


def test_when_a_break_is_due_is_told_to_the_second() -> None:
    assert next_break_text(None) is None
    assert next_break_text(1_800_000_000_400_000_000) == next_break_text(1_799_999_999_700_000_000)
