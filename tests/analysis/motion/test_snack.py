"""Movement snacks: by hand, second by second; then a simulated person."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.events.calibration import Calibration
from analysis.events.day import PostureState, Sitting
from analysis.events.event import Derived, derived_id
from analysis.events.movement import Lift, Snack
from analysis.motion.angles import Motion, Row
from analysis.motion.block import Block
from analysis.motion.origin import Origin
from analysis.motion.seconds import Features
from analysis.motion.session import Guided, Session
from analysis.motion.snack import SnackStage
from analysis.motion.snack_parts import SnackParams
from analysis.motion.spell import Spell
from analysis.motion.statement import Wearer, in_words
from analysis.motion.walking import Gait
from firmware_sim.scenarios import scenario

PARTS = ("march", "hinge", "back_bend")
LONG_S = 18


class Told:
    """Feeds the stage with seconds as the stages before it would."""

    def __init__(self, calibration: Calibration, *, in_long_spells: bool = False) -> None:
        self.in_long_spells = in_long_spells
        origin = Origin("patient-7", "strip-3", 4)
        self.wearer = Wearer(origin, "dual", calibration, lambda sample: None)
        self.stage = SnackStage(SnackParams(), self.wearer)
        self.second = 0
        self.events: list[Derived] = []

    @property
    def snacks(self) -> list[Snack]:
        return [event for event in self.events if isinstance(event, Snack)]

    @property
    def ends(self) -> list[str]:
        return [event.ended_by for event in self.events if isinstance(event, Sitting)]

    def spend(
        self,
        seconds: int,
        state: PostureState,
        bend_deg: float = 0.0,
        events: tuple[Derived, ...] = (),
        gentle_hz: float = 0.0,
    ) -> None:
        at_once = seconds if self.in_long_spells else 1
        for _ in range(seconds // at_once):
            rows = np.zeros((len(Row), 100 * at_once))
            rows[Row.BEND_DEG] = bend_deg
            steps = np.full(at_once, 2 if state == "walking" else 0)
            rhythm_hz = np.where(steps > 0, 2.0, gentle_hz)
            self.stage.push(Motion(self.second * 100, rows), Gait(self.second, steps > 0, steps, rhythm_hz))
            zeros = [0.0] * at_once
            features = Features(self.second, zeros, zeros, [bend_deg] * at_once, zeros, steps.tolist())
            is_quiet = self.stage.is_quiet(state, self.second + at_once) and not events
            told = in_words(self.stage.decided(Spell(state, [1.0] * at_once, features), [*events]))
            assert not (is_quiet and told)
            self.events += told
            events = ()
            self.second += at_once

    def act(self, part: str, seconds: int = LONG_S, strategy: str = "hip_hinge") -> None:
        if part == "march":
            self.spend(seconds, "walking")
        elif part == "hinge":
            for _ in range(seconds // 3):
                self.stage.lift(self.lift(strategy))
                self.spend(3, "standing", 20.0)
        else:
            for _ in range(seconds // 3):
                self.spend(2, "standing", -15.0)
                self.spend(1, "standing")

    def sit(self, seconds: int = 100) -> None:
        start = self.second * 100
        self.spend(seconds, "sitting", -5.0)
        bout = self.wearer.states(
            Sitting,
            start,
            self.second * 100 - 1,
            start=None,
            end=None,
            duration_s=float(seconds),
            postural_shifts=0,
            slumped_s=None,
            ended_by="stand",
        )
        self.spend(1, "standing", events=(bout,))

    def lift(self, strategy: str) -> Lift:
        first = self.second * 100
        known: dict[str, Any] = {"strategy": strategy, "borderline": False}
        return Lift.model_construct(first_sample=first, last_sample=first + 260, **known)


@pytest.fixture(name="told")
def _told(straight: Calibration) -> Told:
    told = Told(straight)
    told.spend(30, "standing")
    return told


_POSTURES: list[PostureState] = ["sitting", "standing", "walking", "lying"]
_SEEN = st.tuples(
    st.integers(1, 50),
    st.sampled_from(_POSTURES),
    st.sampled_from([0.0, -15.0, 18.0]),
    st.sampled_from([0.0, 1.5]),
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(st.sampled_from([*PARTS, "sit"]), _SEEN), min_size=3, max_size=14))
def test_how_seconds_are_cut_into_spells_changes_nothing(
    straight: Calibration, life: list[str | tuple[int, PostureState, float, float]]
) -> None:
    by_second, together = Told(straight), Told(straight, in_long_spells=True)
    for told in (by_second, together):
        for one in life:
            if isinstance(one, tuple):
                told.spend(*one[:3], gentle_hz=one[3])
            elif one == "sit":
                told.sit(30)
            else:
                told.act(one)
    assert together.events == by_second.events
    assert together.stage.finish() == by_second.stage.finish()


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 250)), min_size=1, max_size=9),
    st.sets(st.integers(1, 9)),
)
def test_times_with_the_trunk_back_are_counted_where_they_begin(
    straight: Calibration, runs: list[tuple[bool, int]], cuts: set[int]
) -> None:
    is_back = np.concatenate([np.full(count, is_back) for is_back, count in runs])
    is_back = is_back[: is_back.size // 100 * 100]
    seconds = is_back.size // 100
    stage = Told(straight).stage
    for first, end in pairwise(sorted({0, seconds, *(cut for cut in cuts if cut < seconds)})):
        rows = np.zeros((len(Row), 100 * (end - first)))
        rows[Row.BEND_DEG] = np.where(is_back[100 * first : 100 * end], -15.0, 0.0)
        nothing = np.zeros(end - first, dtype=np.int64)
        stage.push(Motion(100 * first, rows), Gait(first, nothing > 0, nothing, nothing.astype(np.float64)))
    begins = [at for at in range(is_back.size) if is_back[at] and not (at and is_back[at - 1])]
    times = [sum(at // 100 == second for at in begins) for second in range(seconds)]
    told = [(second, times[second]) for second in range(seconds) if is_back[100 * second :][:100].any()]
    assert [*stage.state().back] == told


@pytest.mark.parametrize("order", list(permutations(PARTS)))
def test_three_parts_in_any_order_are_a_snack(told: Told, order: tuple[str, ...]) -> None:
    start = told.second
    for part in order:
        told.act(part)
        told.spend(3, "standing")
    told.spend(25, "standing")
    (snack,) = told.snacks
    assert [part.kind for part in snack.parts] == list(order)
    assert snack.first_sample == pytest.approx(start * 100, abs=110)
    assert snack.duration_s == pytest.approx(3 * LONG_S + 6, abs=2.5)
    assert snack.parts[0].after_s == 0.0
    by_kind = {part.kind: part for part in snack.parts}
    assert by_kind["march"].repetitions == 2 * LONG_S
    assert by_kind["hinge"].repetitions == LONG_S // 3
    assert by_kind["back_bend"].repetitions == LONG_S // 3
    assert all(part.duration_s == pytest.approx(LONG_S, abs=2.1) for part in snack.parts)


def test_a_bout_that_was_held_back_is_told_as_of_the_revision_in_which_it_is_told(told: Told) -> None:
    """A store takes an event of a lower revision for one that was withdrawn."""
    told.sit()
    assert told.ends == [], "a snack may still turn out to have ended it"
    origin = replace(told.wearer.origin, revision=3)
    wearer = replace(told.wearer, origin=origin)
    stage = SnackStage(SnackParams(), wearer)
    stage.restore(told.stage.state())
    told.stage = stage
    told.spend(60, "standing")
    (bout,) = told.events
    assert isinstance(bout, Sitting)
    assert bout.revision == 3
    assert bout.event_id == derived_id(
        origin.patient, origin.device, "sitting", boot=4, first_sample=bout.first_sample, revision=3
    )


def test_it_is_told_once_and_a_second_one_again(told: Told) -> None:
    for _ in range(2):
        for part in PARTS:
            told.act(part)
        told.spend(40, "standing")
    assert len(told.snacks) == 2
    told.spend(300, "standing")
    assert len(told.snacks) == 2


@pytest.mark.parametrize("missing", PARTS)
def test_two_parts_are_none(told: Told, missing: str) -> None:
    for part in PARTS:
        if part != missing:
            told.act(part)
    told.spend(60, "standing")
    assert not told.snacks


@pytest.mark.parametrize("short", PARTS)
def test_a_part_that_is_over_too_soon_is_none(told: Told, short: str) -> None:
    for part in PARTS:
        told.act(part, 9 if part == short else LONG_S)
        told.spend(3, "standing")
    told.spend(60, "standing")
    assert not told.snacks


def test_hinges_must_be_hip_led(told: Told) -> None:
    told.act("march")
    told.act("hinge", strategy="lumbar_flexion")
    told.act("back_bend")
    told.spend(60, "standing")
    assert not told.snacks


@pytest.mark.parametrize("state", ["sitting", "lying", "not_worn"])
def test_off_the_feet_in_between_it_is_none(told: Told, state: PostureState) -> None:
    told.act("march")
    told.spend(5, state)
    told.act("hinge")
    told.act("back_bend")
    told.spend(60, "standing")
    assert not told.snacks


def test_a_march_too_gentle_for_a_walk_will_do(told: Told) -> None:
    told.spend(LONG_S, "standing", gentle_hz=1.5)
    told.act("hinge")
    told.act("back_bend")
    told.spend(60, "standing")
    (snack,) = told.snacks
    assert snack.parts[0].repetitions == 27


def test_a_stir_over_a_pot_is_no_march(told: Told) -> None:
    told.spend(LONG_S, "standing", 18.0, gentle_hz=1.5)
    told.act("hinge")
    told.act("back_bend")
    told.spend(60, "standing")
    assert not told.snacks


def test_too_long_a_pause_ends_it(told: Told) -> None:
    told.act("march")
    told.spend(14, "standing")
    told.act("hinge")
    told.act("back_bend")
    told.spend(60, "standing")
    assert not told.snacks


def test_of_a_long_walk_the_near_end_counts(told: Told) -> None:
    told.act("march", 300)
    walked_to = told.second
    told.act("hinge")
    told.act("back_bend")
    told.spend(60, "standing")
    (snack,) = told.snacks
    assert snack.parts[0].duration_s == 30.0
    assert snack.parts[0].repetitions == 60
    assert snack.first_sample == (walked_to - 30) * 100


def test_leaning_back_on_a_march_or_a_seat_is_no_bend_back(told: Told) -> None:
    told.act("hinge")
    told.spend(20, "walking", -12.0)
    told.spend(3, "standing")
    told.spend(20, "walking", -12.0)
    told.spend(60, "standing")
    assert not told.snacks


def test_sitting_that_a_snack_follows_was_ended_by_it(told: Told) -> None:
    told.sit()
    told.spend(4, "standing")
    for part in PARTS:
        told.act(part)
    assert not told.ends
    told.spend(30, "standing")
    assert told.ends == ["snack"]
    assert [type(event) for event in told.events] == [Sitting, Snack]


def test_it_is_known_though_the_patient_sits_down_at_once(told: Told) -> None:
    told.sit()
    for part in PARTS:
        told.act(part)
    told.spend(60, "sitting")
    assert told.ends == ["snack"]
    assert len(told.snacks) == 1


def test_sitting_that_no_snack_follows_is_told_soon(told: Told) -> None:
    told.sit()
    told.spend(36, "standing")
    assert told.ends == ["stand"]
    told.sit()
    told.spend(200, "walking")
    assert told.ends == ["stand", "stand"]


def test_a_walk_away_is_not_waited_for(told: Told) -> None:
    told.sit()
    told.spend(75, "walking")
    assert told.ends == ["stand"]


def test_a_bout_that_ended_long_before_the_snack_was_not_ended_by_it(told: Told) -> None:
    told.sit()
    told.spend(25, "standing")
    for part in PARTS:
        told.act(part)
    told.spend(30, "standing")
    assert told.ends == ["stand"]
    assert len(told.snacks) == 1


def test_the_end_of_the_data_tells_what_there_is(told: Told) -> None:
    told.sit()
    for part in PARTS:
        told.act(part)
    told.events += told.stage.finish()
    assert told.ends == ["snack"]
    (snack,) = told.snacks
    assert snack.last_sample < told.second * 100
    assert not told.stage.finish()


def test_one_pod_tells_none_and_holds_nothing_back(straight: Calibration) -> None:
    told = Told(straight.model_copy(update={"mounting_upper_quat": None}))
    told.sit()
    assert told.ends == ["stand"]
    for part in PARTS:
        told.act(part)
    told.spend(60, "standing")
    assert not told.snacks


def test_what_is_remembered_stays_small(told: Told) -> None:
    for _ in range(500):
        told.spend(3, "walking")
        told.spend(4, "standing")
        told.spend(1, "sitting")
    state = told.stage.state()
    assert len(state.runs["march"]) <= 8
    assert len(state.off_feet) < 60
    assert not state.back


@pytest.fixture(name="lived", scope="module")
def _lived(blocks_of: Callable[..., list[Block]]) -> list[Derived]:
    session = Session(Origin("patient-7", "strip-3", 4), Guided())
    outputs = [session.push(block) for block in blocks_of(scenario("snack", 4), 900.0)]
    return [event for output in (*outputs, session.finish()) for event in output.events]


def test_a_simulated_snack_is_found_and_marching_alone_is_none(lived: list[Derived]) -> None:
    (true,) = scenario("snack", 4).script.snacks
    (snack,) = [event for event in lived if isinstance(event, Snack)]
    assert [part.kind for part in snack.parts] == [part.kind for part in true.parts]
    for part, was in zip(snack.parts, true.parts, strict=True):
        assert part.duration_s == pytest.approx(was.end_s - was.start_s, abs=3.0)
        assert part.repetitions == pytest.approx(was.repetitions, abs=2)
    assert snack.last_sample / 100 == pytest.approx(true.end_s, abs=2.5)
    assert [event.ended_by for event in lived if isinstance(event, Sitting)][-1] == "snack"
