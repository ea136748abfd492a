"""The page of sharing: says what is shared, and turns the switch."""

import re
from typing import Any

from analysis.review.wording import FORBIDDEN


def test_it_is_paused_and_taken_up_again(home: Any, document: Any) -> None:
    assert "You share with your clinic" in document(home.get("/sharing").text).text
    assert home.send("/sharing", share="no").headers["location"] == "/sharing"
    text = document(home.get("/sharing").text).text
    assert "Sharing is paused" in text
    assert "Your therapist sees nothing new from you" in text
    home.send("/sharing", share="yes")
    assert "You share with your clinic" in document(home.get("/sharing").text).text
    assert home.switched == [False, True]


def test_neither_another_site_nor_another_word_turns_it(home: Any) -> None:
    assert home.post("/sharing", f"key={home.key.text}&share=no", Origin="http://evil.example").status == 403
    assert home.send("/sharing", share="perhaps").status == 409
    assert home.send("/sharing").status == 409
    assert home.switched == []


def test_a_switch_that_cannot_be_kept_is_told(home: Any, document: Any, tmp_path: Any) -> None:
    (tmp_path / "sharing.new").mkdir()
    answer = home.send("/sharing", share="no")
    assert answer.status == 503
    assert "cannot be written" in document(answer.text).text


def test_no_word_judges(home: Any, document: Any) -> None:
    said = document(home.get("/sharing").text).text
    home.send("/sharing", share="no")
    said += document(home.get("/sharing").text).text
    assert not set(re.findall(r"[a-z]+", said.lower())) & FORBIDDEN
