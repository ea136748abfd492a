"""How the home speaks to the patient: the strip's motor, and messages to phone and desktop."""

import asyncio
import logging
from collections.abc import Callable

from analysis.care.statement import Reminder
from analysis.care.words import words
from gateway.config import NotifyConfig
from gateway.delivery.notify import Message, Notifier, apprise_destination
from gateway.link.ble import StripLink
from gateway.link.errors import LinkError
from gateway.wire.control import Pattern
from gateway.wire.timebase import Clock
from gateway.wishes import PATTERNS

log = logging.getLogger("lumbar.voice")

_NS_PER_S = 1_000_000_000


class Voice:
    """Tells reminders.

    Parameters
    ----------
    link
        The way to the strip's motor.
    config
        Where messages go.
    clock
        The product's clock.

    Raises
    ------
    AddressError
        If messages cannot go there.
    """

    def __init__(self, link: StripLink, config: NotifyConfig, clock: Clock) -> None:
        self._link, self._clock = link, clock
        self._patients = Notifier(_destinations(config, "urls"), clock)
        self._followers = Notifier(_destinations(config, "follower_urls"), clock)
        self._tasks: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Speak until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            tasks.create_task(self._patients.run())
            tasks.create_task(self._followers.run())
            try:
                await asyncio.Event().wait()
            finally:
                self._tasks = None

    def tell(self, reminder: Reminder, sitting_s: float) -> None:
        """Tell a reminder; returns at once. `sitting_s` is how long the patient has been sitting."""
        alert = reminder.alert
        if reminder.vibration is not None and self._tasks is not None:
            self._tasks.create_task(self._try_to_vibrate(PATTERNS[reminder.vibration]))
        if reminder.is_message:
            said = words(alert, sitting_s)
            until_ns = self._clock.utc_ns() + round(said.useful_s * _NS_PER_S)
            message = Message(alert.kind, said.title, said.body, until_ns)
            (self._followers if alert.level == "follower" else self._patients).send(message)
        elif alert.action != "snoozed":
            self._patients.withdraw(alert.kind)
            self._followers.withdraw(alert.kind)

    async def _try_to_vibrate(self, pattern: Pattern) -> None:
        try:
            await self._link.vibrate(pattern)
        except LinkError as error:
            log.warning("strip did not vibrate", extra={"pattern": pattern.name, "error": str(error)})

    def account(self) -> dict[str, int]:
        """Return what became of messages."""
        ways = (self._patients.counts, self._followers.counts)
        return {
            "messages_sent": sum(counts.sent for counts in ways),
            "message_failures": sum(counts.failed for counts in ways),
            "messages_given_up": sum(counts.given_up for counts in ways),
        }


def _destinations(config: NotifyConfig, name: str) -> list[Callable[[Message], bool]]:
    urls = getattr(config, name)
    return [
        apprise_destination(url.get_secret_value(), f"number {number} of [notify] {name}")
        for number, url in enumerate(urls, start=1)
    ]
