"""A clinic's load: 200 patients through mosquitto and one recorder, and a year of one patient's days.

    python -m tests.clinic_load --store influx                   # as fast as it goes, then at 100 times life
    python -m tests.clinic_load --store influx --year            # reading a year

Everything is what runs in a clinic: mosquitto with the shipped configuration, the ``lumbar recorder``
process, SQLite or InfluxDB. Each patient has a connection of its own and a window of uncommitted messages as
a gateway has, and sends drawn events. Lag is from publishing to the recorder's "committed".
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import tempfile
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final

from analysis.events.topics import OUTBOX_PROPERTY, SEQ_PROPERTY, CommandTopic, EventTopic
from analysis.trends.connection import Acknowledged, Connected, Connection, Lost, Publication, Received
from analysis.trends.influx import InfluxStore
from analysis.trends.sqlite import SqliteStore
from analysis.trends.store import TrendStore
from tests.clinic_faults import Plan, RecorderProcess, configured
from tests.clinic_month import START, events_of
from tests.influx import RunningInflux, start_influx
from tests.shipped_broker import shipped_broker

_WINDOW: Final = 50
_WORN_S: Final = 14 * 3600
_YEAR_DAYS: Final = 365


@dataclass(slots=True)
class Seen:
    """What the senders saw."""

    committed: int = 0
    lag_s: list[float] = field(default_factory=list)


Events = list[dict[str, Any]]


async def _send(connection: Connection, events: Events, pace_hz: float | None, seen: Seen) -> None:
    """Send one patient's events, a window ahead of what is committed at most, and not before their time."""
    patient, device = events[0]["patient"], events[0]["device"]
    outbox = f"00000000-0000-4000-8000-{abs(hash(patient)) % 10**12:012}"
    under_way: dict[int, float] = {}
    begun_s = time.monotonic() + (random.random() / pace_hz if pace_hz else 0.0)
    sent = committed = 0
    assert isinstance(await connection.next(), Connected)
    connection.subscribe(str(CommandTopic(patient, device, "committed")))
    while committed < len(events):
        now_s = time.monotonic()
        allowed = len(events) if pace_hz is None else int((now_s - begun_s) * pace_hz)
        while sent < min(len(events), allowed) and len(under_way) < _WINDOW:
            event = events[sent]
            sent += 1
            kind = event["schema"].removeprefix("lumbar.").partition("/")[0]
            connection.publish(
                Publication(
                    str(EventTopic(patient, device, kind)),
                    json.dumps(event).encode(),
                    properties={OUTBOX_PROPERTY: outbox, SEQ_PROPERTY: str(sent)},
                )
            )
            under_way[sent] = now_s
        for happening in await connection.next_batch(200, 0.2):
            match happening:
                case Received() as message:
                    connection.acknowledge(message)
                    for first, last in json.loads(message.payload)["ranges"]:
                        for seq in range(first, last + 1):
                            since_s = under_way.pop(seq, None)
                            if since_s is not None:
                                committed += 1
                                seen.committed += 1
                                seen.lag_s.append(time.monotonic() - since_s)
                case Acknowledged(_, str(refusal)):
                    raise RuntimeError(refusal)
                case Lost(reason):
                    raise RuntimeError(reason)


async def _all(connections: list[Connection], loads: list[Events], pace_hz: float | None) -> Seen:
    seen = Seen()
    senders = zip(connections, loads, strict=True)
    await asyncio.gather(*(_send(connection, load, pace_hz, seen) for connection, load in senders))
    return seen


