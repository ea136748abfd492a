"""What a reader of the page gets: the numbers of the view, whole markup, words that do not judge."""

import re
from typing import Any

import pytest

from analysis.review.page import render_day
from analysis.review.period.diary import Diary as Entries
from analysis.review.period.minutes import Minutes
from analysis.review.period.period import period_view
from analysis.review.report import render_report
from analysis.review.wording import FORBIDDEN


def single_pod(diary: Any) -> None:
    diary.mode = "single"
    diary.posture("standing", diary.at("07:00:00"), diary.at("08:00:00"))
    curve = {"dt_s": 0.05, "pelvis_deg": [0, 20, 0], "trunk_deg": []}
    unknown = dict.fromkeys(("trunk_peak_deg", "trunk_at_peak_deg", "lumbar_at_peak_deg"))
    diary.lift(diary.at("07:10:00"), "not_scored", reason="single_pod", curve=curve, **unknown)


def uncalibrated(diary: Any) -> None:
    diary.chores(diary.at("07:00:00"), diary.at("08:00:00"), ["shared", "hip_hinge"])
    diary.alert(diary.at("07:30:00"), "nudge", "raised")
    diary.alert(diary.at("07:31:00"), "nudge", "snoozed")


def unworn(diary: Any) -> None:
    diary.posture("not_worn", diary.at("07:00:00"), diary.at("18:00:00"))


def nothing(diary: Any) -> None:
    diary.events.clear()


def busy(diary: Any) -> None:
    diary.calibration(diary.at("07:00:00"))
    kinds = ["hip_hinge", "shared", "lumbar_flexion"] * 20
    diary.chores(diary.at("07:00:00"), diary.at("08:00:00"), kinds)
    diary.lift(diary.at("07:59:00"), "hip_hinge", context="practice")


DAYS = [single_pod, uncalibrated, unworn, nothing, busy]


def test_the_page_says_the_numbers_of_the_view(morning: Any, document: Any) -> None:
    text = document(render_day(morning.view(now=morning.at("10:03:20")))).text
    for said in [
        "Tuesday 5 May 2026",
        "13 bends so far today, 5 of 12 hip-led; the longest sit lasted 48 min, with 2 breaks taken.",
        "Hip-led 42 % likely 19 to 68 %",
        "Longest sit 48 min 08:09 to 08:57",
        "about 2730 steps, 4 walks",
        "Worn 2 h 20 min data grade A",
        "Sitting 1 h 09 min, standing 33 min, walking 26 min, lying 12 min; 13 bends and 2 prompts",
        "In daily life 5 hip-led, 4 shared, 3 back-led and 1 not scored.",
        "2 sits; 1 reached 30 min, 1 reached 45 min; the longest lasted 48 min.",
        "nudge, long sitting; over after 19 min",
        "07:42, quality 0.93, full bend of the lower back 48° ±3",
        "Not a medical device",
        "lumbar-core/0.1.0",
    ]:
        assert said in text


def test_a_bend_is_told_with_its_spread(diary: Any, document: Any) -> None:
    diary.calibration(diary.at("07:00:00"))
    diary.posture("standing", diary.at("07:00:00"), diary.at("09:00:00"))
    diary.lift(diary.at("08:00:00"), "shared", depth_deg=60, share=0.5, borderline=True, legs="bent")
    text = document(render_day(diary.view())).text
    assert "08:00 shared , borderline confidence 87 % depth 60° ±3 back" in text
    assert "s share 50 % ±4" in text
    assert "of full bend 62 % ±6 legs bent took 3.6 s" in text


@pytest.mark.parametrize("make", DAYS)
def test_every_kind_of_day_is_whole_and_self_contained(diary: Any, document: Any, make: Any) -> None:
    make(diary)
    html = render_report(
        period_view([diary.view()], Minutes.of_rows([]), Entries()), made_at=diary.at("20:00:00")
    )
    page = document(html)
    assert "http:" not in html
    assert "https:" not in html
    assert not [tag for tag, _ in page.tags if tag in {"script", "iframe", "object", "form"}]
    assert all(value == "data:," for value in page.values("href"))
    assert page.values("src") == []
    assert "@import" not in html
    assert not re.search(r"url\((?!#)", html)
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    named = {name for value in page.values("aria-labelledby") for name in value.split()}
    assert named <= set(ids)
    assert set(re.findall(r"url\(#([\w-]+)\)", html)) <= set(ids)
    assert not [value for tag, attributes in page.tags if (value := attributes.get("style"))]


@pytest.mark.parametrize("make", DAYS)
def test_no_word_judges(diary: Any, document: Any, make: Any) -> None:
    make(diary)
    page = document(render_day(diary.view()))
    said = " ".join([page.text, *page.values("aria-label")]).lower()
    assert not FORBIDDEN & set(re.findall(r"[a-z]+", said))


def test_every_picture_has_a_name(morning: Any, document: Any) -> None:
    page = document(render_day(morning.view()))
    pictures = [attributes for tag, attributes in page.tags if tag == "svg"]
    hidden = [each for each in pictures if each.get("aria-hidden") == "true"]
    images = [each for each in pictures if each.get("role") == "img"]
    assert len(images) == 3 + 13
    assert all(each.get("aria-labelledby") or each.get("aria-label") for each in images)
    nested = [each for each in pictures if each not in hidden and each not in images]
    assert all(each.get("overflow") == "visible" for each in nested), "marks lie inside a named picture"


def test_what_data_says_is_never_markup(diary: Any, document: Any) -> None:
    diary.posture("standing", diary.at("07:00:00"), diary.at("09:00:00"))
    diary.lift(diary.at("08:00:00"), "not_scored", reason="<script>alert(1)</script>", algorithm="<b>x</b>")
    html = render_day(diary.view())
    page = document(html)
    assert not [tag for tag, _ in page.tags if tag == "script"]
    assert "&lt;script&gt;" in html
    assert "<b>x</b>" not in html


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (nothing, "Nothing was measured on this day."),
        (unworn, "The strip was not worn on this day."),
        (single_pod, "With one pod the hips and the lower back cannot be told apart."),
        (uncalibrated, "The strip was not calibrated"),
        (busy, "37 earlier bends"),
    ],
)
def test_each_state_is_said(diary: Any, document: Any, make: Any, said: str) -> None:
    make(diary)
    assert said in document(render_day(diary.view())).text


def test_no_confidence_is_a_round_hundred(diary: Any, document: Any) -> None:
    diary.posture("standing", diary.at("07:00:00"), diary.at("09:00:00"), 0.998)
    diary.lift(diary.at("08:00:00"), "hip_hinge", confidence=0.999)
    text = document(render_day(diary.view())).text
    assert text.count("confidence over 99 %") == 2
    assert "confidence 100 %" not in text
