"""The study's own measures on input made by hand: an instrument that lies is worse than none."""

import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from firmware_sim.person.source import PersonSource
from firmware_sim.scenarios import scenario
from firmware_sim.study import participant, recorded
from firmware_sim.truth.day import Transition
from firmware_sim.truth.record import Truth, truth_of
from tests.accuracy_study.broad import between, inclination_deg
from tests.accuracy_study.finding import Case, Figure, Limit, Section, Table, measured, share
from tests.accuracy_study.matching import Span, match
from tests.accuracy_study.mocap import study as mocap_study
from tests.accuracy_study.person import Result, say, scored
from tests.accuracy_study.printing import lines
from tests.accuracy_study.report import write
from tests.accuracy_study.statistics import (
    FloatArray,
    balanced_accuracy,
    bootstrap,
    calibration_error,
    f1,
    grouped,
    median,
    percentile_95,
    reliability,
    rms,
    share_interval,
    wilson,
)
from tests.accuracy_study.umafall import turned

GRAVITY_MPS2 = 9.80665


def test_simple_measures() -> None:
    assert rms(np.array([3.0, -4.0])) == pytest.approx(math.sqrt(12.5))
    assert median(np.array([5.0, 1.0, 2.0])) == 2.0
    assert percentile_95(np.arange(101.0)) == 95.0


def test_wilson_as_published() -> None:
    # Newcombe 1998 (doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E), table I, method 3.
    for hits, total, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
    ):
        interval = wilson(hits, total)
        assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


def test_bootstrap_of_a_mean_is_as_wide_as_theory_says() -> None:
    rng = np.random.default_rng(7)
    groups = [np.array([value]) for value in rng.normal(10.0, 2.0, 400)]
    interval = bootstrap(groups, lambda values: float(values.mean()), seed=1)
    assert interval is not None
    half = 0.5 * (interval.high - interval.low)
    assert half == pytest.approx(1.96 * 2.0 / math.sqrt(400), rel=0.1)
    assert interval == bootstrap(groups, lambda values: float(values.mean()), seed=1)


def test_bootstrap_draws_whole_groups() -> None:
    # Ten people who repeat themselves a hundred times know no more than ten people.
    people = [np.full(100, float(i % 2)) for i in range(10)]
    interval = bootstrap(people, lambda values: float(values.mean()), seed=1)
    assert interval is not None
    assert interval.high - interval.low > 0.5


def test_no_interval_from_one_group() -> None:
    assert bootstrap([np.arange(5.0)], median, seed=1) is None


def test_share_that_never_failed_is_not_certain() -> None:
    interval = share_interval([np.ones(2) for _ in range(12)], seed=1)
    assert interval is not None
    assert interval.low == pytest.approx(wilson(24, 24).low)
    assert interval.high == 1.0


def test_balanced_accuracy_weighs_classes_alike() -> None:
    # Nine of nine and one of two: 75 %, where the plain share is 91 %.
    cases = np.array([[0.0, 1.0]] * 9 + [[1.0, 1.0], [1.0, 0.0]])
    assert balanced_accuracy(cases) == 0.75
    assert math.isnan(balanced_accuracy(np.empty((0, 2))))


def test_f1_of_counts() -> None:
    # Two people: 8 found, 1 false, 3 missed; precision 8/9, recall 8/11.
    counts = np.array([[5.0, 1.0, 0.0], [3.0, 0.0, 3.0]])
    precision, recall = 8 / 9, 8 / 11
    assert f1(counts) == pytest.approx(2 * precision * recall / (precision + recall))
    assert math.isnan(f1(np.zeros((1, 3))))


def test_calibration_error_by_hand() -> None:
    # Four say 0.95 and three are right; two say 0.55 and both are right.
    cases = np.array([[0.95, 1.0]] * 3 + [[0.95, 0.0]] + [[0.55, 1.0]] * 2)
    assert calibration_error(cases) == pytest.approx((4 * 0.2 + 2 * 0.45) / 6)
    assert [bin_.count for bin_ in reliability(cases)] == [2, 4]
    assert calibration_error(np.array([[1.0, 1.0]])) == 0.0


