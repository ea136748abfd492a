"""The recorder on a real mosquitto: stored before acknowledged, poison set aside, a sick store waited for."""

import asyncio
import json
import logging
import socket
import urllib.request
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.events.catalogue import EventError
from analysis.events.fields import utc_ns
from analysis.trends.broker import Broker, BrokerSettingsError
from analysis.trends.connection import Connected, Connection, Publication, Received
from analysis.trends.influx import InfluxStore
from analysis.trends.influx_server import InfluxSettings
from analysis.trends.metrics import MetricsError, served_metrics
from analysis.trends.poison import PoisonFile
from analysis.trends.recorder import MAX_EVENT_BYTES, Recorder, event_in, ranges, receipts
from analysis.trends.sqlite import SqliteStore
from analysis.trends.store import StoreError
from firmware_sim.broker import BrokerMissingError, RunningBroker, start_mosquitto

Make = Callable[..., dict[str, Any]]
OUTBOX = str(uuid.UUID(int=42))


def _message(
    event: Mapping[str, Any], topic: str = "lumbar/v1/p-01/LM-1/mark", **properties: str
) -> Received:
    return Received(topic, json.dumps(event).encode(), properties, 1, 1)


@given(st.sets(st.integers(1, 40)))
def test_ranges_are_the_fewest_and_say_the_same(numbers: set[int]) -> None:
    pairs = ranges(numbers)
    assert {number for first, last in pairs for number in range(first, last + 1)} == numbers
    assert all(after[0] > before[1] + 1 for before, after in pairwise(pairs))


def test_ranges_literally() -> None:
    assert ranges([]) == []
    assert ranges([3, 1, 2, 7, 9, 8]) == [[1, 3], [7, 9]]


def test_event_is_taken_where_topic_and_content_agree(make_mark: Make) -> None:
    assert event_in(_message(make_mark(1))) == make_mark(1)


@pytest.mark.parametrize(
    "topic",
    [
        "lumbar/v1/p-02/LM-1/mark",
        "lumbar/v1/p-01/LM-2/mark",
        "lumbar/v1/p-01/LM-1/lift",
        "lumbar/v1//LM-1/mark",
    ],
)
def test_event_on_a_topic_of_somebody_else(make_mark: Make, topic: str) -> None:
    with pytest.raises(EventError, match="belongs on lumbar/v1/p-01/LM-1/mark"):
        event_in(_message(make_mark(1), topic))


def test_too_long(make_mark: Make) -> None:
    with pytest.raises(EventError, match="at most 65536"):
        event_in(_message(make_mark(1, algorithm="x" * MAX_EVENT_BYTES)))


@given(st.binary(max_size=300))
def test_any_bytes_are_an_event_or_an_event_error(payload: bytes) -> None:
    with suppress(EventError):
        event_in(Received("lumbar/v1/p-01/LM-1/mark", payload, {}, 1, 1))


def test_receipts_go_to_each_outbox_on_its_own_topic(make_mark: Make) -> None:
    other = str(uuid.UUID(int=43))
    messages = [
        _message({}, "lumbar/v1/p-01/LM-1/mark", outbox=OUTBOX, seq="1"),
        _message({}, "lumbar/v1/p-01/LM-1/lift", outbox=OUTBOX, seq="2"),
        _message({}, "lumbar/v1/p-02/LM-1/lift", outbox=other, seq="9"),
        _message({}, "lumbar/v1/p-01/LM-1/status"),
        _message({}, "lumbar/v1/p-01/LM-1/lift", outbox="mine", seq="3"),
        _message({}, "lumbar/v1/p-01/LM-1/lift", outbox=OUTBOX, seq="-3"),
        _message({}, "lumbar/v1/p-01/LM-1/lift", outbox=OUTBOX, seq="9" * 30),
        _message({}, "lumbar/v1/p-01/LM-1/lift", outbox=OUTBOX, seq="three"),
    ]
    assert [
        (receipt.topic, json.loads(receipt.payload), receipt.retain) for receipt in receipts(messages)
    ] == [
        ("lumbar/v1/p-01/LM-1/cmd/committed", {"outbox": OUTBOX, "ranges": [[1, 2]]}, False),
        ("lumbar/v1/p-02/LM-1/cmd/committed", {"outbox": other, "ranges": [[9, 9]]}, False),
    ]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RunningBroker]:
    try:
        running = start_mosquitto(tmp_path / "broker")
    except BrokerMissingError as error:
        pytest.skip(str(error))
    with running:
        yield running


