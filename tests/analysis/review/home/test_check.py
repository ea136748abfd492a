"""The health check: a yes says plainly what to do, pauses the home, and stays until a therapist clears it."""

import re
from datetime import timedelta
from typing import Any

import pytest

from analysis.review.home.check_routes import QUESTIONS
from analysis.review.wording import FORBIDDEN

ID = "0b0f5b0e-6a51-4c43-9d5c-2f0a35d2a6a1"
NO = dict.fromkeys(QUESTIONS, "no")


def events(home: Any) -> list[dict[str, Any]]:
    return home.store.events(home.diary.patient, kinds={"safety"})  # type: ignore[no-any-return]  # the fixture is Any


@pytest.mark.parametrize(
    ("flag", "said"),
    [("saddle_numbness", "Get medical help today"), ("weight_loss", "Call your doctor today")],
)
def test_a_yes_says_what_to_do_and_is_recorded(home: Any, document: Any, flag: str, said: str) -> None:
    answer = home.send("/check", entry=ID, **NO | {flag: "yes"})
    assert (answer.status, answer.headers["location"]) == (303, "/check")
    (event,) = events(home)
    assert (event["action"], event["red_flags"], event["event_id"]) == ("raised", [flag], ID)
    text = document(home.get("/check").text).text
    assert "Please see a doctor" in text
    assert said in text
    today = document(home.get("/").text).text
    assert "Please see a doctor. You said yes to a health question." in today
    assert "Reminders are paused" in today
    assert "Write your log" not in today
    assert home.get("/api/alerts").json()["red_flags"] == [flag]


def test_no_to_all_is_thanked_and_asked_again_in_a_week(home: Any, document: Any) -> None:
    asks = "time for your weekly health check"
    assert asks in home.get("/").text
    assert home.send("/check", entry=ID, **NO).headers["location"] == "/check?done=true"
    assert "Nothing to look into" in document(home.get("/check?done=true").text).text
    assert events(home) == []
    assert asks not in home.get("/").text
    home.moment += timedelta(days=7)
    assert asks in home.get("/").text


def test_a_later_no_clears_nothing(home: Any, document: Any) -> None:
    home.send("/check", entry=ID, **NO | {"fever": "yes"})
    home.send("/check", entry=ID.replace("0b0f", "1b0f"), **NO)
    assert "Please see a doctor" in document(home.get("/check?done=true").text).text
    assert len(events(home)) == 1


def test_every_question_needs_an_answer(home: Any, document: Any) -> None:
    for fields in ({}, NO | {"fever": ""}, NO | {"fever": "perhaps"}):
        answer = home.send("/check", entry=ID, **fields)
        assert answer.status == 422
        assert "Please answer each question" in document(answer.text).text
    assert 'name="weakness" value="no" required checked' in answer.text
    assert events(home) == []


def test_without_a_strip_the_advice_is_given_all_the_same(home: Any, document: Any) -> None:
    home.entries = None
    answer = home.send("/check", entry=ID, **NO | {"weakness": "yes"})
    assert answer.status == 409
    text = document(answer.text).text
    assert "Get medical help today" in text
    assert "not kept" in text


def test_another_site_cannot_answer(home: Any) -> None:
    body = "&".join(f"{name}={value}" for name, value in (NO | {"fever": "yes", "entry": ID}).items())
    assert home.post("/check", f"key={home.key.text}&{body}", Origin="http://evil.example").status == 403
    assert home.post("/check", body, Origin=home.url.rstrip("/")).status == 403
    assert events(home) == []


def test_no_word_judges(home: Any, document: Any) -> None:
    said = document(home.get("/check").text).text
    home.send("/check", entry=ID, **NO | {"fever": "yes"})
    said += document(home.get("/check").text).text + document(home.get("/").text).text
    assert not set(re.findall(r"[a-z]+", said.lower())) & FORBIDDEN