def test_a_well_calibrated_label_has_hardly_any_error() -> None:
    rng = np.random.default_rng(3)
    stated = rng.uniform(0.4, 1.0, 20_000)
    cases = np.column_stack((stated, (rng.random(20_000) < stated).astype(np.float64)))
    assert calibration_error(cases) < 0.02


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(-10, 10)), min_size=1))
def test_grouping_loses_nothing(pairs: list[tuple[int, float]]) -> None:
    groups = grouped(pairs)
    assert len(groups) == len({group for group, _ in pairs})
    assert sorted(np.concatenate(groups)) == sorted(value for _, value in pairs)


def test_matching() -> None:
    true = [Span(0.0, 2.0), Span(3.0, 5.0), Span(10.0, 12.0)]
    found = [Span(0.2, 2.1), Span(3.0, 3.9), Span(3.9, 5.0), Span(20.0, 21.0)]
    matches = match(true, found)
    # The second bend was told in two pieces: the longer is it, the other is one too many.
    assert matches.pairs == ((0, 0), (1, 2))
    assert matches.missed == (2,)
    assert matches.extra == (1, 3)


def test_half_of_the_longer_is_needed() -> None:
    assert match([Span(0.0, 2.0)], [Span(0.0, 1.0)]).pairs == ((0, 0),)
    assert match([Span(0.0, 2.0)], [Span(0.0, 0.99)]).pairs == ()
    assert match([Span(0.0, 1.0)], [Span(0.0, 2.01)]).pairs == ()


@given(st.lists(st.tuples(st.floats(0, 50), st.floats(0.1, 5)), max_size=8), st.randoms())
def test_each_span_is_used_at_most_once(spans: list[tuple[float, float]], dice: object) -> None:
    true = [Span(start, start + length) for start, length in spans]
    matches = match(true, list(reversed(true)))
    assert len(matches.pairs) == len(true)
    assert not matches.missed
    assert not matches.extra


def _quat(axis: str, angle_deg: float) -> FloatArray:
    half = math.radians(angle_deg) / 2
    return np.array([math.cos(half), *(math.sin(half) * (axis == name) for name in "xyz")])


def _product(a: FloatArray, b: FloatArray) -> FloatArray:
    w, v, s, u = a[0], a[1:], b[0], b[1:]
    return np.concatenate([[w * s - v @ u], w * u + s * v + np.cross(v, u)])


@pytest.mark.parametrize("heading_deg", [0.0, 37.0, -170.0])
@pytest.mark.parametrize("tilt_deg", [0.0, 1e-3, 5.0, 90.0, 179.0])
def test_inclination_ignores_heading_only(heading_deg: float, tilt_deg: float) -> None:
    sensor = _product(_quat("x", 50.0), _quat("y", -20.0))
    off = _product(_quat("z", heading_deg), _product(_quat("y", tilt_deg), _quat("z", 11.0)))
    error = inclination_deg(_product(off, sensor)[None], sensor[None])
    assert error[0] == pytest.approx(tilt_deg, abs=1e-6)
    assert inclination_deg(-_product(off, sensor)[None], sensor[None]) == pytest.approx(error)


def test_orientation_between_two_rows() -> None:
    quats = np.stack([_quat("y", angle_deg) for angle_deg in (0.0, 2.0, 4.0)])
    quats[1] *= -1.0  # the same orientation
    for place, angle_deg in ((0.0, 0.0), (0.25, 0.5), (1.5, 3.0)):
        error = inclination_deg(between(quats, np.array([place])), _quat("y", angle_deg)[None])
        assert error[0] == pytest.approx(0.0, abs=1e-3)


def test_a_figure_passes_by_its_own_value_and_never_without_one() -> None:
    limit = Limit("at most", 1.0)
    assert Figure("x", 1.0, "deg", 3, limit=limit).mark == "pass"
    assert Figure("x", 1.0004, "deg", 3, limit=limit).mark == "miss"
    assert Figure("x", 0.9, "", 3, limit=Limit("at least", 0.9)).mark == "pass"
    assert Figure("x", math.nan, "deg", 0, limit=limit).mark == "miss"
    assert Figure("x", 5.0, "deg", 3).mark == ""


