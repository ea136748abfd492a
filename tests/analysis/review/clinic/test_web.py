"""The therapist's pages over HTTP: who sees what, what is refused and recorded, what the pages say."""

import csv
import io
import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from analysis.events.entries import Safety
from analysis.events.facts import CommandAnswer
from analysis.review.clinic.audit import broken_at
from analysis.review.clinic.desk import COOKIE

PAGES = (
    "/patients/p-017",
    "/patients/p-017?span=months",
    "/patients/p-017/days/2026-05-08",
    "/patients/p-017/report",
    "/patients/p-017/report.html",
    "/patients/p-017/bends.csv",
    "/patients/p-017/events.jsonl",
)
ALL_PAGES = ("/", *PAGES, "/patients/p-017/settings", "/login", "/static/clinic.css", "/nowhere")


def done(clinic: Any, did: str) -> list[tuple[str | None, str | None, str]]:
    return [(line.who, line.patient, line.detail) for line in clinic.register.audit() if line.did == did]


@pytest.mark.parametrize("path", [*PAGES, "/", "/patients/p-017/settings"])
def test_without_a_session_there_is_only_the_door(clinic: Any, path: str) -> None:
    answer = clinic.browser().get(path)
    assert (answer.status, answer.headers["location"]) == (303, "/login")


@pytest.mark.parametrize("path", ALL_PAGES)
def test_every_answer_is_hardened(clinic: Any, path: str) -> None:
    for browser in (clinic.browser(), clinic.browser().log_in("mayer")):
        headers = browser.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "server" not in headers


def test_the_cookie_is_for_this_host_and_no_script(clinic: Any) -> None:
    browser = clinic.browser()
    answer = browser.post("/login", {"login": "mayer", "password": "a horse and a battery"})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"Secure", "HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie


def test_who_needs_attention_stands_first_and_names_are_text(clinic: Any) -> None:
    at = clinic.events[0]["start"]
    common = {"device": "LM-0042", "start": at, "end": at, "mode": None, "algorithm": "x", "quality": None}
    flagged = Safety(event_id="s1", patient="p-018", **common, action="raised", red_flags=["fever"])
    clinic.store.put([flagged.to_dict()])
    page = clinic.browser().log_in("mayer").get("/").text
    assert "an answer of the health check is open" in page
    assert page.index("Tom O&#39;Neill &lt;b&gt;") < min(page.index("Nobody Yet"), page.index("Eva Berg</a>"))
    assert "nothing measured in two weeks" in page
    assert "Ida Blom" not in page


def test_another_therapists_patient_does_not_exist(clinic: Any) -> None:
    browser = clinic.browser().log_in("kern")
    for path in (*PAGES, "/patients/p-017/settings"):
        assert browser.get(path).status == 404
    assert browser.get("/patients/p-999").text == browser.get("/patients/p-017").text
    refused = done(clinic, "refused")
    assert len([line for line in refused if line[:2] == ("kern", "p-017")]) == len(PAGES) + 2


def test_a_patient_sees_only_their_own(clinic: Any) -> None:
    browser = clinic.browser().log_in("eva")
    assert browser.get("/").headers["location"] == "/patients/p-017"
    for path in PAGES:
        assert browser.get(path).status == 200
    assert browser.get("/patients/p-018").status == 404
    assert browser.get("/patients/p-017/settings").status == 404
    token = browser.csrf("/patients/p-017")
    assert browser.post("/patients/p-017/settings", {"csrf": token}).status == 404
    assert browser.post("/patients/p-017/report", {"csrf": token, "sentence": "x"}).status == 404
    assert ("eva", None, "therapists' pages from 127.0.0.1") in done(clinic, "refused")


SETTINGS = {
    "follower": "no",
    "nudge_min": "25",
    "alert_min": "40",
    "repeat_min": "10",
    "repeats": "2",
    "follower_min": "90",
    "break_s": "60",
    "break_steps": "10",
    "stretch_resets": "yes",
    "quiet_from": "21:30",
    "quiet_to": "07:00",
    "daily_cap": "8",
    "worn_by": "10:00",
    "practice_hinges": "12",
    "practice_sets": "2",
    "profile": "flexion",
}


