"""The virtual radio: one process in which strips and gateways are within earshot of each other.

``python -m firmware_sim.virtual_radio`` offers some HCI ports over TCP on loopback. A host (the simulated
strip, the gateway's virtual Bluetooth) connects to one with Bumble's ``tcp-client:127.0.0.1:PORT`` and gets
a controller of its own; all controllers share one :class:`~firmware_sim.ether.Ether`, whose docstring says
what is simulated. When a host dies its controller leaves the air.

On standard output the process prints one line of JSON, ``{"ready": true, "ports": [...], "control": PORT}``.
The control port takes lines, ``range off``, ``range on``, ``noise SHARE`` or ``stats``, and answers each with
a line of JSON: :func:`ask_radio` does that. The process ends cleanly on SIGTERM.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import random
import signal
from collections.abc import Sequence
from typing import Any

from bumble.transport.common import PacketParser

from firmware_sim.errors import SimError
from firmware_sim.ether import Ether, RadioController, RadioParams
from gateway.wire.timebase import Clock

_LOOPBACK = "127.0.0.1"
_CONGESTED_BYTES = 64 * 1024
_LONGEST_COMMAND = 80

log = logging.getLogger(__name__)


class RadioError(SimError):
    """A radio that does not do what it is asked."""


class _HostPort(asyncio.Protocol):
    """One HCI port: at most one host at a time."""

    def __init__(self, ether: Ether, number: int) -> None:
        self._ether = ether
        self._number = number
        self._controller: RadioController | None = None
        self._transport: asyncio.Transport | None = None

    def accept(self) -> asyncio.Protocol:
        """Return the protocol for a new TCP connection: this one if it is free."""
        if self._transport is not None:
            log.warning("port %d refuses a second host", self._number)
            return _Refusal()
        return self

    @property
    def congested(self) -> bool:
        """Whether the host reads more slowly than it is sent to."""
        return self._transport is not None and self._transport.get_write_buffer_size() > _CONGESTED_BYTES

    def on_packet(self, packet: bytes) -> None:
        """Send a packet to the host."""
        if self._transport is not None:
            self._transport.write(packet)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Give the host a controller."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._controller = RadioController(
            f"radio-{self._number}", self, self._ether, f"C0:FF:EE:00:00:{self._number:02X}"
        )
        self._parser = PacketParser(self._controller)
        log.info("port %d: host attached", self._number)

    def data_received(self, data: bytes) -> None:
        """Take packets from the host."""
        try:
            self._parser.feed_data(data)
        except ValueError as error:
            log.warning("port %d: host dropped, it does not speak HCI: %s", self._number, error)
            self.drop()

    def drop(self) -> None:
        """Hang up on the host."""
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Take the controller off the air."""
        log.info("port %d: host gone%s", self._number, f" ({exc})" if exc else "")
        self._transport = None
        if self._controller is not None:
            self._controller.remove()
            self._controller = None


