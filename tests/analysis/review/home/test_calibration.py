"""The page of the guided calibration: what to do now, what was seen, and why an attempt was of no use."""

import json
import re
from http.client import HTTPConnection
from typing import Any

import pytest

from analysis.motion.routine import MOVED, NO_HINGES, RANGE_LARGE, RANGE_SMALL, SWAPPED
from analysis.review.home.calibration_view import STEPS, calibration
from analysis.review.home.exercise import ExerciseNow
from analysis.review.wording import FORBIDDEN
from tests.analysis.review.home.practising import calibration as known
from tests.analysis.review.home.practising import routine, stands

WAITING = {"calibration": None}


def said(home: Any, document: Any) -> str:
    text: str = document(home.get("/calibrate").text).text
    return text


@pytest.mark.parametrize(
    ("step", "changes", "words"),
    [
        ("stand", {"stands": 1, "bends": 0, "hinges": 0}, "Now: Stand still"),
        ("walk", {"walked_s": 0, "bends": 0, "hinges": 0}, "Now: Walk"),
        ("bend", {"bends": 2, "hinges": 0}, "2 of 3"),
        ("hinge", {}, "2 of 5"),
        ("sit", {"hinges": 5, "sat_s": 12}, "12 of 30"),
        ("slump", {"hinges": 5, "sat_s": 31, "slumped_s": 4}, "4 of 10"),
    ],
)
def test_each_step_says_what_to_do_and_how_far_it_is(
    home: Any, document: Any, step: Any, changes: dict[str, Any], words: str
) -> None:
    home.stands = stands(home, routine=routine(step, **changes), **WAITING)
    assert words in said(home, document)
    view = calibration(home.stands, home.diary.zone)
    at = STEPS.index(step)
    assert [one.state for one in view.steps] == ["done"] * at + ["now"] + ["next"] * (len(STEPS) - at - 1)


def test_a_walk_that_was_left_out_is_not_called_seen(home: Any) -> None:
    home.stands = stands(home, routine=routine("hinge", walked_s=0), **WAITING)
    walk = calibration(home.stands, home.diary.zone).steps[1]
    assert (walk.state, walk.progress) == ("done", "left out")


@pytest.mark.parametrize("reason", [MOVED, RANGE_SMALL, RANGE_LARGE, SWAPPED])
def test_an_attempt_of_no_use_is_explained_and_begins_anew(home: Any, document: Any, reason: str) -> None:
    made = known(home, accepted=False, reasons=[reason], event_id="r-1")
    waits = routine("stand", stands=0, bends=0, hinges=0)
    home.stands = stands(home, routine=waits, made=made, **WAITING)
    text = said(home, document)
    assert "Once more, please" in text
    assert reason in text
    assert not set(re.findall(r"[a-z]+", text.lower())) & FORBIDDEN


def test_what_is_known_is_told(home: Any, document: Any) -> None:
    home.stands = stands(home)
    text = said(home, document)
    assert "The strip knows how you move" in text
    assert "48° ± 3°" in text
    assert "Practise hinges" in text
    home.stands = stands(home, calibration=known(home, lumbar_range_deg=None, reasons=[NO_HINGES]))
    assert "The strip does not know your hinges yet" in said(home, document)


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (ExerciseNow(), "Put on the strip first"),
        (ExerciseNow(is_guided=False, is_worn=True), "takes the strip as it sits"),
        (ExerciseNow(is_worn=True, routine=routine("stand", has_both_pods=False)), "Only one pod is heard"),
    ],
)
def test_where_there_is_no_routine_it_is_said(home: Any, document: Any, now: Any, words: str) -> None:
    home.stands = now
    assert words in said(home, document)


def test_it_is_done_again_by_the_pages_own_form_only(home: Any) -> None:
    home.stands = stands(home)
    assert home.send("/calibrate").headers["location"] == "/calibrate"
    assert home.post("/calibrate", "key=guessed", Origin=home.url.rstrip("/")).status == 403
    assert home.answered == [("calibrate", None)]


def test_the_stream_counts_and_a_new_step_is_a_new_page(home: Any) -> None:
    home.stands = stands(home, routine=routine("bend", bends=1, hinges=0), **WAITING)
    connection = HTTPConnection("127.0.0.1", home.port, timeout=10)
    connection.request("GET", "/calibrate/live")
    answer = connection.getresponse()
    told = []
    for bends in (1, 2, 3):
        step = "bend" if bends < 3 else "hinge"
        home.stands = stands(home, routine=routine(step, bends=bends, hinges=0), **WAITING)
        while True:
            state = json.loads(answer.readline().removeprefix(b"data: "))
            answer.readline()
            if state["steps"][2]["done"] == bends:
                break
        told.append(state)
    connection.close()
    assert [state["steps"][2]["progress"] for state in told] == ["1 of 3", "2 of 3", "seen"]
    assert told[0]["page"] == told[1]["page"] != told[2]["page"]
