"""Events are put into words together, in the order in which they were said."""

from analysis.events.calibration import Calibration
from analysis.events.day import Posture
from analysis.motion.origin import Origin
from analysis.motion.statement import Saying, Wearer, in_words


def test_what_waited_is_told_where_it_was_said(origin: Origin, straight: Calibration) -> None:
    wearer = Wearer(origin, "dual", straight, lambda _: None)
    known: list[int] = []

    def posture(first: int) -> Posture:
        known.append(first)
        return wearer.states(
            Posture, first, first + 99, start=None, end=None, state="standing", confidence=1.0
        )

    sayings: list[Saying] = [lambda: [posture(0), posture(100)], posture(200), list]
    assert known == [200]
    assert [event.first_sample for event in in_words(sayings)] == [0, 100, 200]
