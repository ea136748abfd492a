"""What the core hands back: seconds are kept in runs, and made when someone asks."""

from analysis.motion.output import Angles, Output, Second, SecondRun, Seconds, together

WALK = SecondRun(500, "walking", [0.9, 0.99949], [7, None], [2, 1], [0, 0])
SEAT = SecondRun(700, "sitting", [1.0], [9], [0], [3], (400, 6))
MADE = [
    Second(500, 7, "walking", 0.9, 2, None, None, 0),
    Second(600, None, "walking", 0.999, 1, None, None, 0),
    Second(700, 9, "sitting", 1.0, 0, 400, 6, 3),
]


def test_runs_are_the_seconds_that_they_stand_for() -> None:
    seconds = Seconds([WALK, SEAT])
    assert list(seconds) == MADE
    assert (len(seconds), seconds[-1], seconds[:2]) == (3, MADE[2], tuple(MADE[:2]))
    assert not Seconds()


def test_how_they_were_cut_does_not_show() -> None:
    first = SecondRun(500, "walking", [0.9], [7], [2], [0])
    second = SecondRun(600, "walking", [0.99949], [None], [1], [0])
    assert Seconds([WALK]) == Seconds([first, second])
    assert hash(Seconds([WALK])) == hash(Seconds([first, second]))
    assert Seconds([WALK]) != Seconds([SEAT])


def test_outputs_together_have_all_seconds() -> None:
    outputs = [Output((), (), Seconds([run]), Angles.none(0)) for run in (WALK, SEAT)]
    assert list(together(outputs).seconds) == MADE
