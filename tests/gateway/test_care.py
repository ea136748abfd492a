"""Care in the home: what is kept is kept before it is told, and settings are obeyed within limits."""

import json
import logging
import zoneinfo
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, get_args

import pytest

from analysis.care.policy import CareState
from analysis.care.settings import CareSettings
from analysis.care.statement import Reminder
from analysis.care.wish import RefusedError
from analysis.events.fields import utc_ns, utc_text
from analysis.events.local import LocalTime
from analysis.events.movement import Snack, SnackPartKind
from analysis.motion.output import Second
from analysis.trends.sqlite import SqliteStore
from analysis.trends.store import StoreError
from gateway.care import Care, CareStateError
from gateway.ledger import Ledger
from gateway.wire.status import Status

T0_NS = utc_ns("2026-03-02T09:00:00.000Z")
NS = 10**9
MIN = 60


class Home:
    """A home without strip and radio: `care` and the store, in a folder that outlives them."""

    def __init__(self, folder: Path, settings: CareSettings | None = None) -> None:
        self.folder = folder
        self.told: list[Reminder] = []
        self.store = SqliteStore(folder / "home.sqlite")
        self.ledger = Ledger(self.store)
        self.care = Care(
            "p-1", "LM-1", settings or CareSettings(), None, self.file, self.ledger, self.told.append
        )

    @property
    def file(self) -> Path:
        return self.folder / "care.json"

    def sit(self, from_s: int, to_s: int) -> None:
        seconds = (
            Second(100 * at, T0_NS + at * NS, "sitting", 1.0, 0, 0, T0_NS) for at in range(from_s, to_s)
        )
        self.care.take([], seconds)

    def alerts(self) -> list[tuple[str, str]]:
        return [(alert["level"], alert["action"]) for alert in self.store.events("p-1", kinds={"alert"})]

    def now_ns(self, at_s: int) -> int:
        return T0_NS + at_s * NS


Build = Callable[..., Home]


@pytest.fixture
def home(tmp_path: Path) -> Any:
    built: list[Home] = []

    def build(settings: CareSettings | None = None) -> Home:
        built.append(Home(tmp_path, settings))
        return built[-1]

    yield build
    for one in built:
        one.store.close()


def test_what_is_told_is_recorded_and_kept(home: Build) -> None:
    here = home()
    here.sit(0, 31 * MIN)
    assert here.alerts() == [("nudge", "raised")]
    assert [one.alert.action for one in here.told] == ["raised"]
    kept = json.loads(here.file.read_text())
    assert kept["untold"] == []
    assert kept["state"]["breaks"]["life"]["phase"] == "open"


