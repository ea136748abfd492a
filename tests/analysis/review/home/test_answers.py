"""Answers: from our own page or with the key, and from nowhere else."""

from typing import Any

import pytest

from analysis.care.policy import AlertNow, CareNow


def form(home: Any, **fields: object) -> str:
    given = {"key": home.key.text} | fields
    return "&".join(f"{name}={value}" for name, value in given.items())


def origin(home: Any) -> dict[str, str]:
    return {"Origin": f"http://127.0.0.1:{home.port}", "Content-Type": "application/x-www-form-urlencoded"}


def test_the_page_answers_and_shows_itself_again(home: Any) -> None:
    answer = home.post("/alerts/snooze", form(home, minutes=30), **origin(home))
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert home.post("/alerts/acknowledge", form(home), **origin(home)).status == 303
    assert home.post("/alerts/mute", form(home, minutes=0), **origin(home)).status == 303
    assert home.post("/alerts/standing", form(home), **origin(home)).status == 303
    assert home.post("/alerts/pace", form(home, pace="every"), **origin(home)).status == 303
    assert home.answered == [
        ("snooze", 30),
        ("acknowledge", None),
        ("mute", 0),
        ("standing", None),
        ("pace", "every"),
    ]


def test_a_program_with_the_key_answers_and_hears_how_things_stand(home: Any) -> None:
    home.change(care=CareNow(sitting_s=1860.0, is_sitting=True, next_break_ns=1_777_975_200_000_000_000))
    answer = home.post("/alerts/snooze", "minutes=15", Authorization=f"Bearer {home.key.text}")
    assert answer.status == 200
    assert answer.json() == home.get("/api/alerts").json()
    assert answer.json()["next_break"] == "2026-05-05T10:00:00.000Z"
    assert answer.json()["timezone"] == "Europe/Zurich"
    refused = home.post("/alerts/snooze", "minutes=5", Authorization=f"Bearer {home.key.text}")
    assert (refused.status, refused.json()) == (409, {"reason": "Minutes must be 15, 30 or 60."})
    assert home.answered == [("snooze", 15)]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "http://evil.example"},
        {"Origin": "https://127.0.0.1:{port}"},
        {"Origin": "http://127.0.0.1:{other}"},
        {"Origin": "http://127.0.0.1:{port}.evil.example"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer guess"},
        {"Authorization": ""},
    ],
)
def test_another_site_cannot_answer_even_with_the_form(home: Any, headers: dict[str, str]) -> None:
    sent = {name: value.format(port=home.port, other=home.port + 1) for name, value in headers.items()}
    answer = home.post("/alerts/acknowledge", form(home), **sent)
    assert answer.status == 403
    assert home.answered == []
    assert home.key.text not in answer.text


@pytest.mark.parametrize("body", ["", "key=", "key=guess", "key=%F0%9F%98%80", "a=b&" * 1000, "\xff" * 50])
def test_our_own_page_must_know_the_key(home: Any, body: str) -> None:
    assert home.post("/alerts/acknowledge", body, **origin(home)).status == 403
    assert home.answered == []


def test_a_form_longer_than_ours_is_not_read(home: Any) -> None:
    body = form(home) + "&x=" + "y" * 5000
    assert home.post("/alerts/acknowledge", body, **origin(home)).status == 403


def test_what_is_refused_is_one_clear_page(home: Any, document: Any) -> None:
    for minutes in ("5", "", "-15", "1e9", "99999999"):
        answer = home.post("/alerts/snooze", form(home, minutes=minutes), **origin(home))
        assert answer.status == 409
        assert "Minutes must be 15, 30 or 60." in document(answer.text).text
    assert home.post("/alerts/dance", form(home), **origin(home)).status == 404
    assert home.get("/alerts/snooze").status == 405
    assert home.answered == []


def test_without_a_script_the_forms_are_there(home: Any, document: Any) -> None:
    raised_ns = 1_777_975_200_000_000_000
    nudge = AlertNow("prolonged_sitting", "nudge", "open", raised_ns, None)
    home.change(care=CareNow(1860.0, True, raised_ns, (nudge,)))
    text = home.get("/").text
    assert text.count(f'name="key" value="{home.key.text}"') == 12
    assert "Time for a break" in document(text).text
    assert home.get("/").headers["referrer-policy"] == "same-origin"
    assert home.key.text not in home.get("/?day=2026-05-04").text
