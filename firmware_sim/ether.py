"""What lies between two radios: connection events, lost packets, distance.

Bumble's :class:`~bumble.link.LocalLink` joins virtual controllers and delivers at once. :class:`Ether` and
:class:`RadioController` add what makes a radio one:

- ACL data leaves only at connection events, a few packets each; a lost packet ends the event and is sent
  again at the next. The host is told of completed packets when they are delivered, so that it feels
  back-pressure.
- A receiving host that does not keep up is not sent more, as a real link's flow control does.
- Out of range nothing passes. A link whose other end has been out of reach, or whose host has died, for the
  supervision timeout ends with "connection timeout" at whoever is left.

All of it passes on the given clock. A scaled clock's events come too fast to sleep for each: the radio wakes
every few milliseconds at most and catches up on the events since. The supervision timeout has a floor in this
computer's own seconds, so that a busy machine does not drop links of a day at sixty times its speed.

Fragments are passed on as they came: both ends have the same packet size. Encryption is not performed; a
link counts as encrypted when both hosts gave the controllers the same key. Unlike a real controller this one
takes no part in negotiating connection interval, data length or PHY: the interval is the radio's, whatever
hosts ask for, and the values hosts are told at connection are Bumble's constants. The advertising interval
passes in the computer's own time. Scan responses are never sent, so an advertisement must do with its 31
bytes.

Faults of Bumble 0.0.236 that are mended here: it sends a central's data "from" its random address even if it
connected by its public one; it claims LL privacy and extended advertising without sending the events these
call for; it takes a cancelled connection attempt for granted without ending it.
"""

from __future__ import annotations

import asyncio
import math
import random
import struct
from collections import Counter, deque
from dataclasses import dataclass
from typing import Protocol

from bumble import hci, ll
from bumble.controller import Connection, Controller
from bumble.link import LocalLink

from gateway.wire.timebase import Clock

_ACL_HEADER = struct.Struct("<BHH")
_HANDLE_MASK = 0x0FFF
_FIRST_FROM_CONTROLLER, _CONTINUATION = 0b10, 0b01
_LL_PAYLOAD = 251
_ATT_OPCODE_AT, _ATT_VALUE_AT = 4, 7
_ATT_NOTIFICATION = 0x1B
_LEAST_MOTION = _ATT_VALUE_AT + 30
_DISTURBANCES = ("lost", "flipped", "doubled", "swapped")
_HOST_BUFFERS = 64
_SHORTEST_WAKE_S = 0.002
_SUPERVISION_CHECK_S = 0.1


@dataclass(frozen=True, slots=True)
class RadioParams:
    """What the air is like.

    Parameters
    ----------
    interval_s
        Connection interval; 15 ms is what the strip would ask for.
    packets_per_event
        Packets each end may send in a connection event; 4 of 251 bytes fit 15 ms on the 2M PHY with room
        [ours].
    loss
        Share of packets lost, 0 to less than 1.
    supervision_s
        Silence after which a link is dead. 4 s [ours]: what the strip would ask for, so that a body between
        the radios does not end the link; Linux begins with 0.42 s.
    supervision_floor_s
        The same in the computer's own seconds, at least; 2 s [ours].
    """

    interval_s: float = 0.015
    packets_per_event: int = 4
    loss: float = 0.0
    supervision_s: float = 4.0
    supervision_floor_s: float = 2.0

    def __post_init__(self) -> None:
        if not (self.interval_s > 0 and self.packets_per_event > 0 and 0 <= self.loss < 1):
            raise ValueError(f"no such radio: {self}")


class HostSink(Protocol):
    """Where a controller's packets go: its host."""

    def on_packet(self, packet: bytes) -> None:
        """Send a packet to the host."""
        ...

    @property
    def congested(self) -> bool:
        """Whether the host is not keeping up."""
        ...


