"""Asking a connected strip for what its memory holds, window by window (:mod:`gateway.link.backfill`)."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from gateway.link.backfill import Backfill
from gateway.link.errors import CommandRefusedError
from gateway.link.requests import Requests
from gateway.wire.control import EraseTo, Result, SendRange
from gateway.wire.timebase import Clock


@dataclass(frozen=True, slots=True)
class FetchParams:
    """How long to be patient; all [ours].

    Attributes
    ----------
    silence_s
        A window is over when nothing of it has come for so long, s of the product's clock or of the
        computer, whichever is longer: lost frames do not announce themselves.
    busy_s
        Before a strip that is still busy with something is asked again, likewise.
    idle_s
        How often to look whether something may be erased, s of the computer.
    """

    silence_s: float = 1.0
    busy_s: float = 0.5
    idle_s: float = 5.0


class Fetcher:
    """Asks one connection's strip.

    Parameters
    ----------
    requests
        Questions to the strip.
    backfill
        What is wanted.
    clock
        The product's clock.
    answer_s
        How long to wait for an answer, s of the computer.
    list_boots
        Asks the strip what its memory holds, and hands that on.
    params
        How long to wait for the rest.
    """

    def __init__(
        self,
        requests: Requests,
        backfill: Backfill,
        clock: Clock,
        answer_s: float,
        list_boots: Callable[[], Awaitable[None]],
        params: FetchParams | None = None,
    ) -> None:
        self._requests, self._backfill, self._clock = requests, backfill, clock
        self._answer_s, self._list_boots, self._params = answer_s, list_boots, params or FetchParams()
        self._changed = asyncio.Event()
        backfill.on_change = self._changed.set

    async def run(self) -> None:
        """Fetch for as long as there is a connection; raises :class:`LinkError` when the strip is mute."""
        while True:
            self._changed.clear()
            window = self._backfill.next_window()
            if window is not None:
                await self._fetch(window)
            elif (erase := self._backfill.next_erase()) is not None:
                await self._erase(erase)
            elif self._backfill.wants_list():
                await self._list_boots()
            else:
                await self._change_within(self._params.idle_s)

    async def _fetch(self, window: SendRange) -> None:
        try:
            await self._requests.ask(window, within_s=self._answer_s)
        except CommandRefusedError as error:
            self._backfill.refused(window, error.result)
            if error.result is Result.BUSY:
                await asyncio.sleep(self._patience_s(self._params.busy_s))
            return
        while missing := self._backfill.missing_of(window):
            self._changed.clear()
            await self._change_within(self._patience_s(self._params.silence_s))
            if self._backfill.missing_of(window) == missing and not self._changed.is_set():
                self._backfill.failed(window)
                return

    async def _erase(self, erase: EraseTo) -> None:
        with suppress(CommandRefusedError):  # it does not hold them any more, which is as good
            await self._requests.ask(erase, within_s=self._answer_s)
        self._backfill.erased(erase)

    async def _change_within(self, duration_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(duration_s):
                await self._changed.wait()

    def _patience_s(self, duration_s: float) -> float:
        return max(duration_s, self._clock.wall_s(duration_s))
