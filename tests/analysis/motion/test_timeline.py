from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.motion.block import Block, PodSamples
from analysis.motion.timeline import Timeline

START_UTC_NS = 1_767_261_600_000_000_000


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


@pytest.mark.parametrize("step", [100, 6000, 192_000])
def test_memory_is_bounded(planar: Callable[..., Block], step: int) -> None:
    timeline = Timeline()
    for first in range(0, 384_000, step):
        timeline.push(planar(np.zeros(step), None, first_sample=first))
    assert sum(len(knots.utc_ns) for knots in timeline.state()) <= 240 + 2 * step // 100 + 1
    assert None not in timeline.seconds_utc_ns(3840 - 240 - step // 100, 3840)


@given(
    st.lists(st.tuples(st.integers(1, 700), st.integers(0, 350)), min_size=1, max_size=6),
    st.integers(0, 250),
    st.integers(1, 120),
)
def test_a_time_hangs_on_the_samples_alone(runs: list[tuple[int, int]], first: int, step: int) -> None:
    """Runs of samples, each after some that are missing: whole, and in steps."""
    whole, cut = Timeline(), Timeline()
    known: dict[int, int] = {}
    for count, missing in runs:
        first += missing
        utc_ns = START_UTC_NS + (first + np.arange(count)) * 10_000_300
        block = Block(
            first, PodSamples(np.zeros((count, 3)), None), None, utc_ns, np.zeros(count, dtype=np.bool_)
        )
        whole.push(block)
        for at in range(0, count, step):
            cut.push(block[at : at + step])
        known |= dict(enumerate(utc_ns.tolist(), first))
        first += count
    for sample in range(first + 250):
        found = whole.utc_ns(sample)
        assert found == cut.utc_ns(sample)
        if sample in known:
            assert found is not None
            assert abs(found - known[sample]) < 60_000
    seconds = range(first // 100 + 3)
    each = [whole.utc_ns(100 * second) for second in seconds]
    assert whole.seconds_utc_ns(0, len(seconds)) == each
    assert [whole.seconds_utc_ns(second, second + 2)[0] for second in seconds] == each
