"""When the log is asked for: two or three times in any week, whatever the patient does with the question."""

from hypothesis import given
from hypothesis import strategies as st

from analysis.care.log import log_is_due

DAY = 739_741


def ago(*days: int) -> list[int]:
    return [DAY - each for each in days]


def test_the_first_day_asks() -> None:
    assert log_is_due([], DAY)


def test_not_on_the_day_of_an_entry_nor_on_the_next() -> None:
    assert not log_is_due(ago(0), DAY)
    assert not log_is_due(ago(1), DAY)
    assert log_is_due(ago(2), DAY)


def test_three_in_a_week_are_enough() -> None:
    assert not log_is_due(ago(6, 4, 2), DAY)
    assert log_is_due(ago(7, 4, 2), DAY)
    assert log_is_due(ago(4, 4, 2), DAY)


def test_an_entry_of_tomorrow_is_none() -> None:
    assert log_is_due(ago(-1), DAY)


@given(st.lists(st.booleans(), min_size=28, max_size=28))
def test_nobody_is_asked_into_more_than_three_entries_in_seven_days(obeys: list[bool]) -> None:
    entries: list[int] = []
    for index, obey in enumerate(obeys):
        today = DAY + index
        if obey and log_is_due(entries, today):
            entries.append(today)
            assert sum(each > today - 7 for each in entries) <= 3


def test_who_always_answers_makes_two_or_three_entries_a_week() -> None:
    entries: list[int] = []
    for index in range(70):
        if log_is_due(entries, DAY + index):
            entries.append(DAY + index)
    for index in range(7, 63):
        week = DAY + index
        assert 2 <= sum(week <= each < week + 7 for each in entries) <= 3
