"""Settings on their way, through a real broker."""

import asyncio
import json
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from analysis.review.clinic.outlet import Outlet, Prescription
from analysis.trends.broker import Broker
from firmware_sim.broker import BrokerMissingError, RunningBroker, start_mosquitto


@pytest.fixture
def mosquitto(tmp_path: Path) -> Any:
    try:
        running = start_mosquitto(tmp_path / "broker")
    except BrokerMissingError as error:
        pytest.skip(str(error))
    yield running
    running.stop()


def prescription(revision: int, device: str = "LM-1", **settings: Any) -> Prescription:
    return Prescription("p-1", device, revision, "2026-05-04T08:00:00.000Z", json.dumps(settings))


def retained(broker: RunningBroker, within_s: float = 10.0) -> dict[str, Any]:
    """Return what the broker holds for the homes, by topic."""
    held: dict[str, Any] = {}
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    client.on_message = lambda _client, _data, message: held.update(
        {message.topic: json.loads(message.payload)}
    )
    client.connect("127.0.0.1", broker.port)
    client.subscribe("lumbar/v1/+/+/cmd/settings", qos=1)
    client.loop_start()
    try:
        deadline = within_s
        while deadline > 0 and not held:
            asyncio.run(asyncio.sleep(0.1))
            deadline -= 0.1
        asyncio.run(asyncio.sleep(0.2))
    finally:
        client.disconnect()
        client.loop_stop()
    return held


async def _emptied(outlet: Outlet) -> None:
    async with asyncio.timeout(20):
        while outlet.backlog:  # noqa: ASYNC110 - an outlet tells nobody that it is empty
            await asyncio.sleep(0.02)


def test_the_newest_settings_of_each_strip_are_kept_for_its_home(mosquitto: RunningBroker) -> None:
    async def act() -> None:
        outlet = Outlet(Broker("127.0.0.1", mosquitto.port))
        outlet.send(prescription(1, nudge_min=30))
        outlet.send(prescription(2, nudge_min=20))
        outlet.send(prescription(1, device="LM-2", nudge_min=25))
        running = asyncio.create_task(outlet.run())
        await asyncio.sleep(0)  # what was sent has been taken
        await _emptied(outlet)
        outlet.send(prescription(3, nudge_min=15))
        await asyncio.sleep(0)
        await _emptied(outlet)
        outlet.stop()
        await running

    asyncio.run(act())
    held = retained(mosquitto)
    assert held["lumbar/v1/p-1/LM-1/cmd/settings"]["settings"] == {"nudge_min": 15}
    assert held["lumbar/v1/p-1/LM-1/cmd/settings"]["revision"] == 3
    assert held["lumbar/v1/p-1/LM-2/cmd/settings"]["settings"] == {"nudge_min": 25}
    assert set(held["lumbar/v1/p-1/LM-1/cmd/settings"]) == {
        "command_id",
        "issued",
        "expires",
        "revision",
        "settings",
    }


def test_a_broker_that_comes_later_gets_them_too(mosquitto: RunningBroker, tmp_path: Path) -> None:
    port = mosquitto.port
    mosquitto.stop()
    late: list[RunningBroker] = []

    async def act() -> None:
        outlet = Outlet(Broker("127.0.0.1", port))
        running = asyncio.create_task(outlet.run())
        outlet.send(prescription(1, nudge_min=30))
        await asyncio.sleep(0.3)
        assert outlet.backlog == 1
        late.append(await asyncio.to_thread(start_mosquitto, tmp_path / "broker", port))
        await _emptied(outlet)
        outlet.stop()
        await running

    asyncio.run(act())
    try:
        assert retained(late[0])["lumbar/v1/p-1/LM-1/cmd/settings"]["revision"] == 1
    finally:
        late[0].stop()
