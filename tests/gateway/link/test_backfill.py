"""What is asked for, in which order, and what becomes of answers that never come."""

import pytest

from analysis.recording.spans import Spans
from gateway.link.backfill import Backfill, BackfillParams
from gateway.wire.control import BootRecord, EraseTo, Result, SendRange

HOUR = 360_000
WINDOW = BackfillParams().window_samples


@pytest.fixture
def backfill() -> Backfill:
    made = Backfill()
    made.connected()
    made.offered([BootRecord(3, 500, HOUR, 0, 0), BootRecord(4, 0, HOUR, 0, 0)])
    return made


def test_the_oldest_samples_come_first_in_windows(backfill: Backfill) -> None:
    backfill.want(3, 1000, 9000)
    backfill.want(4, 0, 100_000)
    asked = []
    while (window := backfill.next_window()) is not None:
        asked.append(window)
        backfill.came(window.boot, window.first, window.last + 1)
    assert asked[0] == SendRange(3, 1000, 1000 + WINDOW - 1)
    assert asked[1] == SendRange(3, 1000 + WINDOW, 8999)
    assert [window.boot for window in asked] == sorted(window.boot for window in asked)
    assert sum(window.last + 1 - window.first for window in asked) == 108_000
    assert not backfill.awaits(3)
    assert backfill.wanted_samples == 0


def test_a_short_recent_gap_goes_before_a_long_old_one(backfill: Backfill) -> None:
    backfill.want(4, 0, HOUR)
    backfill.came(4, 0, 5000)
    backfill.want(4, HOUR + 900, HOUR + 1000)
    assert backfill.next_window() == SendRange(4, HOUR + 900, HOUR + 999)
    backfill.came(4, HOUR + 900, HOUR + 1000)
    assert backfill.next_window() == SendRange(4, 5000, 5000 + WINDOW - 1)


def test_what_was_lost_is_asked_for_again_and_only_that(backfill: Backfill) -> None:
    backfill.want(4, 0, 900)
    window = backfill.next_window()
    assert window == SendRange(4, 0, 899)
    backfill.came(4, 0, 300)
    backfill.came(4, 309, 900)
    assert backfill.missing_of(window) == 9
    backfill.failed(window)
    assert backfill.next_window() == SendRange(4, 300, 308)


def test_what_never_comes_is_given_up_until_the_next_connection(backfill: Backfill) -> None:
    backfill.want(4, 0, 900)
    for _ in range(BackfillParams().attempts):
        window = backfill.next_window()
        assert window is not None
        backfill.failed(window)
    assert backfill.next_window() is None
    assert backfill.given_up_samples == 900
    assert not backfill.awaits(4)


def test_what_the_strip_no_longer_has_is_given_up_at_once(backfill: Backfill) -> None:
    backfill.want(4, 0, 900)
    backfill.refused(SendRange(4, 0, 899), Result.NOT_STORED)
    assert not backfill.awaits(4)
    backfill.want(4, 0, 900)
    backfill.refused(SendRange(4, 0, 899), Result.BUSY)
    assert backfill.awaits(4)


def test_without_a_connection_nothing_is_awaited(backfill: Backfill) -> None:
    backfill.want(4, 0, 900)
    backfill.disconnected()
    assert not backfill.awaits(4)
    backfill.want(4, 0, 900)
    assert backfill.next_window() is None
    assert not backfill.awaits(4)


def test_a_change_is_told(backfill: Backfill) -> None:
    told: list[int] = []
    backfill.on_change = lambda: told.append(backfill.wanted_samples)
    backfill.want(4, 0, 900)
    backfill.came(4, 0, 100)
    backfill.came(4, 0, 100)
    assert told == [900, 800]


def test_only_what_lies_on_disk_without_a_hole_is_erased(backfill: Backfill) -> None:
    assert backfill.next_erase() is None
    backfill.on_disk({3: Spans([(501, HOUR)]), 4: Spans([(0, 100_000), (100_001, HOUR)])})
    erase = backfill.next_erase()
    assert erase == EraseTo(4, 99_999), "of boot 3 the oldest sample is missing"
    backfill.erased(erase)
    assert backfill.next_erase() is None
    backfill.on_disk({4: Spans([(0, 150_000)])})
    assert backfill.next_erase() is None, "too little to be worth it"
    backfill.on_disk({4: Spans([(0, HOUR)])})
    assert backfill.next_erase() == EraseTo(4, HOUR - 1)


def test_a_boot_that_is_over_and_safe_is_erased_whole_and_the_list_asked_for_again(
    backfill: Backfill,
) -> None:
    backfill.offered([BootRecord(3, 10, 109, 0, 0), BootRecord(4, 0, 99, 0, 0), BootRecord(5, 0, 50, 0, 0)])
    backfill.on_disk({3: Spans([(10, 100)]), 4: Spans([(0, 100)]), 5: Spans([(0, 51)])})
    assert backfill.next_erase() == EraseTo(4, 99), "boot 3 is not whole, and boot 5 goes on"
    assert not backfill.wants_list()
    backfill.erased(EraseTo(4, 99))
    assert backfill.next_erase() is None
    assert [backfill.wants_list(), backfill.wants_list()] == [True, False]
