"""A strip that is off: by hand, then the simulated one on its shelf, in a bag, and on again."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from analysis.motion.angles import MEANS, Motion, Row
from analysis.motion.block import Block, BoolArray
from analysis.motion.history import History
from analysis.motion.origin import Origin
from analysis.motion.session import Guided, Session
from analysis.motion.worn import WornParams, WornStage, WornState
from firmware_sim.body import Motion as Body
from firmware_sim.person.anatomy import Anatomy, Mounting
from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.gait import GaitStyle
from firmware_sim.person.routine import calibrate
from firmware_sim.person.strip_off import be_carried, clip_on_again, lie_about, take_off
from firmware_sim.person.sway import Sway
from firmware_sim.person.upright import stand
from firmware_sim.scenarios import Scenario

PARAMS = WornParams()


def _rows(tilt_deg: NDArray[np.float64], side_deg: NDArray[np.float64] | float = 0.0) -> Motion:
    rows = np.zeros((len(Row), tilt_deg.size))
    rows[Row.BEND_DEG], rows[Row.SIDE_DEG] = tilt_deg, side_deg
    upright = np.cos(np.radians(tilt_deg)) * np.cos(np.radians(side_deg))
    sums = np.array((tilt_deg, tilt_deg, tilt_deg, 0.0 * upright, upright, upright)).reshape(MEANS, -1, 100)
    return Motion(0, rows, means=sums.sum(axis=2) / 100)


def _push(stage: WornStage, motion: Motion, history: History | None = None) -> None:
    history = history or History()
    history.push(motion)
    stage.push(motion, history)


class _Thorough(WornStage):
    """Looks at each second as if it mattered."""

    def _first_that_matters(self, still: BoolArray, lying: BoolArray) -> int:
        return 0


def _off(
    tilt_deg: NDArray[np.float64],
    cuts: Iterable[int] = (),
    steps: Sequence[int] | None = None,
    kind: type[WornStage] = WornStage,
) -> list[bool]:
    """Return what is said of each second, asked as the decoder does: 12 s after it."""
    stage, motion, history = kind(PARAMS), _rows(tilt_deg), History()
    told: list[bool] = []
    seconds = tilt_deg.size // 100
    steps = [0] * seconds if steps is None else steps
    for a, b in pairwise([0, *sorted(cut for cut in cuts if cut < seconds), seconds]):
        _push(stage, motion.part(100 * a, 100 * b), history)
        told += stage.off(len(told), steps[len(told) : max(0, b - 12)])
        state, stage = stage.state(), kind(PARAMS)
        stage.restore(state)
    return told + stage.off(len(told), steps[len(told) :])


def _breath(seconds: int, size_deg: float = 0.12) -> NDArray[np.float64]:
    return size_deg * np.sin(2.0 * np.pi * 0.22 * np.arange(100 * seconds) / 100)


def _noise(seconds: int) -> NDArray[np.float64]:
    return np.repeat(np.random.default_rng(1).normal(0.0, 0.008, seconds), 100)


@pytest.mark.parametrize("at_deg", [-90.0, -60.0, 90.0, 179.99])
def test_dead_still_for_most_of_a_minute_is_off_whichever_way_up(at_deg: float) -> None:
    told = _off(np.concatenate((_breath(100), at_deg + _noise(200))))
    assert not any(told[:100])
    assert told.index(True) == pytest.approx(100 + 0.8 * 40 - 10, abs=5)
    assert all(told[130:])


def test_a_body_that_lies_still_breathes() -> None:
    assert not any(_off(-85.0 + _breath(400) + _noise(400)))


def test_breath_that_only_the_gyroscope_feels_is_breath() -> None:
    motion = _rows(-85.0 + _noise(300))
    motion.rows[Row.BEND_DPS] = 0.15 * np.cos(2.0 * np.pi * 0.22 * np.arange(30_000) / 100)
    stage = WornStage(PARAMS)
    _push(stage, motion)
    assert not any(stage.off(0, [False] * 300))


def test_upright_it_takes_three_minutes_of_it() -> None:
    told = _off(20.0 + _noise(400))
    assert told.index(True) == pytest.approx(180, abs=20)
    assert all(told[200:])


def test_a_nudge_does_not_put_it_on() -> None:
    tilt_deg = 80.0 + _noise(300)
    tilt_deg[20_000:20_100] += 3.0
    told = _off(tilt_deg)
    assert all(told[60:])


def test_a_knock_at_the_hook_does_not_put_it_on() -> None:
    tilt_deg = 20.0 + _noise(400)
    tilt_deg[30_000:30_300] += np.repeat([2.0, 4.0, 2.0], 100)
    assert all(_off(tilt_deg)[220:])


def test_upright_and_moving_it_is_on_again() -> None:
    swaying = 2.0 * np.sin(2.0 * np.pi * 0.3 * np.arange(6000) / 100)
    told = _off(np.concatenate((-90.0 + _noise(200), swaying)))
    assert all(told[100:199])
    assert not any(told[202:])


def test_turned_over_in_a_bag_it_is_still_off() -> None:
    swinging = 70.0 + 12.0 * np.sin(2.0 * np.pi * 0.9 * np.arange(9000) / 100)
    told = _off(np.concatenate((-90.0 + _noise(200), swinging, -90.0 + _noise(60))))
    assert all(told[100:])


@pytest.mark.parametrize(
    ("at_deg", "stepping", "is_off"), [(80.0, 30, True), (80.0, 9, False), (30.0, 30, False)]
)
def test_steps_of_who_lies_are_a_bag_s(at_deg: float, stepping: int, is_off: bool) -> None:
    stage = WornStage(PARAMS)
    _push(stage, _rows(at_deg + 8.0 * np.sin(2.0 * np.pi * 0.9 * np.arange(6000) / 100)))
    told = stage.off(0, [False] * 10 + [True] * stepping + [False] * (50 - stepping))
    assert not any(told[:19])
    assert told[19:] == [is_off] * 41


def test_who_clips_on_a_strip_that_was_carried_wears_it() -> None:
    swinging = 80.0 + 8.0 * np.sin(2.0 * np.pi * 0.9 * np.arange(3000) / 100)
    walking = 5.0 * np.sin(2.0 * np.pi * 0.9 * np.arange(3000) / 100)
    stage = WornStage(PARAMS)
    _push(stage, _rows(np.concatenate((swinging, walking))))
    told = stage.off(0, [True] * 60)
    assert told == [False] * 9 + [True] * 21 + [False] * 30


@settings(max_examples=20, deadline=None)
@given(st.sets(st.integers(1, 319)))
def test_cuts_change_nothing(cuts: set[int]) -> None:
    tilt_deg = np.concatenate((_breath(100), 70.0 + _noise(120), _breath(100)))
    assert _off(tilt_deg, cuts) == _off(tilt_deg)


_SPENT = st.tuples(
    st.integers(3, 150),
    st.sampled_from([0.0, 20.0, 60.0, -90.0]),
    st.sampled_from([0.0, 0.12, 8.0]),
    st.booleans(),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(_SPENT, min_size=1, max_size=8), st.sets(st.integers(1, 600), max_size=12))
@example([(30, 60.0, 8.0, True), (20, 0.0, 0.0, False), (100, 0.0, 8.0, False)], set())
def test_seconds_that_do_not_matter_change_nothing(
    life: list[tuple[int, float, float, bool]], cuts: set[int]
) -> None:
    """A strip still, breathing, or swinging, at some tilt, with and without steps."""
    tilts = [at_deg + _breath(seconds, size_deg) + _noise(seconds) for seconds, at_deg, size_deg, _ in life]
    steps = [int(is_stepping) for seconds, _, _, is_stepping in life for _ in range(seconds)]
    tilt_deg = np.concatenate(tilts)
    told = _off(tilt_deg, cuts, steps)
    assert told == _off(tilt_deg, [], steps) == _off(tilt_deg, cuts, steps, _Thorough)


@settings(max_examples=50, deadline=None)
@given(
    st.integers(0, 1 << 32),
    st.floats(-180.0, 180.0),
    st.floats(-89.0, 89.0),
    st.sampled_from([0.01, 0.03, 0.3]),
)
def test_what_is_not_looked_at_is_not_still(
    seed: int, tilt_deg: float, side_deg: float, size_deg: float
) -> None:
    """Side bend and bend rate are computed where they matter alone: all of them say the same."""
    rng = np.random.default_rng(seed)
    ways = rng.choice((0.0, 0.1, 1.0), (3, 200)) * rng.normal(0.0, size_deg, (3, 200))
    tilt, side, rate = np.repeat(ways, 100, axis=1) + np.array([[tilt_deg], [side_deg], [0.0]])
    motion = _rows(tilt, side)
    motion.rows[Row.BEND_DPS] = rate
    stage = WornStage(PARAMS)
    # Where it was off all of them matter.
    stage.restore(WornState(is_off=True))
    _push(stage, motion)
    tilted, sideways, faster = np.diff(ways, axis=1, prepend=ways[:, :1])
    turned = np.hypot(tilted * np.cos(np.radians(side[::100])), sideways)
    still = (turned <= PARAMS.still_deg) & (np.abs(faster) <= PARAMS.still_dps)
    assert np.array_equal(np.diff(stage.state().counts[0]), still)


def test_a_simulated_strip_on_a_shelf_and_in_a_bag(blocks_of: Callable[..., list[Block]]) -> None:
    rng = np.random.default_rng(6)
    person = Choreographer(Anatomy.drawn(rng), GaitStyle(), rng)
    calibrate(person)
    stand(person, 30.0)
    take_off(person)
    laid_s = person.now_s
    lie_about(person, 200.0)
    be_carried(person, 60.0)
    lie_about(person, 60.0)
    taken_s = person.now_s
    clip_on_again(person)
    person.walk(60, 100.0)
    stand(person, 60.0)
    script = person.script()
    body = Body(script.strokes, script.movers, Sway.drawn(rng))
    life = Scenario("off", 6, person.anatomy, Mounting.drawn(rng), script, body)
    session = Session(Origin("p", "s", 0), Guided())
    outputs = [*map(session.push, blocks_of(life, life.duration_s)), session.finish()]
    seconds = [second for output in outputs for second in output.seconds]
    off = [second.sample / 100 for second in seconds if second.state == "not_worn"]
    assert laid_s < off[0] < laid_s + 60.0
    assert taken_s <= off[-1] < taken_s + 15.0
    assert len(off) > 0.95 * (off[-1] - off[0])
    carried = [second.steps for second in seconds if off[0] < second.sample / 100 < off[-1]]
    assert sum(carried) == 0