class Ether(LocalLink):
    """The air between controllers.

    Parameters
    ----------
    params
        What it is like.
    clock
        The clock it passes on.
    rng
        The dice for lost packets.
    """

    def __init__(self, params: RadioParams, clock: Clock, rng: random.Random) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Bumble's is not annotated
        self.params = params
        self.clock = clock
        self.rng = rng
        self.delivered = 0
        self.lost = 0
        self.noise = 0.0
        """Share of motion notifications that are lost, flipped, doubled or swapped on the way to a host."""
        self.disturbed = Counter(dict.fromkeys(_DISTURBANCES, 0))
        """How many were, each way."""
        self._kept_back: bytes | None = None
        self._in_range = True
        self._held: list[tuple[hci.Address, hci.Address, ll.ControlPdu]] = []
        self._heard: dict[int, tuple[Connection, float]] = {}

    @property
    def in_range(self) -> bool:
        """Whether the radios hear each other."""
        return self._in_range

    @in_range.setter
    def in_range(self, in_range: bool) -> None:
        self._in_range = in_range
        if in_range:
            held, self._held = self._held, []
            for sender, receiver, packet in held:
                self.send_ll_control_pdu(sender, receiver, packet)

    def disturb(self, data: bytes) -> list[bytes]:
        """Return what becomes of a packet in noise; only whole notifications with samples suffer."""
        is_motion = len(data) >= _LEAST_MOTION and data[_ATT_OPCODE_AT] == _ATT_NOTIFICATION
        if not is_motion or self.rng.random() >= self.noise:
            kept, self._kept_back = self._kept_back, None
            return [data] if kept is None else [data, kept]
        how = self.rng.choice(_DISTURBANCES)
        self.disturbed[how] += 1
        match how:
            case "lost":
                return []
            case "flipped":
                bit = self.rng.randrange(8 * _ATT_VALUE_AT, 8 * len(data))
                flipped = int.from_bytes(data, "little") ^ 1 << bit
                return [flipped.to_bytes(len(data), "little")]
            case "doubled":
                return [data, data]
            case _:
                kept, self._kept_back = self._kept_back, data
                return [] if kept is None else [kept]

    def other_end(self, self_address: hci.Address, peer_address: hci.Address) -> RadioController | None:
        """Return the controller that holds the other half of a connection, if it still does."""
        for controller in self.controllers:
            half = controller.le_connections.get(self_address)
            if half is not None and half.self_address == peer_address:
                assert isinstance(controller, RadioController)
                return controller
        return None

    def send_advertising_pdu(self, sender_controller: Controller, packet: ll.AdvertisingPdu) -> None:
        """Spread an advertisement or a connection request."""
        if self._in_range:
            super().send_advertising_pdu(sender_controller, packet)

    def send_ll_control_pdu(
        self, sender_address: hci.Address, receiver_address: hci.Address, packet: ll.ControlPdu
    ) -> None:
        """Pass a control packet on; out of range it waits, but for a farewell, which nobody hears."""
        if not self._in_range:
            if not isinstance(packet, ll.TerminateInd):
                self._held.append((sender_address, receiver_address, packet))
            return
        receiver = self.other_end(sender_address, receiver_address)
        if receiver is not None:
            asyncio.get_running_loop().call_soon(receiver.on_ll_control_pdu, sender_address, packet)

    async def supervise(self) -> None:
        """End links whose other end has been silent for too long; runs until cancelled."""
        while True:
            await asyncio.sleep(_SUPERVISION_CHECK_S)
            self.check_links(asyncio.get_running_loop().time())

    def check_links(self, now_s: float) -> None:
        """End links whose other end has been out of reach for too long at `now_s`, the event loop's time."""
        patience_s = max(self.clock.wall_s(self.params.supervision_s), self.params.supervision_floor_s)
        heard: dict[int, tuple[Connection, float]] = {}
        for controller in list(self.controllers):
            for half in list(controller.le_connections.values()):
                _, heard_s = self._heard.get(id(half), (half, now_s))
                if self._in_range and self.other_end(half.self_address, half.peer_address) is not None:
                    heard_s = now_s
                if now_s - heard_s < patience_s:
                    heard[id(half)] = (half, heard_s)
                else:
                    controller.on_le_disconnected(half, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)
        self._heard = heard


