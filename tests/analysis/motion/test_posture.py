from itertools import pairwise

import numpy as np
import pytest

from analysis.events.day import PostureState
from analysis.motion.decoding import Decided
from analysis.motion.evidence import Evidence, PostureParams
from analysis.motion.posture import PostureStage
from analysis.motion.rising import SeatChange

PARAMS = PostureParams()


def _evidence(
    pelvis_deg: list[float],
    *,
    walking: list[int] | None = None,
    rose: dict[int, float] | None = None,
    fell: dict[int, float] | None = None,
    back_s: dict[int, int] | None = None,
    climb: dict[int, float] | None = None,
    lumbar_deg: list[float] | None = None,
    lean_deg: list[float] | None = None,
    bend_deg: list[float] | None = None,
    speed_dps: float = 1.0,
) -> Evidence:
    """Return evidence of so many seconds as `pelvis_deg` has; the rest is given where it is not nothing."""
    count = len(pelvis_deg)
    steps = np.zeros(count, dtype=np.bool_)
    steps[walking or []] = True
    return Evidence(
        np.array(pelvis_deg),
        np.full(count, np.nan) if lumbar_deg is None else np.array(lumbar_deg),
        np.zeros(count) if bend_deg is None else np.array(bend_deg),
        np.abs(np.array(pelvis_deg)) if lean_deg is None else np.array(lean_deg),
        np.full(count, speed_dps),
        steps,
        [
            SeatChange(
                100 * at,
                100 * at + 99,
                (rose or {}).get(at, 0.0),
                (fell or {}).get(at, 0.0),
                at_rest=False,
                back_s=(back_s or {}).get(at, 0),
                climb=(climb or {}).get(at, 0.0),
            )
            if at in {*(rose or {}), *(fell or {}), *(back_s or {}), *(climb or {})}
            else None
            for at in range(count)
        ],
    )


def _decode(evidence: Evidence, *, sit_deg: float | None = -18.0) -> list[PostureState]:
    stage = PostureStage(PARAMS, sit_deg=sit_deg, pelvis_known=True, lumbar_known=False)
    decided = stage.push(evidence)
    assert len(decided[0]) == max(0, evidence.pelvis_deg.shape[0] - PARAMS.decoding.lag_s - 1)
    found = _found(decided, stage.finish())
    assert all(0.5 <= confidence <= 1.0 for _, confidence in found)
    return [state for state, _ in found]


def _found(*decided: Decided) -> list[tuple[PostureState, float]]:
    return [second for states, sure in decided for second in zip(states, sure, strict=True)]


def _changes(found: list[PostureState]) -> list[PostureState]:
    return [found[0], *(after for before, after in pairwise(found) if before != after)]


def test_sits_and_rises_to_the_second() -> None:
    pelvis = [0.0] * 30 + [-18.0] * 60 + [0.0] * 30
    found = _decode(_evidence(pelvis, fell={30: 1.0}, rose={90: 1.0}))
    assert found == ["standing"] * 30 + ["sitting"] * 60 + ["standing"] * 30


def test_a_seat_that_looks_like_a_stand_is_known_by_the_way_onto_it_and_off_it() -> None:
    found = _decode(_evidence([0.0] * 90, fell={30: 1.0}, rose={60: 1.0}), sit_deg=None)
    assert _changes(found) == ["standing", "sitting", "standing"]
    assert all(abs(found.index("sitting") - 30) <= 1 for _ in found)


def test_tilt_alone_says_no_more_for_being_held() -> None:
    """Minutes at a doubtful tilt are one observation, not as many as there are seconds."""
    found = _decode(_evidence([0.0] * 30 + [-9.0] * 60, fell={30: 0.9}), sit_deg=None)
    assert set(found[31:]) == {"sitting"}
    assert set(_decode(_evidence([0.0] * 30 + [-9.0] * 60), sit_deg=None)) == {"standing"}


def test_a_bend_that_came_back_to_a_stand_was_no_seat() -> None:
    pelvis = [0.0] * 30 + [-6.0] * 5 + [-2.0] * 30
    assert _changes(_decode(_evidence(pelvis, fell={30: 1.0}))) == ["standing", "sitting"]
    assert set(_decode(_evidence(pelvis, fell={30: 1.0}, back_s={35: 6}))) == {"standing"}


