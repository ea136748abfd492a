"""Forward from walking, from bends and from leans; without anything, said to be unknown."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from analysis.events.calibration import Calibration
from analysis.events.movement import Lift
from analysis.motion.block import Block, FloatArray, PodSamples
from analysis.motion.found import LITTLE_FORWARD, NO_FORWARD
from analysis.motion.origin import Origin
from analysis.motion.rotation import matrix_of
from analysis.motion.session import Given, Session, find_calibration
from analysis.recording.file import open_recording

DATA = Path(__file__).parents[4] / "shared" / "data"
Planar = Callable[..., Block]
Bump = Callable[[FloatArray, float, float], FloatArray]
T_S = np.arange(0.0, 60.0, 0.01)
ORIGIN = Origin("patient-7", "strip-3", 4)


def _walking(speed_up_mps2: float) -> Block:
    """Return 20 s of standing, then walking: a swaying inverted pendulum, two steps a second."""
    walks = np.where(T_S >= 20.0, 1.0, 0.0)
    phase = 2 * np.pi * 2.0 * T_S
    up = 9.80665 + walks * 1.5 * np.cos(phase)
    # Speeding up while sinking: the vertical speed is the integral of the cosine.
    ahead = -walks * speed_up_mps2 * np.sin(phase)
    side = walks * 1.2 * np.sin(0.5 * phase)
    acc = np.column_stack((ahead, side, up)) + np.random.default_rng(0).normal(0, 0.02, (len(T_S), 3))
    gyr = np.random.default_rng(1).normal(0, 0.002, acc.shape) + 0.1 * walks[:, None] * np.sin(phase)[:, None]
    return Block(0, PodSamples(acc, gyr), None, None, np.zeros(len(T_S), dtype=np.bool_))


def _turned(block: Block, about: tuple[float, float, float]) -> Block:
    turn = Rotation.from_euler("xyz", about, degrees=True).as_matrix()

    def pod(samples: PodSamples | None) -> PodSamples | None:
        if samples is None:
            return None
        gyr = samples.gyr_radps
        return PodSamples(samples.acc_mps2 @ turn, None if gyr is None else gyr @ turn)

    return replace(block, lower=pod(block.lower), upper=pod(block.upper))


def _forward_off_deg(calibration: Calibration, about: tuple[float, float, float] = (0, 0, 0)) -> float:
    """Return the angle between the lower pod's forward axis as found and as it is."""
    quat = calibration.mounting_lower_quat
    assert quat is not None
    true = Rotation.from_euler("xyz", about, degrees=True).as_matrix()[0]
    return float(np.degrees(np.arccos(np.clip(np.array(matrix_of(quat))[0] @ true, -1.0, 1.0))))


@pytest.mark.parametrize("about", [(0.0, 0.0, 0.0), (0.0, 0.0, 180.0), (170.0, 20.0, -75.0)])
def test_walking_shows_it_however_the_pod_is_mounted(about: tuple[float, float, float]) -> None:
    calibration = find_calibration([_turned(_walking(1.0), about)], ORIGIN)
    assert calibration.quality == 0.5
    assert _forward_off_deg(calibration, about) < 10.0


@pytest.mark.parametrize("yaw_deg", [0.0, 180.0])
def test_a_lean_shows_which_way_round(planar: Planar, bump: Bump, yaw_deg: float) -> None:
    block = _turned(planar(20.0 * bump(T_S, 20.0, 3.0), None), (0.0, 0.0, yaw_deg))
    calibration = find_calibration([block], ORIGIN)
    assert LITTLE_FORWARD in calibration.reasons
    assert calibration.quality == 0.4
    assert _forward_off_deg(calibration, (0.0, 0.0, yaw_deg)) < 2.0


@pytest.mark.parametrize("yaw_deg", [0.0, 180.0])
def test_the_slightest_lean_tells_front_from_back(planar: Planar, bump: Bump, yaw_deg: float) -> None:
    block = _turned(planar(7.5 * bump(T_S, 20.2, 1.6), None), (0.0, 0.0, yaw_deg))
    calibration = find_calibration([block], ORIGIN)
    assert NO_FORWARD in calibration.reasons
    assert calibration.quality == 0.3
    assert _forward_off_deg(calibration, (0.0, 0.0, yaw_deg)) < 2.0


def test_lying_down_sideways_shows_nothing(planar: Planar) -> None:
    roll = np.radians(90.0 * np.clip((T_S - 20.0) / 3.0, 0.0, 1.0))
    zero = np.zeros_like(roll)
    acc = 9.80665 * np.column_stack((zero, np.sin(roll), np.cos(roll)))
    gyr = np.column_stack((np.gradient(roll) * 100.0, zero, zero))
    block = Block(0, PodSamples(acc, gyr), None, None, np.zeros(len(roll), dtype=np.bool_))
    calibration = find_calibration([block], ORIGIN)
    assert NO_FORWARD in calibration.reasons
    assert calibration.quality == 0.3
    assert _forward_off_deg(calibration) < 1.0


def test_standing_shows_nothing_and_says_so(planar: Planar) -> None:
    calibration = find_calibration([planar(np.zeros(3000), None)], ORIGIN)
    assert NO_FORWARD in calibration.reasons
    assert calibration.quality == 0.3


@pytest.mark.skipif(not DATA.is_dir(), reason=f"the recordings in {DATA} are not there")
@pytest.mark.parametrize("folder", ["sisfall", "umafall"])
def test_people_walk_forward(folder: str) -> None:
    """Whoever walks is seen to walk the way the pod faces, and the other way if it is turned round."""
    names = [
        path.with_name(path.name.replace("labels.csv", "parquet"))
        for path in (DATA / folder).glob("*.csv")
        if "walking" in path.read_text()
    ]
    assert len(names) >= 7
    for path in names:
        blocks = list(open_recording(path).blocks())
        straight = find_calibration(blocks, ORIGIN)
        around = find_calibration([_turned(block, (0.0, 0.0, 180.0)) for block in blocks], ORIGIN)
        assert _forward_off_deg(straight) < 45.0, path.name
        assert _forward_off_deg(around, (0.0, 0.0, 180.0)) < 45.0, path.name


@pytest.mark.skipif(not DATA.is_dir(), reason=f"the recordings in {DATA} are not there")
def test_a_belt_worn_back_to_front_gives_the_same_lifts() -> None:
    """Only the pod at the waist is turned, and with it everything that is said of it must stay."""
    found = 0
    for path in sorted((DATA / "umafall").glob("*.parquet")):
        blocks = list(open_recording(path).blocks())
        around = [replace(block, lower=_turned(block, (0.0, 0.0, 180.0)).lower) for block in blocks]
        straight, turned = (_lifts(one) for one in (blocks, around))
        assert straight == turned, path.name
        found += len(straight)
    assert found >= 8


def _lifts(blocks: list[Block]) -> list[tuple[int, int, str, str]]:
    session = Session(ORIGIN, Given(find_calibration(blocks, ORIGIN)))
    outputs = [*(session.push(block) for block in blocks), session.finish()]
    events = [event for output in outputs for event in output.events]
    return [
        (lift.first_sample, lift.last_sample, lift.strategy, lift.legs)
        for lift in events
        if isinstance(lift, Lift)
    ]
