"""A file whose beginning is gone through twice, for a calibration and for its events, is read once.

What the search has read is kept for the analysis, about an hour, unless it was so much that memory would grow
with the file (a recording that is silent for hours, say): then the file is read again from its start.
"""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from analysis.motion.block import RATE_HZ, Block

KEPT_S: Final = 4000.0
"""As much is kept as a search for a calibration looks at, and a piece more [ours]: 40 MB."""


class ReadTwice:
    """The blocks of a recording, of which the first may be asked for twice.

    Parameters
    ----------
    read
        Gives the blocks from the first one on.
    """

    def __init__(self, read: Callable[[], Iterator[Block]]) -> None:
        self._read = read
        self._blocks = read()
        self._kept: deque[Block] = deque()
        self._kept_samples = 0

    def beginning(self) -> Iterator[Block]:
        """Yield the blocks, as many as are taken, without letting go of them."""
        for block in self._blocks:
            self._keep(block)
            yield block

    def __iter__(self) -> Iterator[Block]:
        """Yield all blocks from the first one on, and let go of each."""
        if self._kept_samples > KEPT_S * RATE_HZ:
            self._blocks, self._kept_samples = self._read(), 0
        while self._kept:
            yield self._kept.popleft()
        yield from self._blocks

    def _keep(self, block: Block) -> None:
        self._kept_samples += len(block)
        self._kept.append(block)
        if self._kept_samples > KEPT_S * RATE_HZ:
            self._kept.clear()
