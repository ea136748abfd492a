from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.motion.block import FloatArray
from analysis.recording.errors import RateError, TimeError, TooShortError
from analysis.recording.grid import TimeAxis, on_grid, time_axis

FILE = Path("walk.csv")


def resampled(axis: TimeAxis, values: FloatArray, cuts: list[int] | None = None) -> dict[int, list[float]]:
    pieces = np.split(values, sorted(cuts or []))
    return {first + i: row for first, part in on_grid(axis, pieces) for i, row in enumerate(part.tolist())}


def test_a_100_hz_file_goes_through_untouched() -> None:
    time_s = 7.25 + np.arange(300, dtype=np.float64) * 0.01
    values = np.random.default_rng(1).normal(size=(300, 3))
    axis = time_axis(FILE, time_s)
    assert axis.start_s == 7.25
    assert axis.places.tolist() == list(range(300))
    assert resampled(axis, values) == dict(enumerate(values.tolist()))


def test_a_jittery_100_hz_file_goes_through_untouched_too() -> None:
    rng = np.random.default_rng(2)
    time_s = np.arange(300) * 0.01 + rng.uniform(-0.0009, 0.0009, 300)
    values = rng.normal(size=(300, 3))
    axis = time_axis(FILE, time_s)
    assert list(resampled(axis, values).values()) == values.tolist()


def test_other_rates_are_interpolated_linearly() -> None:
    time_s = np.arange(0, 2, 0.05)
    axis = time_axis(FILE, time_s)
    assert axis.rate_hz == pytest.approx(20)
    rows = resampled(axis, time_s[:, None] * 100)
    assert sorted(rows) == list(range(196))
    assert np.allclose([rows[i][0] for i in range(196)], np.arange(196))


def test_a_sine_survives_resampling() -> None:
    time_s = np.arange(0, 10, 1 / 286)
    axis = time_axis(FILE, time_s)
    rows = resampled(axis, np.sin(2 * np.pi * 2 * time_s)[:, None])
    at = np.array(sorted(rows)) / 100
    error = np.array([rows[i][0] for i in sorted(rows)]) - np.sin(2 * np.pi * 2 * at)
    assert np.abs(error).max() < (2 * np.pi * 2 / 286) ** 2 / 8 * 1.01  # the bound of linear interpolation


def test_a_short_hole_is_filled_and_a_long_one_is_a_gap() -> None:
    time_s = np.concatenate([np.arange(100), np.arange(140, 200), np.arange(260, 400)]) * 0.01
    axis = time_axis(FILE, time_s)
    rows = resampled(axis, time_s[:, None])
    assert sorted(rows) == [*range(200), *range(260, 400)]
    assert np.allclose([rows[i][0] for i in rows], np.array(list(rows)) / 100)


def test_a_stretch_after_a_gap_is_moved_onto_the_grid_not_interpolated() -> None:
    time_s = np.concatenate([np.arange(100) * 0.01, 3.0034 + np.arange(100) * 0.01])
    values = np.random.default_rng(3).normal(size=(200, 1))
    axis = time_axis(FILE, time_s)
    rows = resampled(axis, values)
    assert sorted(rows) == [*range(100), *range(300, 400)]
    assert list(rows.values()) == values.tolist()


@given(data=st.data())
def test_where_pieces_are_cut_changes_nothing(data: st.DataObject) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    steps = rng.uniform(0.004, 0.03, 200)
    steps[rng.integers(0, 200, 3)] = 0.7
    time_s = np.cumsum(steps)
    values = rng.normal(size=(200, 2))
    axis = time_axis(FILE, time_s)
    cuts = data.draw(st.lists(st.integers(0, 200), max_size=20))
    assert resampled(axis, values, cuts) == resampled(axis, values)


@pytest.mark.parametrize(
    ("time_s", "error", "says"),
    [
        (np.arange(500) * 0.01 * np.where(np.arange(500) == 77, 0.5, 1), TimeError, "from row 77"),
        (np.repeat(np.arange(200) * 0.02, 2), TimeError, "does not increase from row 1"),
        (np.arange(500) * 0.01 + 1e9 * (np.arange(500) > 99), TimeError, "over ten years; is it in seconds"),
        (np.arange(30) * 0.1, RateError, "10 rows a second"),
        (np.arange(3000) * 0.001, RateError, "1000 rows a second"),
        (np.arange(3000) * 10.0, RateError, "in seconds"),
        (np.arange(98) * 0.01, TooShortError, "it lasts 0.97 s"),
        (np.array([1.0]), TooShortError, "1 rows"),
    ],
)
def test_other_time_axes_are_refused(time_s: FloatArray, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=f"walk.csv: .*{says}"):
        time_axis(FILE, time_s)


def test_a_second_of_samples_is_enough() -> None:
    assert time_axis(FILE, np.arange(100, dtype=np.float64) * 0.01).end_sample == 100
