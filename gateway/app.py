"""The gateway: one asyncio process that is the whole home.

link -> inbox -> strip (reassembly, clock, archive, core, policy) -> ledger -> home store, clinic; beside it
the pages, the archive's upkeep and the line on the terminal. Everything that touches one strip's data happens
in one task, in the order it came.

A fault of the disk or the stores ends the gateway with one clear line: it must not run on while it forgets.
Whatever starts it again (systemd, the patient) finds everything that had been archived.
"""

import asyncio
import logging
import time
import zoneinfo
from datetime import UTC
from typing import Any, Final, TextIO

from analysis.care.breaks import BreakParams
from analysis.care.policy import CareNow
from analysis.care.statement import Reminder
from analysis.events.facts import Presence
from analysis.events.fields import utc_text
from analysis.events.local import LocalTime
from analysis.recording.errors import ArchiveError
from analysis.recording.journal import Skipped
from analysis.review.home.door import Key
from analysis.review.home.routes import home_routes
from analysis.trends.broker import Broker
from analysis.trends.sqlite import SqliteStore
from gateway.archive.room import RoomParams
from gateway.archive.writer import TEND_EVERY_S, LiveArchive
from gateway.calibrations import Calibrations, Patient
from gateway.care import Care
from gateway.config import GatewayConfig
from gateway.control import announce, withdraw
from gateway.delivery.homeassistant import HomeLink
from gateway.delivery.mqtt import ClinicLink
from gateway.delivery.outbox import Outbox
from gateway.entries import HomeEntries
from gateway.exercise import HomeExercise
from gateway.home_view import HomeView
from gateway.lacking import Lacking
from gateway.ledger import Ledger
from gateway.link.backfill import Backfill
from gateway.link.ble import BluetoothBackend, StripLink, own_stack
from gateway.link.connection import patience_s
from gateway.link.inbox import Item, LinkChanged, StatusChanged, StripFound
from gateway.pages import Pages
from gateway.parting import PATIENCE_S
from gateway.present import Present
from gateway.recovery import recovering
from gateway.refusals import FILE_NAME as REFUSALS_FILE
from gateway.refusals import Refusals
from gateway.segments import Segments
from gateway.sharing import FILE_NAME, Sharing
from gateway.standing import Standing
from gateway.strip import Strip
from gateway.voice import Voice
from gateway.wire.timebase import Clock
from gateway.wishes import Wishes

log = logging.getLogger("lumbar.gateway")

_LOOK_EVERY_S: Final = 1.0
_CARE_TICK_NS: Final = 15_000_000_000
"""How often care is told that time passes, on the product's clock [ours]: nothing there is in a hurry."""
_REST_S: Final = 0.25
"""How often to look whether something came late, s of the computer [ours]."""


