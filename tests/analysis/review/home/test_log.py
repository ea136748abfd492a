"""The log's page: an entry is kept once, shown back, and says what the patient said."""

import re
from datetime import timedelta
from typing import Any

from analysis.review.wording import FORBIDDEN

ID = "0b0f5b0e-6a51-4c43-9d5c-2f0a35d2a6a1"
OTHER = "5d0d7b3e-1d0f-4a51-8a43-7c1f0a35d2a6"


def logs(home: Any) -> list[dict[str, Any]]:
    return home.store.events(home.diary.patient, kinds={"log"})  # type: ignore[no-any-return]


def test_an_entry_is_kept_and_shown_back(home: Any, document: Any) -> None:
    sent = home.send("/log", entry=ID, pain_now=3, pain_worst=6, walking_min=26, note="Shoes went well.")
    assert (sent.status, sent.headers["location"]) == (303, "/log?kept=true")
    (log,) = logs(home)
    assert (log["schema"], log["pain_now"], log["pain_least"]) == ("lumbar.log/1", 3, None)
    assert (log["start"], log["patient"]) == ("2026-05-05T08:03:20.000Z", home.diary.patient)
    text = document(home.get("/log?kept=true").text).text
    assert "Your entry is kept" in text
    assert "Tuesday 5 May, 10:03 Shoes went well." in text
    assert "Pain now 3 of 10 Strongest pain 6 of 10 Walking 26 min" in text


def test_the_same_form_sent_twice_is_one_entry(home: Any) -> None:
    home.send("/log", entry=ID, pain_now=3)
    home.send("/log", entry=ID, pain_now=4)
    home.send("/log", entry=OTHER, pain_now=5)
    assert sorted(log["pain_now"] for log in logs(home)) == [4, 5]


def test_each_form_has_its_own_id(home: Any) -> None:
    found = {re.search(r'name="entry" value="([^"]+)"', home.get("/log").text)[1] for _ in range(2)}  # type: ignore[index]
    assert len(found) == 2


def test_what_the_strip_saw_is_suggested(home: Any, document: Any) -> None:
    page = home.get("/log").text
    assert re.search(r'name="walking_min"[^>]* value="26"', page)
    text = document(page).text
    assert "The strip saw 26 min of walking today." in text
    assert "longest sit today: 48 min" in text.replace("\N{NO-BREAK SPACE}", " ")


def test_a_mistake_keeps_what_was_typed(home: Any, document: Any) -> None:
    answer = home.send("/log", entry=ID, pain_least=5, pain_worst=2, walking_min=7, note="a <b>note</b>")
    assert answer.status == 422
    assert "The mildest pain is above the strongest." in document(answer.text).text
    assert re.search(r'name="walking_min"[^>]* value="7"', answer.text)
    assert "a &lt;b&gt;note&lt;/b&gt;" in answer.text
    assert f'value="{ID}"' in answer.text
    assert logs(home) == []


def test_a_script_in_a_note_is_text(home: Any) -> None:
    home.send("/log", entry=ID, note="<script>alert(1)</script>", task_0="<img src=x>", confidence_0=1)
    page = home.get("/log").text
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_named_tasks_are_asked_again(home: Any, document: Any) -> None:
    home.send("/log", entry=ID, task_0="tie my shoes", confidence_0=4)
    page = home.get("/log").text
    assert "How sure are you that you can do this: tie my shoes?" in document(page).text
    assert 'name="task_0" value="tie my shoes"' in page
    assert 'name="task_1"' in page


def test_another_site_cannot_write_the_log(home: Any) -> None:
    body = f"key={home.key.text}&entry={ID}&pain_now=3"
    for headers in ({}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
        assert home.post("/log", body, **headers).status == 403
    assert home.post("/log", body.replace(home.key.text, "guess"), Origin=home.url.rstrip("/")).status == 403
    assert home.send("/log", entry=ID, note="x" * 20_000).status == 403
    assert logs(home) == []


def test_without_a_strip_nothing_is_kept_and_the_page_says_so(home: Any, document: Any) -> None:
    home.entries = None
    answer = home.send("/log", entry=ID, pain_now=3)
    assert answer.status == 409
    assert "The log opens when the strip was found once." in document(answer.text).text


def test_the_page_of_today_asks_for_the_log_every_other_day(home: Any) -> None:
    asks = "Write your log"
    assert asks in home.get("/").text
    assert asks not in home.get("/?day=2026-05-04").text
    home.send("/log", entry=ID, pain_now=3)
    assert asks not in home.get("/").text
    home.moment += timedelta(days=1)
    assert asks not in home.get("/").text
    home.moment += timedelta(days=1)
    assert asks in home.get("/").text


def test_no_word_judges(home: Any, document: Any) -> None:
    home.send("/log", entry=ID, pain_now=3, pain_worst=4, pain_least=1, walking_min=5)
    for path in ("/log", "/log?kept=true"):
        said = set(re.findall(r"[a-z]+", document(home.get(path).text).text.lower()))
        assert not said & FORBIDDEN
