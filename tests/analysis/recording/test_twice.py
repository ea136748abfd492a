from collections.abc import Iterator
from itertools import islice

import numpy as np
import pytest

from analysis.motion.block import Block, PodSamples
from analysis.recording import twice
from analysis.recording.twice import ReadTwice


class File:
    """Ten blocks of a second, and how often they were read from the start."""

    def __init__(self) -> None:
        self.reads = 0

    def read(self) -> Iterator[Block]:
        self.reads += 1
        for first in range(0, 1000, 100):
            pod = PodSamples(np.zeros((100, 3)), None)
            yield Block(first, pod, None, None, np.zeros(100, dtype=np.bool_))


@pytest.mark.parametrize("looked_at", [0, 1, 4, 10])
def test_what_was_looked_at_comes_again_from_the_start(looked_at: int) -> None:
    file = File()
    blocks = ReadTwice(file.read)
    seen = [block.first_sample for block in islice(blocks.beginning(), looked_at)]
    assert seen == list(range(0, 100 * looked_at, 100))
    assert [block.first_sample for block in blocks] == list(range(0, 1000, 100))
    assert file.reads == 1


def test_more_than_memory_is_for_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twice, "KEPT_S", 3.0)
    file = File()
    blocks = ReadTwice(file.read)
    assert len(list(islice(blocks.beginning(), 7))) == 7
    assert [block.first_sample for block in blocks] == list(range(0, 1000, 100))
    assert file.reads == 2
