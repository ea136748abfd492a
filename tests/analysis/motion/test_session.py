from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from analysis.events.calibration import Calibration
from analysis.events.catalogue import parse_event_json
from analysis.events.event import Derived
from analysis.events.movement import Lift
from analysis.motion.block import Block, FloatArray, PodSamples
from analysis.motion.origin import Origin
from analysis.motion.rotation import matrix_of
from analysis.motion.session import (
    CalibrationError,
    FromData,
    Given,
    Guided,
    Session,
    SessionParams,
    find_calibration,
)
from firmware_sim.scenarios import Scenario, scenario
from firmware_sim.truth.record import truth_of


def _run(session: Session, blocks: list[Block]) -> tuple[list[Derived], list[Calibration]]:
    outputs = [session.push(block) for block in blocks]
    outputs.append(session.finish())
    return (
        [event for output in outputs for event in output.events],
        [calibration for output in outputs for calibration in output.calibrations],
    )


def test_the_routine_is_found_without_hints(
    simulated: list[Block], lifts_scenario: Scenario, origin: Origin
) -> None:
    events, (calibration,) = _run(Session(origin, Guided()), simulated)
    truth = truth_of(lifts_scenario)
    true = truth.calibration
    assert true is not None
    assert calibration.accepted
    assert calibration.lumbar_range_deg == pytest.approx(true.lumbar_range_deg, abs=3.0)
    assert calibration.sit_deg == pytest.approx(true.sit_deg, abs=3.0)
    assert calibration.slump_deg == pytest.approx(true.slump_deg, abs=3.0)
    assert calibration.gates.hip_share == pytest.approx(true.hip_share, abs=0.04)
    assert len(calibration.template.trunk_deg) == 40
    lifts = [event for event in events if isinstance(event, Lift)]
    expected = [lift for lift in truth.lifts if lift.context != "calibration"]
    assert len(lifts) == len(expected) == 12
    assert [lift.strategy for lift in lifts] == [lift.verdict.strategy for lift in expected]
    for found, lift in zip(lifts, expected, strict=True):
        assert found.lumbar_at_peak_deg == pytest.approx(lift.lumbar_at_peak_deg, abs=4.0)
        assert found.first_sample / 100 == pytest.approx(lift.start_s, abs=0.1)
        assert found.last_sample / 100 == pytest.approx(lift.end_s, abs=0.1)


@pytest.mark.parametrize("seed", [11, 12])
def test_pods_on_any_way(seed: int, blocks_of: Callable[..., list[Block]], origin: Origin) -> None:
    morning = scenario("morning", seed)
    session = Session(origin, Guided())
    _, calibrations = _run(session, blocks_of(morning, 160.0))
    assert len(calibrations) == 1
    for quat, true in (
        (calibrations[0].mounting_upper_quat, morning.mounting.upper_quat),
        (calibrations[0].mounting_lower_quat, morning.mounting.lower_quat),
    ):
        assert quat is not None
        off = np.trace(np.array(matrix_of(quat)).T @ np.array(matrix_of(true)))
        assert np.degrees(np.arccos(np.clip((off - 1.0) / 2.0, -1.0, 1.0))) < 6.0


@pytest.mark.parametrize("turns", [(180.0, 0.0, 0.0), (0.0, 0.0, 180.0), (35.0, -50.0, 100.0)])
def test_upside_down_and_back_to_front(
    turns: tuple[float, float, float], simulated: list[Block], origin: Origin
) -> None:
    turned = Rotation.from_euler("xyz", turns, degrees=True).as_matrix()

    def pod(samples: PodSamples | None) -> PodSamples:
        assert samples is not None
        assert samples.gyr_radps is not None
        return PodSamples(samples.acc_mps2 @ turned, samples.gyr_radps @ turned)

    blocks = [replace(block, lower=pod(block.lower), upper=pod(block.upper)) for block in simulated]
    straight, _ = _run(Session(origin, Guided()), simulated)
    around, _ = _run(Session(origin, Guided()), blocks)
    pairs = [[event for event in events if isinstance(event, Lift)] for events in (straight, around)]
    for one, other in zip(*pairs, strict=True):
        assert one.strategy == other.strategy
        assert one.lumbar_at_peak_deg == pytest.approx(other.lumbar_at_peak_deg, abs=0.3)


