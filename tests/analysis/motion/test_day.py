from collections.abc import Callable

import numpy as np
import pytest

from analysis.events.calibration import Calibration
from analysis.events.day import PostureState
from analysis.events.fields import Mode
from analysis.events.movement import Transition
from analysis.motion.angles import Motion, Row
from analysis.motion.block import Block
from analysis.motion.day import DayParams, DayStage
from analysis.motion.history import History
from analysis.motion.origin import Origin
from analysis.motion.rising import SeatChange
from analysis.motion.seconds import Features
from analysis.motion.spell import Spell
from analysis.motion.statement import Saying, Wearer, in_words
from analysis.motion.timeline import Timeline

SEEN = SeatChange(3950, 4080, 1.0, 0.0, at_rest=False)
LATER = SeatChange(20_000, 20_130, 0.0, 1.0, at_rest=False)


def _spell(state: PostureState, second: int, steps: int = 0) -> Spell:
    return Spell(state, [1.0], Features(second, [0.0], [0.0], [0.0], [0.0], [steps]))


@pytest.mark.parametrize("together", [True, False])
def test_a_rise_is_remembered_until_its_second_is_decided(
    origin: Origin, straight: Calibration, together: bool
) -> None:
    stage = DayStage(DayParams(), Wearer(origin, "dual", straight, lambda _: None), Timeline())
    history = History()
    history.push(Motion(0, np.zeros((len(Row), 24_000))))
    events: list[Saying] = []
    notes = {0: [SEEN, LATER]} if together else {0: [SEEN], 30: [LATER]}
    for second in range(50):
        stage.note([*notes.get(second, [])])
        state: PostureState = "sitting" if second < 40 else "standing"
        events += stage.push(_spell(state, second), history)[0]
    (rise,) = [event for event in in_words(events) if isinstance(event, Transition)]
    assert rise.quality == straight.quality


def _since(
    stage: DayStage, postures: list[tuple[PostureState, int, int]], *changes: SeatChange
) -> list[int | None]:
    """Return since when the patient sat, as told in each second; of each posture seconds and steps in all."""
    history = History()
    history.push(Motion(0, np.zeros((len(Row), 30_000))))
    stage.note([*changes])
    told: list[int | None] = []
    for state, count, steps in postures:
        for place in range(count):
            spell = _spell(state, len(told), steps if not place else 0)
            _, (second,) = stage.push(spell, history)
            told.append(second.sitting_since_sample)
    return told


def _climb(second: int, climb: float) -> SeatChange:
    return SeatChange(100 * second - 60, 100 * second + 40, 0.0, 0.0, at_rest=True, climb=climb)


@pytest.fixture(name="stage_of")
def _stage_of(origin: Origin, straight: Calibration) -> Callable[..., DayStage]:
    def stage_of(mode: Mode = "dual") -> DayStage:
        return DayStage(DayParams(), Wearer(origin, mode, straight, lambda _: None), Timeline())

    return stage_of


def test_who_was_seen_to_sit_down_sits_since_then(stage_of: Callable[..., DayStage]) -> None:
    told = _since(
        stage_of(), [("sitting", 40, 0), ("standing", 60, 0), ("sitting", 20, 0)], _climb(100, -0.8)
    )
    assert told[39:41] == [0, None]
    assert told[100:] == [10_000] * 20


def test_who_neither_rose_nor_sat_down_nor_stepped_sat_all_along(stage_of: Callable[..., DayStage]) -> None:
    told = _since(stage_of(), [("sitting", 40, 0), ("standing", 60, 0), ("sitting", 20, 0)])
    assert told[100:] == [4_000] * 20


@pytest.mark.parametrize("before", ["sitting", "walking"])
def test_who_was_upright_for_sure_sits_some_seconds_after(
    stage_of: Callable[..., DayStage], before: PostureState
) -> None:
    told = _since(stage_of(), [(before, 40, 0), ("standing", 60, 1), ("sitting", 20, 0)], _climb(40, 0.9))
    assert told[100:] == [5_000] * 20
    brief = _since(stage_of(), [(before, 40, 0), ("standing", 8, 1), ("sitting", 20, 0)], _climb(40, 0.9))
    assert brief[48:] == [4_800] * 20


@pytest.mark.parametrize(("mode", "steps"), [("dual", 4), ("accelerometer", 0)])
def test_steps_tell_a_stand_and_without_heights_nothing_is_claimed(
    stage_of: Callable[..., DayStage], mode: Mode, steps: int
) -> None:
    told = _since(stage_of(mode), [("sitting", 40, 0), ("standing", 60, steps), ("sitting", 20, 0)])
    assert told[100:] == [10_000] * 20


def test_what_may_have_been_sitting_is_kept_with_the_rest(stage_of: Callable[..., DayStage]) -> None:
    before, after = stage_of(), stage_of()
    _since(before, [("sitting", 40, 0), ("standing", 30, 0)])
    after.restore(before.state())
    history = History()
    history.push(Motion(0, np.zeros((len(Row), 30_000))))
    _, (second,) = after.push(_spell("sitting", 70), history)
    assert second.sitting_since_sample == 4_000


def test_who_says_after_long_that_it_was_sitting_has_sat_since_it_began(
    origin: Origin, straight: Calibration, planar: Callable[..., Block]
) -> None:
    """The times of samples are forgotten by then."""
    timeline, history = Timeline(), History()
    stage = DayStage(DayParams(), Wearer(origin, "dual", straight, timeline.utc_text), timeline)
    history.push(Motion(0, np.zeros((len(Row), 100))))
    start_ns = None
    for second in range(0, 1000, 50):
        block = planar(np.zeros(5000), None, first_sample=100 * second)
        timeline.push(block)
        start_ns = timeline.utc_ns(0) if second == 0 else start_ns
        stage.push(_spell("standing", second), history)
    assert (timeline.utc_ns(0), start_ns is None) == (None, False)
    stage.correct("sitting")
    _, run = stage.push(_spell("sitting", 1000), history)
    assert run.since == (0, start_ns)
