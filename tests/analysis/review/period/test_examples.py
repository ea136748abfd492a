"""Three bends that stand for the rest."""

from typing import Any

from analysis.review.period.examples import examples


def test_each_example_is_what_it_is_called(diary: Any) -> None:
    for minute, (share, depth) in enumerate(
        [(0.2, 60), (0.15, 33), (0.5, 62), (0.48, 58), (0.66, 96), (0.52, 61)]
    ):
        diary.lift(diary.at(f"08:{minute:02d}:00"), "shared", share=share, depth_deg=depth)
    chosen = {each.why: each.lift for each in examples(diary.view().lifts)}
    assert chosen["most_hip_led"].share == 0.2, "a shallow bend's share is noise"
    assert chosen["deepest"].depth_deg == 96
    assert chosen["typical"].share in {0.48, 0.5, 0.52}


def test_a_bend_stands_for_one_thing_only(diary: Any) -> None:
    diary.lift(diary.at("08:00:00"), "hip_hinge", depth_deg=70)
    assert [each.why for each in examples(diary.view().lifts)] == ["most_hip_led"]


def test_without_shares_there_is_no_example(diary: Any) -> None:
    diary.lift(diary.at("08:00:00"), "not_scored", reason="single_pod")
    assert examples(diary.view().lifts) == ()
