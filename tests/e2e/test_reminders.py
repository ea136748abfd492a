"""Sit, nudge, get up, cleared: felt on the strip, sent to the clinic, shown in Home Assistant, each once."""

import asyncio
import json
from collections.abc import Callable
from contextlib import closing, suppress
from typing import Any

import pytest

from analysis.events.catalogue import parse_event
from analysis.events.topics import EventTopic
from analysis.trends.broker import Broker
from analysis.trends.connection import Connected, Connection, Received
from analysis.trends.sqlite import SqliteStore
from firmware_sim.stage import PATIENT, SERIAL, Stage
from gateway.control import NotRunningError, RunningGateway
from gateway.delivery.homeassistant import Topics, discovery

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

OnStage = Callable[..., None]
TOPICS = Topics(PATIENT, SERIAL)


class Listener:
    """Hears everything at the broker."""

    def __init__(self, stage: Stage) -> None:
        assert stage.broker is not None
        self._connection = Connection(Broker("127.0.0.1", stage.broker.port), "listener", session_expiry_s=0)
        self.heard: dict[str, list[bytes]] = {}

    async def listen(self) -> None:
        while True:
            match await self._connection.next():
                case Connected():
                    self._connection.subscribe("#")
                case Received() as message:
                    self._connection.acknowledge(message)
                    self.heard.setdefault(message.topic, []).append(message.payload)

    def alerts(self) -> list[dict[str, Any]]:
        """What was said of alerts, each event once, in order."""
        heard = self.heard.get(str(EventTopic(PATIENT, SERIAL, "alert")), [])
        events = {value["event_id"]: value for value in map(json.loads, heard)}
        for value in events.values():
            assert parse_event(value).to_dict() == value
        return list(events.values())

    async def close(self) -> None:
        await self._connection.close()


def stored(stage: Stage) -> list[tuple[str, str]]:
    with closing(SqliteStore(stage.clinic_store)) as store:
        return [(alert["level"], alert["action"]) for alert in store.events(PATIENT, kinds={"alert"})]


def test_a_person_can_watch_a_reminder_happen(on_stage: OnStage) -> None:
    async def act(stage: Stage) -> None:
        listener = Listener(stage)
        listening = asyncio.create_task(listener.listen())
        try:
            phases = set()
            async for _ in stage.progress():
                gateway = RunningGateway.of(stage.plan.folder)
                with suppress(NotRunningError):  # on a busy computer one look may go without an answer
                    standing = await asyncio.to_thread(gateway.ask, "/api/alerts")
                    phases |= {(alert["level"], alert["phase"]) for alert in standing["alerts"]}
            await stage.delivered()
            assert stage.gateway is not None
            await stage.gateway.stop()
            await stage.take_off()
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
            await listener.close()

        assert phases == {("nudge", "open")}
        assert [(one["level"], one["action"]) for one in listener.alerts()] == [
            ("nudge", "raised"),
            ("nudge", "cleared"),
        ]
        assert stored(stage) == [("nudge", "raised"), ("nudge", "cleared")]
        stats = json.loads((stage.plan.folder / "strip" / "stats.json").read_text())
        assert [name for _, name in stats["vibrations"]] == ["nudge", "tick"]

        described = [json.loads(payload) for payload in listener.heard[TOPICS.config]]
        assert described[0] == discovery(TOPICS)
        told = [json.loads(payload) for payload in listener.heard[TOPICS.state]]
        assert {"sitting", "walking"} <= {value["state"] for value in told}
        assert max(value["minutes_sat"] for value in told) >= 30
        assert told[-1]["minutes_sat"] == 0
        assert listener.heard[TOPICS.availability] == [b"online", b"offline"]

    on_stage(act, speed=50.0, scenario="desk")