def test_figures_of_nothing() -> None:
    assert math.isnan(measured("x", [], median, "deg", 1).value)
    assert math.isnan(share("x", [], 1).value)
    assert share("x", [("a", 1.0), ("b", 0.0)], 1).value == 50.0


def test_turning_a_pod_round() -> None:
    names = [
        f"{pod}_{kind}" for pod in ("upper", "lower") for kind in ("acc_x_mps2", "acc_z_mps2", "gyr_y_radps")
    ]
    table = pa.table({"time_s": [0.0, 0.1], **{name: [1.0, 2.0] for name in names}})
    back = turned(table, ("lower",)).to_pydict()
    assert back["lower_acc_x_mps2"] == back["lower_gyr_y_radps"] == [-1.0, -2.0]
    assert back["lower_acc_z_mps2"] == back["upper_acc_x_mps2"] == [1.0, 2.0]
    assert back["time_s"] == [0.0, 0.1]


def _captured(folder: Path, truth_off_deg: float) -> None:
    """Write a trial of one planar bend to 60 deg, its truth off by so much in the pelvis, and the lists."""
    time_s = np.arange(0.0, 9.0, 0.01)
    bend = np.sin(np.pi * np.clip((time_s - 3.0) / 3.0, 0.0, 1.0)) ** 2
    samples = {"time_s": time_s}
    for pod, peak_deg in (("lower", 25.0), ("upper", 60.0)):
        tilt = np.radians(peak_deg * bend)
        samples |= {
            f"{pod}_acc_x_mps2": -GRAVITY_MPS2 * np.sin(tilt),
            f"{pod}_acc_y_mps2": np.zeros_like(tilt),
            f"{pod}_acc_z_mps2": GRAVITY_MPS2 * np.cos(tilt),
            f"{pod}_gyr_x_radps": np.zeros_like(tilt),
            f"{pod}_gyr_y_radps": np.gradient(tilt, 0.01),
            f"{pod}_gyr_z_radps": np.zeros_like(tilt),
        }
    pelvis = 25.0 * bend + truth_off_deg
    truth = {
        "time_s": time_s,
        "pelvis_tilt_deg": pelvis,
        "trunk_tilt_deg": 60.0 * bend,
        "lumbar_flexion_deg": 60.0 * bend - pelvis,
    }
    pq.write_table(pa.table(samples), folder / "one.parquet")
    pq.write_table(pa.table(truth), folder / "one.truth.parquet")
    low = float(np.interp(10.0, (60.0 * bend)[300:450], time_s[300:450]))
    (folder / "bends.csv").write_text(
        "recording,start_s,peak_s,end_s,peak_trunk_tilt_deg,pelvis_tilt_at_peak_deg,"
        "lumbar_flexion_at_peak_deg,complete,kind\n"
        f"one,{low:.2f},4.5,{9.0 - low:.2f},60.0,{25.0 + truth_off_deg},{35.0 - truth_off_deg},yes,lift\n"
        "one,7.5,8.0,8.5,40.0,20.0,20.0,yes,lift\n"
    )
    (folder / "chair_transitions.csv").write_text("recording,kind,start_s,end_s\none,sit-to-stand,4.0,4.4\n")


def test_a_made_up_trial_is_scored_as_it_must_be(tmp_path: Path) -> None:
    _captured(tmp_path, truth_off_deg=4.0)
    section = mocap_study(tmp_path, seed=1)
    figures = {figure.name: figure for figure in section.figures}
    # Of the two bends listed one was never made: it counts as missed.
    assert figures["bends found"].value == 50.0
    assert figures["bends found"].mark == "miss"
    # The lift is the bend's, so the transition listed within it is not told as another.
    assert figures["chair transitions told as a lift"].value == 0.0
    for said_by in ("event", "angles"):
        assert figures[f"trunk tilt at the peak, {said_by}: median"].value == pytest.approx(0.0, abs=0.3)
        assert figures[f"pelvis tilt at the peak, {said_by}: median"].value == pytest.approx(4.0, abs=0.3)
        assert figures[f"pelvis tilt at the peak, {said_by}: median"].mark == "miss"
        assert figures[f"lumbar flexion at the peak, {said_by}: median"].value == pytest.approx(4.0, abs=0.3)
    assert figures["start: median error"].value == pytest.approx(0.0, abs=0.03)
    assert figures["pelvis tilt, every sample of all trials: RMSE"].value == pytest.approx(4.0, abs=0.1)
    assert any(case.when_s == 8.0 and "not found" in case.what for case in section.worst)


