"""The first-run guide: says each step in words, and how the strip is just now."""

import re
from typing import Any

from analysis.review.wording import FORBIDDEN


def test_it_says_how_the_strip_is_now(home: Any, document: Any) -> None:
    assert "Now: strip connected, battery 87 %." in document(home.get("/guide").text).text
    home.change(link="scanning", battery_pct=None)
    text = document(home.get("/guide").text).text
    assert "Now: looking for the strip." in text
    assert "Look again" in text


def test_sharing_is_told_as_it_is(home: Any, document: Any) -> None:
    assert "You share with your clinic." in document(home.get("/guide").text).text
    home.sharing.set(is_on=False)
    assert "Sharing is paused." in document(home.get("/guide").text).text


def test_every_picture_has_its_words_and_none_judges(home: Any, document: Any) -> None:
    page = home.get("/guide").text
    assert page.count('<svg class="pose"') == 8
    assert page.count('aria-hidden="true"') >= 8
    said = document(page).text
    for step in ("three times, with a step between", "20 to 30 steps", "five times", "Stand up: done"):
        assert step in said
    assert not set(re.findall(r"[a-z]+", said.lower())) & FORBIDDEN
