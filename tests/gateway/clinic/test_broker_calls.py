"""What an operator says to the real broker."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.review.clinic.register import Account, Patient, Register
from analysis.trends.broker import Broker
from analysis.trends.connection import Acknowledged, Connected, Connection, Publication, Received, Subscribed
from analysis.trends.poison import PoisonFile
from analysis.trends.recorder import Recorder
from analysis.trends.sqlite import SqliteStore
from gateway.clinic.broker_calls import BrokerCallError, ask_to_resend, forget_patient, operator_of
from tests.clinic_month import events_of
from tests.shipped_broker import MosquittoMissingError, ShippedBroker, shipped_broker

STATUS = "lumbar/v1/p-01/LM-1/status"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[ShippedBroker]:
    try:
        with shipped_broker(tmp_path, "p-01") as running:
            yield running
    except MosquittoMissingError as error:
        pytest.skip(str(error))


async def _heard(settings: Broker, topic: str, wanted: int) -> list[Received]:
    """Return what comes after subscribing: all that is wanted, and then until it is quiet."""
    connection = Connection(settings, "any", session_expiry_s=0)
    assert isinstance(await connection.next(), Connected)
    connection.subscribe(topic)
    heard: list[Received] = []
    while True:
        batch = await connection.next_batch(100, 0.5)
        heard += [one for one in batch if isinstance(one, Received)]
        if not batch and len(heard) >= wanted:
            await connection.close()
            return heard


async def _leave_status(settings: Broker) -> None:
    connection = Connection(settings, "any", session_expiry_s=0)
    assert isinstance(await connection.next(), Connected)
    connection.publish(Publication(STATUS, b"{}", retain=True))
    assert isinstance(await connection.next(), Acknowledged)
    await connection.close()


def test_a_forgotten_status_is_gone_and_no_poison(broker: ShippedBroker, tmp_path: Path) -> None:
    asyncio.run(_leave_status(broker.as_patient("p-01")))
    assert len(asyncio.run(_heard(broker.as_service("recorder"), STATUS, 1))) == 1

    async def erase_while_recording() -> None:
        store = SqliteStore(tmp_path / "s.db")
        recorder = Recorder(
            store, broker.as_service("recorder"), PoisonFile(tmp_path / "p.jsonl"), lambda: 0, "r"
        )
        running = asyncio.create_task(recorder.run())
        async with asyncio.timeout(10):
            while recorder.counts.received == 0:  # noqa: ASYNC110 - what is waited for has no event
                await asyncio.sleep(0.02)
            assert recorder.counts.set_aside == 1, "the retained {} of this test"
            await asyncio.to_thread(
                forget_patient, operator_of(broker.as_service("recorder"), broker.clinic), "p-01", ["LM-1"]
            )
            while recorder.counts.received == 1:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert (recorder.counts.set_aside, recorder.counts.stored) == (1, 0)
        recorder.stop()
        await running
        store.close()

    asyncio.run(erase_while_recording())
    assert asyncio.run(_heard(broker.as_service("recorder"), STATUS, 0)) == []


def test_homes_are_asked_to_send_again(broker: ShippedBroker) -> None:
    async def scene() -> None:
        home = Connection(broker.as_patient("p-01"), "any", session_expiry_s=0)
        assert isinstance(await home.next(), Connected)
        home.subscribe("lumbar/v1/p-01/LM-1/cmd/+")
        assert isinstance(await home.next(), Subscribed)
        operator = operator_of(broker.as_service("recorder"), broker.clinic)
        since, now, later = (f"2026-03-0{day}T00:00:00.000Z" for day in (1, 2, 9))
        await asyncio.to_thread(ask_to_resend, operator, [("p-01", "LM-1")], since, now=now, expires=later)
        asked = await home.next()
        assert isinstance(asked, Received)
        assert asked.topic == "lumbar/v1/p-01/LM-1/cmd/resend"
        body = json.loads(asked.payload)
        assert (body["from"], body["issued"], body["expires"]) == (since, now, later)
        await home.close()

    asyncio.run(scene())


def test_a_broker_that_is_away_or_refuses_is_named(broker: ShippedBroker) -> None:
    recorder = broker.as_service("recorder")
    with pytest.raises(BrokerCallError, match="refuses the operator: Not authorized"):
        ask_to_resend(recorder, [("p-01", "LM-1")], "x", now="x", expires="x")
    with pytest.raises(BrokerCallError, match="no connection to the broker at localhost:1"):
        forget_patient(replace(recorder, port=1), "p-01", ["LM-1"])


def test_erasing_is_one_command_and_takes_everything(broker: ShippedBroker, tmp_path: Path) -> None:
    clinic = broker.clinic.path
    config = tmp_path / "recorder.toml"
    config.write_text((clinic / "recorder.toml").read_text().replace("8883", str(broker.port)))
    trends = clinic / "data" / "recorder" / "clinic.sqlite"
    with closing(SqliteStore(trends)) as store:
        store.put({**event, "device": "LM-1"} for event in events_of("p-01", 1, every_min=30))
        store.put(events_of("p-02", 1, every_min=30))
        others = len(store.events("p-02"))
    names = clinic / "data" / "review" / "review.sqlite"
    with closing(Register(names)) as register:
        register.add_account(Account("mayer", "Anna", "therapist", "h", None, is_open=True))
        register.add_patient(Patient("p-01", "Eva", "mayer", "UTC"))
    asyncio.run(_leave_status(broker.as_patient("p-01")))

    command = [sys.executable, "-m", "gateway.cli", "clinic", "erase", "p-01", "--yes"]
    options = ["--config", str(config), "--folder", str(clinic), "--register", str(names)]
    erased = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    assert erased.returncode == 0, erased.stderr
    assert "events of p-01 erased" in erased.stdout
    with closing(SqliteStore(trends)) as store:
        assert store.patients() == ["p-02"]
        assert len(store.events("p-02")) == others
    assert broker.clinic.passwords.names() == ["recorder", "review", "operator"]
    with closing(Register(names)) as register:
        assert register.patient("p-01") is None
    assert asyncio.run(_heard(broker.as_service("recorder"), STATUS, 0)) == []