def test_a_calibration_read_back_gives_the_same_bits(
    simulated: list[Block], lifts_scenario: Scenario, origin: Origin
) -> None:
    _, (calibration,) = _run(Session(origin, Guided()), simulated)
    read = parse_event_json(calibration.to_json())
    assert isinstance(read, Calibration)
    one = Session(origin, Given(calibration)).push(simulated[-1]).angles
    other = Session(origin, Given(read)).push(simulated[-1]).angles
    np.testing.assert_array_equal(one.lumbar_flexion_deg, other.lumbar_flexion_deg)


def test_small_bends_are_rejected_in_plain_words(
    planar: Callable[..., Block],
    bump: Callable[[FloatArray, float, float], FloatArray],
    step: Callable[[FloatArray, float, float], FloatArray],
    origin: Origin,
) -> None:
    t_s = np.arange(0.0, 150.0, 0.01)
    bends = sum(bump(t_s, 25.0 + 6.0 * i, 4.0) for i in range(8))
    seat, slump = step(t_s, 80.0, 2.0), step(t_s, 115.0, 2.0)
    pelvis = 48.0 * bends - 18.0 * seat - 10.0 * slump
    trunk = 60.0 * bends
    _, calibrations = _run(Session(origin, Guided()), [planar(pelvis, trunk, -0.4 * seat)])
    rejected = calibrations[0]
    assert not rejected.accepted
    assert rejected.quality == 0.0
    assert "very small" in rejected.reasons[0]


def test_without_a_routine_the_data_must_do(
    planar: Callable[..., Block], bump: Callable[[FloatArray, float, float], FloatArray], origin: Origin
) -> None:
    t_s = np.arange(0.0, 120.0, 0.01)
    trunk = 70.0 * (bump(t_s, 20.0, 3.0) + bump(t_s, 80.0, 3.0))
    session = Session(origin, Guided(), SessionParams(search_s=40))
    events, (calibration,) = _run(session, [planar(0.7 * trunk + 5.0, trunk + 12.0)])
    assert calibration.accepted
    assert calibration.quality == 0.5
    assert calibration.lumbar_range_deg is None
    (lift,) = [event for event in events if isinstance(event, Lift)]
    assert lift.trunk_peak_deg == pytest.approx(70.0, abs=1.0)
    assert lift.lumbar_share == pytest.approx(0.3, abs=0.02)


def test_a_short_recording_hands_back_what_it_shows(
    planar: Callable[..., Block], bump: Callable[[FloatArray, float, float], FloatArray], origin: Origin
) -> None:
    t_s = np.arange(0.0, 30.0, 0.01)
    trunk = 70.0 * bump(t_s, 15.0, 3.0)
    block = planar(0.7 * trunk, trunk)
    events, (calibration,) = _run(Session(origin, FromData()), [block])
    assert events == []
    again, _ = _run(Session(origin, Given(calibration)), [block])
    assert len([event for event in again if isinstance(event, Lift)]) == 1
    direct = find_calibration([block[:700], block[700:]], origin)
    assert direct.mounting_upper_quat == calibration.mounting_upper_quat


def test_nothing_to_calibrate_from(planar: Callable[..., Block], origin: Origin) -> None:
    with pytest.raises(CalibrationError, match="whole second"):
        find_calibration([planar(np.zeros(60), None)], origin)


def test_an_unfinished_routine_yields_nothing(simulated: list[Block], origin: Origin) -> None:
    assert _run(Session(origin, Guided()), simulated[:1]) == ([], [])


@pytest.mark.parametrize("gyroscopes", [True, False])
@pytest.mark.parametrize("start", [Guided(), FromData()])
@pytest.mark.parametrize(
    ("acc_mps2", "spread"),
    [((0.0, 0.0, 0.0), 0.0), ((0.0, 0.0, -9.81), 0.0), ((1e6, 1e6, 1e6), 0.0), ((0.0, 0.0, 0.0), 50.0)],
    ids=["nothing", "upside down", "absurd", "noise"],
)
def test_no_signal_breaks_it(
    acc_mps2: tuple[float, float, float],
    spread: float,
    start: Guided | FromData,
    gyroscopes: bool,
    origin: Origin,
) -> None:
    rng = np.random.default_rng(0)
    acc = np.array(acc_mps2) + spread * rng.normal(size=(4000, 3))
    gyr = 0.3 * spread * rng.normal(size=(4000, 3)) if gyroscopes else None
    pod = PodSamples(acc, gyr)
    session = Session(origin, start, SessionParams(search_s=20))
    events, (calibration,) = _run(session, [Block(50, pod, pod, None, np.zeros(4000, dtype=np.bool_))])
    assert calibration.quality is not None
    assert calibration.quality <= 0.5
    assert not [event for event in events if isinstance(event, Lift)]