def test_a_reach_from_a_seat_that_came_back_was_no_stand() -> None:
    pelvis = [-18.0] * 30 + [5.0] * 5 + [-18.0] * 30
    seen = _evidence(pelvis, rose={30: 0.8}, back_s={34: 6})
    assert set(_decode(seen)) == {"sitting"}


def test_with_two_pods_the_spine_shows_the_seat_of_who_leans_on_a_desk() -> None:
    """Pelvis as in a stand, spine rounded: a bend would have tipped the pelvis forward."""
    pelvis, lumbar = [0.0] * 200, [0.0] * 30 + [28.0] * 170
    evidence = _evidence(pelvis, lumbar_deg=lumbar, fell={30: 0.4})
    stage = PostureStage(PARAMS, sit_deg=-18.0, pelvis_known=True, lumbar_known=True)
    found = [state for state, _ in _found(stage.push(evidence), stage.finish())]
    assert set(found[32:]) == {"sitting"}
    bent = _evidence([0.0] * 30 + [25.0] * 10 + [0.0] * 30, lumbar_deg=[0.0] * 30 + [28.0] * 10 + [0.0] * 30)
    assert {state for state, _ in _found(stage.push(bent), stage.finish())} == {"standing"}


def test_reaching_from_a_seat_again_and_again_is_no_stand() -> None:
    bend = [20.0] * 60 + ([60.0] * 4 + [20.0] * 4) * 3 + [20.0] * 200
    leaning = [0.0] * 30 + [-18.0] * 15 + [2.0] * (len(bend) - 45)
    found = _decode(_evidence(leaning, bend_deg=bend, fell={30: 1.0}, rose={60: 0.05}))
    assert _changes(found) == ["standing", "sitting"]


@pytest.mark.parametrize(("pelvis_deg", "expected"), [(3.0, "sitting"), (35.0, "standing")])
def test_slumped_far_forward_over_a_desk_is_no_bend(pelvis_deg: float, expected: PostureState) -> None:
    leaning = [0.0] * 30 + [-18.0] * 30 + [pelvis_deg] * 300
    bend = [0.0] * 30 + [2.0] * 30 + [48.0] * 300
    lumbar = [trunk - pelvis for trunk, pelvis in zip(bend, leaning, strict=True)]
    evidence = _evidence(leaning, lumbar_deg=lumbar, bend_deg=bend, fell={30: 1.0}, rose={60: 0.45})
    assert _decode(evidence)[200] == expected


def test_leaning_back_for_a_while_is_no_seat() -> None:
    found = _decode(_evidence([0.0] * 30 + [-18.0] * 10 + [0.0] * 30, walking=list(range(8))))
    assert set(found) == {"walking", "standing"}


def test_leaning_forward_on_a_seat_is_no_stand_however_long() -> None:
    """Nothing rose: an hour in the posture of a stand is still spent on the seat."""
    leaning = [0.0, 5.0, -5.0] * 1200
    found = _decode(_evidence([0.0] * 30 + [-18.0] * 60 + leaning, walking=list(range(8)), fell={30: 1.0}))
    assert set(found[31:]) == {"sitting"}


def test_height_alone_tells_a_rise_from_a_seat() -> None:
    pelvis = [0.0] * 30 + [-18.0] * 60 + [0.0] * 60
    found = _decode(_evidence(pelvis, walking=list(range(8)), fell={30: 1.0}, climb={90: 1.0}))
    assert _changes(found)[-2:] == ["sitting", "standing"]
    assert abs(found[40:].index("standing") + 40 - 90) <= 1


def test_who_stays_low_in_the_posture_of_a_stand_sits() -> None:
    """A squat is soon over; a seat that is leaned on is not."""
    steps = list(range(8))
    low = _decode(_evidence([0.0] * 90, walking=steps, climb={30: -1.0}))
    assert low.index("sitting") in range(29, 50)
    assert set(low[50:]) == {"sitting"}
    squat = _decode(_evidence([0.0] * 90, walking=steps, climb={30: -1.0, 36: 0.0}, back_s={36: 7}))
    assert "sitting" not in squat


def test_walking_shows_that_a_rise_was_missed() -> None:
    pelvis = [0.0] * 30 + [-18.0] * 60 + [0.0] * 60
    found = _decode(_evidence(pelvis, walking=[*range(8), *range(120, 130)], fell={30: 1.0}))
    assert found[110] == "sitting"
    assert found[120:130] == ["walking"] * 10
    assert set(found[131:]) == {"standing"}


