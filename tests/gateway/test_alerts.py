"""``lumbar alerts``: the present in words, the history, and what is said when no gateway runs."""

import json
import zoneinfo
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from analysis.care.life import Life
from analysis.care.statement import Speaker
from analysis.events.fields import utc_ns
from analysis.trends.sqlite import SqliteStore
from gateway.alerts import Standing, in_words, standing
from gateway.cli.__main__ import app
from gateway.control import NotRunningError

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PRESENT: dict[str, Any] = {
    "time": "2026-03-02T09:46:00.000Z",
    "timezone": "Europe/Vienna",
    "sitting_s": 2760.0,
    "is_sitting": True,
    "next_break": "2026-03-02T09:30:00.000Z",
    "alerts": [
        {
            "kind": "prolonged_sitting",
            "level": "alert",
            "phase": "snoozed",
            "since": "2026-03-02T09:30:00.000Z",
            "until": "2026-03-02T10:01:00.000Z",
        }
    ],
    "muted_until": None,
    "quiet_hours": False,
    "enough_for_today": False,
    "not_worn_today": False,
    "red_flags": [],
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The folder of a home that has said something, yesterday and today."""
    speaker = Speaker("p-1", "LM-1", "prolonged_sitting")
    nudge = Life("open", "nudge", 0, 0)
    told = [
        speaker.tell(nudge, "raised", utc_ns("2026-03-01T09:00:00.000Z")),
        speaker.tell(nudge, "raised", utc_ns("2026-03-02T09:30:00.000Z")),
        speaker.tell(nudge, "cleared", utc_ns("2026-03-02T09:33:00.000Z")),
    ]
    with closing(SqliteStore(tmp_path / "home.sqlite")) as store:
        store.put(alert.to_dict() for alert in told)
    return tmp_path


def words(now: dict[str, Any] | None, **changes: Any) -> list[str]:
    present = None if now is None else now | changes
    return list(in_words(Standing(Path("home"), present, []), None))


def test_the_history_is_of_the_days_asked_for(home: Path) -> None:
    shown = standing(home, 1, NOW)
    assert shown.now is None
    assert [alert["action"] for alert in shown.history] == ["raised", "cleared"]
    assert len(standing(home, 2, NOW).history) == 3
    assert list(in_words(shown, zoneinfo.ZoneInfo("Europe/Vienna"))) == [
        f"No gateway runs in {home}; this is what it said before.",
        "",
        "2026-03-02 10:30  long sitting     nudge     raised",
        "2026-03-02 10:33  long sitting     nudge     cleared",
    ]


def test_the_present_in_words_by_the_patients_clock() -> None:
    assert words(PRESENT) == [
        "Sitting since the last break: 46 min.",
        "A break is due at 2026-03-02 10:30.",
        "Long sitting: alert, snoozed until 2026-03-02 11:01.",
        "",
        "No alerts in this time.",
    ]
    silent = {
        "alerts": [],
        "is_sitting": False,
        "next_break": None,
        "muted_until": "2026-03-02T10:01:00.000Z",
        "red_flags": ["fever", "weight_loss"],
    }
    others = {"quiet_hours": True, "enough_for_today": True, "not_worn_today": True}
    assert words(PRESENT, **silent, **others)[:-2] == [
        "Sitting since the last break: 46 min, not sitting now.",
        "No alert.",
        "All reminders are paused: a yes to a health question (fever, weight loss) waits for the therapist.",
        "Silent until 2026-03-02 11:01: a meeting, or at the wheel.",
        "Quiet hours: nothing is said.",
        "Today has had its reminders; nothing more is said.",
        "The strip has not been worn today.",
    ]


def test_a_folder_without_a_home_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotRunningError, match="there is no home in"):
        standing(tmp_path, 1, NOW)


def test_the_command_tells_a_program(home: Path) -> None:
    result = CliRunner().invoke(app, ["alerts", "--folder", str(home), "--days", "366", "--json"])
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert (told["running"], told["now"]) == (False, None)


@pytest.mark.parametrize("wish", [["--snooze", "15"], ["--acknowledge"], ["--silent", "60"]])
def test_nothing_can_be_answered_without_a_gateway(home: Path, wish: list[str]) -> None:
    result = CliRunner().invoke(app, ["alerts", "--folder", str(home), *wish])
    assert isinstance(result.exception, NotRunningError)
    assert "start it with: lumbar gateway --config" in str(result.exception)


@pytest.mark.parametrize(
    "options", ["--snooze 20", "--snooze 15 --acknowledge", "--config a --folder b", "--days 0", "--silent 5"]
)
def test_what_is_mistyped_is_told(options: str) -> None:
    assert CliRunner().invoke(app, ["alerts", *options.split()]).exit_code == 2
