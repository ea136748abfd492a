from collections.abc import Callable

import numpy as np

from analysis.motion.block import Block
from analysis.motion.timeline import Timeline


def test_time_within_a_second_counts_from_its_start(planar: Callable[..., Block]) -> None:
    block = planar(np.zeros(1000), None, first_sample=130)
    assert block.utc_ns is not None
    drifting = Block(130, block.lower, None, block.utc_ns + np.arange(1000) * 900, block.saturated)
    assert drifting.utc_ns is not None
    whole, cut = Timeline(), Timeline()
    whole.push(drifting)
    for at in range(0, 1000, 7):
        cut.push(drifting[at : at + 7])
    for sample in (130, 199, 200, 555, 1129):
        found = whole.utc_ns(sample)
        assert found == cut.utc_ns(sample)
        assert found is not None
        assert abs(found - int(drifting.utc_ns[sample - 130])) < 100_000
    assert whole.utc_ns(129) is None


def test_times_of_many_seconds_are_those_of_each(planar: Callable[..., Block]) -> None:
    timeline, block = Timeline(), planar(np.zeros(1000), None, first_sample=130)
    timeline.push(block[:365])
    timeline.push(block[420:])
    each = [timeline.utc_ns(100 * second) for second in range(14)]
    assert timeline.seconds_utc_ns(0, 14) == each
    assert each[:2] == [None, None]
    assert None not in each[2:12]


def test_a_gap_in_which_a_second_began(planar: Callable[..., Block]) -> None:
    timeline = Timeline()
    block = planar(np.zeros(1000), None)
    assert block.utc_ns is not None
    timeline.push(block[:490])
    timeline.push(block[520:1000])
    assert timeline.utc_ns(505) == int(block.utc_ns[505])


def test_unknown_stays_unknown(planar: Callable[..., Block]) -> None:
    block = planar(np.zeros(300), None)
    timeline = Timeline()
    timeline.push(Block(0, block.lower, None, None, block.saturated))
    assert timeline.utc_ns(50) is None
    assert timeline.utc_text(50) is None


def test_memory_is_bounded(planar: Callable[..., Block]) -> None:
    timeline = Timeline()
    for minute in range(60):
        timeline.push(planar(np.zeros(6000), None, first_sample=6000 * minute))
    assert len(timeline.state()) <= 1020
    assert timeline.utc_ns(6000 * 59) is not None
