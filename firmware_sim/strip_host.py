"""The strip's Bluetooth host: the firmware's state machine on a Bumble GATT server.

It advertises, lets itself be paired with, carries out commands and sends frames at the pace of its clock. At
sixty times the speed of life that is 667 frames a second: it wakes every few milliseconds, sends all that
has fallen due, and stops when the controller has enough queued, so that what the link cannot carry waits in
flash and not in a buffer.

A scaled clock hurries the world, not a person with a button nor a gateway that pairs: the pairing window
lasts at least ten of this computer's own seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from bumble import att, hci
from bumble.core import UUID, AdvertisingData, BaseBumbleError
from bumble.device import Connection, DeviceConfiguration
from bumble.device import Device as BumbleDevice
from bumble.transport.common import Transport

from firmware_sim.bonds import BondStore
from firmware_sim.device import Device, DeviceParams
from firmware_sim.pairing import StrictSession, just_works
from firmware_sim.source import SampleSource
from firmware_sim.state_dir import StateDir
from firmware_sim.strip_gatt import StripDatabase
from gateway.wire import frame as frames
from gateway.wire import status as statuses
from gateway.wire.gatt import GENERAL_DISCOVERABLE, LIMITED_DISCOVERABLE, LUMBAR_MOTION_SERVICE
from gateway.wire.timebase import Clock

log = logging.getLogger(__name__)

_SHORTEST_WAIT_S = 0.004
_LONGEST_WAIT_S = 0.25
_PACKETS_IN_FLIGHT = 32
_STATUS_PERIOD_S = 10.0
_SHORTEST_PAIRING_WINDOW_S = 10.0
_ADVERTISING_INTERVAL_MS = 50.0


@dataclass(frozen=True, slots=True)
class StripStats:
    """What a strip did, from its boot on.

    Parameters
    ----------
    serial, boot
        Who it was.
    donned_utc_ns
        When it was put on, which is time zero of its source; None if it was not.
    samples
        Samples taken.
    frames_sent, backfill_frames
        Frames sent, live and backfilled; and the backfilled ones among them.
    notifications
        Notifications sent: frames, status and battery.
    stream_skips
        How often the live stream skipped to the present.
    vibrations
        The motor's log: UTC in milliseconds, and the pattern's name or "identify".
    """

    serial: str
    boot: int
    donned_utc_ns: int | None
    samples: int
    frames_sent: int
    backfill_frames: int
    notifications: int
    stream_skips: int
    vibrations: list[tuple[int, str]]


def address_of(serial: str) -> hci.Address:
    """Return the static random address that a strip of this serial number has."""
    digest = bytearray(hashlib.sha256(serial.encode()).digest()[:6])
    digest[0] |= 0b1100_0000  # what makes a random address a static one
    return hci.Address(bytes(digest[::-1]), hci.Address.RANDOM_DEVICE_ADDRESS)


class StripPeripheral:
    """A strip that has just booted, on a host controller.

    Parameters
    ----------
    transport
        The opened HCI transport.
    source
        What it measures.
    clock
        The clock it lives by.
    serial
        Its serial number, such as "LM-000001".
    state_dir
        Where it keeps its flash, its state and its bonds.
    params
        What is fixed about it.
    """

    def __init__(
        self,
        transport: Transport,
        source: SampleSource,
        *,
        clock: Clock,
        serial: str,
        state_dir: Path,
        params: DeviceParams,
    ) -> None:
        self._clock = clock
        self._serial = serial
        self._boot_s = clock.monotonic_s()
        self._kept = StateDir(state_dir, 6 if source.single_pod else 12)
        window_s = max(params.pairing_window_s, _SHORTEST_PAIRING_WINDOW_S * clock.speed)
        self.device = Device(
            replace(params, pairing_window_s=window_s),
            source,
            self._kept.memory,
            self._kept.state,
            clock.utc_ns(),
        )
        self._saved_changes = 0
        self._bonds = BondStore(state_dir / "bonds.json", address_of(serial))
        self._bumble = self._make_host(transport)
        self._database = StripDatabase(
            self._bumble,
            serial,
            on_control=self._on_control,
            read_status=lambda: statuses.encode(self._at_now().status()),
            read_battery=lambda: bytes([self._at_now().battery_pct]),
        )
        self._database.motion.on(self._database.motion.EVENT_SUBSCRIPTION, self._on_motion_subscription)
        self._database.status.on(self._database.status.EVENT_SUBSCRIPTION, self._on_status_subscription)
        self._connection: Connection | None = None
        self._subscribed = False
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._status_due_s = 0.0
        self._last_status: statuses.Status | None = None
        self._frames_sent = self._backfill_frames = self._notifications = 0

    def _make_host(self, transport: Transport) -> BumbleDevice:
        name = self._serial.replace("-", "")[:8]  # all that 31 bytes leave beside the service's UUID
        config = DeviceConfiguration(
            name=name,
            address=self._bonds.address,
            irk=self._bonds.irk,
            advertising_interval_min=_ADVERTISING_INTERVAL_MS,
            advertising_interval_max=_ADVERTISING_INTERVAL_MS,
        )
        bumble = BumbleDevice.from_config_with_hci(config, transport.source, transport.sink)
        bumble.keystore = self._bonds
        bumble.smp_session_proxy = StrictSession
        bumble.pairing_config_factory = just_works(self._pairing_open)
        bumble.on(bumble.EVENT_CONNECTION, self._on_connection)
        return bumble

    def _advertisement(self) -> bytes:
        flags = LIMITED_DISCOVERABLE if self._pairing_open() else GENERAL_DISCOVERABLE
        return bytes(
            AdvertisingData(
                [
                    (AdvertisingData.Type.FLAGS, bytes([flags])),
                    (
                        AdvertisingData.Type.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
                        UUID(LUMBAR_MOTION_SERVICE).to_bytes(),
                    ),
                    (AdvertisingData.Type.COMPLETE_LOCAL_NAME, self._bumble.name.encode()),
                ]
            )
        )

    async def _advertise(self) -> None:
        """Advertise while nobody is connected, and say truly whether pairing is possible."""
        if self._connection is not None:
            return
        wanted = self._advertisement()
        if self._bumble.is_advertising and wanted != self._bumble.advertising_data:
            await self._bumble.stop_advertising()
        if self._connection is None and not self._bumble.is_advertising:
            self._bumble.advertising_data = wanted
            await self._bumble.start_advertising()

    async def run(self, stop: asyncio.Event, on_ready: Callable[[], None]) -> None:
        """Advertise, and serve whoever connects.

        Parameters
        ----------
        stop
            Set it to make this return soon. (Cancelling is not enough: Bumble waits for its controller with
            `asyncio.wait_for`, which in Python 3.11 can swallow a cancellation.)
        on_ready
            Called once it advertises.
        """
        self._save()
        await self._bumble.power_on()
        await self._advertise()
        log.info(
            "%s boot %d advertises as %s%s",
            self._serial,
            self.device.boot,
            self._bonds.address,
            ", open for its first pairing" if self._bonds.is_empty else "",
        )
        on_ready()
        while not stop.is_set():
            await self._advertise()
            self._at_now()
            self._send_due_frames()
            await self._notify_status()
            self._save()
            await self._rest()

    def press_button(self) -> None:
        """Press the button: mark this moment."""
        log.info("%s button pressed", self._serial)
        self._at_now().press_button()

    def hold_button(self) -> None:
        """Hold the button: open the pairing window."""
        log.info("%s button held, pairing window open", self._serial)
        self._at_now().hold_button()

    def stats(self) -> StripStats:
        """Return what the strip has done so far."""
        device = self.device
        return StripStats(
            serial=self._serial,
            boot=device.boot,
            donned_utc_ns=device.donned_utc_ns,
            samples=device.flash.taken,
            frames_sent=self._frames_sent,
            backfill_frames=self._backfill_frames,
            notifications=self._notifications,
            stream_skips=device.stream_skips,
            vibrations=[(buzz.utc_ns // 1_000_000, buzz.name) for buzz in device.motor_log],
        )

    def close(self) -> None:
        """Keep what must be kept."""
        self._save()
        for task in self._tasks:
            task.cancel()

    def _at_now(self) -> Device:
        self.device.advance(self._clock.monotonic_s() - self._boot_s)
        return self.device

    def _pairing_open(self) -> bool:
        return self._bonds.is_empty or self._at_now().pairing_open

    def _save(self) -> None:
        if self._saved_changes != self.device.state_changes:
            self._saved_changes = self.device.state_changes
            self._kept.save()

    # The link.

    def _on_connection(self, connection: Connection) -> None:
        log.info("%s connected to %s", self._serial, connection.peer_address)
        self._connection = connection
        self._last_status = None
        connection.on(connection.EVENT_DISCONNECTION, self._on_disconnection)
        connection.on(
            connection.EVENT_PAIRING,
            lambda _: log.info("%s paired with %s", self._serial, connection.peer_address),
        )
        connection.on(
            connection.EVENT_PAIRING_FAILURE,
            lambda reason: log.warning("%s refused a pairing (%s)", self._serial, reason),
        )
        if (queue := connection.data_packet_queue) is not None:
            queue.on("flow", self._wake.set)

    def _on_disconnection(self, reason: int) -> None:
        log.info("%s disconnected (%s)", self._serial, hci.HCI_ErrorCode(reason).name)
        if self._connection is not None and (queue := self._connection.data_packet_queue) is not None:
            queue.remove_listener("flow", self._wake.set)
        self._connection = None
        self._subscribed = False
        self._at_now().disconnected()
        self._wake.set()

    def _on_motion_subscription(self, _: Connection, notify: bool, _indicate: bool) -> None:
        self._subscribed = notify
        if not notify:
            self._at_now().disconnected()
        self._wake.set()

    def _on_status_subscription(self, _: Connection, _notify: bool, _indicate: bool) -> None:
        self._last_status = None
        self._wake.set()

    def _on_control(self, connection: Connection, data: bytes) -> None:
        motor_log = self.device.motor_log
        before = motor_log[-1] if motor_log else None
        answer = self._at_now().control(bytes(data), connection.att_mtu)
        if answer is None:
            raise att.ATT_Error(att.ErrorCode.INVALID_ATTRIBUTE_LENGTH)
        if motor_log and motor_log[-1] is not before:
            log.info("%s vibrates: %s", self._serial, motor_log[-1].name)
        self._save()
        task = asyncio.create_task(self._indicate(connection, answer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._wake.set()

    async def _indicate(self, connection: Connection, answer: bytes) -> None:
        try:
            await connection.cancel_on_disconnection(
                self._bumble.gatt_server.indicate_subscriber(connection, self._database.control, answer)
            )
        except (TimeoutError, asyncio.CancelledError, BaseBumbleError) as error:
            log.warning("%s: an answer was not confirmed (%r)", self._serial, error)

    def _has_room(self) -> bool:
        queue = self._connection.data_packet_queue if self._connection is not None else None
        return queue is not None and queue.pending < _PACKETS_IN_FLIGHT

    def _send_due_frames(self) -> None:
        connection = self._connection
        while connection is not None and self._subscribed and self._has_room():
            frame = self.device.next_frame(connection.att_mtu)
            if frame is None:
                return
            # What Server.notify_subscriber does, without its walk through bearers for every frame.
            notification = att.ATT_Handle_Value_Notification(
                attribute_handle=self._database.motion.handle, attribute_value=frames.encode(frame)
            )
            connection.send_l2cap_pdu(att.ATT_CID, bytes(notification))
            self._notifications += 1
            self._frames_sent += 1
            self._backfill_frames += frame.backfill

    async def _notify_status(self) -> None:
        """Notify the status when more than the newest sample has changed, and now and then."""
        connection = self._connection
        now_s = self._clock.monotonic_s()
        if connection is None or not self._has_room():
            return
        status = self.device.status()
        last = self._last_status
        if (
            last is not None
            and now_s < self._status_due_s
            and status
            == replace(last, newest_sample=status.newest_sample, oldest_sample=status.oldest_sample)
        ):
            return
        self._last_status = status
        self._status_due_s = now_s + _STATUS_PERIOD_S
        server = self._bumble.gatt_server
        await server.notify_subscriber(connection, self._database.status, statuses.encode(status))
        self._notifications += 1
        if last is None or last.battery_pct != status.battery_pct:
            await server.notify_subscriber(connection, self._database.battery, bytes([status.battery_pct]))
            self._notifications += 1

    async def _rest(self) -> None:
        """Wait until something is due, a command came, or the controller has room again."""
        wait_s = _LONGEST_WAIT_S
        if self._connection is not None and self._subscribed and self._has_room():
            due_s = self.device.next_due_in_s(self._connection.att_mtu)
            if due_s is not None:
                wait_s = min(wait_s, self._clock.wall_s(due_s))
        # A short sleep whatever the reason, so that a burst of small events is one batch of work.
        await asyncio.sleep(_SHORTEST_WAIT_S)
        if wait_s > _SHORTEST_WAIT_S:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s - _SHORTEST_WAIT_S):
                    await self._wake.wait()
        self._wake.clear()