def test_killed_before_recording_the_alert_is_recorded_later_and_not_felt_again(
    home: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = home()
    here.sit(0, 29 * MIN)

    def dead(*_: Any) -> None:
        raise StoreError("as if killed")

    with monkeypatch.context() as killed:
        killed.setattr(here.ledger, "record", dead)
        with pytest.raises(StoreError):
            here.sit(29 * MIN, 31 * MIN)
    assert (here.alerts(), here.told) == ([], [])
    again = home()
    assert again.alerts() == [("nudge", "raised")]
    again.sit(31 * MIN, 46 * MIN)
    assert again.alerts() == [("nudge", "raised"), ("alert", "raised")]
    assert [one.alert.level for one in again.told] == ["alert"]
    assert home().alerts() == again.alerts()


def test_killed_after_recording_nothing_is_recorded_or_felt_again(
    home: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = home()
    here.sit(0, 29 * MIN)
    told = here.ledger.record

    def record_and_die(events: Any) -> None:
        told(events)
        raise StoreError("as if killed")

    with monkeypatch.context() as killed:
        killed.setattr(here.ledger, "record", record_and_die)
        with pytest.raises(StoreError):
            here.sit(29 * MIN, 31 * MIN)
    again = home()
    again.sit(31 * MIN, 32 * MIN)
    assert again.alerts() == [("nudge", "raised")]
    assert again.told == []


def test_a_snack_is_a_break_but_not_one_of_long_ago(home: Build) -> None:
    def snack(end_s: int) -> Snack:
        parts = [
            {"kind": kind, "after_s": 0, "duration_s": 20, "repetitions": 5}
            for kind in get_args(SnackPartKind)
        ]
        return Snack.model_validate(
            {
                "event_id": f"s{end_s}",
                "patient": "p-1",
                "device": "LM-1",
                "start": utc_text(here.now_ns(end_s - 60)),
                "end": utc_text(here.now_ns(end_s)),
                "mode": "dual",
                "algorithm": "a",
                "quality": 1.0,
                "boot": 1,
                "first_sample": 0,
                "last_sample": 1,
                "revision": 0,
                "duration_s": 60.0,
                "parts": parts,
            }
        )

    here = home()
    here.sit(0, 31 * MIN)
    upright = Second(0, here.now_ns(33 * MIN), "standing", 1.0, 0, None, None)
    here.care.take([snack(20 * MIN)], [upright])
    assert here.alerts() == [("nudge", "raised")]
    later = upright._replace(utc_ns=here.now_ns(33 * MIN + 20))
    here.care.take([snack(33 * MIN)], [later])
    assert here.alerts() == [("nudge", "raised"), ("nudge", "cleared")]


def test_an_answer_outlives_the_process(home: Build) -> None:
    here = home()
    here.sit(0, 31 * MIN)
    here.care.snooze(15, here.now_ns(31 * MIN))
    again = home()
    again.sit(31 * MIN, 44 * MIN)
    assert again.told == []
    assert again.care.now(again.now_ns(44 * MIN)).alerts[0].phase == "snoozed"
    again.sit(44 * MIN, 47 * MIN)
    assert [one.alert.action for one in again.told] == ["raised"]


@pytest.mark.parametrize("minutes", [14, 0, -15, 15.0, "15", None, True])
def test_a_snooze_is_15_30_or_60_minutes(home: Build, minutes: object) -> None:
    here = home()
    here.sit(0, 31 * MIN)
    with pytest.raises(RefusedError, match="minutes must be 15, 30 or 60"):
        here.care.snooze(minutes, here.now_ns(31 * MIN))


def test_a_wish_without_an_object_is_refused_in_plain_words(home: Build) -> None:
    care = home().care
    with pytest.raises(RefusedError, match="there is no alert to snooze"):
        care.snooze(15, T0_NS)
    with pytest.raises(RefusedError, match="there is no alert to acknowledge"):
        care.acknowledge(T0_NS)
    with pytest.raises(RefusedError, match="minutes must be 0, 30, 60, 120 or 240"):
        care.mute(600, T0_NS)


def test_what_was_standing_is_taken_out_and_kept_as_a_correction(home: Build) -> None:
    here = home()
    with pytest.raises(RefusedError, match="you are not taken to be sitting"):
        here.care.was_standing(T0_NS)
    here.sit(0, 31 * MIN)
    here.care.was_standing(here.now_ns(31 * MIN))
    assert here.alerts() == [("nudge", "raised"), ("nudge", "cleared")]
    (correction,) = here.store.events("p-1", kinds={"correction"})
    assert (correction["start"], correction["end"], correction["state"]) == (
        "2026-03-02T09:00:00.000Z",
        "2026-03-02T09:31:00.000Z",
        "standing",
    )
    assert here.care.now(here.now_ns(31 * MIN)).sitting_s == 0
    again = home()
    again.sit(31 * MIN, 60 * MIN)
    assert len(again.alerts()) == 2
    again.sit(60 * MIN, 62 * MIN)
    assert again.alerts()[2:] == [("nudge", "raised")]


def test_the_pace_is_one_of_two(home: Build) -> None:
    here = home()
    here.care.set_pace("every")
    here.care.set_pace("half")
    with pytest.raises(RefusedError, match="pace must be every or half"):
        here.care.set_pace("never")


def test_a_meeting_outlives_the_process(home: Build) -> None:
    here = home()
    here.care.mute(60, T0_NS)
    again = home()
    again.sit(0, 50 * MIN)
    assert again.alerts() == []
    again.sit(50 * MIN, 61 * MIN)
    assert again.alerts() == [("alert", "raised")]


def test_the_battery_is_reported(home: Build) -> None:
    here = home()
    status = Status(
        battery_pct=12,
        boot=1,
        oldest_boot=1,
        oldest_sample=0,
        newest_sample=1,
        flash_fill_pct=0,
        worn=True,
        charging=False,
        streaming=True,
        flash_error=False,
    )
    here.care.report(status, T0_NS)
    (alert,) = here.store.events("p-1", kinds={"alert"})
    assert (alert["kind"], alert["level"], alert["action"]) == ("battery_low", "nudge", "raised")
    assert here.told[0].is_message


def test_prescribed_settings_take_the_place_of_the_homes_own_and_stay(home: Build) -> None:
    here = home(CareSettings(nudge_min=40))
    here.sit(0, 16 * MIN)
    assert here.care.revision == 0
    here.care.prescribe(3, {"nudge_min": 15, "alert_min": 25}, T0_NS)
    assert (here.care.revision, here.care.rule.nudge_s) == (3, 900.0)
    here.sit(16 * MIN, 17 * MIN)
    assert here.alerts() == [("nudge", "raised")], "sitting before the change counts"
    again = home(CareSettings(nudge_min=40))
    assert (again.care.revision, again.care.settings.nudge_min) == (3, 15.0)


@pytest.mark.parametrize(
    ("revision", "values", "reason"),
    [
        (2, {}, "revision 3 is in force, which is newer than 2"),
        (3, {"nudge_min": 20}, "revision 3 is in force with other values; give a higher one"),
        (4, {"nudge_min": 5}, "nudge_min: Input should be greater than or equal to 10"),
        (4, {"nudge_min": 60}, "alert_min must be later than nudge_min"),
        (4, {"buzz": 1}, "buzz: Extra inputs are not permitted"),
        (4, None, "valid dictionary"),
        ("4", {}, "revision must be a whole number from 1 on"),
        (0, {}, "revision must be a whole number from 1 on"),
        (True, {}, "revision must be a whole number from 1 on"),
    ],
)
def test_other_settings_are_refused_and_change_nothing(
    home: Build, revision: object, values: object, reason: str
) -> None:
    here = home()
    here.care.prescribe(3, {"alert_min": 50}, T0_NS)
    before = here.file.read_bytes()
    with pytest.raises(RefusedError, match=reason):
        here.care.prescribe(revision, values, T0_NS)
    assert here.file.read_bytes() == before
    here.care.prescribe(3, {"alert_min": 50}, T0_NS)  # the same once more is no fault


@pytest.mark.parametrize("damage", ["", "{}", '{"state": 3}', '{"state": {}, "untold": 4}'])
def test_a_damaged_file_is_told_and_begun_anew(
    home: Build, tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    (tmp_path / "care.json").write_text(damage)
    with caplog.at_level(logging.WARNING):
        here = home()
    assert "care state unreadable; starting anew" in caplog.text
    here.sit(0, 31 * MIN)
    assert here.alerts() == [("nudge", "raised")]


def test_the_therapists_settings_outlive_damage_elsewhere_in_the_file(home: Build) -> None:
    here = home()
    here.care.prescribe(3, {"nudge_min": 15, "alert_min": 25}, T0_NS)
    kept = json.loads(here.file.read_text())
    here.file.write_text(json.dumps(kept | {"state": {"of": "another version"}}))
    again = home()
    assert (again.care.revision, again.care.settings.nudge_min) == (3, 15.0)
    here.file.write_text(json.dumps(kept | {"state": 3, "prescribed": {"revision": 3}}))
    assert home().care.revision == 0


def test_by_mid_morning_the_status_is_to_be_told_anew_once(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "other.sqlite")) as store:
        local = LocalTime(zoneinfo.ZoneInfo("Europe/Vienna"))
        care = Care("p-1", "LM-1", CareSettings(), local, tmp_path / "c.json", Ledger(store), lambda _: None)
        before_ns = utc_ns("2026-03-02T08:59:00.000Z")
        assert not care.tick(before_ns)
        assert care.tick(before_ns + MIN * NS)
        assert not care.tick(before_ns + 2 * MIN * NS)
        assert care.now(before_ns + 2 * MIN * NS).is_missed
        assert store.events("p-1") == [], "status, not alarm"


def test_a_damaged_alert_in_it_is_told_and_passed_over(
    home: Build, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = {"state": json.loads(CareState().to_json()), "untold": [{"schema": "lumbar.alert/9"}]}
    (tmp_path / "care.json").write_text(json.dumps(kept))
    with caplog.at_level(logging.WARNING):
        assert home().alerts() == []
    assert "an alert or entry is lost" in caplog.text


def test_a_file_that_cannot_be_written_is_told(home: Build) -> None:
    here = home()
    here.file.mkdir()
    with pytest.raises(CareStateError, match=r"care\.json cannot be written"):
        here.care.mute(30, T0_NS)


def safety(here: Home) -> list[tuple[str, list[str]]]:
    return [(one["action"], one["red_flags"]) for one in here.store.events("p-1", kinds={"safety"})]


def test_a_red_flag_silences_the_home_until_the_therapists_settings_clear_it(home: Build) -> None:
    here = home()
    here.care.answer_check("e-1", ["fever"], here.now_ns(0))
    here.sit(0, 50 * MIN)
    assert (here.alerts(), here.told) == ([], [])
    cleared = {"red_flags_cleared": "2026-03-02T09:00:00.000Z"}
    here.care.prescribe(1, cleared, here.now_ns(50 * MIN))
    assert safety(here) == [("raised", ["fever"]), ("cleared", ["fever"])]
    here.care.prescribe(1, cleared, here.now_ns(51 * MIN))
    assert len(safety(here)) == 2
    here.sit(50 * MIN, 50 * MIN + 5)
    assert here.alerts() == [("alert", "raised")]


def test_what_was_raised_after_the_therapist_looked_stays_raised(home: Build) -> None:
    here = home()
    here.care.answer_check("e-1", ["fever"], here.now_ns(0))
    here.care.answer_check("e-2", ["weakness"], here.now_ns(60))
    here.care.prescribe(1, {"red_flags_cleared": "2026-03-02T09:00:00.000Z"}, here.now_ns(120))
    assert here.care.now(here.now_ns(120)).red_flags == ("fever", "weakness")
    assert [action for action, _ in safety(here)] == ["raised", "raised"]


def test_a_red_flag_outlives_a_lost_state_file(home: Build) -> None:
    here = home()
    here.care.answer_check("e-1", ["fever"], here.now_ns(0))
    here.file.unlink()
    again = home()
    again.care.recall(again.store.events("p-1", kinds={"safety"}), again.now_ns(60))
    assert again.care.now(again.now_ns(60)).red_flags == ("fever",)


def test_a_home_without_a_clinic_is_cleared_in_its_own_settings(home: Build) -> None:
    here = home()
    here.care.answer_check("e-1", ["fever"], here.now_ns(0))
    again = home(CareSettings(red_flags_cleared="2026-03-02T09:00:00.000Z"))
    again.care.recall(again.store.events("p-1", kinds={"safety"}), again.now_ns(60))
    assert [action for action, _ in safety(again)] == ["raised", "cleared"]


def test_no_to_all_questions_is_remembered_and_raises_nothing(home: Build) -> None:
    here = home()
    assert here.care.now(T0_NS).asks_check
    here.care.answer_check("e-1", [], T0_NS)
    assert safety(here) == []
    assert not home().care.now(here.now_ns(60)).asks_check


def test_what_the_therapist_leaves_out_stays_as_the_home_has_it(home: Build) -> None:
    here = home(CareSettings(nudge_min=20))
    here.care.prescribe(1, {"alert_min": 60}, T0_NS)
    assert (here.care.settings.nudge_min, here.care.settings.alert_min) == (20, 60)
