"""The log's form: what was typed becomes answers within limits, and nothing else does."""

from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.events.entries import MAX_NOTE_CHARS
from analysis.review.home.log_form import FormError, LogAnswers, read_entry_id, read_log


def form(**fields: object) -> dict[str, list[str]]:
    return parse_qs(urlencode(fields), keep_blank_values=True)


def test_what_is_filled_in_is_what_is_said() -> None:
    answers = read_log(
        form(
            pain_now=3,
            pain_worst=6,
            pain_least="",
            morning_stiffness_min=25,
            walking_min="0",
            task_0="tie my  shoes",
            confidence_0=0,
            task_1="lift the grandchild",
            confidence_1="",
            note="  Shoes went\nwell today. ",
        )
    )
    assert answers.model_dump() == {
        "pain_now": 3,
        "pain_worst": 6,
        "pain_least": None,
        "morning_stiffness_min": 25,
        "comfortable_sitting_min": None,
        "walking_min": 0,
        "confidence": ({"task": "tie my shoes", "confidence": 0},),
        "note": "Shoes went well today.",
    }


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Nothing is filled in"),
        ({"task_0": "tie my shoes"}, "Nothing is filled in"),
        ({"pain_now": 11}, "Pain now: please give a whole number from 0 to 10"),
        ({"pain_now": "-1"}, "Pain now"),
        ({"pain_now": "3.5"}, "Pain now"),
        ({"pain_now": "\N{ARABIC-INDIC DIGIT THREE}"}, "Pain now"),
        ({"walking_min": 1441}, "Walking: please give a whole number from 0 to 1440"),
        ({"walking_min": "9" * 30}, "Walking"),
        ({"pain_least": 5, "pain_worst": 2}, "The mildest pain is above the strongest"),
        ({"confidence_0": 5}, "number without a task"),
        ({"task_0": "x" * 61, "confidence_0": 5}, "under 60 letters"),
        ({"note": "x" * (MAX_NOTE_CHARS + 1)}, "under 500 letters"),
    ],
)
def test_what_cannot_be_is_said_in_plain_words(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(FormError, match=said):
        read_log(form(**fields))


def test_a_task_named_twice_counts_once() -> None:
    answers = read_log(form(task_0="Tie shoes", confidence_0=3, task_1="tie shoes", confidence_1=7))
    assert [each.confidence for each in answers.confidence] == [7]


_NAMES = (*LogAnswers.model_fields, "task_0", "confidence_0", "task_7", "confidence_7", "entry")


def sentence_of(read: Any, form: dict[str, list[str]]) -> str:
    try:
        read(form)
    except FormError as error:
        return str(error)
    return "."


@given(st.dictionaries(st.sampled_from(_NAMES), st.text(max_size=600)))
def test_whatever_is_sent_is_answers_within_limits_or_a_sentence(fields: dict[str, str]) -> None:
    form = {name: [value] for name, value in fields.items()}
    assert sentence_of(read_log, form).endswith(".")
    assert sentence_of(read_entry_id, form).endswith(".")


def test_a_form_of_ours_has_a_random_id_and_no_derived_one() -> None:
    assert read_entry_id(form(entry="0b0f5b0e-6a51-4c43-9d5c-2f0a35d2a6a1")).startswith("0b0f5b0e")
    for entry in ("", "7", "0b0f5b0e-6a51-5c43-9d5c-2f0a35d2a6a1"):
        with pytest.raises(FormError, match="open the page anew"):
            read_entry_id(form(entry=entry))
