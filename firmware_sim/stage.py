"""The product set up on one computer: strip, radio, gateway, broker and recorder, each in its own process.

Nothing here is a shortcut. Each part is one of the product's own commands; they meet over Bluetooth LE
(virtual, but driven through bleak), MQTT (a real mosquitto) and SQLite, and share one scaled clock. The demo
runs such a stage as it is; the end-to-end and soak tests take it apart on purpose.
"""

import asyncio
import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from firmware_sim.broker import BrokerError, RunningBroker, start_mosquitto
from firmware_sim.errors import SimError
from firmware_sim.parts import Part, PartError, following, lumbar
from firmware_sim.ports import free_port
from gateway.wire.timebase import Clock

PATIENT: Final = "p-demo"
SERIAL: Final = "LM-000001"
_READY_S = 30.0
_STALL_S = 60.0
_DELIVERY_S = 40.0
_LOOK_S = 0.25
_LOOKS_AT_END = 3
"""So often must the strip be seen taken off: it also looks so for an instant while it is being put on."""
_LOOPBACK = "127.0.0.1"
_STRIP, _GATEWAY, _RIVAL = 0, 1, 2
"""Whose port of the radio is which."""


class StageError(SimError):
    """The run cannot go on; the text says which part and why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run.

    Attributes
    ----------
    folder
        Where everything goes: settings, logs, archive, stores.
    clock
        The clock all parts share.
    scenario, seed
        Which person does what. Unused with `replay`.
    replay
        A recording to wear instead of a person.
    page_port
        Where the patient's page is served.
    """

    folder: Path
    clock: Clock
    scenario: str = "morning"
    seed: int = 1
    replay: Path | None = None
    page_port: int = 8765