class _SickStore(SqliteStore):
    """Fails until it is well, and remembers whether it was asked."""

    is_well = False
    attempts = 0

    def put(self, events: Iterable[Mapping[str, Any]]) -> None:
        self.attempts += 1
        if not self.is_well:
            raise StoreError("the disk is full; free some space")
        super().put(events)


async def _eventually(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)


async def _home(broker: RunningBroker) -> Connection:
    home = Connection(Broker("127.0.0.1", broker.port), "home", session_expiry_s=60)
    assert isinstance(await home.next(), Connected)
    home.subscribe("lumbar/v1/p-01/LM-1/cmd/+")
    return home


async def _committed(home: Connection, count: int) -> set[int]:
    """Return the numbers committed, once there are so many."""
    numbers: set[int] = set()
    async with asyncio.timeout(10):
        while len(numbers) < count:
            happening = await home.next()
            if isinstance(happening, Received):
                home.acknowledge(happening)
                body = json.loads(happening.payload)
                assert body["outbox"] == OUTBOX
                for first, last in body["ranges"]:
                    numbers |= set(range(first, last + 1))
    return numbers


def _publish(home: Connection, seq: int, payload: bytes, kind: str = "mark") -> None:
    home.publish(
        Publication(f"lumbar/v1/p-01/LM-1/{kind}", payload, properties={"outbox": OUTBOX, "seq": str(seq)})
    )


def test_poison_is_set_aside_with_its_reason_and_does_not_block(
    broker: RunningBroker, tmp_path: Path, make_mark: Make, make_walk: Make, caplog: pytest.LogCaptureFixture
) -> None:
    poison = [
        b"",
        b"\xff\xfe",
        b"[]",
        b"[" * 60_000,
        b'{"schema":"lumbar.mark/9"}',
        json.dumps(make_mark(1, quality=7)).encode(),
        json.dumps(make_mark(1, patient="p-02")).encode(),
        json.dumps(make_mark(1, algorithm="\ud800")).encode(),
        json.dumps(make_mark(1, algorithm="x" * 70_000)).encode(),
    ]

    async def play() -> None:
        store = SqliteStore(tmp_path / "s.db")
        settings = Broker("127.0.0.1", broker.port)
        recorder = Recorder(store, settings, PoisonFile(tmp_path / "p.jsonl"), lambda: 0)
        running = asyncio.create_task(recorder.run())
        await _eventually(lambda: recorder.is_recording)
        home = await _home(broker)
        for seq, payload in enumerate(poison, start=1):
            _publish(home, seq, payload)
        # A number that no strip counts to, and that no database keeps.
        _publish(home, 10, json.dumps(make_walk(1, boot=10**30, event_id="big")).encode(), "walk")
        _publish(home, 11, json.dumps(make_mark(11)).encode())
        assert await _committed(home, 11) == set(range(1, 12))
        assert [event["event_id"] for event in store.events("p-01", kinds=["mark"])] == [
            make_mark(11)["event_id"]
        ]
        assert recorder.counts.received == 11
        assert recorder.counts.set_aside == len((tmp_path / "p.jsonl").read_text().splitlines()) == 10
        recorder.stop()
        await running
        await home.close()
        store.close()

    asyncio.run(play())
    assert caplog.text.count("set aside a message on lumbar/v1/p-01/LM-1/mark") == 9


def test_sick_store_is_waited_for_and_nothing_is_acknowledged(
    broker: RunningBroker, tmp_path: Path, make_mark: Make, caplog: pytest.LogCaptureFixture
) -> None:
    async def play() -> None:
        store = _SickStore(tmp_path / "s.db")
        settings = Broker("127.0.0.1", broker.port)
        recorder = Recorder(store, settings, PoisonFile(tmp_path / "p.jsonl"), lambda: 0)
        running = asyncio.create_task(recorder.run())
        await _eventually(lambda: recorder.is_recording)
        home = await _home(broker)
        for seq in range(1, 401):
            _publish(home, seq, json.dumps(make_mark(seq)).encode())
        await _eventually(lambda: store.attempts >= 2)
        assert recorder.counts.received == 0
        store.is_well = True
        assert await _committed(home, 400) == set(range(1, 401))
        assert len(store.events("p-01")) == 400
        recorder.stop()
        await running
        await home.close()
        store.close()

    caplog.set_level(logging.WARNING)
    asyncio.run(play())
    assert caplog.text.count("waiting for the store: the disk is full") == 1, "said once"


