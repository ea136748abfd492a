"""A pod that slips is noticed at the second stand after it, wherever the samples are cut."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from analysis.events.calibration import Calibration
from analysis.motion.block import Block, PodSamples
from analysis.motion.calibration import aligned
from analysis.motion.frames import Frames
from analysis.motion.origin import Origin
from analysis.motion.output import Output
from analysis.motion.session import Given, Session

ORIGIN = Origin("patient-7", "strip-3", 4)
START_NS = 1_767_261_600_000_000_000
SLIP_S = 100


def _day(seconds: int = 360) -> Block:
    """Return someone who in turn stands for 15 s and walks for 15 s, on both pods alike."""
    t_s = np.arange(100 * seconds) / 100.0
    walks = np.where((t_s // 15) % 2 == 1, 1.0, 0.0)
    phase = 2 * np.pi * 2.0 * t_s
    acc = np.column_stack(
        (
            -walks * 0.8 * np.sin(phase),
            walks * 0.8 * np.sin(0.5 * phase),
            9.80665 + walks * 1.5 * np.cos(phase),
        )
    )
    # The pelvis goes forward with each leg, by 3 deg.
    gyr = np.column_stack(
        (0.0 * walks, 0.0 * walks, walks * np.radians(3.0) * np.pi * 2.0 * np.cos(0.5 * phase))
    )
    rng = np.random.default_rng(3)

    def pod() -> PodSamples:
        noise = rng.normal(0, 0.02, acc.shape), rng.normal(0, 0.002, acc.shape)
        return PodSamples(acc + noise[0], gyr + noise[1])

    times = START_NS + np.arange(len(t_s)) * 10_000_000
    return Block(0, pod(), pod(), times, np.zeros(len(t_s), dtype=np.bool_))


def _turned(samples: PodSamples | None, deg: float, from_s: int, until_s: int | None = None) -> PodSamples:
    """Return the pod turned forward on the back for a while."""
    assert samples is not None
    assert samples.gyr_radps is not None
    turn = Rotation.from_euler("y", deg, degrees=True).as_matrix()
    part = slice(100 * from_s, None if until_s is None else 100 * until_s)
    acc, gyr = samples.acc_mps2.copy(), samples.gyr_radps.copy()
    acc[part], gyr[part] = acc[part] @ turn, gyr[part] @ turn
    return PodSamples(acc, gyr)


@pytest.fixture(name="calibration", scope="module")
def _calibration() -> Calibration:
    """Give one with a personal range, of pods that sit a little askew."""
    straight = aligned(ORIGIN, dual=True)
    x, y, z, w = Rotation.from_euler("z", 0.5, degrees=True).as_quat().tolist()
    quat = [w, x, y, z]
    update = {"mounting_lower_quat": quat, "lumbar_range_deg": 50.0, "quality": 1.0, "reasons": []}
    return straight.model_copy(update=update)


def _run(block: Block, calibration: Calibration, cuts: list[int] | None = None) -> list[Output]:
    edges = sorted({0, len(block), *(cuts or [])})
    session, outputs = Session(ORIGIN, Given(calibration)), []
    for a, b in itertools.pairwise(edges):
        outputs.append(session.push(block[a:b]))
        state = session.state()
        session = Session(ORIGIN, Given(calibration))
        session.restore(state)
    return [*outputs, session.finish()]


def _renewed(outputs: list[Output]) -> list[Calibration]:
    return [calibration for output in outputs for calibration in output.calibrations]


@pytest.mark.parametrize(("pod", "deg"), [("lower", 9.0), ("upper", -8.0)])
def test_a_slip_renews_the_neutral_posture(calibration: Calibration, pod: str, deg: float) -> None:
    day = _day()
    slipped = (
        replace(day, lower=_turned(day.lower, deg, SLIP_S))
        if pod == "lower"
        else replace(day, upper=_turned(day.upper, deg, SLIP_S))
    )
    outputs = _run(slipped, calibration)
    (renewed,) = _renewed(outputs)
    assert renewed.accepted
    assert renewed.quality == 0.7
    assert renewed.lumbar_range_deg == 50.0
    assert renewed.reasons == [
        f"The strip seems to have slipped: the {pod} pod by {abs(deg):.0f} degrees. Please fit it again."
    ]
    # Two stands after the slip, at 120 and 150 s; then what is late.
    assert renewed.valid_from == "2026-01-01T10:03:00.000Z"
    tilt = np.concatenate(
        [
            output.angles.pelvis_tilt_deg if pod == "lower" else output.angles.trunk_tilt_deg
            for output in outputs
        ]
    )
    standing = [slice(100 * (start + 5), 100 * (start + 14)) for start in (60, 120, 300)]
    before, between, after = (float(np.median(tilt[part])) for part in standing)
    assert before == pytest.approx(0.0, abs=0.5)
    assert between == pytest.approx(deg, abs=0.5)
    assert after == pytest.approx(0.0, abs=0.5)


def test_the_neutral_posture_of_a_slip_is_the_new_up(calibration: Calibration) -> None:
    day = _day()
    (renewed,) = _renewed(_run(replace(day, lower=_turned(day.lower, 9.0, SLIP_S)), calibration))
    frame = Frames.of(renewed).lower
    assert frame is not None
    turn = Rotation.from_euler("y", 9.0, degrees=True).as_matrix()
    assert np.array(frame)[2] @ (np.array([0.0, 0.0, 1.0]) @ turn) > np.cos(np.radians(0.5))


@pytest.mark.parametrize(
    ("deg", "until_s"),
    [(0.0, None), (4.0, None), (12.0, SLIP_S + 35)],
    ids=["none", "small", "for one stand"],
)
def test_what_is_no_slip(calibration: Calibration, deg: float, until_s: int | None) -> None:
    day = _day()
    assert _renewed(_run(replace(day, lower=_turned(day.lower, deg, SLIP_S, until_s)), calibration)) == []


def test_aligned_stays_aligned() -> None:
    day = _day()
    outputs = _run(replace(day, lower=_turned(day.lower, 9.0, SLIP_S)), aligned(ORIGIN, dual=True))
    assert _renewed(outputs) == []


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 36_000), max_size=40))
def test_cuts_and_snapshots_change_nothing(calibration: Calibration, cuts: list[int]) -> None:
    day = _day()
    slipped = replace(day, lower=_turned(day.lower, 9.0, SLIP_S))
    one, other = (_run(slipped, calibration, where) for where in ([], cuts))
    assert [c.to_json() for c in _renewed(one)] == [c.to_json() for c in _renewed(other)]
    events = [[event.to_json() for output in outputs for event in output.events] for outputs in (one, other)]
    assert events[0] == events[1]
    tilts = [
        np.concatenate([output.angles.pelvis_tilt_deg for output in outputs]) for outputs in (one, other)
    ]
    np.testing.assert_array_equal(tilts[0], tilts[1])
