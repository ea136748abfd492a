import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.motion.block import Block, PodSamples
from analysis.motion.silence import Silence, SilenceParams


def _worn(seconds: int, seed: int, first_sample: int = 0) -> Block:
    """Return two worn pods: noise on everything."""
    rng = np.random.default_rng(seed)
    count = 100 * seconds

    def pod() -> PodSamples:
        return PodSamples(rng.normal(size=(count, 3)), rng.normal(size=(count, 3)))

    return Block(first_sample, pod(), pod(), None, np.zeros(count, dtype=np.bool_))


def _stuck(block: Block, what: str, start: int, end: int) -> Block:
    pod: PodSamples = getattr(block, what.partition("_")[0])
    for values in (pod.acc_mps2, pod.gyr_radps):
        if values is not None and not (what.endswith("_gyr") and values is pod.acc_mps2):
            values[start:end] = 0.0
    return block


def _alive(blocks: list[Block]) -> list[tuple[int, str]]:
    """Return the sensors that were passed on, and from which sample on."""
    found: list[tuple[int, str]] = []
    for block in blocks:
        name = " ".join(
            f"{pod}{'' if samples.gyr_radps is None else '+'}"
            for pod, samples in (("lower", block.lower), ("upper", block.upper))
            if samples is not None
        )
        if not found or found[-1][1] != name:
            found.append((block.first_sample, name))
    return found


def test_what_is_alive_goes_through_as_it_is() -> None:
    block = _worn(20, 1)
    assert Silence(SilenceParams()).push(block) == [block]


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("upper", [(0, "lower+ upper+"), (1500, "lower+"), (3000, "lower+ upper+")]),
        ("lower", [(0, "lower+ upper+"), (1500, "upper+"), (3000, "lower+ upper+")]),
        ("lower_gyr", [(0, "lower+ upper+"), (2000, "lower upper+"), (3000, "lower+ upper+")]),
    ],
)
def test_what_falls_silent_is_left_out_until_it_comes_back(
    what: str, expected: list[tuple[int, str]]
) -> None:
    block = _stuck(_worn(40, 2), what, 1000, 3000)
    assert _alive(Silence(SilenceParams()).push(block)) == expected


def test_nothing_at_all_is_a_gap() -> None:
    block = _stuck(_stuck(_worn(100, 3), "upper", 1000, 9000), "lower", 1000, 9000)
    parts = Silence(SilenceParams()).push(block)
    missing = sorted(
        set(range(10_000)) - {i for part in parts for i in range(part.first_sample, part.end_sample)}
    )
    assert missing == list(range(7000, 9000))


def test_two_that_rest_together_are_not_silent() -> None:
    block = _stuck(_stuck(_worn(60, 4), "upper", 1000, 4000), "lower", 1000, 4000)
    assert _alive(Silence(SilenceParams()).push(block)) == [(0, "lower+ upper+")]


@given(st.lists(st.integers(0, 4000), max_size=30), st.sampled_from(["upper", "lower", "lower_gyr"]))
def test_cuts_and_snapshots_change_nothing(cuts: list[int], what: str) -> None:
    block = _stuck(_worn(40, 5), what, 1234, 3100)
    whole = Silence(SilenceParams()).push(block)
    edges = sorted({0, 4000, *cuts})
    silence, parts = Silence(SilenceParams()), []
    for a, b in itertools.pairwise(edges):
        parts += silence.push(block[a:b])
        state = silence.state()
        silence = Silence(SilenceParams())
        silence.restore(state)
    assert _alive(parts) == _alive(whole)


class _Thorough(Silence):
    """Looks at every second, always."""

    def _is_loud(self, sensors: object) -> bool:
        return False


@given(
    st.lists(
        st.tuples(st.sampled_from(["upper", "lower", "lower_gyr"]), st.integers(0, 39), st.integers(1, 13)),
        max_size=4,
    ),
    st.lists(st.integers(0, 4000), max_size=6),
    st.sampled_from([(5, 10, 60), (3, 4, 6), (1, 1, 2), (12, 8, 15)]),
)
def test_looking_at_few_seconds_finds_what_looking_at_all_does(
    stuck: list[tuple[str, int, int]], cuts: list[int], params_s: tuple[int, int, int]
) -> None:
    block = _worn(40, 6)
    for what, start, seconds in stuck:
        _stuck(block, what, 100 * start, 100 * (start + seconds) + 1)
    quick, thorough = Silence(SilenceParams(*params_s)), _Thorough(SilenceParams(*params_s))
    for a, b in itertools.pairwise(sorted({0, 4000, *cuts})):
        assert _alive(quick.push(block[a:b])) == _alive(thorough.push(block[a:b]))
        one, other = quick.state(), thorough.state()
        np.testing.assert_array_equal(one.last, other.last)
        assert replace(one, last=None) == replace(other, last=None)


@pytest.mark.parametrize("shortest_s", [1, 2, 5, 8])
@pytest.mark.parametrize("what", ["upper", "lower_gyr"])
def test_the_shortest_silence_is_found_wherever_it_begins(what: str, shortest_s: int) -> None:
    for start in range(1, 15):
        block = _stuck(_worn(25, 7), what, 100 * start, 100 * (start + shortest_s) + 1)
        params = SilenceParams(shortest_s, shortest_s, 60)
        found = _alive(Silence(params).push(block))
        assert found == _alive(_Thorough(params).push(block))
        assert [first for first, _ in found] == [
            0,
            100 * (start + shortest_s),
            100 * (start + shortest_s + 1),
        ]
