import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.motion.angles import Motion, Row
from analysis.motion.history import KEPT_S, History


def _run(first: int, count: int) -> Motion:
    rows = np.zeros((len(Row), count))
    rows[Row.BEND_DEG] = np.arange(first, first + count)
    return Motion(first, rows)


@pytest.fixture(name="history")
def _history() -> History:
    history = History()
    for first, count in ((250, 50), (300, 100), (400, 7), (407, 93), (500, 100)):
        history.push(_run(first, count))
    return history


@given(st.integers(260, 590), st.integers(0, 300), st.floats(0.0, 4.0))
def test_gives_what_was_asked_as_far_as_it_is_there(first: int, count: int, margin_s: float) -> None:
    history = History()
    for start in range(250, 600, 50):
        history.push(_run(start, 50))
    last, margin = min(599, first + count), round(100 * margin_s)
    found = history.around(first, last, margin_s)
    expected = range(max(250, first - margin), min(600, last + 1 + margin))
    assert found.first_sample == expected.start
    np.testing.assert_array_equal(found[Row.BEND_DEG], expected)


def test_nothing_is_there_beyond_the_end(history: History) -> None:
    assert len(history.around(700, 800, 0.0)) == 0
    assert history.end_sample == 600
    assert History().end_sample == 0


def test_a_minute_is_kept_however_it_came() -> None:
    for step in (100, 6000, 24_000):
        history = History()
        for first in range(0, 72_000, step):
            history.push(_run(first, step))
        kept = history.around(0, 72_000, 0.0)
        assert 100 * KEPT_S <= len(kept) <= 100 * KEPT_S + 2 * step
        assert kept.end_sample == 72_000


def test_of_a_long_run_only_a_minute_is_held() -> None:
    history = History()
    for first, count in ((0, 30_000), (30_000, 400), (30_400, 50_050)):
        history.push(_run(first, count))
        run = history.around(first, first + count, 0.0)
        assert history.let_go() is (count > 400)
        assert history.end_sample - max(history.first_sample, first) == min(count, 6000 + count % 100)
        kept = history.around(first, first + count, 0.0)
        np.testing.assert_array_equal(kept.rows, run.rows[:, -len(kept) :])
        assert (kept.rows.base is run.rows.base) is (count == 400)


def test_a_snapshot_is_not_touched_by_what_follows(history: History) -> None:
    state = history.state()
    history.push(_run(600, 100))
    other = History()
    other.restore(state)
    assert other.end_sample == 600
    assert history.end_sample == 700
