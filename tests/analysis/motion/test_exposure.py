from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.events.calibration import Calibration
from analysis.events.day import TILT_EDGES_DEG, VELOCITY_EDGES_DPS, Minute, PostureState
from analysis.motion.angles import Motion, Row
from analysis.motion.calibration import aligned
from analysis.motion.exposure import ExposureParams, ExposureStage
from analysis.motion.origin import Origin
from analysis.motion.seconds import Features
from analysis.motion.spell import Spell
from analysis.motion.statement import Saying, Wearer, in_words

_POSTURES: list[PostureState] = ["sitting", "standing", "walking", "lying", "not_worn"]


@pytest.fixture(name="wearer", scope="module")
def _wearer() -> Wearer:
    origin = Origin("patient-7", "strip-3", 4)
    ranged = aligned(origin, dual=True).model_copy(update={"lumbar_range_deg": 50.0})
    return Wearer(origin, "dual", ranged, lambda _: None)


@pytest.fixture(name="stage")
def _stage(wearer: Wearer) -> ExposureStage:
    return ExposureStage(ExposureParams(), wearer)


def _motion(first_second: int, seconds: int, **values: float) -> Motion:
    rows = np.zeros((len(Row), 100 * seconds))
    for name, value in values.items():
        rows[Row[name]] = value
    return Motion(100 * first_second, rows)


def _minutes(sayings: list[Saying]) -> list[Minute]:
    return [event for event in in_words(sayings) if isinstance(event, Minute)]


def _decide(
    stage: ExposureStage,
    seconds: range,
    state: PostureState = "standing",
    *,
    lumbar_deg: float = 0.0,
    bend_deg: float = 0.0,
) -> list[Minute]:
    told: list[Saying] = []
    for second in seconds:
        features = Features(second, [0.0], [lumbar_deg], [bend_deg], [0.0], [0])
        told += stage.decided(Spell(state, [1.0], features, [True] if state == "sitting" else []))
    return _minutes(told)


def _filled(histogram: list[float], edges: tuple[int, ...]) -> dict[int, float]:
    return {edges[i]: value for i, value in enumerate(histogram) if value}


def test_histograms_and_half_range(stage: ExposureStage) -> None:
    stage.push(_motion(0, 20, BEND_DEG=42.0, TRUNK_DEG=42.0, PELVIS_DEG=10.0, SPEED_DPS=59.0))
    stage.push(_motion(20, 30, BEND_DEG=-80.0, SPEED_DPS=500.0))
    stage.push(_motion(50, 10, BEND_DEG=150.0))
    _decide(stage, range(60))
    (minute,) = _minutes(stage.finish())
    assert _filled(minute.tilt_hist_s, TILT_EDGES_DEG) == {-30: 30.0, 40: 20.0, 115: 10.0}
    assert _filled(minute.velocity_hist_s, VELOCITY_EDGES_DPS) == {0: 10.0, 40: 20.0, 180: 30.0}
    assert minute.lumbar_over_half_s == 20.0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 200), st.integers(1, 150), st.lists(st.integers(1, 40), max_size=6), st.integers(0, 99))