def load(store: str, patients: int, per_patient: int, speed: float | None, folder: Path) -> str:
    """Return what was measured, in a line, with every patient sending the same number of events."""
    names = [f"p-{number:03}" for number in range(patients)]
    with ExitStack() as stack:
        broker = stack.enter_context(shipped_broker(folder, *names))
        influx: RunningInflux | None = None
        if store == "influx":
            (folder / "influx").mkdir()
            influx = start_influx(folder / "influx")
            stack.callback(influx.stop)
        plan = Plan(store, 0, 0, 0)
        config, trends = configured(plan, folder, broker, influx)
        stack.enter_context(closing(trends))
        recorder = RecorderProcess(config)
        stack.callback(recorder.kill)
        loads = [list(islice(events_of(name, 2), per_patient)) for name in names]
        natural_hz = len(list(events_of(names[0], 1))) / _WORN_S
        time.sleep(5)  # the recorder starts

        async def play() -> tuple[Seen, float]:
            connections = [Connection(broker.as_patient(name), name, session_expiry_s=0) for name in names]
            begun_s = time.monotonic()
            seen = await _all(connections, loads, None if speed is None else speed * natural_hz)
            took_s = time.monotonic() - begun_s
            for connection in connections:
                await connection.close()
            return seen, took_s

        seen, took_s = asyncio.run(play())
        stored = sum(len(trends.events(name)) for name in (names[0], names[-1]))
        assert stored == 2 * per_patient, stored
        memory = {"recorder": recorder.pid, "mosquitto": broker.pid}
        if influx is not None:
            memory["influxd"] = influx.pid
        cuts_s = statistics.quantiles(seen.lag_s, n=100)
        rate_hz = seen.committed / took_s
        parts = [
            f"{store}, {patients} patients",
            "as fast as it goes" if speed is None else f"at {speed:.0f} times life",
            f"{seen.committed} events in {took_s:.0f} s",
            f"{rate_hz:.0f}/s, {rate_hz / natural_hz / patients:.0f} times life",
            f"lag median {cuts_s[49]:.2f} s and 99 % {cuts_s[98]:.2f} s",
            *(
                f"{name} {_peak_mb(pid):.0f} MB and {_cpu_s(pid):.0f} s of CPU"
                for name, pid in memory.items()
            ),
        ]
        return ", ".join(parts)


def _peak_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _cpu_s(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def year(store: str, folder: Path) -> str:
    """Return how long a year of one patient's days takes to read, with all its minutes in the store."""
    with ExitStack() as stack:
        trends: TrendStore
        if store == "influx":
            (folder / "influx").mkdir()
            influx = start_influx(folder / "influx")
            stack.callback(influx.stop)
            trends = InfluxStore(influx.settings("year"))
        else:
            trends = SqliteStore(folder / "year.sqlite")
        stack.enter_context(closing(trends))
        begun_s = time.monotonic()
        events = events_of("p-01", _YEAR_DAYS)
        count = 0
        while batch := list(islice(events, 1000)):
            trends.put(batch)
            count += len(batch)
        for number in range(19):
            others = events_of(f"p-{number + 2:02}", _YEAR_DAYS, every_min=60)
            trends.put(others)
        put_s = time.monotonic() - begun_s
        begun_s = time.monotonic()
        trends.expire((START + timedelta(days=_YEAR_DAYS)).isoformat())
        upkeep_s = time.monotonic() - begun_s
        took_s = []
        first = START.date()
        for _ in range(11):
            begun_s = time.monotonic()
            days = trends.days("p-01", first, first + timedelta(days=_YEAR_DAYS))
            took_s.append(time.monotonic() - begun_s)
            assert len(days) == _YEAR_DAYS
        since, until = (f"{first + timedelta(days=day)}T00:00:00.000Z" for day in (180, 181))
        begun_s = time.monotonic()
        lifts = trends.events("p-01", kinds={"lift"}, start=since, end=until)
        day_s = time.monotonic() - begun_s
        parts = [
            f"{store}: {count} events of one patient put in {put_s:.0f} s",
            f"upkeep {upkeep_s:.0f} s",
            f"a year of days read in {1000 * statistics.median(took_s):.0f} ms",
            f"at most {1000 * max(took_s):.0f} ms",
            f"a day's {len(lifts)} bends with curves in {1000 * day_s:.0f} ms",
        ]
        return ", ".join(parts)


def main() -> None:
    """Measure from the command line."""
    options = argparse.ArgumentParser()
    options.add_argument("--store", choices=["sqlite", "influx"], default="influx")
    options.add_argument("--patients", type=int, default=200)
    options.add_argument("--events", type=int, default=300, help="of each patient")
    options.add_argument("--year", action="store_true")
    chosen = options.parse_args()
    if chosen.year:
        with tempfile.TemporaryDirectory() as folder:
            print(year(chosen.store, Path(folder)))
        return
    for speed in (None, 100.0):
        with tempfile.TemporaryDirectory() as folder:
            print(load(chosen.store, chosen.patients, chosen.events, speed, Path(folder)), flush=True)


if __name__ == "__main__":
    main()
