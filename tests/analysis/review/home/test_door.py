"""What a request that changes something must bring, and who hears of one that does not."""

from typing import Any

import pytest

from analysis.review.home.door import Refusal

PAGES = ("/log", "/check", "/sharing", "/calibrate", "/practice/begin", "/practice/end", "/alerts/snooze")


@pytest.mark.parametrize("page", PAGES)
def test_what_is_none_of_ours_is_refused_and_told(home: Any, page: str) -> None:
    told: list[Refusal] = []
    home.key.tell = told.append
    ours, key = home.url.rstrip("/"), home.key.text
    assert home.post(page, "share=no", Origin=ours).status == 403
    assert home.post(page, "key=stolen&share=no", Origin=ours).status == 403
    assert home.post(page, f"key={key}&share=no", Origin="http://evil.example").status == 403
    assert home.post(page, f"key={key}&share=no").status == 403
    assert home.post(page, f"key={key}&" + "x" * 20_000, Origin=ours).status == 403
    assert home.post(page, "", Authorization="Bearer guessed").status == 403
    assert told == [
        Refusal("no key", page, ours),
        Refusal("another key", page, ours),
        Refusal("another site", page, "http://evil.example"),
        Refusal("another site", page, None),
        Refusal("too long", page, ours),
        Refusal("another key", page, None),
    ]
    assert home.answered == []
    assert home.switched == []
    assert home.store.events(home.diary.patient, kinds={"log", "safety"}) == []