def test_a_simulated_person_is_scored_as_they_must_be() -> None:
    life = scenario("lifts", seed=0)
    truth = truth_of(life)
    said = say(life, PersonSource(life).read(0, round(life.duration_s * 100)), "guided")

    def against(other: Truth) -> Result:
        return scored(life, other, "bone", said, "guided")

    result = against(truth)
    assert result.accepted
    assert len(result.pairs) == 12
    assert not result.missed
    assert not result.false
    assert 0.0 < result.rmse_deg < 3.0
    assert result.unknown_rows == 0
    assert abs(result.range_error_deg) < 3.0

    # A truth that is 2.5 s late: every lift is missed, and every lift told is false.
    late = tuple(replace(one, start_s=one.start_s + 2.5, end_s=one.end_s + 2.5) for one in truth.lifts)
    result = against(replace(truth, lifts=late))
    assert (len(result.pairs), len(result.missed), len(result.false)) == (0, 12, 12)

    # A truth in which the lifts were transitions to a seat, and lifts were made long after the end.
    told = [one for one in truth.lifts if one.context == "chores"]
    gone = tuple(replace(one, start_s=one.start_s + 1e6, end_s=one.end_s + 1e6) for one in truth.lifts)
    seats = tuple(
        Transition("stand_to_sit", one.start_s, one.end_s, one.trunk_peak_deg, "ordinary") for one in told
    )
    result = against(replace(truth, lifts=gone, transitions=seats))
    assert [chair.is_lift for chair in result.chairs] == [True] * 12

    # A truth in which they were too shallow to be lifts, and one in which that cannot be told.
    for peak_deg, false in ((20.0, 12), (29.0, 0)):
        shallow = tuple(replace(one, trunk_peak_deg=peak_deg) for one in truth.lifts)
        result = against(replace(truth, lifts=shallow))
        assert (len(result.pairs), len(result.missed), len(result.false)) == (0, 0, false)


def test_report(tmp_path: Path) -> None:
    page = tmp_path / "accuracy.md"
    (tmp_path / "accuracy").mkdir()
    (tmp_path / "accuracy" / "old.png").touch()
    kept = Figure("kept", 0.5, "deg", 3, limit=Limit("at most", 1.0))
    missed = Figure("missed", 97.0, "%", 3, limit=Limit("at most", 5.0))
    table = Table("A table", ("a", "b"), (("1|2", "3"),))
    section = Section("one", "One", "About ``it``.", (kept, missed), (table,), (Case("file", 1.5, "odd"),))
    absent = Section("two", "Two", "", missing="Not measured: there is nothing.")
    write([section, absent], page, date="2026-11-23", seed=4, algorithm="core/9")
    text = page.read_text()
    assert "1 of 2 thresholds are kept" in text
    assert "- One: missed: 97.0 %, wanted at most 5 %" in text
    assert "| pass | kept | 0.500 deg | - | 3 | at most 1 deg | acceptance [ours] |" in text
    assert "- file at 1.50 s: odd" in text
    assert "1\\|2" in text
    assert "Not measured: there is nothing." in text
    assert "What the strip cannot know" in text
    assert "About `it`." in text
    assert not (tmp_path / "accuracy" / "old.png").exists()
    assert any("97.0 %" in line for line in lines(section))


def test_chores_that_look_like_a_routine_with_swapped_pods_are_analysed() -> None:
    """One in fifty of these people bends so; without the routine's seat it says nothing of the pods."""
    person = participant(104)
    assert say(person, recorded(person), "uncalibrated").lifts
