"""Kill -9 the recorder, the broker or the database while events stream: each is in the store once at the end.

    python -m tests.clinic_faults --store influx --events 20000 --kills 20

Everything is what runs in a clinic: homes with their outboxes, mosquitto with the shipped configuration, the
``lumbar recorder`` process, SQLite or InfluxDB. Only the events are drawn. Counted from both ends: what the
homes put into their outboxes, and what the store gives back; in InfluxDB also the raw points.
"""

import argparse
import asyncio
import json
import logging
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from analysis.events.catalogue import parse_event
from analysis.events.facts import Status
from analysis.events.topics import EventTopic
from analysis.trends.influx import InfluxStore
from analysis.trends.influx_server import InfluxServer
from analysis.trends.sqlite import SqliteStore
from analysis.trends.store import TrendStore
from gateway.delivery.mqtt import ClinicLink
from gateway.delivery.outbox import Outbox, OutboxParams
from gateway.wire.timebase import REAL_CLOCK
from tests.clinic_month import events_of
from tests.influx import RunningInflux, start_influx
from tests.shipped_broker import ShippedBroker, shipped_broker

_BUCKET: Final = "faults"
_PORTION: Final = 20
"""Events that a home puts at once."""

Show = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do: how many events of how many homes, how many kills, by which dice."""

    store: str
    events: int
    kills: int
    seed: int
    homes: int = 4
    rate_hz: float = 200.0
    """Events that all homes make together, per second."""
    resend_s: float = 30.0
    """The outboxes' pause before they send again, s; 30 is the product's."""
    patience_s: float = 600.0


@dataclass(slots=True)
class Outcome:
    """What came of it."""

    put: int = 0
    stored: int = 0
    missing: int = 0
    twice: int = 0
    took_s: float = 0.0
    killed: Counter[str] = field(default_factory=Counter)
    sent: int = 0

    def __str__(self) -> str:
        killed = ", ".join(f"{name} {count}" for name, count in sorted(self.killed.items()))
        return (
            f"{self.put} events, {self.stored} stored, {self.missing} missing, {self.twice} twice; "
            f"published {self.sent} times; killed: {killed}; {self.took_s:.0f} s"
        )


class RecorderProcess:
    """The recorder, as it runs in a clinic."""

    def __init__(self, config: Path) -> None:
        self._command = [sys.executable, "-m", "gateway.cli", "recorder", "--config", str(config)]
        self._log = config.with_suffix(".log")
        self.start()

    @property
    def pid(self) -> int:
        """Return its process id."""
        return self._process.pid

    def start(self) -> None:
        """Start it, or start it again."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def kill(self) -> None:
        """End it at once (kill -9)."""
        self._process.kill()
        self._process.wait()


class _Parts:
    """The clinic's processes, and how each is killed and started again."""

    def __init__(
        self, broker: ShippedBroker, recorder: RecorderProcess, influx: RunningInflux | None
    ) -> None:
        self._broker, self._recorder, self._influx = broker, recorder, influx

    def names(self) -> list[str]:
        return ["recorder", "broker", *(["database"] if self._influx else [])]

    def kill(self, name: str) -> None:
        if name == "recorder":
            self._recorder.kill()
        elif name == "broker":
            self._broker.kill()
        elif self._influx is not None:
            self._influx.kill()

    def start(self, name: str) -> None:
        if name == "recorder":
            self._recorder.start()
        elif name == "broker":
            self._broker.start()
        elif self._influx is not None:
            self._influx.start_again()


@contextmanager
def _clinic(
    plan: Plan, folder: Path, patients: list[str]
) -> Iterator[tuple[_Parts, ShippedBroker, TrendStore]]:
    with ExitStack() as stack:
        broker = stack.enter_context(shipped_broker(folder, *patients))
        influx = None
        if plan.store == "influx":
            (folder / "influx").mkdir()
            influx = start_influx(folder / "influx")
            stack.callback(influx.stop)
        config, store = configured(plan, folder, broker, influx)
        recorder = RecorderProcess(config)
        stack.callback(recorder.kill)
        stack.enter_context(closing(store))
        yield _Parts(broker, recorder, influx), broker, store


def configured(
    plan: Plan, folder: Path, broker: ShippedBroker, influx: RunningInflux | None
) -> tuple[Path, SqliteStore | InfluxStore]:
    """Write the recorder's settings, and return them with the store that they name."""
    login = broker.as_service("recorder")
    lines = [
        f'[mqtt]\nhost = "localhost"\nport = {broker.port}\nusername = "recorder"',
        f'password_file = "{login.password_file}"\nca_file = "{login.ca_file}"',
        f'[store]\npath = "{folder}/clinic.sqlite"',
    ]
    store: SqliteStore | InfluxStore
    if influx is None:
        store = SqliteStore(folder / "clinic.sqlite")
    else:
        settings = influx.settings(_BUCKET)
        (folder / "token").write_text(f"{settings.token}\n")
        lines.append(
            f'[store.influxdb]\nurl = "{settings.url}"\norganisation = "clinic"\nbucket = "{_BUCKET}"'
        )
        lines.append(f'token_file = "{folder}/token"')
        store = InfluxStore(settings)
    config = folder / "recorder.toml"
    config.write_text("\n".join(lines) + "\n")
    return config, store