def test_settings_are_sent_kept_and_recorded(clinic: Any) -> None:
    browser = clinic.browser().log_in("mayer")
    answer = browser.post(
        "/patients/p-017/settings", SETTINGS | {"csrf": browser.csrf("/patients/p-017/settings")}
    )
    assert answer.status == 303
    (letter,) = clinic.letters.sent
    sent = json.loads(letter.publication().payload)
    assert letter.publication().topic == "lumbar/v1/p-017/LM-0042/cmd/settings"
    assert letter.publication().retain
    assert (sent["revision"], sent["expires"], sent["command_id"]) == (1, None, "settings-p-017-1")
    assert sent["settings"]["nudge_min"] == 25
    assert sent["settings"]["stretch_resets"] is True
    assert sent["settings"]["follower"] is False
    practice = {name: sent["settings"][name] for name in ("practice_hinges", "practice_sets", "profile")}
    assert practice == {"practice_hinges": 12, "practice_sets": 2, "profile": "flexion"}
    page = browser.get("/patients/p-017/settings").text
    assert "on its way" in page
    assert 'name="nudge_min" value="25"' in page
    assert [line[:2] for line in done(clinic, "changed")] == [("mayer", "p-017")]


def test_what_a_form_does_not_show_stays_as_it_was(clinic: Any) -> None:
    """A page that is older or newer than the settings, or shows some of them only, resets nothing."""
    before = {
        "nudge_min": 20,
        "follower": True,
        "daily_cap": 3,
        "red_flags_cleared": "2026-05-08T09:00:00.000Z",
    }
    clinic.register.prescribe("p-017", at="2026-05-08T10:00:00.000Z", by="mayer", body=json.dumps(before))
    browser = clinic.browser().log_in("mayer")
    token = browser.csrf("/patients/p-017/settings")
    assert browser.post("/patients/p-017/settings", {"break_s": "90", "csrf": token}).status == 303
    assert json.loads(clinic.letters.sent[0].body) == before | {"break_s": 90.0}
    untold = {"break_s": "90", "follower": "no", "csrf": token}
    assert browser.post("/patients/p-017/settings", untold).status == 303
    assert json.loads(clinic.letters.sent[1].body) == before | {"break_s": 90.0, "follower": False}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"nudge_min": "5"}, "“First nudge after”: this should be greater than or equal to 10."),
        ({"alert_min": "20"}, "“Alert after” must be later than “First nudge after”."),
        ({"quiet_from": "25:00"}, "“Quiet hours from”: this should be a time of day such as 22:00."),
        ({"nudge_min": "<script>"}, "“First nudge after”: this should be a valid number"),
        ({"practice_hinges": "2"}, "“Hinges of a set”: this should be"),
        ({"profile": "both"}, "“The back is sensitive to”: this should be"),
    ],
)
def test_settings_out_of_limits_are_not_sent(clinic: Any, change: dict[str, str], said: str) -> None:
    browser = clinic.browser().log_in("mayer")
    token = browser.csrf("/patients/p-017/settings")
    answer = browser.post("/patients/p-017/settings", SETTINGS | change | {"csrf": token})
    assert answer.status == 422
    assert said in answer.text
    assert "<script>" not in answer.text
    assert clinic.letters.sent == []
    assert clinic.register.prescribed("p-017") == []


def test_the_homes_answer_is_shown(clinic: Any) -> None:
    browser = clinic.browser().log_in("mayer")
    token = browser.csrf("/patients/p-017/settings")
    browser.post("/patients/p-017/settings", SETTINGS | {"csrf": token})
    at = clinic.letters.sent[0].issued
    common = {"device": "LM-0042", "start": at, "end": at, "mode": None, "algorithm": "x", "quality": None}
    told = {"command_id": "settings-p-017-1", "result": "done", "reason": None}
    answer = CommandAnswer(event_id="a1", patient="p-017", **common, **told)
    clinic.store.put([answer.to_dict()])
    assert "in force" in browser.get("/patients/p-017/settings").text


