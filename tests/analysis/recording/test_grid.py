import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis.motion.block import FloatArray
from analysis.recording import grid
from analysis.recording.errors import RateError, TimeError, TooShortError
from analysis.recording.grid import TimeAxis, on_grid, regular_axis, time_axis

FILE = Path("walk.csv")


def resampled(axis: TimeAxis, values: FloatArray, cuts: list[int] | None = None) -> dict[int, list[float]]:
    pieces = np.split(values, sorted(cuts or []))
    return {first + i: row for first, part in on_grid(axis, pieces) for i, row in enumerate(part.tolist())}


def test_a_100_hz_file_goes_through_untouched() -> None:
    time_s = 7.25 + np.arange(300, dtype=np.float64) * 0.01
    values = np.random.default_rng(1).normal(size=(300, 3))
    axis = time_axis(FILE, time_s)
    assert axis.start_s == 7.25
    assert axis.irregular is None
    assert axis.places.tolist() == list(range(300))
    assert resampled(axis, values) == dict(enumerate(values.tolist()))


def test_a_jittery_100_hz_file_goes_through_untouched_too() -> None:
    rng = np.random.default_rng(2)
    time_s = np.arange(300) * 0.01 + rng.uniform(-0.0009, 0.0009, 300)
    values = rng.normal(size=(300, 3))
    axis = time_axis(FILE, time_s)
    assert list(resampled(axis, values).values()) == values.tolist()


@pytest.mark.parametrize("rate_hz", [20.0, 50.0, 128.0, 286.0, 300.0])
def test_what_is_steady_stays_as_it_is(rate_hz: float) -> None:
    time_s = np.arange(0, 4, 1 / rate_hz)
    axis = time_axis(FILE, time_s)
    assert axis.rate_hz == pytest.approx(rate_hz)
    rows = resampled(axis, np.column_stack((np.full_like(time_s, 9.81), time_s * 100)))
    assert sorted(rows) == list(range(axis.end_sample))
    values = np.array(list(rows.values()))
    np.testing.assert_allclose(values[:, 0], 9.81, rtol=1e-12)
    np.testing.assert_allclose(values[:, 1], np.arange(axis.end_sample), atol=0.06)


@pytest.mark.parametrize(("rate_hz", "sine_hz"), [(20.0, 5.0), (50.0, 15.0), (286.0, 20.0)])
def test_movement_is_kept(rate_hz: float, sine_hz: float) -> None:
    time_s = np.arange(0, 10, 1 / rate_hz)
    axis = time_axis(FILE, time_s)
    rows = resampled(axis, np.sin(2 * np.pi * sine_hz * time_s)[:, None])
    at = np.arange(50, 900)
    found = np.array([rows[int(i)][0] for i in at])
    np.testing.assert_allclose(found, np.sin(2 * np.pi * sine_hz * at / 100), atol=0.03)


@pytest.mark.parametrize("rate_hz", [200.0, 286.0])
def test_noise_beyond_the_grid_does_not_fold_down(rate_hz: float) -> None:
    time_s = np.arange(0, 10, 1 / rate_hz)
    axis = time_axis(FILE, time_s)
    # Read every 10 ms this would be a slow swing of 5 Hz.
    rows = resampled(axis, np.sin(2 * np.pi * 95.0 * time_s)[:, None])
    assert np.abs([rows[i][0] for i in range(50, 900)]).max() < 0.01


def test_slower_rows_keep_their_values() -> None:
    time_s = np.arange(0, 10, 0.05)
    values = np.random.default_rng(4).normal(size=(200, 2))
    rows = resampled(time_axis(FILE, time_s), values)
    np.testing.assert_allclose([rows[5 * i] for i in range(200)], values, atol=1e-9)


