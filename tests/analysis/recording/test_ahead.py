import threading
from collections.abc import Iterator
from itertools import count, islice

import pytest

from analysis.recording.ahead import read_ahead


def _failing() -> Iterator[int]:
    yield 1
    yield 2
    raise OSError("torn")


def test_the_same_items_in_the_same_order() -> None:
    assert list(read_ahead(iter(range(1000)))) == list(range(1000))
    assert list(read_ahead(iter(()))) == []


def test_a_fault_is_raised_where_the_item_would_have_come() -> None:
    items = read_ahead(_failing())
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(OSError, match="torn"):
        next(items)


def test_who_stops_early_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    made = count()
    items = read_ahead(iter(made.__next__, None))
    assert list(islice(items, 3)) == [0, 1, 2]
    items.close()
    assert threading.active_count() == before
    assert next(made) < 10


def test_made_in_another_thread() -> None:
    (name,) = read_ahead(threading.current_thread().name for _ in range(1))
    assert name == "read ahead"