class _Home:
    """One home: its outbox, its link to the broker, its share of the events."""

    def __init__(self, plan: Plan, folder: Path, broker: ShippedBroker, patient: str) -> None:
        count = plan.events // plan.homes
        self.events = [
            event
            for event in islice(events_of(patient, 1 + count // 900), count)
            if event["schema"] != "lumbar.status/1"
        ]
        params = OutboxParams(resend_s=plan.resend_s, resend_longest_s=4 * plan.resend_s)
        self.outbox = Outbox(folder / f"{patient}.sqlite", params)
        status = parse_event(list(events_of(patient, 0))[-1])
        assert isinstance(status, Status)
        self.link = ClinicLink(broker.as_patient(patient), self.outbox, status, clock=REAL_CLOCK)
        self._left = iter(self.events)

    def put_some(self) -> None:
        portion = list(islice(self._left, _PORTION))
        messages = [(str(_topic(event)), json.dumps(event).encode()) for event in portion]
        if messages:
            self.outbox.put_all(messages, REAL_CLOCK.utc_ns())
            self.link.send([])  # so that the link looks


def _topic(event: dict[str, Any]) -> EventTopic:
    kind = event["schema"].removeprefix("lumbar.").partition("/")[0]
    return EventTopic(event["patient"], event["device"], kind)


async def _feed(plan: Plan, homes: list[_Home]) -> None:
    portions = -(-max(len(home.events) for home in homes) // _PORTION)
    for _ in range(portions):
        for home in homes:
            home.put_some()
        await asyncio.sleep(_PORTION * len(homes) / plan.rate_hz)


async def _kill(plan: Plan, parts: _Parts, outcome: Outcome) -> None:
    dice = random.Random(plan.seed)
    names = parts.names()
    order = (names * plan.kills)[: plan.kills]
    dice.shuffle(order)
    whole_s = plan.events / plan.rate_hz
    for name in order:
        await asyncio.sleep(dice.uniform(0.3, 1.7) * whole_s / (plan.kills + 1))
        await asyncio.to_thread(parts.kill, name)
        outcome.killed[name] += 1
        await asyncio.sleep(dice.uniform(0.0, 1.0))
        await asyncio.to_thread(parts.start, name)


async def _watch(homes: list[_Home], outcome: Outcome, show: Show) -> None:
    while True:
        show(sum(home.link.counts.committed for home in homes), outcome.killed.total())
        await asyncio.sleep(0.5)


async def _play(plan: Plan, parts: _Parts, homes: list[_Home], outcome: Outcome, show: Show) -> None:
    links = [asyncio.create_task(home.link.run()) for home in homes]
    feeding, killing, watching = (
        asyncio.create_task(_feed(plan, homes)),
        asyncio.create_task(_kill(plan, parts, outcome)),
        asyncio.create_task(_watch(homes, outcome, show)),
    )
    try:
        async with asyncio.timeout(plan.patience_s):
            await feeding
            await killing
            while any(home.outbox.backlog() for home in homes):  # noqa: ASYNC110 - has no event
                await asyncio.sleep(0.2)
    finally:
        for task in (feeding, killing, watching):
            task.cancel()
        for home in homes:
            home.link.stop()
        await asyncio.gather(*links)


def run(plan: Plan, folder: Path, show: Show = lambda _committed, _kills: None) -> Outcome:
    """Stream, kill, and count from both ends; `show` is told of events committed and kills so far.

    Raises
    ------
    TimeoutError
        If not everything was committed in time.
    """
    outcome = Outcome()
    patients = [f"p-{number}" for number in range(plan.homes)]
    with _clinic(plan, folder, patients) as (parts, broker, store):
        homes = [_Home(plan, folder, broker, patient) for patient in patients]
        begun_s = time.monotonic()
        asyncio.run(_play(plan, parts, homes, outcome, show))
        outcome.took_s = time.monotonic() - begun_s
        for patient, home in zip(patients, homes, strict=True):
            stored = [event for event in store.export(patient) if event["schema"] != "lumbar.status/1"]
            counted = Counter(event["event_id"] for event in stored)
            outcome.put += len(home.events)
            outcome.stored += len(stored)
            by_id = {event["event_id"]: event for event in stored}
            outcome.missing += sum(by_id.get(event["event_id"]) != event for event in home.events)
            outcome.twice += sum(count - 1 for count in counted.values())
            outcome.sent += home.link.counts.published
            home.outbox.close()
        if isinstance(store, InfluxStore):
            outcome.twice += _raw_points(store) - outcome.stored
    return outcome


def _raw_points(store: InfluxStore) -> int:
    server: InfluxServer = store._server
    names = ("minute", "minute_long", "event", "event_long")
    counts = server.query([f'SELECT count(body) FROM "{name}"' for name in names])
    return sum(row["count"] for rows in counts for row in rows)


def main() -> None:
    """Run a plan from the command line; exit status 1 if an event is missing or there twice."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    options.add_argument("--store", choices=["sqlite", "influx"], default="sqlite")
    options.add_argument("--events", type=int, default=20_000)
    options.add_argument("--kills", type=int, default=20)
    options.add_argument("--seed", type=int, default=random.randrange(10**6))
    chosen = options.parse_args()
    plan = Plan(chosen.store, chosen.events, chosen.kills, chosen.seed)
    print(plan, flush=True)
    logging.getLogger().addHandler(logging.NullHandler())  # the homes' waiting is what is wanted here
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with tempfile.TemporaryDirectory() as folder, Progress(*columns, transient=True) as progress:
        task = progress.add_task("Starting", total=plan.events)

        def show(committed: int, kills: int) -> None:
            progress.update(
                task, completed=committed, description=f"{committed} events stored, {kills} kills"
            )

        outcome = run(plan, Path(folder), show)
    print(outcome)
    sys.exit(1 if outcome.missing or outcome.twice else 0)


if __name__ == "__main__":
    main()
