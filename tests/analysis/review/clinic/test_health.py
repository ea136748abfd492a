"""A red flag at the clinic: seen by its therapist, cleared with a name, open until the home confirms it."""

import json
from typing import Any

import pytest

from analysis.events.entries import RedFlag, Safety

RAISED = "2026-05-08T09:00:00.123Z"


def put(clinic: Any, at: str, *flags: RedFlag, action: Any = "raised", patient: str = "p-017") -> None:
    common: dict[str, Any] = {"patient": patient, "device": "LM-0042", "mode": None, "algorithm": "x"}
    event = Safety(
        event_id=at, start=at, end=at, quality=None, action=action, red_flags=list(flags), **common
    )
    clinic.store.put([event.to_dict()])


def form(browser: Any, raised: str = RAISED) -> dict[str, str]:
    return {"csrf": browser.csrf("/patients/p-017/settings"), "raised": raised}


def test_it_is_cleared_by_a_setting_that_names_what_was_seen(clinic: Any) -> None:
    put(clinic, RAISED, "weakness", "fever")
    browser = clinic.browser().log_in("mayer")
    page = browser.get("/patients/p-017").text
    assert "growing weakness of a leg, fever" in page
    assert f'name="raised" value="{RAISED}"' in page
    assert browser.post("/patients/p-017/health", form(browser)).status == 303
    (letter,) = clinic.letters.sent
    sent = json.loads(letter.publication().payload)
    assert letter.publication().topic == "lumbar/v1/p-017/LM-0042/cmd/settings"
    assert sent["settings"] == {"red_flags_cleared": RAISED}
    waiting = browser.get("/patients/p-017").text
    assert "the home has not confirmed it yet" in waiting
    assert "clear it</button>" not in waiting
    put(clinic, "2026-05-08T10:00:00.000Z", "weakness", "fever", action="cleared")
    assert "an answer is open" not in browser.get("/patients/p-017").text
    (line,) = [line for line in clinic.register.audit() if line.did == "cleared red flags"]
    assert (line.who, line.patient) == ("mayer", "p-017")
    assert "weakness, fever" in line.detail


def test_what_was_sent_before_goes_along_and_later_settings_keep_it_cleared(clinic: Any) -> None:
    clinic.register.prescribe("p-017", at="2026-05-07T09:00:00.000Z", by="mayer", body='{"nudge_min": 20}')
    put(clinic, RAISED, "fever")
    browser = clinic.browser().log_in("mayer")
    browser.post("/patients/p-017/health", form(browser))
    assert json.loads(clinic.letters.sent[-1].body) == {"nudge_min": 20, "red_flags_cleared": RAISED}
    shown = {"nudge_min": "25", "alert_min": "40", "repeat_min": "10", "repeats": "2", "follower_min": "90"}
    shown |= {"break_s": "60", "break_steps": "10", "quiet_from": "22:00", "quiet_to": "07:00"}
    shown |= {"daily_cap": "8", "worn_by": "10:00", "csrf": browser.csrf("/patients/p-017/settings")}
    shown["red_flags_cleared"] = "2030-01-01T00:00:00.000Z"  # this form has no such field
    assert browser.post("/patients/p-017/settings", shown).status == 303
    last = json.loads(clinic.letters.sent[-1].body)
    assert (last["nudge_min"], last["red_flags_cleared"]) == (25, RAISED)


def test_an_answer_that_came_meanwhile_is_looked_at_first(clinic: Any) -> None:
    put(clinic, RAISED, "fever")
    browser = clinic.browser().log_in("mayer")
    seen = form(browser)
    put(clinic, "2026-05-08T09:30:00.000Z", "weakness")
    assert browser.post("/patients/p-017/health", seen).status == 409
    assert clinic.letters.sent == []


@pytest.mark.parametrize(("login", "status"), [("kern", 404), ("eva", 404)])
def test_only_the_patients_own_therapist_clears(clinic: Any, login: str, status: int) -> None:
    put(clinic, RAISED, "fever")
    browser = clinic.browser().log_in(login)
    assert browser.post("/patients/p-017/health", {"csrf": "x", "raised": RAISED}).status == status
    if login == "eva":
        page = browser.get("/patients/p-017").text
        assert "an answer is open" in page
        assert "clear it</button>" not in page
    assert clinic.letters.sent == []


def test_a_form_without_its_token_clears_nothing(clinic: Any) -> None:
    put(clinic, RAISED, "fever")
    browser = clinic.browser().log_in("mayer")
    assert browser.post("/patients/p-017/health", {"csrf": "guess", "raised": RAISED}).status == 403
    assert clinic.letters.sent == []