def test_ends_and_holes_are_crossed_in_straight_lines() -> None:
    time_s = np.delete(np.arange(0, 10, 1 / 286), slice(1400, 1500))
    rows = resampled(time_axis(FILE, time_s), np.sin(2 * np.pi * 2 * time_s)[:, None])
    inside = [i for i in rows if not time_s[1399] - 0.01 <= i / 100 <= time_s[1400] + 0.01]
    error = np.array([rows[i][0] for i in inside]) - np.sin(2 * np.pi * 2 * np.array(inside) / 100)
    assert np.abs(error).max() < 5e-3
    middle = round(50 * (time_s[1399] + time_s[1400]))
    ends = np.sin(2 * np.pi * 2 * time_s[[1399, 1400]])
    assert min(ends) - 1e-9 <= rows[middle][0] <= max(ends) + 1e-9


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


@given(rate_hz=st.sampled_from([20.0, 60.0, 286.0]), cuts=st.lists(st.integers(0, 400), max_size=20))
def test_where_regular_pieces_are_cut_changes_nothing(rate_hz: float, cuts: list[int]) -> None:
    time_s = np.delete(np.arange(420) / rate_hz, [100, 250, *range(300, 311)])
    values = np.random.default_rng(5).normal(size=(len(time_s), 2))
    axis = time_axis(FILE, time_s)
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


@given(st.lists(st.integers(0, 1000), max_size=6), st.sampled_from([7, 64, 32_768]))
def test_a_regular_axis_is_seen_in_any_pieces(cuts: list[int], piece: int) -> None:
    time_s = 7.25 + np.arange(1000) * 0.01
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grid, "_PIECE", piece)
        axis = regular_axis(np.split(time_s, sorted(cuts)))
    assert axis is not None
    assert (axis.start_s, axis.rate_hz, axis.rows, axis.irregular) == (7.25, 100.0, 1000, None)


@pytest.mark.parametrize("off_s", [0.003, np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("row", [0, 500, 999])
def test_no_more_is_read_of_an_axis_than_to_the_first_row_that_is_off(row: int, off_s: float) -> None:
    time_s = np.arange(1000, dtype=np.float64) * 0.01
    time_s[row] += off_s
    taken: list[int] = []

    def pieces() -> Iterator[FloatArray]:
        for first in range(0, 1000, 100):
            taken.append(first)
            yield time_s[first : first + 100]

    assert regular_axis(pieces()) is None
    assert taken[-1] == row // 100 * 100


def _plain_places(time_s: FloatArray, span_starts: list[int]) -> list[float]:
    """Return the places as the rule says it, stretch by stretch and all at once."""
    places = (time_s - time_s[0]) * 100.0
    for first, end in itertools.pairwise([*span_starts, len(time_s)]):
        since = places[first:end] - places[first]
        whole = np.rint(since)
        if np.abs(since - whole).max() < 0.2 and (np.diff(whole) > 0).all():
            places[first:end] = whole + np.rint(places[first])
    return [float(place) for place in places]


@given(data=st.data(), piece=st.sampled_from([7, 64, 32_768]))
def test_places_are_those_of_the_whole_axis_at_once(data: st.DataObject, piece: int) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    rate_hz = data.draw(st.sampled_from([100.0, 50.0, 250.0]))
    steps_s = np.full(300, 1 / rate_hz) + rng.uniform(-1, 1, 300) * data.draw(
        st.sampled_from([0, 1e-4, 4e-3])
    )
    steps_s = np.maximum(steps_s, 1e-3)
    steps_s[rng.integers(0, 300, data.draw(st.integers(0, 4)))] = 0.7
    time_s = 5.0 + np.cumsum(steps_s)
    if rate_hz == 100.0 and data.draw(st.booleans()):
        # Each near its own place, as a clock that is read late now and then.
        late_s = data.draw(st.sampled_from([0.0, 0.0019, 0.0021])) * rng.uniform(-1, 1, 300)
        time_s = 5.0 + np.arange(300) / rate_hz + late_s
        assume((np.diff(time_s) > 0).all())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grid, "_PIECE", piece)
        axis = time_axis(FILE, time_s)
    starts = [0, *(np.flatnonzero(np.diff(time_s) > 0.5) + 1).tolist()]
    assert axis.span_starts.tolist() == starts
    assert axis.places.tolist() == _plain_places(time_s, starts)
    assert axis.rate_hz == pytest.approx(1 / np.median(np.diff(time_s)), rel=0.02)
