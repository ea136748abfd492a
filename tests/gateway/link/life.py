"""A running link and what it told."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from gateway.link.ble import StripLink
from gateway.link.connection import LinkParams
from gateway.link.inbox import Item, LinkChanged
from gateway.link.reassembly import Arrival
from gateway.link.reconnect import ReconnectParams, State
from gateway.wire.timebase import REAL_CLOCK

QUICK = LinkParams(
    scan_s=0.2, connect_s=1.0, answer_s=0.2, silence_s=0.2, idle_s=0.3, disconnect_s=0.3, farewell_s=0.3
)
AT_ONCE = ReconnectParams(
    rescan_s=0.02, no_adapter_s=0.02, first_pause_s=0.02, longest_pause_s=0.1, healthy_s=0.2
)


class Life:
    """A running link and what it told."""

    def __init__(self, link: StripLink) -> None:
        self.link = link
        self.items: list[Item] = []

    def all(self, type_: type[Any]) -> list[Any]:
        return [item for item in self.items if isinstance(item, type_)]

    @property
    def reasons(self) -> list[str]:
        return [change.reason for change in self.all(LinkChanged)]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not condition():  # noqa: ASYNC110 - any condition, on what the link has told so far
                await asyncio.sleep(0.005)

    async def frames(self, count: int) -> None:
        """Wait for some more frames of a link that is settled: the first come while it still connects."""
        await self.until(lambda: self.link.state is State.STREAMING)
        wanted = len(self.all(Arrival)) + count
        await self.until(lambda: len(self.all(Arrival)) >= wanted)


def live(backend: Any, use: Callable[[Life], Awaitable[None]], **options: Any) -> Life:
    async def main() -> Life:
        link = StripLink(REAL_CLOCK, backend=backend, params=QUICK, reconnect=AT_ONCE, **options)
        life = Life(link)

        async def consume() -> None:
            async for batch in link.batches():
                life.items.extend(batch)

        consumer = asyncio.create_task(consume())
        running = asyncio.create_task(link.run())
        try:
            await use(life)
        finally:
            await link.stop()
            await running
            await consumer
        return life

    return asyncio.run(main())