Attack = Callable[[Any, str], Any]


@pytest.mark.parametrize(
    "attack",
    [
        lambda browser, _token: browser.post("/patients/p-017/settings", SETTINGS),
        lambda browser, _token: browser.post("/patients/p-017/settings", SETTINGS | {"csrf": ""}),
        lambda browser, token: browser.post(
            "/patients/p-017/settings", SETTINGS | {"csrf": token[:-1] + "x"}
        ),
        lambda browser, token: browser.post(
            "/patients/p-017/settings", SETTINGS | {"csrf": token}, Origin="https://evil.example"
        ),
        lambda browser, token: browser.post(
            "/patients/p-017/settings", SETTINGS | {"csrf": token}, Sec_Fetch_Site="cross-site"
        ),
    ],
    ids=["missing", "empty", "changed", "other origin", "other site"],
)
def test_a_form_that_is_not_ours_changes_nothing(clinic: Any, attack: Attack) -> None:
    browser = clinic.browser().log_in("mayer")
    answer = attack(browser, browser.csrf("/patients/p-017/settings"))
    assert answer.status == 403
    assert clinic.letters.sent == []
    assert clinic.register.prescribed("p-017") == []


def test_a_token_of_another_session_is_refused_and_recorded(clinic: Any) -> None:
    stolen = clinic.browser().log_in("kern").csrf("/")
    browser = clinic.browser().log_in("mayer")
    assert browser.post("/patients/p-017/settings", SETTINGS | {"csrf": stolen}).status == 403
    assert done(clinic, "refused")[-1][0] == "mayer"


def test_a_thousand_wrong_passwords_let_nobody_in(clinic: Any) -> None:
    browser = clinic.browser()
    statuses = [
        browser.post("/login", {"login": "mayer", "password": f"guess number {number}"}).status
        for number in range(1000)
    ]
    assert set(statuses) == {403, 429}
    assert statuses.count(403) <= 6, "after a few, guesses are not even looked at"
    answer = browser.post("/login", {"login": "mayer", "password": "a horse and a battery"})
    assert answer.status == 429
    assert int(answer.headers["retry-after"]) > 0
    assert len(done(clinic, "login refused")) == 1001
    assert broken_at(clinic.register.audit()) is None


def test_nothing_tells_whether_a_login_exists(clinic: Any) -> None:
    known = clinic.browser().post("/login", {"login": "mayer", "password": "wrong"})
    unknown = clinic.browser().post("/login", {"login": "maier", "password": "wrong"})
    assert known.status == unknown.status == 403
    assert known.text.replace("mayer", "maier") == unknown.text


@pytest.mark.parametrize(
    "path",
    [
        "/patients/..%2f..%2fetc%2fpasswd/report.pdf",
        "/patients/p-017/report.pdf?first=../../etc/passwd&last=x",
        "/patients/p-017/days/..%2f..%2f",
        "/static/..%2fpage.css",
        "/static/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/patients/p-017/days/2026-05-08/bends/..%2fx",
    ],
)
def test_a_path_leads_nowhere_it_should_not(clinic: Any, path: str) -> None:
    answer = clinic.browser().log_in("mayer").get(path)
    assert answer.status in {400, 404}
    assert "root:" not in answer.text


def test_a_body_without_end_is_cut_off(clinic: Any) -> None:
    browser = clinic.browser().log_in("mayer")
    assert browser.post("/login", {"login": "x" * 100_000}).status == 413
    assert browser.ask("POST", "/login", "{}", Content_Type="application/json").status == 415
    assert browser.ask("POST", "/login", "&".join(f"a{n}=1" for n in range(500))).status == 400


