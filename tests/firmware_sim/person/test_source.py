"""A person's samples depend on scenario and index alone, however they are read, and are made quickly."""

import time

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from firmware_sim.imu import PERFECT
from firmware_sim.person.source import PersonSource
from firmware_sim.scenarios import Scenario, scenario
from firmware_sim.source import SampleSource

LIFE = scenario("quiet", 5)
WHOLE: NDArray[np.int16] = PersonSource(LIFE).read(0, 10**6)


def test_a_person_is_a_source_of_both_pods() -> None:
    source: SampleSource = PersonSource(LIFE)
    assert not source.single_pod
    assert source.duration_s == len(WHOLE) / 100
    assert WHOLE.shape[1] == 12
    assert WHOLE.dtype == np.int16


@given(st.lists(st.integers(1, 4000), min_size=1, max_size=12))
@settings(max_examples=25)
def test_chunks_do_not_matter(sizes: list[int]) -> None:
    source, first = PersonSource(LIFE), 0
    for size in sizes:
        assert_array_equal(source.read(first, size), WHOLE[first : first + size])
        first += size


@given(st.lists(st.tuples(st.integers(0, 17_000), st.integers(0, 3000)), min_size=1, max_size=5))
@settings(max_examples=25)
def test_reading_may_start_anywhere_and_go_back(reads: list[tuple[int, int]]) -> None:
    source = PersonSource(LIFE)
    for first, count in reads:
        assert_array_equal(source.read(first, count), WHOLE[first : first + count])


def test_it_ends_where_the_scenario_does() -> None:
    source = PersonSource(LIFE)
    assert len(source.read(len(WHOLE) - 3, 10)) == 3
    assert source.read(len(WHOLE), 10).shape == (0, 12)


def test_the_same_seed_is_the_same_person_and_another_is_not() -> None:
    assert_array_equal(PersonSource(scenario("quiet", 5)).read(2000, 50), WHOLE[2000:2050])
    assert (PersonSource(scenario("quiet", 6)).read(2000, 50) != WHOLE[2000:2050]).any()


def test_noise_differs_from_page_to_page() -> None:
    noise = WHOLE.astype(int) - PersonSource(LIFE, PERFECT).read(0, 10**6)
    first, second = (noise[start : start + 200] - noise[start] for start in (0, 2048))
    assert (first != second).any()


def fastest(life: Scenario) -> float:
    source, started_s = PersonSource(life), time.perf_counter()
    for first in range(0, 60_000, 100):
        source.read(first, 100)
    return 600.0 / (time.perf_counter() - started_s)


def test_samples_are_made_far_faster_than_life() -> None:
    # The demo runs at 50 times life on two shared cores; measured alone it is several thousand.
    assert fastest(scenario("morning", 1)) > 300
