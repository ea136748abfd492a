"""The demo's last words."""

import io
from collections import Counter
from typing import Any

from rich.console import Console, RenderableType

from firmware_sim.scoring import AlertScore, Score
from firmware_sim.summary import replay_summary, summary, tell_faults

LINK = {
    "frames": 12_345,
    "bad_frames": 2,
    "samples": 111_000,
    "missing_samples": 45,
    "latency_p50_ms": 41.4,
    "latency_p99_ms": None,
}


def told(what: RenderableType) -> list[str]:
    console = Console(file=io.StringIO(), width=120, no_color=True)
    console.print(what)
    assert isinstance(console.file, io.StringIO)
    return [" ".join(line.replace("│", " ").split()) for line in console.file.getvalue().splitlines()]


def scored(**changes: Any) -> Score:
    given: dict[str, Any] = {
        "true_lifts": Counter(hip_hinge=3, lumbar_flexion=2),
        "found_lifts": Counter(hip_hinge=3, lumbar_flexion=1),
        "agreeing_lifts": Counter(hip_hinge=2, lumbar_flexion=1),
        "extra_lifts": 1,
        "true_sitting_s": 2880.0,
        "found_sitting_s": 2850.0,
        "alerts": (
            AlertScore("nudge", "2026-03-02T08:50:12.000Z", 1.25),
            AlertScore("alert", "2026-03-02T09:05:12.000Z", None),
        ),
        "extra_alerts": 4,
    }
    return Score(**(given | changes))


def test_lifts_are_counted_by_their_names_for_people() -> None:
    lines = told(summary(scored(), LINK, 12_400))
    assert "hip-led 3 3 2" in lines
    assert "back-led 2 1 1" in lines
    assert "all 5 4 3" in lines
    assert "reported but not done 1" in lines
    assert not any(line.startswith("shared") for line in lines), "nobody lifted that way"


def test_sitting_and_reminders_stand_beside_the_truth() -> None:
    lines = told(summary(scored(), LINK, 12_400))
    assert "minutes sat 48.0 47.5" in lines
    assert "nudge due 08:50:12 +1.2 s" in lines
    assert "alert due 09:05:12 never" in lines
    assert "not due 4" in lines


def test_the_radio_is_told_with_what_is_unknown() -> None:
    text = " ".join(told(summary(scored(), LINK, 12_400)))
    assert "Frames: 12,400 sent, 12,345 received, 2 damaged" in text
    assert "samples: 111,000 received, 45 missing." in text
    assert "median 41 ms, 99 % within unknown" in text
    assert "Frames: unknown sent, 0 received" in " ".join(told(summary(scored(), {}, None)))


def test_a_recording_s_lifts_are_listed_without_a_truth() -> None:
    lift = {
        "schema": "lumbar.lift/1",
        "peak": "2026-03-02T08:00:07.120Z",
        "strategy": "shared",
        "trunk_at_peak_deg": 61.26,
        "pelvis_at_peak_deg": 33.2,
        "lumbar_at_peak_deg": None,
        "lumbar_share": None,
    }
    scarce = lift | {"strategy": "not_scored", "lumbar_share": 0.459}
    lines = told(replay_summary([lift, {"schema": "lumbar.minute/1"}, scarce], LINK, 9))
    assert "08:00:07 shared 61.3 deg 33.2 deg - -" in lines
    assert "08:00:07 not scored 61.3 deg 33.2 deg - 0.46" in lines
    assert sum(line.startswith("08:00:07") for line in lines) == 2


def test_faults_are_told_one_by_one() -> None:
    console = Console(file=io.StringIO(), width=120, no_color=True)
    tell_faults(console, ["only 3 of 12 lifts were found", "the nudge due at 8 never came"])
    tell_faults(console, [])
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().splitlines() == [
        "Missed: only 3 of 12 lifts were found.",
        "Missed: the nudge due at 8 never came.",
        "Everything that had to be seen was seen.",
    ]
