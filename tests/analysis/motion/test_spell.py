from analysis.events.day import PostureState
from analysis.motion.seconds import Features
from analysis.motion.spell import Spell


def _spell(state: PostureState, first: int, count: int) -> Spell:
    angles_deg = [float(second) for second in range(first, first + count)]
    features = Features(first, angles_deg, angles_deg, angles_deg, angles_deg, [2] * count)
    return Spell(state, [1.0] * count, features, [True] * count if state == "sitting" else [])


def test_a_spell_knows_its_samples_and_counts_steps_of_walks_only() -> None:
    walk, stand = _spell("walking", 7, 3), _spell("standing", 7, 3)
    assert (len(walk), walk.first, walk.last, walk.end) == (3, 7, 9, 10)
    assert (walk.start_sample, walk.end_sample) == (700, 1000)
    assert (walk.steps, stand.steps) == (6, 0)


def test_minutes_are_cut_where_the_clock_s_are() -> None:
    assert [*_spell("sitting", 60, 60).minutes()] == [(1, slice(0, 60))]
    across = [*_spell("sitting", 50, 140).minutes()]
    assert across == [(0, slice(0, 10)), (1, slice(10, 70)), (2, slice(70, 130)), (3, slice(130, 140))]