class RadioController(Controller):
    """A controller whose data leaves at connection events only.

    Parameters
    ----------
    name
        For logs.
    sink
        Its host.
    ether
        The air it is in.
    public_address
        Its public Bluetooth address.
    """

    def __init__(self, name: str, sink: HostSink, ether: Ether, public_address: str) -> None:
        super().__init__(name, host_sink=sink, link=ether, public_address=public_address)
        self.le_features &= ~(
            hci.LeFeatureMask.LL_PRIVACY
            | hci.LeFeatureMask.LE_EXTENDED_ADVERTISING
            | hci.LeFeatureMask.LE_PERIODIC_ADVERTISING
        )
        self.le_acl_data_packet_length = self.acl_data_packet_length = _LL_PAYLOAD
        self.total_num_le_acl_data_packets = self.total_num_acl_data_packets = _HOST_BUFFERS
        self.sink = sink
        self._ether = ether
        self._outgoing: deque[tuple[Connection, int, bytes]] = deque()
        self._wake: asyncio.TimerHandle | None = None
        self._next_event = 0

    def on_packet(self, packet: bytes) -> None:
        """Take a packet from the host."""
        if packet[0] != hci.HCI_ACL_DATA_PACKET:
            super().on_packet(packet)
            return
        _, flags, _ = _ACL_HEADER.unpack_from(packet)
        connection = self.find_le_connection_by_handle(flags & _HANDLE_MASK)
        if connection is None:
            return
        boundary = flags >> 12 & 0b11
        boundary = _CONTINUATION if boundary == _CONTINUATION else _FIRST_FROM_CONTROLLER
        self._outgoing.append((connection, boundary, packet[_ACL_HEADER.size :]))
        if self._wake is None:
            self._plan_next_event()

    def on_hci_le_create_connection_cancel_command(
        self, command: hci.HCI_LE_Create_Connection_Cancel_Command
    ) -> hci.HCI_StatusReturnParameters:
        """End a connection attempt, and say so to the host."""
        if self.pending_le_connection is not None:
            ended = hci.HCI_LE_Connection_Complete_Event(
                status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
                connection_handle=0,
                role=hci.Role.CENTRAL,
                peer_address_type=self.pending_le_connection.peer_address_type,
                peer_address=self.pending_le_connection.peer_address,
                connection_interval=0,
                peripheral_latency=0,
                supervision_timeout=0,
                central_clock_accuracy=0,
            )
            self.pending_le_connection = None
            asyncio.get_running_loop().call_soon(self.send_hci_packet, ended)
        return super().on_hci_le_create_connection_cancel_command(command)

    def on_le_disconnected(self, connection: Connection, reason: int) -> None:
        """Forget what was to be sent on a link that is no more."""
        self._outgoing = deque(item for item in self._outgoing if item[0] is not connection)
        super().on_le_disconnected(connection, reason)

    def remove(self) -> None:
        """Leave the air: the host has died."""
        self.host = None
        self.le_legacy_advertiser.stop()
        if self._wake is not None:
            self._wake.cancel()
        self._ether.remove_controller(self)

    def _plan_next_event(self) -> None:
        clock, interval_s = self._ether.clock, self._ether.params.interval_s
        now_s = clock.monotonic_s()
        self._next_event = math.floor(now_s / interval_s) + 1
        delay_s = max(clock.wall_s(self._next_event * interval_s - now_s), _SHORTEST_WAKE_S)
        self._wake = asyncio.get_running_loop().call_later(delay_s, self._hold_events)

    def _hold_events(self) -> None:
        """Hold the connection events that have passed since the last wake-up."""
        self._wake = None
        past = math.floor(self._ether.clock.monotonic_s() / self._ether.params.interval_s) + 1
        completed: dict[int, int] = {}
        for _ in range(past - self._next_event):
            if not self._outgoing or not self._hold_event(completed):
                break
        if completed:
            self.send_hci_packet(
                hci.HCI_Number_Of_Completed_Packets_Event(
                    connection_handles=list(completed), num_completed_packets=list(completed.values())
                )
            )
        if self._outgoing:
            self._plan_next_event()

    def _hold_event(self, completed: dict[int, int]) -> bool:
        """Send what one connection event carries; return whether another is worth trying now."""
        ether = self._ether
        for _ in range(ether.params.packets_per_event):
            if not self._outgoing:
                return False
            connection, boundary, data = self._outgoing[0]
            receiver = ether.other_end(connection.self_address, connection.peer_address)
            if receiver is None or not ether.in_range or receiver.sink.congested:
                return False
            if ether.rng.random() < ether.params.loss:
                ether.lost += 1
                return True
            self._outgoing.popleft()
            ether.delivered += 1
            completed[connection.handle] = completed.get(connection.handle, 0) + 1
            for heard in ether.disturb(data):
                receiver.receive(connection.self_address, boundary, heard)
        return True

    def receive(self, sender: hci.Address, boundary: int, data: bytes) -> None:
        """Hand data from the air to the host, in turn with what else it is being told."""
        handle = self.le_connections[sender].handle
        header = _ACL_HEADER.pack(hci.HCI_ACL_DATA_PACKET, handle | boundary << 12, len(data))
        asyncio.get_running_loop().call_soon(self.sink.on_packet, header + data)