def test_recorder_that_dies_before_its_commit_gets_the_messages_again(
    broker: RunningBroker, tmp_path: Path, make_mark: Make
) -> None:
    async def play() -> None:
        settings = Broker("127.0.0.1", broker.port)
        sick = _SickStore(tmp_path / "sick.db")
        first = Recorder(sick, settings, PoisonFile(tmp_path / "p.jsonl"), lambda: 0)
        running = asyncio.create_task(first.run())
        await _eventually(lambda: first.is_recording)
        home = await _home(broker)
        for seq in range(1, 51):
            _publish(home, seq, json.dumps(make_mark(seq)).encode())
        await _eventually(lambda: sick.attempts >= 1)
        first.stop()
        await running
        sick.close()

        store = SqliteStore(tmp_path / "s.db")
        second = Recorder(store, settings, PoisonFile(tmp_path / "p.jsonl"), lambda: 0)
        running = asyncio.create_task(second.run())
        assert await _committed(home, 50) == set(range(1, 51))
        assert len(store.events("p-01")) == 50
        second.stop()
        await running
        await home.close()
        store.close()

    asyncio.run(play())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_metrics_say_what_passed_through(broker: RunningBroker, tmp_path: Path, make_mark: Make) -> None:
    port = _free_port()

    def scraped() -> dict[str, float]:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    async def play() -> None:
        store = SqliteStore(tmp_path / "s.db")
        settings = Broker("127.0.0.1", broker.port)
        now_ns = utc_ns(make_mark(10)["end"])
        recorder = Recorder(store, settings, PoisonFile(tmp_path / "p.jsonl"), lambda: now_ns)
        with served_metrics(recorder, lambda: now_ns + 5 * 10**9, "127.0.0.1", port):
            before = await asyncio.to_thread(scraped)
            assert before["lumbar_recorder_connected"] == 0
            assert "lumbar_recorder_lag_seconds" not in before
            running = asyncio.create_task(recorder.run())
            await _eventually(lambda: recorder.is_recording)
            home = await _home(broker)
            _publish(home, 1, b"rubbish")
            for seq in range(2, 8):
                _publish(home, seq, json.dumps(make_mark(seq)).encode())
            await _committed(home, 7)
            after = await asyncio.to_thread(scraped)
            assert after["lumbar_recorder_connected"] == 1
            assert after['lumbar_recorder_messages_total{result="stored"}'] == 6
            assert after['lumbar_recorder_messages_total{result="set_aside"}'] == 1
            assert after["lumbar_recorder_batches_total"] >= 1
            assert after["lumbar_recorder_lag_seconds"] == 3
            assert after["lumbar_recorder_silent_seconds"] == 5
            with pytest.raises(MetricsError, match=r"choose another \[metrics\] port"):
                served_metrics(recorder, lambda: 0, "127.0.0.1", port).__enter__()
            recorder.stop()
            await running
            await home.close()
        store.close()

    asyncio.run(play())


def test_recording_into_influxdb(
    broker: RunningBroker, influx_settings: InfluxSettings, tmp_path: Path, make_minute: Make
) -> None:
    async def play() -> None:
        store = InfluxStore(influx_settings)
        settings = Broker("127.0.0.1", broker.port)
        recorder = Recorder(store, settings, PoisonFile(tmp_path / "p.jsonl"), lambda: 0)
        running = asyncio.create_task(recorder.run())
        await _eventually(lambda: recorder.is_recording)
        home = await _home(broker)
        for seq in range(1, 301):
            _publish(home, seq, json.dumps(make_minute(seq)).encode(), "minute")
        assert await _committed(home, 300) == set(range(1, 301))
        assert len(store.events("p-01")) == 300
        recorder.stop()
        await running
        await home.close()
        store.close()

    asyncio.run(play())


def test_unreadable_certificate_is_said_at_the_start(tmp_path: Path) -> None:
    async def play() -> None:
        store = SqliteStore(tmp_path / "s.db")
        settings = Broker("127.0.0.1", ca_file=tmp_path / "nowhere.pem")
        recorder = Recorder(store, settings, PoisonFile(tmp_path / "p.jsonl"), lambda: 0)
        with pytest.raises(BrokerSettingsError, match="certificate"):
            await recorder.run()
        store.close()

    asyncio.run(play())
