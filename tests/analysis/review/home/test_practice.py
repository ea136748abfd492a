"""The page of practice: what it says at each point, what it lets begin, and what it tells of a set."""

import json
import re
from dataclasses import replace
from http.client import HTTPConnection
from typing import Any

import pytest

from analysis.care.policy import CareNow
from analysis.review.home.practice_view import practice
from analysis.review.wording import FORBIDDEN
from tests.analysis.review.home.practising import KINDS, a_set, calibration, hinges, stands, told


def said(home: Any, document: Any) -> str:
    text: str = document(home.get("/practice").text).text
    return text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"is_worn": False}, "Put on the strip first"),
        ({"calibration": None}, "First show how you move"),
        ({}, "How many hinges?"),
    ],
    ids=str,
)
def test_what_comes_first_is_said(home: Any, document: Any, changes: dict[str, Any], words: str) -> None:
    home.stands = stands(home, **changes)
    text = said(home, document)
    assert words in text
    assert ("How many hinges?" in text) == (words == "How many hinges?")


def test_a_red_flag_leaves_no_practice(home: Any, document: Any) -> None:
    home.stands = stands(home)
    home.care.answer_check("e", ["fever"], home.utc_ns())
    text = said(home, document)
    assert "Practice waits" in text
    assert "Start" not in text


def test_with_one_pod_hinges_are_counted_only(home: Any, document: Any) -> None:
    home.stands = stands(home, calibration=calibration(home, mounting_upper_quat=None))
    assert "counted but not told apart" in said(home, document)


def test_a_set_begins_and_ends_by_the_pages_own_forms_only(home: Any) -> None:
    home.stands = stands(home)
    assert home.send("/practice/begin", hinges=10).headers["location"] == "/practice"
    assert home.send("/practice/end").headers["location"] == "/practice"
    assert home.answered == [("begin", 10), ("end", None)]
    evil = home.post("/practice/begin", f"key={home.key.text}&hinges=5", Origin="http://evil.example")
    assert evil.status == 403
    for hinges_ in ("", "x", "-1", "1000", "٣"):
        assert home.send("/practice/begin", hinges=hinges_).status == 409
    assert home.send("/practice/other").status == 404
    home.stands = stands(home, calibration=None)
    refused = home.send("/practice/begin", hinges=5)
    assert refused.status == 409
    assert "Show the strip how you move first." in refused.text
    assert len(home.answered) == 2


def test_the_therapists_number_is_offered_and_counted(home: Any, document: Any) -> None:
    told(home, "08:10:00", KINDS)
    home.stands = stands(home, hinges_asked=12, sets_asked=3, profile="extension")
    answer = home.get("/practice").text
    assert re.search(r'value="12" checked', answer)
    text = document(answer).text
    assert "Today: 1 of 3 sets" in text
    assert "stop when you stand tall" in text


def test_hinges_are_counted_with_a_verdict_each(home: Any, document: Any) -> None:
    home.stands = stands(home, a_set(home, hinges(home)))
    text = said(home, document)
    assert "5 of 10" in text
    assert "Hinge 5: shared" in text
    assert re.findall(r"\b\d (hip-led|shared|back-led)", text) == [
        "hip-led",
        "hip-led",
        "back-led",
        "hip-led",
        "shared",
    ]


def test_a_set_that_has_just_ended_is_summed_up_once(home: Any, document: Any) -> None:
    home.stands = stands(home, a_set(home, hinges(home), is_open=False))
    told(home, "08:10:00", ("hip_hinge",) * 3)
    text = said(home, document)
    assert "5 hinges: 3 hip-led, 1 shared, 1 back-led." in text
    assert "Most of them came from the hips." in text
    assert "3 hinges: 3 hip-led." in text
    home.stands = stands(home)
    assert "All of them came from the hips." in said(home, document)


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        ((), "A hinge counts from about a third"),
        (("not_scored",) * 3, "could not be told"),
        (("hip_hinge",) * 4, "All of them came from the hips."),
        (("hip_hinge", "shared", "lumbar_flexion"), "1 hinge came from the hips"),
        (("shared",) * 3, "All three kinds are normal"),
    ],
)
def test_a_set_gets_one_remark(home: Any, document: Any, kinds: Any, words: str) -> None:
    home.stands = stands(home, a_set(home, hinges(home, kinds), is_open=False))
    assert words in said(home, document)


def test_a_back_that_comes_along_toward_the_end_is_told(home: Any, document: Any) -> None:
    early, late = hinges(home, ("hip_hinge",) * 4, share=0.1), hinges(home, ("hip_hinge",) * 4, share=0.3)
    home.stands = stands(home, a_set(home, early + late, is_open=False))
    assert "Toward the end the back came along more." in said(home, document)


def test_the_bar_shows_the_back_against_the_own_hinge(home: Any) -> None:
    home.stands = stands(home, a_set(home, ()))
    home.change(trunk_deg=50.0, pelvis_deg=41.0, lumbar_deg=9.0)
    view = practice(home.stands, home.state())
    assert view.bar is not None
    assert view.bar.now is not None
    assert view.bar.own is not None
    assert view.bar.zero < view.bar.now < view.bar.limit
    assert abs(view.bar.now - view.bar.own) <= 2, "the template bends the back by 18 % of 50 deg"
    assert view.bar.text == "9°, from the hips"
    beyond = practice(home.stands, replace(home.state(), lumbar_deg=30.0))
    assert beyond.bar is not None
    assert beyond.bar.text == "30°, the back is coming along"
    unknown = practice(home.stands, replace(home.state(), lumbar_deg=None, trunk_deg=None))
    assert unknown.bar is not None
    assert (unknown.bar.now, unknown.bar.text) == (None, "not measured now")


def test_the_stream_tells_each_change_once(home: Any) -> None:
    home.stands = stands(home, a_set(home, hinges(home)))
    connection = HTTPConnection("127.0.0.1", home.port, timeout=10)
    connection.request("GET", "/practice/live")
    answer = connection.getresponse()
    first = json.loads(answer.readline().removeprefix(b"data: "))
    assert (first["count"], first["said"], len(first["hinges"])) == ("5 of 10", "Hinge 5: shared", 5)
    answer.readline()
    home.change(lumbar_deg=11.0)
    second = json.loads(answer.readline().removeprefix(b"data: "))
    assert second["bar"]["text"].startswith("11°")
    assert second["page"] == first["page"]
    answer.readline()
    home.stands = stands(home)
    assert json.loads(answer.readline().removeprefix(b"data: "))["page"] != first["page"]
    connection.close()


def test_no_word_judges(home: Any, document: Any) -> None:
    text = ""
    for changes in ({"is_worn": False}, {"calibration": None}, {}):
        home.stands = stands(home, **changes)
        text += said(home, document)
    for kinds in ((), ("not_scored",), ("hip_hinge",), ("shared", "shared", "hip_hinge"), ("shared",)):
        home.stands = stands(home, a_set(home, hinges(home, kinds), is_open=False))
        text += said(home, document)
    assert not set(re.findall(r"[a-z]+", text.lower())) & FORBIDDEN


def test_practice_that_nobody_sees_to_yet(home: Any, document: Any) -> None:
    home.change(care=CareNow())
    assert "Put on the strip first" in said(home, document)
