"""What a link tells its consumer, in the order it happened.

The Bluetooth callback must not do more than note a frame, so frames go into a bounded queue. A consumer that
falls behind by `MAX_FRAMES` loses the newest frames, counted; they show as a gap. Everything else is rare and
never dropped.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from analysis.events.facts import LinkState
from analysis.recording.journal import Anchor
from gateway.link.reassembly import Arrival
from gateway.wire.control import BootRecord, TimeReply
from gateway.wire.status import Status

MAX_FRAMES: Final = 20_000
"""About half an hour of frames [ours: 5 MB; a consumer that is that far behind will not catch up]."""


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """The link's state, and in a few words why."""

    state: LinkState
    reason: str


@dataclass(frozen=True, slots=True)
class StripFound:
    """A strip was connected: its serial number. Comes before all else of a connection."""

    serial: str


@dataclass(frozen=True, slots=True)
class Anchored:
    """The strip's clock was compared with ours; frames that follow are of boot `time.boot`."""

    anchor: Anchor
    time: TimeReply


@dataclass(frozen=True, slots=True)
class Offered:
    """What the strip's memory holds, oldest boot first; the last is the present one.

    Comes at least once with each connection, after its clocks were compared; empty if the strip cannot say.
    `is_whole`: there was room for all; otherwise some in the middle are missing.
    """

    boots: tuple[BootRecord, ...]
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """The strip's own status."""

    status: Status


Item = Arrival | LinkChanged | StripFound | Anchored | Offered | StatusChanged


class Inbox:
    """A queue from one link to one consumer, within one event loop."""

    def __init__(self) -> None:
        self._items: deque[Item] = deque()
        self._frames = 0
        self._changed = asyncio.Event()
        self._is_closed = False
        self.overflowed_frames = 0
        """Frames dropped because the consumer was behind."""

    def put(self, item: Item) -> None:
        """Add an item."""
        if isinstance(item, Arrival):
            if self._frames >= MAX_FRAMES:
                self.overflowed_frames += 1
                return
            self._frames += 1
        self._items.append(item)
        self._changed.set()

    def close(self) -> None:
        """Say that nothing more will come."""
        self._is_closed = True
        self._changed.set()

    async def batches(self) -> AsyncIterator[list[Item]]:
        """Yield all that has come since, whenever something has; ends after :meth:`close`."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            batch, self._items, self._frames = list(self._items), deque(), 0
            if batch:
                yield batch
            if self._is_closed and not self._items:
                return
