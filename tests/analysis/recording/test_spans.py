"""Spans against the plainest model there is: a set of numbers."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from analysis.recording.spans import Spans

_index = st.integers(0, 60)
_changes = st.lists(st.tuples(st.booleans(), _index, _index), max_size=30)


def _numbers(spans: Spans) -> set[int]:
    return {index for first, end in spans for index in range(first, end)}


@given(_changes, _index, _index)
def test_it_is_a_set_of_numbers(changes: list[tuple[bool, int, int]], first: int, end: int) -> None:
    spans, model = Spans(), set[int]()
    for is_added, a, b in changes:
        if is_added:
            spans.add(a, b)
            model |= set(range(a, b))
        else:
            spans.remove(a, b)
            model -= set(range(a, b))
        assert _numbers(spans) == model
        assert len(spans) == len(model)
    stretches = list(spans)
    assert all(a < b for a, b in stretches)
    assert all(b < c for (_, b), (c, _) in pairwise(stretches)), "as few as possible"
    window = set(range(first, end))
    assert _numbers(spans.within(first, end)) == model & window
    assert _numbers(spans.missing(first, end)) == window - model
    run_end = spans.end_of_run(first)
    assert set(range(first, run_end)) <= model
    assert run_end not in model


def test_a_copy_goes_its_own_way() -> None:
    one = Spans([(0, 5), (3, 9)])
    other = one.copy()
    other.remove(2, 4)
    assert list(one) == [(0, 9)]
    assert list(other) == [(0, 2), (4, 9)]
    assert one != other
    assert not Spans([(3, 3)])