def test_another_host_name_is_refused_and_recorded(clinic: Any) -> None:
    browser = clinic.browser().log_in("mayer")
    for path in ("/login", "/patients/p-017"):
        answer = browser.get(path, Host="clinic.evil.example")
        assert answer.status == 400
        assert "Eva Berg" not in answer.text
    browser.get("/", Host="x" * 5000)
    assert browser.get("/login", Host=f"localhost:{clinic.port}").status in {200, 303}
    told = [detail for _, _, detail in done(clinic, "refused")]
    assert told[:2] == ["another host, 'clinic.evil.example', from 127.0.0.1"] * 2
    assert len(told) == 3
    assert len(told[2]) < 120
    assert broken_at(clinic.register.audit()) is None


def test_a_day_links_each_bend_to_its_curves(clinic: Any) -> None:
    browser = clinic.browser().log_in("mayer")
    links = re.findall(r'href="(/patients/p-017/days/2026-05-08/bends/[^"]+)"', browser.get(PAGES[2]).text)
    assert len(links) > 20
    page = browser.get(links[0]).text
    assert "Through the bend" in page
    curve = json.loads(re.search(r'data-curve="([^"]+)"', page)[1].replace("&#34;", '"'))  # type: ignore[index]
    assert len(curve["trunk_deg"]) == len(curve["pelvis_deg"]) > 30
    assert browser.get("/patients/p-017/days/2026-05-08/bends/nothing").status == 404


def test_the_sentence_is_edited_kept_and_given_back(clinic: Any) -> None:
    browser = clinic.browser().log_in("mayer")
    days = {"first": "2026-05-04", "last": "2026-05-08"}
    where = "/patients/p-017/report?first=2026-05-04&last=2026-05-08"
    token = browser.csrf(where)
    report = where.replace("report?", "report.html?")
    rule = re.search(r'<p class="coach">(.*?)</p>', browser.get(report).text)
    assert rule is not None
    said = "Carry the <i>laundry</i> in two goes."
    assert browser.post("/patients/p-017/report", {**days, "csrf": token, "sentence": said}).status == 303
    assert "Carry the &lt;i&gt;laundry&lt;/i&gt; in two goes." in browser.get(report).text
    assert browser.post("/patients/p-017/report", {**days, "csrf": token, "sentence": ""}).status == 303
    again = re.search(r'<p class="coach">(.*?)</p>', browser.get(report).text)
    assert again is not None
    assert again[1] == rule[1]


def test_exports_hold_what_the_store_holds(clinic: Any) -> None:
    browser = clinic.browser().log_in("mayer")
    lines = browser.get("/patients/p-017/events.jsonl").text.splitlines()
    assert len(lines) == sum(event["patient"] == "p-017" for event in clinic.events)
    rows = list(csv.DictReader(io.StringIO(browser.get("/patients/p-017/bends.csv").text)))
    lifts = [json.loads(line) for line in lines if '"lumbar.lift/1"' in line]
    assert [row["start"] for row in rows] == sorted(lift["start"] for lift in lifts)
    assert done(clinic, "exported")[-1][:2] == ("mayer", "p-017")


def test_a_store_out_of_order_is_told_in_one_sentence(clinic: Any) -> None:
    browser = clinic.browser().log_in("mayer")
    clinic.store.close()
    answer = browser.get("/patients/p-017/days/2026-05-08")
    assert answer.status == 503
    assert "That did not work" in answer.text
    assert "Traceback" not in answer.text


def test_going_out_ends_the_session(clinic: Any) -> None:
    browser = clinic.browser().log_in("mayer")
    cookies = dict(browser.cookies)
    assert browser.post("/logout", {"csrf": browser.csrf("/")}).status == 303
    browser.cookies = cookies
    assert browser.get("/").headers["location"] == "/login"


def test_pages_answer_quickly(clinic: Any) -> None:
    """As a ratio in one run: no page takes longer than a few times the plain one, the report apart."""
    browser = clinic.browser().log_in("mayer")

    def takes_s(path: str) -> float:
        browser.get(path)
        times = []
        for _ in range(5):
            begun = time.perf_counter()
            browser.get(path)
            times.append(time.perf_counter() - begun)
        return sorted(times)[2]

    plain = takes_s("/patients/p-017/settings")
    assert takes_s("/patients/p-017") < 30 * plain
    assert takes_s("/") < 30 * plain
