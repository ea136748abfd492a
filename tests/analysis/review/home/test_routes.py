import http.client
import json
from collections.abc import Generator
from contextlib import closing
from typing import Any

import pytest

from analysis.trends.store import StoreError


def test_who_is_not_calibrated_is_shown_the_way(home: Any) -> None:
    home.change(is_calibrated=False)
    assert 'href="/calibrate">Show it now' in home.get("/").text
    home.change(is_calibrated=True)
    assert "Show it now" not in home.get("/").text


def test_the_page_is_the_day_with_the_present_above(home: Any, document: Any) -> None:
    answer = home.get("/")
    page = document(answer.text)
    assert answer.status == 200
    assert (
        "Now Standing since 10:03, 20 s Strip connected battery 87 %, worn data up to now, 0.4 s behind"
        in page.text
    )
    assert "13 bends so far today" in page.text
    assert page.values("src") == ["static/live.js"]


def test_the_fragment_is_the_day_and_its_glance(home: Any, document: Any) -> None:
    text = home.get("/day").text
    assert not [tag for tag, _ in document(text).tags if tag in {"html", "head", "main"}]
    glance, _, day = text.partition("</section>")
    page = home.get("/").text
    assert glance.strip() in page
    assert day.strip() in page
    assert 'id="glance"' not in home.get("/day?day=2026-05-04").text


def test_the_fragment_is_sent_again_only_when_it_can_differ(home: Any) -> None:
    first = home.get("/day")
    headers = {"If-None-Match": first.headers["etag"]}
    again = home.get("/day", **headers)
    assert (again.status, again.text) == (304, "")
    home.change(stored_events=99)
    assert home.get("/day", **headers).status == 200


def test_another_day_has_no_present_and_leads_back(home: Any, document: Any) -> None:
    page = document(home.get("/?day=2026-05-04").text)
    assert "Nothing was measured on this day." in page.text
    assert "Now" not in page.text.split()
    assert {"?day=2026-05-03", "?day=2026-05-05", "./"} <= set(page.values("href"))
    assert page.values("src") == []


def test_the_numbers_as_json(home: Any) -> None:
    answer = home.get("/api/day?day=2026-05-05")
    day = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert day["zone"] == "Europe/Zurich"
    assert day["worn_s"] == 140 * 60 + 20
    assert day["chores"]["by_strategy"]["hip_hinge"] == 5
    assert day["postures"][0]["start"] == "2026-05-05T05:38:00+00:00"
    assert len(day["lifts"]) == 13


@pytest.mark.parametrize(
    "day", ["yesterday", "2026-13-01", "1999-01-01", "9999-12-31", "%3Cscript%3Ealert(1)%3C/script%3E"]
)
def test_a_day_that_is_none_gets_one_clear_line(home: Any, document: Any, day: str) -> None:
    for path in ("/", "/day", "/api/day"):
        answer = home.get(f"{path}?day={day}")
        assert answer.status == 400
        page = document(answer.text)
        assert "is no day" in page.text or "out of reach" in page.text
        assert not [tag for tag, _ in page.tags if tag == "script"]


def test_a_store_out_of_order_is_said(home: Any, document: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise StoreError("the store cannot be read: the disk is full")

    monkeypatch.setattr(home.store, "events", broken)
    answer = home.get("/")
    assert answer.status == 503
    assert "the disk is full" in document(answer.text).text


def test_every_answer_carries_the_security_headers(home: Any) -> None:
    pages = ["/", "/day", "/api/day", "/?day=no", "/static/page.css", "/static/live.js", "/static/none"]
    for path in pages:
        headers = home.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe-inline" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


def test_only_the_pages_own_files_are_served(home: Any) -> None:
    assert home.get("/static/icon.svg").headers["content-type"] == "image/svg+xml"
    for name in ("none.css", "..%2froutes.py", "%2e%2e%2fpage.py"):
        assert home.get(f"/static/{name}").status == 404


def messages(home: Any) -> Generator[dict[str, Any]]:
    with closing(http.client.HTTPConnection("127.0.0.1", home.port, timeout=10)) as connection:
        connection.request("GET", "/live")
        answer = connection.getresponse()
        assert answer.getheader("content-type", "").startswith("text/event-stream")
        while True:
            line = answer.readline().decode()
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))


def test_the_stream_tells_the_present_and_of_new_events(home: Any) -> None:
    with closing(messages(home)) as stream:
        first = next(stream)
        assert first["posture"] == "Standing"
        assert first["angles"] == {"pelvis": 22.4, "trunk": 46.0, "lumbar": 23.6}
        home.change(trunk_deg=10.0, stored_events=99)
        later = next(stream)
        while later["trunk_text"] != "10°":
            later = next(stream)
        assert later["revision"] != first["revision"]
