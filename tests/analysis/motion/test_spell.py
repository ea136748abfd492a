from analysis.motion.seconds import Feature
from analysis.motion.spell import Spell


def test_a_spell_knows_its_samples_and_counts_steps_of_walks_only() -> None:
    seen = [Feature(second, 0.0, 0.0, 0.0, 0.0, 2) for second in (7, 8, 9)]
    walk, stand = Spell("walking", [1.0] * 3, seen), Spell("standing", [1.0] * 3, seen)
    assert (len(walk), walk.first, walk.last) == (3, 7, 9)
    assert (walk.start_sample, walk.end_sample) == (700, 1000)
    assert (walk.steps, stand.steps) == (6, 0)
