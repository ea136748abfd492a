"""Messages to phone and desktop, through Apprise.

An address is a secret (it holds a password or a token): it is never logged, and the logs of Apprise and of
what it sends with, which quote addresses, are switched off. A destination is told apart by its number in the
settings.

Sending can take seconds and hangs where a network does, so each destination has a task of its own, and each
attempt a thread that nobody waits for at the end. A message that could not be sent is tried again after
growing pauses, until it is too old to be of use, or what it tells is over.
"""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from analysis.events.errors import LumbarError
from gateway.wire.timebase import Clock

_log = logging.getLogger("lumbar.notify")

# Seconds of this computer, however fast the world's clock runs [ours].
_FIRST_PAUSE_S: Final = 5.0
_LONGEST_PAUSE_S: Final = 120.0
_TALKATIVE: Final = ("apprise", "urllib3")
"""Libraries whose logs quote addresses, or the parts of them that are secret."""
_WAITING: Final = 8
"""More messages than this do not wait for one destination; the oldest goes."""


class AddressError(LumbarError):
    """An address that Apprise does not know; the message names its place, not the address."""


@dataclass(frozen=True, slots=True)
class Message:
    """What to say; of use until `until_ns` (UTC), unless what it is `about` is over before."""

    about: str
    title: str
    body: str
    until_ns: int


@dataclass(slots=True)
class NotifyCounts:
    """What became of messages since the start."""

    sent: int = 0
    failed: int = 0
    """Attempts that failed."""
    given_up: int = 0
    """Messages that were never delivered."""


Send = Callable[[Message], bool]
"""Sends a message; returns whether it went. Blocks, and is called in a thread of its own."""


def apprise_destination(url: str, place: str) -> Send:
    """Return how to send to an address of Apprise's.

    Raises
    ------
    AddressError
        If it is none; `place` names it in the message.
    """
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    from apprise import Apprise, NotifyType  # it takes a third of a second to load, and most homes need none

    destination = Apprise()
    if not destination.add(url):
        raise AddressError(
            f"{place} is no address that Apprise knows; its documentation lists how each service is written"
        )

    def send(message: Message) -> bool:
        return bool(destination.notify(body=message.body, title=message.title, notify_type=NotifyType.INFO))

    return send


class Notifier:
    """Sends messages to a list of destinations; every method is for the event loop's thread.

    Parameters
    ----------
    destinations
        How to send to each.
    clock
        The product's clock.
    pause_s
        First pause after a failure, in seconds of this computer.
    """

    def __init__(
        self, destinations: Sequence[Send], clock: Clock, *, pause_s: float = _FIRST_PAUSE_S
    ) -> None:
        self.counts = NotifyCounts()
        self._destinations = [
            _Destination(number, send, clock, pause_s, self.counts)
            for number, send in enumerate(destinations, start=1)
        ]

    def send(self, message: Message) -> None:
        """Send a message to every destination; returns at once."""
        for destination in self._destinations:
            destination.put(message)

    def withdraw(self, about: str) -> None:
        """Forget messages that were not sent yet about something that is over."""
        for destination in self._destinations:
            destination.withdraw(about)

    async def run(self) -> None:
        """Send until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for destination in self._destinations:
                tasks.create_task(destination.run())


class _Destination:
    def __init__(
        self, number: int, send: Send, clock: Clock, first_pause_s: float, counts: NotifyCounts
    ) -> None:
        self._number, self._send, self._clock = number, send, clock
        self._first_pause_s, self._counts = first_pause_s, counts
        self._waiting: list[Message] = []
        self._changed = asyncio.Event()

    def put(self, message: Message) -> None:
        self._waiting.append(message)
        self._keep(self._waiting[-_WAITING:])
        self._changed.set()

    def withdraw(self, about: str) -> None:
        self._waiting = [message for message in self._waiting if message.about != about]

    def _keep(self, messages: list[Message]) -> None:
        self._counts.given_up += len(self._waiting) - len(messages)
        self._waiting = messages

    async def run(self) -> None:
        pause_s = self._first_pause_s
        while True:
            now_ns = self._clock.utc_ns()
            self._keep([message for message in self._waiting if now_ns < message.until_ns])
            if not self._waiting:
                self._changed.clear()
                await self._changed.wait()
                continue
            message = self._waiting[0]
            if await self._attempt(message):
                pause_s = self._first_pause_s
                with suppress(ValueError):  # it may have been withdrawn meanwhile
                    self._waiting.remove(message)
            else:
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    async def _attempt(self, message: Message) -> bool:
        try:
            is_sent = await _aside(lambda: self._send(message))
        except Exception as error:  # noqa: BLE001 - of a service's library; its text may quote the address
            is_sent, why = False, type(error).__name__
        else:
            why = "the service refused it or was not reached"
        if is_sent:
            self._counts.sent += 1
        else:
            self._counts.failed += 1
            _log.warning("message not sent", extra={"destination": self._number, "why": why})
        return is_sent


def _aside(work: Callable[[], bool]) -> Awaitable[bool]:
    """Do blocking work in a thread that dies with the program, so that a stop never waits for a network."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[bool] = loop.create_future()

    def settle(result: bool | Exception) -> None:
        if done.cancelled():
            return
        if isinstance(result, Exception):
            done.set_exception(result)
        else:
            done.set_result(result)

    def run() -> None:
        try:
            result: bool | Exception = work()
        except Exception as error:  # noqa: BLE001 - raised where it is awaited
            result = error
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(settle, result)

    threading.Thread(target=run, daemon=True, name="notify").start()
    return done
