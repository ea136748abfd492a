from typing import Any


def lives(diary: Any) -> list[tuple[str, float | None, str | None]]:
    return [(each.level, each.duration_s, each.ended_by) for each in diary.view().prompts]


def test_a_nudge_that_became_an_alert_ends_with_it(diary: Any) -> None:
    diary.alert(diary.at("09:00:00"), "nudge", "raised")
    diary.alert(diary.at("09:15:00"), "alert", "raised")
    diary.alert(diary.at("09:25:00"), "alert", "repeated")
    diary.alert(diary.at("09:30:00"), "alert", "cleared")
    assert lives(diary) == [("nudge", 1800, "cleared"), ("alert", 900, "cleared")]
    assert diary.view().prompts[1].steps == (("repeated", diary.at("09:25:00")),)


def test_a_prompt_that_still_stands_has_no_end(diary: Any) -> None:
    diary.alert(diary.at("09:00:00"), "nudge", "raised")
    assert lives(diary) == [("nudge", None, None)]


def test_an_end_without_a_beginning_is_left_out(diary: Any) -> None:
    diary.alert(diary.at("00:05:00"), "nudge", "cleared")
    assert lives(diary) == []


def test_order_of_arrival_does_not_matter(diary: Any) -> None:
    diary.alert(diary.at("09:30:00"), "nudge", "expired")
    diary.alert(diary.at("09:00:00"), "nudge", "raised")
    assert lives(diary) == [("nudge", 1800, "expired")]