class Stage:
    """All parts of the demo, started in order and ended in reverse."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.broker: RunningBroker | None = None
        self.broker_missing: str | None = None
        self.radio: Part | None = None
        self.strip: Part | None = None
        self.gateway: Part | None = None
        self.recorder: Part | None = None
        self.radio_control = 0
        """Port of the radio's control."""
        self.rival: Part | None = None
        """Another home's gateway that wants the same strip."""
        self._radio_ports = [0, 0, 0]
        self._broker_port = 0
        self._gateway_clock = plan.clock

    @property
    def page_url(self) -> str:
        """Where the patient's page is."""
        return f"http://{_LOOPBACK}:{self.plan.page_port}/"

    @property
    def home_store(self) -> Path:
        """The home's SQLite file."""
        return self.plan.folder / "home.sqlite"

    @property
    def clinic_store(self) -> Path:
        """The clinic's SQLite file."""
        return self.plan.folder / "clinic.sqlite"

    @property
    def _strip_state(self) -> Path:
        return self.plan.folder / "strip" / "strip.json"

    def sent_frames(self) -> int | None:
        """Return how many frames the strip says it sent; None if it has not said so yet."""
        return _read_json(self.plan.folder / "strip" / "stats.json").get("frames_sent")

    def donned_utc_ns(self) -> int:
        """Return when the strip was put on, which is the scenario's time zero.

        Raises
        ------
        StageError
            If it never was.
        """
        donned_utc_ns = _read_json(self._strip_state).get("donned_utc_ns")
        if donned_utc_ns is None:
            raise StageError("the strip was never put on; see its log")
        return int(donned_utc_ns)

    async def start(self) -> None:
        """Start every part.

        Raises
        ------
        StageError
            If a port is taken or a part does not come up. What was started is then stopped again.
        """
        if _is_taken(self.plan.page_port):
            raise StageError(
                f"port {self.plan.page_port} is in use; end the program that uses it, "
                "or choose another with --port"
            )
        self.plan.folder.mkdir(parents=True, exist_ok=True)
        try:
            self._start_broker()
            await self.start_radio()
            await self.start_strip()
            await self.start_gateway()
            if self.broker is not None:
                await self.start_recorder()
        except PartError as error:
            await self.stop()
            raise StageError(str(error)) from error
        except BaseException:
            await self.stop()
            raise

    def prepare(self) -> None:
        """Decide where everybody will be, so that the parts can be started in any order."""
        self.plan.folder.mkdir(parents=True, exist_ok=True)
        self._radio_ports = [free_port() for _ in self._radio_ports]
        self._broker_port = free_port()
        self._write_settings()

    def _start_broker(self) -> None:
        try:
            self.start_broker()
        except BrokerError as error:
            self.broker_missing = str(error)

    def start_broker(self) -> None:
        """Start the broker; again, on the port and in the folder it had.

        Raises
        ------
        BrokerError
            If there is none on this computer, or it does not start.
        """
        self.broker = start_mosquitto(self.plan.folder / "broker", self._broker_port)
        self._broker_port = self.broker.port

    async def start_radio(self) -> None:
        """Start the radio; after a kill, on the ports that it had."""
        ports = [word for port in self._radio_ports for word in ("--port", str(port))]
        command = following("firmware_sim.virtual_radio", *ports, "--clock", self.plan.clock.token())
        self.radio = await self._part("the virtual radio", command)
        report = await self.radio.report(_READY_S)
        self.radio_control = int(report["control"])
        if self._radio_ports != report["ports"]:
            self._radio_ports = report["ports"]
            self._write_settings()

    async def start_strip(self) -> None:
        """Start the strip; after a kill, it is the same strip on the same person, with a new boot."""
        plan = self.plan
        what = (
            ["--replay", str(plan.replay)]
            if plan.replay
            else ["--scenario", plan.scenario, "--seed", str(plan.seed)]
        )
        command = lumbar(
            "sim",
            *what,
            *("--radio", self._hci(_STRIP)),
            *("--serial", SERIAL),
            *("--state", str(plan.folder / "strip")),
            *("--clock", plan.clock.token()),
        )
        self.strip = await self._part("the strip", command)
        await self.strip.report(_READY_S)

    async def take_off(self) -> None:
        """Switch the strip off; it then tells what it sent."""
        if self.strip is not None:
            await self.strip.stop()

    async def start_gateway(self) -> None:
        """Start the gateway, and wait until its page answers."""
        self.gateway = await self._service("the gateway", "gateway", self._gateway_clock)

    def set_gateway_clock(self, ahead_s: float) -> None:
        """Let the gateway's next process find the computer's clock set wrong by so much."""
        self._gateway_clock = self.plan.clock.ahead(ahead_s)

    async def start_rival(self) -> None:
        """Start another home's gateway that wants the same strip."""
        self.rival = await self._service("the rival", "rival", self.plan.clock, command="gateway")

    @property
    def rival_folder(self) -> Path:
        """Where that other home keeps what it heard."""
        return self.plan.folder / "rival"

    async def slow_down(self) -> None:
        """Let the gateway go on at the speed of life, so that the day on the page stays today."""
        if self.gateway is not None:
            await self.gateway.stop()
            self._gateway_clock = self.plan.clock.at_speed(1.0)
            await self.start_gateway()

    async def start_recorder(self) -> None:
        """Start the clinic's recorder."""
        self.recorder = await self._service("the recorder", "recorder", self.plan.clock)

    async def _service(self, name: str, settings: str, clock: Clock, command: str | None = None) -> Part:
        config = ("--config", str(self.plan.folder / f"{settings}.toml"))
        part = await self._part(name, lumbar(command or settings, *config, "--clock", clock.token()))
        await part.report(_READY_S)
        return part

    async def _part(self, name: str, command: list[str]) -> Part:
        log = self.plan.folder / "logs" / f"{name.rsplit(maxsplit=1)[-1]}.log"
        log.parent.mkdir(exist_ok=True)
        return await Part.start(name, command, log)

    def _hci(self, host: int) -> str:
        return f"tcp-client:{_LOOPBACK}:{self._radio_ports[host]}"

    def _write_settings(self) -> None:
        plan = self.plan
        sections: dict[str, dict[str, Any]] = {
            "patient": {"id": PATIENT},
            "strip": {"serial": SERIAL},
            "bluetooth": {"virtual_radio": self._hci(_GATEWAY)},
            "calibration": {"mode": "aligned" if plan.replay else "guided"},
            "storage": {"folder": str(plan.folder)},
            "pages": {"port": plan.page_port},
        }
        rival: dict[str, dict[str, Any]] = {
            "storage": {"folder": str(self.rival_folder)},
            "pages": {"port": free_port()},
        }
        radio = {"bluetooth": {"virtual_radio": self._hci(_RIVAL)}}
        write_toml(plan.folder / "rival.toml", sections | rival | radio)
        if self._broker_port:
            broker: dict[str, Any] = {"host": _LOOPBACK, "port": self._broker_port}
            sections["mqtt.clinic"] = sections["mqtt.home"] = broker  # one broker plays both parts
            recorder = {"mqtt": broker, "store": {"path": str(self.clinic_store)}}
            write_toml(plan.folder / "recorder.toml", recorder)
        write_toml(plan.folder / "gateway.toml", sections)

    async def stop(self) -> None:
        """Stop every part that runs, the ends of the chain last."""
        for part in (self.rival, self.strip, self.gateway, self.recorder, self.radio):
            if part is not None:
                await part.stop()
        if self.broker is not None:
            self.broker.stop()

    async def status(self) -> dict[str, Any]:
        """Return the gateway's own account of itself; empty while it does not answer."""
        return await asyncio.to_thread(get_json, f"{self.page_url}api/status")

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Yield the gateway's account a few times a second until the strip has been taken off.

        Raises
        ------
        StageError
            If a part ends, or nothing moves for a while.
        """
        newest, moved_s = None, time.monotonic()
        looks_at_end = 0
        while looks_at_end < _LOOKS_AT_END:
            self._check()
            status = await self.status()
            yield status
            looks_at_end = looks_at_end + 1 if self._is_over(status) else 0
            if status.get("last_sample") != newest:
                newest, moved_s = status.get("last_sample"), time.monotonic()
            elif time.monotonic() - moved_s > _STALL_S:
                raise StageError(f"nothing arrived for {_STALL_S:.0f} s; see {self.plan.folder / 'logs'}")
            await asyncio.sleep(_LOOK_S)

    def _is_over(self, status: dict[str, Any]) -> bool:
        was_put_on = _read_json(self._strip_state).get("donned_utc_ns") is not None
        return was_put_on and status.get("worn") is False and not status["segment_open"]

    async def delivered(self) -> None:
        """Wait until the clinic has committed every event.

        Raises
        ------
        StageError
            If that takes too long.
        """
        deadline_s = time.monotonic() + _DELIVERY_S
        while (await self.status()).get("backlog") != 0:
            self._check()
            if time.monotonic() > deadline_s:
                raise StageError(f"events were not delivered within {_DELIVERY_S:.0f} s")
            await asyncio.sleep(_LOOK_S)

    def _check(self) -> None:
        for part in (self.radio, self.strip, self.gateway, self.recorder):
            if part is not None and part.is_lost:
                raise StageError(f"{part.name} ended: {part.last_words()}")


def _is_taken(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_LOOPBACK, port))
        except OSError:
            return True
    return False


def get_json(url: str) -> dict[str, Any]:
    """Return the JSON object at a page of ours; nothing is in it while there is no answer."""
    try:
        with urllib.request.urlopen(url, timeout=5.0) as answer:  # noqa: S310 - our own page on loopback
            status: dict[str, Any] = json.load(answer)
            return status
    except (OSError, ValueError, urllib.error.URLError):
        return {}


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def write_toml(path: Path, sections: dict[str, dict[str, Any]]) -> None:
    """Write sections of texts and numbers; JSON's way of writing these is also TOML's."""
    lines: list[str] = []
    for name, settings in sections.items():
        lines += [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in settings.items()), ""]
    path.write_text("\n".join(lines), encoding="utf-8")