def test_histograms_are_those_of_single_samples(
    wearer: Wearer, first: int, seconds: int, pieces: list[int], seed: int
) -> None:
    """Whatever the cuts, and at the bins' edges too."""
    rng = np.random.default_rng(seed)
    tilt_deg = np.repeat(
        rng.choice([-200.0, -30.1, -30.0, -0.1, 0.0, 44.99, 45.0, 119.9, 200.0], seconds), 100
    )
    speed_dps = rng.choice([0.0, 19.99, 20.0, 3000.0, 40_000.0], 100 * seconds)
    stage = ExposureStage(ExposureParams(), wearer)
    rows = np.zeros((len(Row), 100 * seconds))
    rows[Row.BEND_DEG], rows[Row.SPEED_DPS] = tilt_deg, speed_dps
    motion = Motion(100 * first, rows)
    cuts = np.minimum([0, *np.cumsum(pieces), seconds], seconds)
    for start, stop in pairwise(cuts.tolist()):
        if stop > start:
            stage.push(motion.part(100 * (first + start), 100 * (first + stop)))
    minutes = _minutes(stage.finish())
    minute = (100 * first + np.arange(100 * seconds)) // 6000
    for one in minutes:
        within = minute == one.first_sample // 6000
        for values, edges, told in (
            (tilt_deg, TILT_EDGES_DEG, one.tilt_hist_s),
            (speed_dps, VELOCITY_EDGES_DPS, one.velocity_hist_s),
        ):
            inside = np.clip(values[within], edges[0], edges[-1] - 1e-9)
            assert told == (np.histogram(inside, edges)[0] / 100).tolist()
    assert [one.first_sample // 6000 for one in minutes] == np.unique(minute).tolist()


def test_extension_and_back_bends_count_while_standing(stage: ExposureStage) -> None:
    stage.push(_motion(0, 60))
    _decide(stage, range(10), lumbar_deg=-6.0)
    _decide(stage, range(10, 14), bend_deg=-12.0)
    _decide(stage, range(14, 18))
    _decide(stage, range(18, 20), bend_deg=-9.0)
    _decide(stage, range(20, 60), "sitting", lumbar_deg=-20.0, bend_deg=-30.0)
    (minute,) = _minutes(stage.finish())
    assert (minute.standing_extension_s, minute.back_bends) == (10.0, 2)
    assert (minute.standing_s, minute.sitting_s, minute.slumped_s) == (20.0, 40.0, 40.0)


def test_a_minute_is_told_when_it_is_settled(stage: ExposureStage) -> None:
    stage.push(_motion(0, 120))
    settled_s = 60 + ExposureParams().settled_s
    assert _decide(stage, range(settled_s)) == []
    stage.lift(5000)
    (minute,) = _decide(stage, range(settled_s, settled_s + 1))
    assert (minute.first_sample, minute.last_sample, minute.lifts) == (0, 5999, 1)
    stage.lift(5999)
    assert [late.lifts for late in _minutes(stage.finish())] == [1]


def test_a_snapshot_is_not_touched_by_what_follows(stage: ExposureStage) -> None:
    stage.push(_motion(0, 60))
    _decide(stage, range(30))
    state = stage.state()
    _decide(stage, range(30, 60))
    stage.restore(state)
    assert [minute.standing_s for minute in _minutes(stage.finish())] == [30.0]


def test_what_cannot_be_known_is_null_not_zero(origin: Origin, straight: Calibration) -> None:
    def told(calibration: Calibration) -> Minute:
        stage = ExposureStage(ExposureParams(), Wearer(origin, "dual", calibration, lambda _: None))
        stage.push(_motion(0, 60))
        _decide(stage, range(60))
        (minute,) = _minutes(stage.finish())
        return minute

    without_range = told(straight)
    assert (without_range.lumbar_over_half_s, without_range.slumped_s) == (None, None)
    assert (without_range.standing_extension_s, without_range.back_bends) == (0.0, 0)

    one_pod = told(straight.model_copy(update={"mounting_upper_quat": None, "lumbar_range_deg": 50.0}))
    assert one_pod.standing_extension_s is None
    assert one_pod.back_bends is None
    assert (one_pod.lumbar_over_half_s, one_pod.slumped_s) == (None, None)

    by_pelvis = told(straight.model_copy(update={"sit_deg": -18.0, "slump_deg": -30.0}))
    assert by_pelvis.slumped_s == 0.0


@given(
    st.lists(
        st.tuples(st.sampled_from(_POSTURES), st.integers(1, 130), st.sampled_from([0.0, -9.0])), max_size=6
    )
)
def test_how_seconds_are_cut_into_spells_changes_nothing(
    wearer: Wearer, life: list[tuple[PostureState, int, float]]
) -> None:
    seconds = sum(count for _, count, _ in life)
    sums = []
    for at_once in (1, 200):
        stage, first = ExposureStage(ExposureParams(settled_s=10**6), wearer), 0
        stage.push(_motion(0, seconds + 1))
        for state, count, deg in life:
            for start in range(0, count, at_once):
                stop = min(count, start + at_once)
                zeros, degs = [0.0] * (stop - start), [deg] * (stop - start)
                is_slumped = [True] * (stop - start) if state == "sitting" else []
                features = Features(first + start, zeros, degs, degs, zeros, [1] * (stop - start))
                stage.decided(Spell(state, zeros, features, is_slumped))
            first += count
        sums.append(_minutes(stage.finish()))
    assert sums[0] == sums[1]