class _Refusal(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


class VirtualRadio:
    """The radio, for use within a process.

    Parameters
    ----------
    params
        What the air is like.
    clock
        The clock it passes on.
    seed
        Of the dice for lost packets.

    Attributes
    ----------
    ports, control_port
        The TCP ports, once started.
    """

    def __init__(self, params: RadioParams, clock: Clock, seed: int = 0) -> None:
        self.ether = Ether(params, clock, random.Random(seed))
        self.ports: list[int] = []
        self.control_port = 0
        self._hosts: list[_HostPort] = []
        self._servers: list[asyncio.Server] = []
        self._supervisor: asyncio.Task[None] | None = None

    async def start(self, ports: Sequence[int] = (0, 0)) -> None:
        """Open the ports; 0 takes a free one."""
        loop = asyncio.get_running_loop()
        for number, port in enumerate(ports):
            host = _HostPort(self.ether, number)
            server = await loop.create_server(host.accept, _LOOPBACK, port)
            self._hosts.append(host)
            self._servers.append(server)
            self.ports.append(server.sockets[0].getsockname()[1])
        control = await asyncio.start_server(self._serve_control, _LOOPBACK, 0, limit=_LONGEST_COMMAND)
        self._servers.append(control)
        self.control_port = control.sockets[0].getsockname()[1]
        self._supervisor = asyncio.create_task(self.ether.supervise())

    async def close(self) -> None:
        """Close the ports and drop the hosts."""
        if self._supervisor is not None:
            self._supervisor.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._supervisor
        for server in self._servers:
            server.close()
        for host in self._hosts:
            host.drop()

    def stats(self) -> dict[str, object]:
        """Return what has passed through the air."""
        ether = self.ether
        return {
            "in_range": ether.in_range,
            "delivered": ether.delivered,
            "lost": ether.lost,
            "disturbed": ether.disturbed,
        }

    async def _serve_control(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, ValueError):
            while line := await reader.readline():
                writer.write(json.dumps(self._obey(line.decode("utf-8", "replace").strip())).encode() + b"\n")
                await writer.drain()
        writer.close()

    def _obey(self, command: str) -> dict[str, object]:
        match command:
            case "range on" | "range off":
                self.ether.in_range = command == "range on"
                log.info(command)
            case "stats":
                pass
            case _ if command.startswith("noise "):
                try:
                    self.ether.noise = float(command.removeprefix("noise "))
                except ValueError:
                    return {"error": "noise takes the share of motion notifications that it disturbs"}
                log.info(command)
            case _:
                return {"error": "unknown command; expected: range on, range off, noise SHARE, stats"}
        return self.stats()


async def ask_radio(control_port: int, command: str) -> dict[str, Any]:
    """Send a command (``range off``, ``range on``, ``stats``) to a running radio and return its answer.

    Raises
    ------
    RadioError
        If the radio does not know the command or does not answer.
    """
    try:
        reader, writer = await asyncio.open_connection(_LOOPBACK, control_port)
        writer.write(command.encode() + b"\n")
        line = await reader.readline()
        writer.close()
        answer: dict[str, Any] = json.loads(line)
    except (OSError, ValueError) as error:
        raise RadioError(f"the virtual radio at port {control_port} does not answer: {error}") from error
    if "error" in answer:
        raise RadioError(f"the virtual radio refused {command!r}: {answer['error']}")
    return answer


async def run_radio(radio: VirtualRadio, ports: Sequence[int]) -> None:
    """Run a radio until SIGTERM or SIGINT."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await radio.start(ports)
    print(json.dumps({"ready": True, "ports": radio.ports, "control": radio.control_port}), flush=True)
    await stopped.wait()
    log.info("radio off: %s", json.dumps(radio.stats()))
    await radio.close()


def main(argv: Sequence[str] | None = None) -> None:
    """Run the virtual radio as a process."""
    defaults = RadioParams()
    parser = argparse.ArgumentParser(
        prog="python -m firmware_sim.virtual_radio", description="A virtual Bluetooth radio on loopback."
    )
    parser.add_argument(
        "--port", type=int, action="append", help="an HCI port; 0, the default, takes a free one"
    )
    parser.add_argument("--clock", type=Clock.from_token, default="real", help="the clock's token")
    parser.add_argument("--interval-ms", type=float, default=defaults.interval_s * 1000)
    parser.add_argument(
        "--packets", type=int, default=defaults.packets_per_event, help="per event and direction"
    )
    parser.add_argument("--loss", type=float, default=defaults.loss, help="share of packets lost")
    parser.add_argument("--supervision-s", type=float, default=defaults.supervision_s)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    try:
        params = RadioParams(
            interval_s=options.interval_ms / 1000,
            packets_per_event=options.packets,
            loss=options.loss,
            supervision_s=options.supervision_s,
        )
    except ValueError as error:
        parser.error(str(error))
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("bumble").setLevel(logging.WARNING)
    asyncio.run(run_radio(VirtualRadio(params, options.clock, options.seed), options.port or [0, 0]))


if __name__ == "__main__":
    main()
