"""Staying connected: one connection after another, with growing pauses, until told to stop."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Final

from analysis.trends.broker import Broker, BrokerSettingsError
from analysis.trends.connection import Acknowledged, Connection, Lost, Publication

_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 30.0
_FAREWELL_S: Final = 0.5
_END_S: Final = 1.5
_LASTED_S: Final = 10.0
"""After a connection that lasted this long the next pause is the shortest again. Two programs that throw each
other out never get there, and so do it ever more slowly. All in seconds of this computer [ours]."""


class Backoff:
    """Pauses between attempts, in seconds of this computer: each twice the last one, up to a limit."""

    def __init__(self) -> None:
        self._next_s = _FIRST_PAUSE_S

    def next_s(self) -> float:
        """Return the next pause."""
        pause_s = self._next_s
        self._next_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        return pause_s

    def reset(self) -> None:
        """Begin with the shortest pause again."""
        self._next_s = _FIRST_PAUSE_S


async def stay_connected(
    connect: Callable[[], Connection],
    use: Callable[[Connection], Awaitable[str]],
    waiting: Callable[[str], None],
) -> None:
    """Connect and connect again, for ever.

    Parameters
    ----------
    connect
        Makes a connection.
    use
        Uses it until it is lost, and returns why it was.
    waiting
        Is told why there is no connection, after each attempt.
    """
    backoff = Backoff()
    now_s = asyncio.get_running_loop().time
    while True:
        begun_s = now_s()
        try:
            connection = connect()
        except BrokerSettingsError as error:
            reason = str(error)
        else:
            try:
                reason = await use(connection)
            finally:
                await connection.close()
        if now_s() - begun_s >= _LASTED_S:
            backoff.reset()
        waiting(reason)
        await asyncio.sleep(backoff.next_s())


async def farewell(connection: Connection, last: Publication) -> None:
    """Publish a last word, and wait a moment for the broker to have it."""
    mid = connection.publish(last)
    with suppress(TimeoutError):
        async with asyncio.timeout(_FAREWELL_S):
            while True:
                match await connection.next():
                    case Acknowledged(acknowledged) if acknowledged == mid:
                        return
                    case Lost():
                        return


async def until(stopping: asyncio.Event, work: Coroutine[None, None, None]) -> None:
    """Run `work` to its end or, cancelling it, to the event; its error is raised.

    Work that is slow to end, because its broker does not answer, is left behind after :data:`_END_S`.
    """
    working = asyncio.create_task(work)
    waiting = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        working.cancel()
        await asyncio.wait({working}, timeout=_END_S)
        working.cancel()
        await asyncio.wait({working}, timeout=_END_S)
    if working.done() and not working.cancelled():
        working.result()


class LastingConnection:
    """A program's tie to its broker, through any absence of it.

    Parameters
    ----------
    broker
        Where to, and as whom.
    log
        Hears what is waited for, once for each reason.
    """

    def __init__(self, broker: Broker, log: logging.Logger) -> None:
        self._broker, self._log = broker, log
        self._stopping = asyncio.Event()
        self._said: str | None = None
        self.lacks: str | None = f"connecting to the broker at {broker}"
        """What is waited for; None: nothing."""

    async def run(
        self, connect: Callable[[], Connection], use: Callable[[Connection], Awaitable[str]]
    ) -> None:
        """Stay connected as :func:`stay_connected` does, until :meth:`stop`.

        Raises
        ------
        BrokerSettingsError
            If password or certificate cannot be read at the start.
        """
        self._broker.check()
        await until(self._stopping, stay_connected(connect, use, self._waiting))

    def stop(self) -> None:
        """Let :meth:`run` return; for the event loop's thread."""
        self._stopping.set()

    def say_once(self, what: str) -> None:
        """Warn of something, unless it was the last thing said."""
        if what != self._said:
            self._said = what
            self._log.warning("%s", what)

    def is_well(self) -> None:
        """Take note that what was said is over, and nothing lacks; it will be said anew."""
        self._said = self.lacks = None

    def lack(self, what: str) -> None:
        """Wait for something, and say so once."""
        self.lacks = what
        self.say_once(f"waiting for {what}")

    def _waiting(self, reason: str) -> None:
        self.lack(f"the broker at {self._broker}: {reason}")
