import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.flash import Flash, FlashMemory


def numbered(first: int, count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    return (np.arange(first, first + count)[:, None] * np.ones(12)).astype(np.int16)


def ring_of(capacity: int) -> Flash:
    flash = Flash(FlashMemory.blank(12, capacity * 24), [])
    flash.begin_boot(1)
    return flash


def test_the_default_ring_holds_seven_hours_and_costs_nothing_unused() -> None:
    memory = FlashMemory.blank(12)
    assert len(memory.samples) / 100 / 3600 > 7
    assert memory.samples.nbytes <= 64 * 1024 * 1024


def test_what_was_written_is_read() -> None:
    flash = ring_of(100)
    assert flash.span(flash.current) is None
    assert flash.fill_pct == 0
    flash.append(numbered(0, 30))
    assert flash.span(flash.current) == (0, 29)
    assert flash.fill_pct == 30
    assert np.array_equal(flash.read(flash.current, 10, 5), numbered(10, 5))


def test_the_oldest_is_overwritten() -> None:
    flash = ring_of(100)
    flash.append(numbered(0, 90))
    flash.append(numbered(90, 40))
    assert flash.span(flash.current) == (30, 129)
    assert np.array_equal(flash.read(flash.current, 30, 100), numbered(30, 100))
    flash.append(numbered(130, 250))
    assert flash.span(flash.current) == (280, 379)
    assert np.array_equal(flash.read(flash.current, 280, 100), numbered(280, 100))


def test_boots_lie_side_by_side_until_overwritten() -> None:
    flash = ring_of(100)
    flash.append(numbered(0, 60))
    flash.begin_boot(2)
    flash.append(numbered(1000, 30))
    first = flash.find(1)
    assert first is not None
    assert [(entry.boot, a, b) for entry, a, b in flash.stored()] == [(1, 0, 59), (2, 0, 29)]
    assert np.array_equal(flash.read(flash.current, 0, 30), numbered(1000, 30))
    flash.append(numbered(1030, 50))
    assert [(entry.boot, a, b) for entry, a, b in flash.stored()] == [(1, 40, 59), (2, 0, 79)]
    flash.append(numbered(1080, 50))
    assert flash.span(first) is None
    flash.begin_boot(3)
    assert [entry.boot for entry in flash.boots] == [2, 3]
    assert flash.taken == 0


def test_erasing_one_boot_leaves_the_others() -> None:
    flash = ring_of(100)
    flash.append(numbered(0, 10))
    flash.begin_boot(2)
    flash.append(numbered(0, 10))
    flash.current.wanted_from = 7
    assert [(entry.boot, a, b) for entry, a, b in flash.stored()] == [(1, 0, 9), (2, 7, 9)]
    assert flash.fill_pct == 13


def test_marks_are_found_by_their_samples() -> None:
    flash = ring_of(100)
    flash.current.marks = [4, 20]
    assert [flash.current.marked(first, 5) for first in (0, 5, 15, 16, 20, 21)] == [
        True,
        False,
        False,
        True,
        True,
        False,
    ]


def test_ticks_do_not_drift_from_the_sample_index() -> None:
    flash = ring_of(100)
    flash.current.start_ticks = 1000
    assert flash.current.ticks(0) == 1000
    assert flash.current.ticks(1) == 1000 + 327
    assert flash.current.ticks(100) == 1000 + 32768
    assert flash.current.ticks(360_000_000) == 1000 + 3_600_000 * 32768


@given(st.integers(1, 50), st.lists(st.integers(1, 80), max_size=20), st.data())
def test_the_ring_always_holds_the_newest(capacity: int, writes: list[int], data: st.DataObject) -> None:
    flash = ring_of(capacity)
    taken = 0
    for size in writes:
        flash.append(numbered(taken, size))
        taken += size
    span = flash.span(flash.current)
    if not taken:
        assert span is None
        return
    assert span == (max(0, taken - capacity), taken - 1)
    first = data.draw(st.integers(span[0], span[1]))
    count = data.draw(st.integers(1, span[1] - first + 1))
    assert np.array_equal(flash.read(flash.current, first, count), numbered(first, count))
