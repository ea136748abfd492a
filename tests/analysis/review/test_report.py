"""The lift-quality report: its order, its numbers, its words, for three different people."""

import re
from collections import Counter
from datetime import timedelta
from typing import Any, get_args

import pytest

from analysis.review.period.diary import Diary as Entries
from analysis.review.period.minutes import Minutes
from analysis.review.period.period import PeriodView, period_view
from analysis.review.report import render_report
from analysis.review.source import ReviewError
from analysis.review.wording import FORBIDDEN
from tests.analysis.review.months import Month, Person, month_in_store


@pytest.fixture
def months() -> dict[Person, tuple[Month, PeriodView]]:
    """The three people with their views, by way of a store."""
    return {person: month_in_store(person) for person in get_args(Person)}


@pytest.fixture(params=get_args(Person))
def month(request: pytest.FixtureRequest, months: Any) -> Any:
    return months[request.param]


def written(period: PeriodView, document: Any, **how: Any) -> Any:
    return document(render_report(period, made_at=period.days[-1].bounds.end, **how))


def test_the_numbers_on_the_page_are_those_of_the_store(month: Any, document: Any) -> None:
    made, period = month
    text = written(period, document).text
    lifts = [event for event in made.events if event["schema"] == "lumbar.lift/1"]
    chores = Counter(event["strategy"] for event in lifts if event["context"] == "chores")
    practice = Counter(event["strategy"] for event in lifts if event["context"] == "practice")
    for kind, name in (("hip_hinge", "hip-led"), ("shared", "shared"), ("lumbar_flexion", "back-led")):
        scored = sum(chores.values()) - chores["not_scored"]
        share = f" {round(100 * chores[kind] / scored)} %" if scored else ""
        assert re.search(rf"{name} [a-z ]+ {chores[kind]}{share} {practice[kind]}\b", text)
    assert f"Bends a day {round(len(lifts) / 24)} " in text
    worn_days = len({event["start"][:10] for event in lifts})
    assert f"on {worn_days} of 28 days" in text
    pain = [event["pain_now"] for event in made.events if event["schema"] == "lumbar.log/1"]
    assert f"Pain now {pain[-1]} of 10" in text
    assert f"8 entries; pain now {min(pain)} to {max(pain)} of 10." in text


def test_smoothness_comes_before_degrees(month: Any, document: Any) -> None:
    _, period = month
    text = written(period, document).text
    degrees = re.search(r"\d°", text)
    assert degrees is not None
    assert text.index("Smoothness") < degrees.start()
    if "Smoothness of bends" in text and "Own full bend" in text:
        assert text.index("Smoothness of bends") < text.index("Own full bend")


def test_what_changed_is_told_and_what_did_not_is_said_so(months: Any, document: Any) -> None:
    improving = written(months["improving"][1], document).text
    went = re.search(r"Smoothness of bends \S+ .*? changed, \W([\d.]+) to \W([\d.]+) ", improving)
    assert went is not None
    before, after = float(went[1]), float(went[2])
    assert 2.1 < before < 2.4, "the person began at -2.3"
    assert 1.7 < after < 2.0, "and ended at -1.8"
    sitter = written(months["sitter"][1], document).text
    assert sitter.count("no detectable change") >= 5


def test_the_sentence_follows_the_person_and_the_therapist_has_the_last_word(
    months: Any, document: Any
) -> None:
    assert "become smoother" in written(months["improving"][1], document).text
    assert re.search(
        r"On \d+ of 24 days a sit lasted 45 min or more", written(months["sitter"][1], document).text
    )
    assert "One pod counts bends" in written(months["one_pod"][1], document).text
    own = written(months["sitter"][1], document, sentence="Bring the <b>dog</b>.")
    assert "Bring the <b>dog</b>." in own.text
    assert "a sit lasted" not in own.text


def test_no_word_judges_and_every_picture_has_words(month: Any, document: Any) -> None:
    _, period = month
    page = written(period, document)
    said = " ".join([page.text, *page.values("aria-label")]).lower()
    assert not FORBIDDEN & set(re.findall(r"[a-z]+", said))
    for tag, attributes in page.tags:
        if tag == "svg" and attributes.get("role") == "img":
            assert attributes.get("aria-label") or attributes.get("aria-labelledby")
    ids = page.values("id")
    assert len(ids) == len(set(ids))


def test_one_day_is_a_report_with_the_day_in_full(morning: Any, document: Any) -> None:
    period = period_view([morning.view()], Minutes.of_rows([]), Entries())
    page = written(period, document)
    assert "Lift-quality report patient p-017 Tuesday 5 May 2026" in page.text
    assert "Day by day" not in page.text
    assert sum(tag == "article" for tag, _ in page.tags) == 2


def test_several_days_have_a_line_each_and_blank_ones_no_section(morning: Any, document: Any) -> None:
    def midnight(days: int) -> Any:
        return morning.at("00:00:00", morning.day + timedelta(days=days)).astimezone(morning.zone)

    days = [morning.view(day_start=midnight(days), day_end=midnight(days + 1)) for days in (-1, 0)]
    page = written(period_view(days, Minutes.of_rows([]), Entries()), document)
    assert "Monday 4 May 2026 nothing measured" in page.text
    assert "Tuesday 5 May 2026 2 h 20 min 13 42 % likely 19 to 68 % 48 min 2 26 min A" in page.text
    assert sum(tag == "article" for tag, _ in page.tags) == 2


def test_days_without_wear_are_told_kindly(diary: Any, document: Any) -> None:
    page = written(period_view([diary.view()], Minutes.of_rows([]), Entries()), document)
    assert "nothing is counted against anyone" in page.text
    assert "Not a medical device" in page.text


def test_a_long_time_has_no_single_days(months: Any, document: Any) -> None:
    page = written(months["improving"][1], document)
    assert sum(tag == "article" for tag, _ in page.tags) == 1


def test_a_script_in_a_note_stays_text(months: Any) -> None:
    _, period = months["improving"]
    last = period.diary.entries[-1]
    hostile = type(last)(last.day, last.log.model_copy(update={"note": "<script>alert(1)</script>"}))
    html = render_report(
        period_view(period.days, Minutes.of_rows([]), Entries(entries=(hostile,))),
        made_at=period.days[-1].bounds.end,
    )
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_a_report_is_about_one_patient(morning: Any) -> None:
    days = [morning.view(), morning.view(patient="p-018")]
    with pytest.raises(ReviewError, match="one patient"):
        render_report(period_view(days, Minutes.of_rows([]), Entries()), made_at=morning.at("20:00:00"))
    with pytest.raises(ValueError, match="at least one day"):
        period_view([], Minutes.of_rows([]), Entries())