class Gateway:
    """The home of one patient.

    Parameters
    ----------
    config
        Its settings.
    clock
        The product's clock.
    backend
        A Bluetooth adapter other than this computer's own.
    terminal
        Where to keep a line on how things are; None: nowhere.

    Raises
    ------
    PageError
        If the pages' port is taken.
    StoreError, OutboxError, OSError
        If the home's files cannot be opened.
    """

    def __init__(
        self,
        config: GatewayConfig,
        clock: Clock,
        backend: BluetoothBackend | None = None,
        terminal: TextIO | None = None,
    ) -> None:
        self._config, self._clock, self._terminal = config, clock, terminal
        folder = config.storage.folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._store = SqliteStore(folder / "home.sqlite", timezone=config.patient.timezone)
        self._store.expire(utc_text(clock.utc_ns()))
        self._outbox = Outbox(folder / "outbox.sqlite") if config.mqtt.clinic else None
        self._ledger = Ledger(self._store)
        self._present = Present(self._ledger, self._care_now)
        self._lacking = Lacking()
        self._zone = zoneinfo.ZoneInfo(config.patient.timezone)
        self._backfill = Backfill()
        self._sharing = Sharing(folder / FILE_NAME, self._share) if config.mqtt.clinic else None
        self._link = StripLink(
            clock,
            serial=config.strip.serial,
            backend=backend,
            stack=own_stack(backend),
            backfill=self._backfill,
        )
        self._voice = Voice(self._link, config.notify, clock)
        self._refusals = Refusals(folder / REFUSALS_FILE, clock)
        self._key = Key(self._refusals.note)
        self._pages = Pages(config.pages.port, self._routes(), self._account, self._refusals.note)
        self._serial: str | None = None
        self._archive: LiveArchive | None = None
        self._strip: Strip | None = None
        self._care: Care | None = None
        self._wishes: Wishes | None = None
        self._entries: HomeEntries | None = None
        self._exercise: HomeExercise | None = None
        self._ticked_ns = 0
        self._clinic: ClinicLink | None = None
        self._home: HomeLink | None = None
        self._home_view: HomeView | None = None
        self._standing: Standing | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._is_stopping = False

    @property
    def url(self) -> str:
        """Where the patient's page is."""
        return self._pages.url

    async def run(self) -> None:
        """Run until :meth:`stop`.

        Raises
        ------
        LumbarError
            If there is no Bluetooth, or the disk or a store fails.
        """
        try:
            announce(self._config.storage.folder, self.url, self._key.text)
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                tasks.create_task(self._pages.run())
                tasks.create_task(self._link.run())
                work = (self._tend(), self._look(), self._go_over(), self._voice.run())
                keeping = [tasks.create_task(one) for one in work]
                if self._config.strip.serial is not None:
                    # What a crash left open, and what the clinic still lacks, need not wait for the strip.
                    await self._set_up(self._config.strip.serial)
                try:
                    async for batch in self._link.batches():
                        await self._take(batch)
                finally:
                    for task in keeping:
                        task.cancel()
                if self._strip is not None:
                    self._strip.finish()
                self._tell_status("offline")
                for link in (self._clinic, self._home):
                    if link is not None:
                        link.stop()
                self._pages.stop()
        except ExceptionGroup as group:
            raise _first(group) from group
        finally:
            self._close()

    async def stop(self) -> None:
        """End tidily: the strip is told, what is open is finished, the clinic hears a goodbye.

        All say goodbye at once, and none for longer than a second and a half: what the clinic has not got by
        then lies in the outbox, and what the strip has not sent lies in its memory.
        """
        self._is_stopping = True
        for link in (self._clinic, self._home):
            if link is not None:
                link.stop()
        self._pages.stop()
        await self._link.stop()

    def _routes(self) -> Any:
        return home_routes(
            self._store,
            self._config.patient.id,
            self._zone,
            now=self._clock.utc,
            live=self._present,
            rule=lambda: self._rule,
            answers=lambda: self._wishes,
            entries=lambda: self._entries,
            key=self._key,
            sharing=self._sharing,
            exercise=lambda: self._exercise,
        )

    def _share(self, is_on: bool) -> None:
        if self._clinic is not None:
            self._clinic.share(is_on=is_on)

    @property
    def _rule(self) -> BreakParams:
        return self._config.care.rule if self._care is None else self._care.rule

    def _care_now(self) -> CareNow:
        return CareNow() if self._care is None else self._care.now(self._clock.utc_ns())

    def _account(self) -> dict[str, Any]:
        """Return the gateway's account of itself; its backlog is counted now, not a second ago."""
        self._count_backlog()
        self._present.waiting_for = self._lacking.now(self._clinic, self._home)
        return {**self._present.account(), **self._voice.account(), "refused_requests": self._refusals.count}

    def _count_backlog(self) -> None:
        if self._outbox is not None:
            self._present.backlog = self._outbox.backlog()
            self._present.refused = self._outbox.refused_count()

    async def _take(self, batch: list[Item]) -> None:
        data: list[Item] = []
        for item in batch:
            match item:
                case StripFound(serial):
                    await self._set_up(serial)
                case LinkChanged(state, reason):
                    self._present.link = state
                    self._lacking.link_changed(state, reason)
                case StatusChanged(status) if self._care is not None:
                    data.append(item)
                    self._care.report(status, self._clock.utc_ns())
                case _:
                    data.append(item)
        if self._strip is not None:
            for _ in self._strip.getting_ready(data):
                await asyncio.sleep(0)
                if self._is_stopping:  # the strip still has what this batch brought
                    return
            self._strip.take(data)
        self._present.handled_ns = self._clock.utc_ns()
        if any(isinstance(item, LinkChanged | StatusChanged) for item in batch):
            self._tell_status("online")

    async def _set_up(self, serial: str) -> None:
        """Get everything ready for a strip, beginning with what its last run left open.

        Meanwhile the link's frames wait in its inbox; a gateway that is stopped gets no further.
        """
        if serial == self._serial:
            return
        assert self._tasks is not None, "only a running gateway has a strip"
        tasks, config, storage = self._tasks, self._config, self._config.storage.folder
        patient = Patient(config.patient.id, serial, config.calibration)
        local = LocalTime(self._zone)
        self._serial = serial
        self._standing = Standing(patient.id, serial, self._clock, self._present, self._store)
        keep = config.storage
        room = RoomParams(keep_days=keep.keep_raw_days, reserve_bytes=round(keep.reserve_mb * 1024 * 1024))
        self._archive = LiveArchive(storage / "archive", patient=patient.id, device=serial, room_params=room)
        if self._outbox is not None and config.mqtt.clinic is not None:
            broker = Broker(**dict(config.mqtt.clinic))
            status = self._standing.now("online")
            self._clinic = ClinicLink(broker, self._outbox, status, clock=self._clock)
            self._standing.clinic = self._clinic
            self._clinic.share(is_on=self._sharing is None or self._sharing.is_on)
            self._ledger.deliver_with(self._clinic.send)
        care = Care(patient.id, serial, config.care, local, storage / "care.json", self._ledger, self._tell)
        self._care = care
        care.recall(self._store.events(patient.id, kinds={"safety"}), self._clock.utc_ns())
        calibrations = Calibrations(patient)
        for _ in recovering(self._archive, self._ledger, calibrations):
            await asyncio.sleep(0)
            if self._is_stopping:
                return
        segments = Segments(self._archive, self._ledger, calibrations, care, self._backfill.awaits)
        self._strip = Strip(
            patient,
            self._archive,
            segments,
            self._ledger,
            self._present,
            self._backfill,
            patience_s(self._clock, PATIENCE_S),
        )
        wishes = Wishes(self._clock, care, self._strip, self._archive, self._link.vibrate)
        self._wishes = wishes
        self._entries = HomeEntries(patient.id, serial, self._clock, self._ledger, care)
        is_guided = config.calibration.mode != "aligned"
        self._exercise = HomeExercise(self._clock, self._strip, care, is_guided=is_guided)
        if self._clinic is not None:
            answered = self._store.events(patient.id, kinds={"command"})
            self._clinic.obey(wishes.carry_out, self._ledger.record, answered)
            tasks.create_task(self._clinic.run())
        if config.mqtt.home is not None:
            self._home_view = HomeView(self._store, patient.id, self._zone, self._clock, self._present)
            broker = Broker(**dict(config.mqtt.home))
            self._home = HomeLink(broker, patient.id, serial, self._home_view.look)
            tasks.create_task(self._home.run())

    def _tell(self, reminder: Reminder) -> None:
        self._voice.tell(reminder, self._care_now().sitting_s)

    async def _tend(self) -> None:
        """Bring the archive to disk and close finished hours, now and then."""
        while True:
            await asyncio.sleep(TEND_EVERY_S)
            if self._archive is not None and self._strip is not None:
                held = self._strip.held()
                _tell_skipped(await asyncio.to_thread(self._archive.tend, self._clock.utc_ns()))
                self._backfill.on_disk(held)

    async def _go_over(self) -> None:
        """Go over what came late, a slice at a time: half of the computer's time is left to the present."""
        while True:
            begun_s = time.monotonic()
            was_busy = self._strip is not None and self._strip.work()
            await asyncio.sleep(time.monotonic() - begun_s if was_busy else _REST_S)

    async def _look(self) -> None:
        """Keep the backlog and the line on the terminal fresh."""
        while True:
            await asyncio.to_thread(self._count_backlog)
            if self._home_view is not None:
                await asyncio.to_thread(self._home_view.count_lifts)
            self._pass_time()
            self._present.waiting_for = self._lacking.now(self._clinic, self._home)
            if self._terminal is not None:
                now = self._clock.utc().astimezone(UTC)
                self._terminal.write(f"\r\x1b[K{now:%H:%M:%S} {self._present.line()}")
                self._terminal.flush()
            await asyncio.sleep(_LOOK_EVERY_S)

    def _pass_time(self) -> None:
        """Let strip and care know that time passes, whether the strip is heard or not."""
        if self._strip is not None:
            self._strip.pass_time(time.monotonic())
        now_ns = self._clock.utc_ns()
        if self._care is None or now_ns - self._ticked_ns < _CARE_TICK_NS:
            return
        self._ticked_ns = now_ns
        if self._care.tick(now_ns):
            self._tell_status("online", anew=True)

    def _tell_status(self, presence: Presence, *, anew: bool = False) -> None:
        if self._standing is not None:
            self._standing.tell(presence, anew=anew)

    def _close(self) -> None:
        withdraw(self._config.storage.folder)
        if self._terminal is not None:
            self._terminal.write("\n")
        if self._archive is not None:
            try:
                _tell_skipped(self._archive.close())
            except ArchiveError as error:  # nothing is lost: the next start makes these files
                log.warning("archive not tidied up", extra={"error": str(error)})
        if self._outbox is not None:
            self._outbox.close()
        self._store.close()


def _tell_skipped(unreadable: list[Skipped]) -> None:
    for skipped in unreadable:
        log.warning("archive", extra={"skipped": str(skipped)})


def _first(group: BaseExceptionGroup[Exception]) -> Exception:
    """Return the first fault in a group of them: the others are its consequences."""
    fault: BaseException = group
    while isinstance(fault, BaseExceptionGroup):
        fault = fault.exceptions[0]
    assert isinstance(fault, Exception)
    return fault
