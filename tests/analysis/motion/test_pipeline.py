import gc
import weakref
from collections.abc import Callable
from dataclasses import replace
from itertools import chain

import numpy as np
import pytest

from analysis.events.calibration import Calibration
from analysis.events.catalogue import parse_event_json
from analysis.events.day import Minute, Posture, Sitting
from analysis.events.event import Event
from analysis.events.fields import utc_ns
from analysis.events.movement import Lift, Transition
from analysis.motion.block import Block, FloatArray
from analysis.motion.calibration import aligned
from analysis.motion.origin import Origin
from analysis.motion.pipeline import Pipeline, PipelineError

Bump = Callable[[FloatArray, float, float], FloatArray]
Planar = Callable[..., Block]
T_S = np.arange(0.0, 40.0, 0.01)


def _run(block: Block, calibration: Calibration, origin: Origin) -> list[Event]:
    pipeline = Pipeline(origin)
    pipeline.calibrate(calibration)
    return [*pipeline.push(block).events, *pipeline.finish().events]


def _lifts(events: list[Event]) -> list[Lift]:
    return [event for event in events if isinstance(event, Lift)]


@pytest.mark.parametrize(
    ("share", "strategy"), [(0.2, "hip_hinge"), (0.46, "shared"), (0.7, "lumbar_flexion")]
)
def test_a_bend_of_known_share(
    planar: Planar, bump: Bump, straight: Calibration, origin: Origin, share: float, strategy: str
) -> None:
    trunk = 70.0 * bump(T_S, 15.0, 3.0)
    (lift,) = _lifts(_run(planar((1.0 - share) * trunk, trunk), straight, origin))
    assert lift.strategy == strategy
    assert lift.lumbar_share == pytest.approx(share, abs=0.01)
    assert lift.lumbar_range_pct is None
    assert lift.trunk_peak_deg == pytest.approx(70.0, abs=0.5)
    assert lift.legs == "straight"
    edge_s = 3.0 * np.arcsin(np.sqrt(10.0 / 70.0)) / np.pi
    assert lift.first_sample == pytest.approx(100 * (15.0 + edge_s), abs=2)
    assert lift.last_sample == pytest.approx(100 * (18.0 - edge_s), abs=2)
    assert lift.start is not None
    assert utc_ns(lift.start) == utc_ns("2026-01-01T10:00:00.000Z") + lift.first_sample * 10_000_000
    assert lift.duration_s == (lift.last_sample - lift.first_sample) / 100
    assert lift.quality == 0.6
    assert lift.curve.trunk_deg[len(lift.curve.trunk_deg) // 2] == pytest.approx(70.0, abs=1.0)


@pytest.mark.parametrize("step", [100, 700, 24_000])
def test_a_bend_that_ends_in_a_long_lean_is_told_to_no_one(
    planar: Planar, straight: Calibration, origin: Origin, step: int
) -> None:
    """What moved in it is long forgotten when its end is known: a strip that lies tilted for minutes, say."""
    t_s = np.arange(24_000) / 100.0
    trunk = np.interp(t_s, (0, 15, 17, 19, 200, 202, 206), (0, 0, 70, 26, 27, 70, 0)) + 0.3 * np.sin(
        1.5 * t_s
    )
    block = planar(0.6 * trunk, trunk)
    pipeline = Pipeline(origin)
    pipeline.calibrate(straight)
    outputs = [pipeline.push(block[at : at + step]) for at in range(0, len(block), step)]
    outputs.append(pipeline.finish())
    assert not [bend for output in outputs for bend in output.bends]
    assert not [event for output in outputs for event in output.events if isinstance(event, Lift)]


def test_a_bend_is_told_within_moments_and_the_rest_in_its_own_time(
    planar: Planar, bump: Bump, straight: Calibration, origin: Origin
) -> None:
    trunk = 70.0 * bump(T_S, 15.3, 3.0) + 0.3 * np.sin(1.5 * T_S)
    block = planar(0.6 * trunk, trunk)
    pipeline = Pipeline(origin)
    pipeline.calibrate(straight)
    late, together = [], set()
    for at in range(0, len(block), 10):
        output = pipeline.push(block[at : at + 10])
        late += [(at + 10 - bend.last_sample) / 100 for bend in output.bends]
        together.add(len(output.seconds))
    assert len(late) == 1
    assert late[0] < 2.0
    assert max(together) == 4


def test_a_squat_has_bent_legs(planar: Planar, bump: Bump, straight: Calibration, origin: Origin) -> None:
    down = bump(T_S, 15.0, 2.5)
    (lift,) = _lifts(_run(planar(40.0 * down, 50.0 * down, -0.35 * down), straight, origin))
    assert lift.legs == "bent"
    assert lift.pelvis_drop_m == pytest.approx(0.35, abs=0.05)


def test_sitting_down_and_getting_up_is_no_lift(
    planar: Planar, bump: Bump, step: Bump, straight: Calibration, origin: Origin
) -> None:
    events = _run(_seated(planar, bump, step, 100.0, 150.0), straight, origin)
    assert _lifts(events) == []
    (bout,) = [event for event in events if isinstance(event, Sitting)]
    assert bout.duration_s == pytest.approx(69.5, abs=1.5)
    assert bout.ended_by == "stand"
    kinds = [event.kind for event in events if isinstance(event, Transition)]
    assert kinds == ["stand_to_sit", "sit_to_stand"]
    states = [event.state for event in events if isinstance(event, Posture)]
    assert states == [
        "standing",
        "sitting",
        "standing",
    ]


def _seated(planar: Planar, bump: Bump, step: Bump, up_s: float, seconds: float) -> Block:
    t_s = np.arange(0.0, seconds, 0.01)
    seated = step(t_s, 30.0, 1.5) - step(t_s, up_s, 1.2)
    lean = 45.0 * (bump(t_s, 29.0, 3.0) + bump(t_s, up_s - 1.0, 2.6))
    return planar(lean - 20.0 * seated, lean + 2.0 * seated, -0.42 * seated)


@pytest.mark.parametrize("up_s", [88.0, 100.0, 124.0])
def test_a_bout_that_waits_and_minutes_are_told_in_their_order(
    planar: Planar, bump: Bump, step: Bump, straight: Calibration, origin: Origin, up_s: float
) -> None:
    """As soon as no snack can have ended it any more: before a minute is settled or after it."""
    block = _seated(planar, bump, step, up_s, 240.0)
    pipeline = Pipeline(origin)
    pipeline.calibrate(straight)
    by_second = [pipeline.push(block[at : at + 100]).events for at in range(0, len(block), 100)]
    told = [*chain.from_iterable(by_second), *pipeline.finish().events]
    assert any(isinstance(event, Sitting) for event in told)
    assert _run(block, straight, origin) == told


def test_minutes_hold_every_second(planar: Planar, bump: Bump, straight: Calibration, origin: Origin) -> None:
    t_s = np.arange(0.0, 200.0, 0.01)
    # Who does not even breathe is not worn after three minutes.
    trunk = 60.0 * bump(t_s, 119.0, 3.0) + 0.3 * np.sin(1.5 * t_s)
    block = planar(0.6 * trunk, trunk, first_sample=300)
    minutes = [event for event in _run(block, straight, origin) if isinstance(event, Minute)]
    assert [(m.first_sample, m.last_sample) for m in minutes] == [
        (300, 5999),
        (6000, 11999),
        (12000, 17999),
        (18000, 20299),
    ]
    assert [m.standing_s for m in minutes] == [57.0, 60.0, 60.0, 23.0]
    assert [sum(m.tilt_hist_s) for m in minutes] == pytest.approx([57.0, 60.0, 60.0, 23.0])
    assert [m.lifts for m in minutes] == [0, 0, 1, 0]


def test_one_pod_cannot_tell(planar: Planar, bump: Bump, origin: Origin) -> None:
    block = planar(60.0 * bump(T_S, 15.0, 3.0), None)
    (lift,) = _lifts(_run(block, aligned(origin, dual=False), origin))
    assert (lift.mode, lift.strategy) == ("single", "not_scored")
    assert lift.not_scored_reason == "one pod cannot tell hip from back"
    assert lift.trunk_peak_deg is None
    assert lift.pelvis_peak_deg == pytest.approx(60.0, abs=0.5)
    assert lift.curve.trunk_deg == []


def test_accelerometer_alone_is_marked_and_on_time(planar: Planar, bump: Bump, origin: Origin) -> None:
    t_s = np.arange(0.0, 60.0, 0.01)
    trunk = 70.0 * bump(t_s, 20.0, 8.0)
    events = _run(planar(0.6 * trunk, trunk, gyroscopes=False), aligned(origin, dual=True), origin)
    (lift,) = _lifts(events)
    assert lift.mode == "accelerometer"
    assert lift.quality == pytest.approx(0.36)
    assert lift.legs == "unknown"
    assert lift.first_sample + 100 * lift.descent_s == pytest.approx(2400, abs=8)


def test_a_long_gap_splits_what_goes_on(
    planar: Planar, bump: Bump, straight: Calibration, origin: Origin
) -> None:
    trunk = 70.0 * bump(T_S, 15.0, 3.0)
    block = planar(0.6 * trunk, trunk)
    pipeline = Pipeline(origin)
    pipeline.calibrate(straight)
    outputs = [pipeline.push(block[:1650]), pipeline.push(block[1710:]), pipeline.finish()]
    events: list[Event] = [event for output in outputs for event in output.events]
    assert _lifts(events) == []
    spans = [(e.first_sample, e.last_sample) for e in events if isinstance(e, Posture)]
    assert spans == [(0, 1599), (1800, 3999)]


def test_a_short_gap_is_bridged(planar: Planar, bump: Bump, straight: Calibration, origin: Origin) -> None:
    trunk = 70.0 * bump(T_S, 15.0, 3.0)
    block = planar(0.6 * trunk, trunk)
    pipeline = Pipeline(origin)
    pipeline.calibrate(straight)
    first, second = pipeline.push(block[:1600]), pipeline.push(block[1620:])
    assert (len(first.angles), len(second.angles), second.angles.first_sample) == (1600, 2380, 1620)
    (lift,) = _lifts([*first.events, *second.events, *pipeline.finish().events])
    assert lift.lumbar_share == pytest.approx(0.4, abs=0.02)
    assert lift.quality == 0.3


def test_samples_come_once_and_in_order(planar: Planar, origin: Origin) -> None:
    pipeline = Pipeline(origin)
    pipeline.push(planar(np.zeros(100), None))
    with pytest.raises(PipelineError, match="100 is the next"):
        pipeline.push(planar(np.zeros(100), None, first_sample=99))


def test_of_a_long_block_nothing_is_held(
    planar: Planar, bump: Bump, straight: Calibration, origin: Origin
) -> None:
    t_s = np.arange(0.0, 290.0, 0.01)
    trunk = sum((60.0 * bump(t_s, at_s, 3.0) for at_s in np.arange(10.0, 285.0, 8.0)), np.zeros(t_s.size))
    pipeline = Pipeline(origin)
    pipeline.calibrate(straight)
    block = planar(0.4 * trunk, trunk)
    assert block.lower is not None
    output = pipeline.push(block)
    assert output.angles.lower_quat is not None
    assert len(output.bends) > 20
    held = [weakref.ref(array) for array in (output.angles.lower_quat, block.lower.acc_mps2)]
    del output, block
    gc.collect()
    assert all(one() is None for one in held)
    assert len(_lifts([*pipeline.finish().events])) > 0


def test_without_calibration_there_are_orientations_only(planar: Planar, origin: Origin) -> None:
    pipeline = Pipeline(origin)
    output = pipeline.push(planar(np.zeros(2000), np.zeros(2000)))
    assert np.isnan(output.angles.trunk_tilt_deg).all()
    assert output.angles.lower_quat is not None
    assert output.angles.lower_quat.shape == (2000, 4)
    assert (output.events, pipeline.finish().events) == ((), ())


def test_without_utc_times_are_null(
    planar: Planar, bump: Bump, straight: Calibration, origin: Origin
) -> None:
    trunk = 70.0 * bump(T_S, 15.0, 3.0)
    events = _run(replace(planar(0.6 * trunk, trunk), utc_ns=None), straight, origin)
    assert {event.start for event in events} == {None}
    assert [lift.peak for lift in _lifts(events)] == [None]


def test_three_samples(planar: Planar, straight: Calibration, origin: Origin) -> None:
    assert _run(planar(np.zeros(3), np.zeros(3)), straight, origin) == []


def test_every_event_is_valid(planar: Planar, bump: Bump, straight: Calibration, origin: Origin) -> None:
    trunk = 70.0 * bump(T_S, 15.0, 3.0)
    for event in _run(planar(0.6 * trunk, trunk), straight, origin):
        assert parse_event_json(event.to_json()) == event
