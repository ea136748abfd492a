"""The demo's last words: what the simulated person did, what was seen of it, and how the radio fared."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from firmware_sim.scoring import STRATEGIES, Score

_IN_WORDS = {
    "hip_hinge": "hip-led",
    "shared": "shared",
    "lumbar_flexion": "back-led",
    "not_scored": "not scored",
}


def summary(score: Score, link: Mapping[str, Any], sent_frames: int | None) -> Group:
    """Return the summary for a terminal.

    Parameters
    ----------
    score
        What was detected, held against the truth.
    link
        The gateway's account of its link, as ``/api/status`` tells it.
    sent_frames
        Frames that the strip says it sent; None if it could not say.
    """
    return Group(_lifts(score), _times(score), _radio(link, sent_frames))


def replay_summary(
    detected: Sequence[Mapping[str, Any]], link: Mapping[str, Any], sent_frames: int | None
) -> Group:
    """Return the summary of a recording that was worn instead of a person: its lifts, without a truth."""
    table = Table(title="Lifts", title_justify="left")
    for name in ("at", "strategy", "trunk", "pelvis", "lumbar", "share"):
        table.add_column(name, justify="left" if name in {"at", "strategy"} else "right")
    for lift in detected:
        if lift["schema"] == "lumbar.lift/1":
            angles = (lift[f"{part}_at_peak_deg"] for part in ("trunk", "pelvis", "lumbar"))
            shown = ("-" if value is None else f"{value:.1f} deg" for value in angles)
            share = lift["lumbar_share"]
            table.add_row(
                lift["peak"][11:19],
                _IN_WORDS[lift["strategy"]],
                *shown,
                "-" if share is None else f"{share:.2f}",
            )
    return Group(table, _radio(link, sent_frames))


def _lifts(score: Score) -> Table:
    table = Table(title="Lifts", title_justify="left")
    for name in ("", "done", "found", "same strategy"):
        table.add_column(name, justify="left" if not name else "right")
    for strategy in STRATEGIES:
        counts = (score.true_lifts[strategy], score.found_lifts[strategy], score.agreeing_lifts[strategy])
        if counts[0]:
            table.add_row(_IN_WORDS[strategy], *map(str, counts))
    totals = (score.true_lifts.total(), score.found_lifts.total(), score.agreeing_lifts.total())
    table.add_row("all", *map(str, totals), style="bold")
    table.add_row("reported but not done", "", str(score.extra_lifts), "")
    return table


def _times(score: Score) -> Table:
    table = Table(title="Sitting", title_justify="left")
    for name in ("", "truth", "seen"):
        table.add_column(name, justify="left" if not name else "right")
    table.add_row("minutes sat", f"{score.true_sitting_s / 60:.1f}", f"{score.found_sitting_s / 60:.1f}")
    for alert in score.alerts:
        seen = "never" if alert.error_s is None else f"{alert.error_s:+.1f} s"
        table.add_row(f"{alert.level} due", alert.due[11:19], seen)
    table.add_row("not due", "", str(score.extra_alerts))
    return table


def _radio(link: Mapping[str, Any], sent_frames: int | None) -> Text:
    sent = "unknown" if sent_frames is None else f"{sent_frames:,}"
    return Text(
        f"Frames: {sent} sent, {link.get('frames', 0):,} received, {link.get('bad_frames', 0)} damaged; "
        f"samples: {link.get('samples', 0):,} received, {link.get('missing_samples', 0):,} missing. "
        f"Latency, sample to gateway: median {_ms(link, 'latency_p50_ms')}, "
        f"99 % within {_ms(link, 'latency_p99_ms')} (time of the run).",
    )


def _ms(link: Mapping[str, Any], name: str) -> str:
    value = link.get(name)
    return "unknown" if value is None else f"{value:,.0f} ms"


def tell_faults(console: Console, faults: list[str]) -> None:
    """Say what went wrong, or that nothing did."""
    if not faults:
        console.print("Everything that had to be seen was seen.", style="green")
    for fault in faults:
        console.print(f"Missed: {fault}.", style="red")