def test_who_sat_before_the_core_began_anew_still_sits() -> None:
    stage = PostureStage(PARAMS, sit_deg=-18.0, pelvis_known=True, lumbar_known=False, before="sitting")
    found = _found(stage.push(_evidence([0.0] * 60)), stage.finish())
    assert {state for state, _ in found} == {"sitting"}


def test_a_seat_without_a_fall_is_believed_in_the_end() -> None:
    found = _decode(_evidence([0.0] * 30 + [-18.0] * 240))
    assert found[-60:] == ["sitting"] * 60


def test_no_walk_off_a_seat_without_rising() -> None:
    pelvis = [-18.0] * 40 + [0.0] * 40
    found = _decode(_evidence(pelvis, walking=list(range(40, 80))))
    changes = [(a, b) for a, b in pairwise(found) if a != b]
    assert changes == [("sitting", "standing"), ("standing", "walking")]


def test_lying_on_the_back_but_not_bending_forward() -> None:
    count = 80
    lean = [0.0] * 20 + [88.0] * 40 + [0.0] * 20
    on_back = _decode(_evidence([0.0] * count, lean_deg=lean, bend_deg=[-v for v in lean]))
    assert on_back[25:55] == ["lying"] * 30
    bend = [0.0] * 20 + [88.0] * 12 + [0.0] * 48
    bent = _decode(_evidence([0.0] * count, lean_deg=bend, bend_deg=bend))
    assert set(bent) == {"standing"}


@pytest.mark.parametrize("cut", [1, 11, 12, 21, 30, 40, 71])
def test_cuts_and_snapshots_change_nothing(cut: int) -> None:
    rng = np.random.default_rng(cut)
    evidence = _evidence(
        (rng.normal(size=100) * 10.0 - 9.0).tolist(),
        walking=[3, 4, 5],
        fell={50: 0.6},
        rose={70: 0.5},
        climb={20: -0.8, 60: -1.0, 66: 0.4},
        back_s={26: 7},
    )
    parts = [
        Evidence(*(getattr(evidence, name)[part] for name in Evidence.__slots__))
        for part in (slice(0, cut), slice(cut, None))
    ]
    whole, one, other = (
        PostureStage(PARAMS, sit_deg=None, pelvis_known=True, lumbar_known=False) for _ in range(3)
    )
    expected = _found(whole.push(evidence), whole.finish())
    begun = one.push(parts[0])
    other.restore(one.state())
    assert _found(begun, other.push(parts[1]), other.finish()) == expected


def test_the_wearers_word_counts_at_once_and_moves_the_threshold() -> None:
    perched = [0.0] * 30 + [-14.0] * 60
    stage = PostureStage(PARAMS, sit_deg=-18.0, pelvis_known=True, lumbar_known=False)
    told = stage.push(_evidence(perched, walking=list(range(8)), fell={30: 1.0}))
    assert told[0][-1] == "sitting"
    assert stage.correct("standing")
    assert not stage.correct("standing"), "it is known now"
    (stand_deg,) = stage.taught.stands_deg
    assert stand_deg == pytest.approx(-14.0, abs=1.0)
    went_on = _found(stage.push(_evidence([-14.0] * 120)), stage.finish())
    assert {state for state, _ in went_on} == {"standing"}
    # A seat seen half clearly into that posture is doubted from now on.
    doubtful = _evidence([0.0] * 30 + [-14.0] * 200, walking=list(range(8)), fell={30: 0.6})
    learnt = PostureStage(PARAMS, sit_deg=-18.0, pelvis_known=True, lumbar_known=False, taught=stage.taught)
    assert {state for state, _ in _found(learnt.push(doubtful), learnt.finish())} == {"walking", "standing"}
    assert _decode(doubtful)[-1] == "sitting"


def test_a_seat_that_was_taken_for_a_stand_is_corrected_too() -> None:
    stage = PostureStage(PARAMS, sit_deg=-18.0, pelvis_known=True, lumbar_known=False)
    stage.push(_evidence([0.0] * 60))
    assert not stage.correct("lying")
    assert stage.correct("sitting")
    assert set(stage.push(_evidence([0.0] * 60))[0]) == {"sitting"}


def test_there_is_nothing_to_correct_before_anything_was_told() -> None:
    stage = PostureStage(PARAMS, sit_deg=None, pelvis_known=True, lumbar_known=False)
    assert not stage.correct("standing")
