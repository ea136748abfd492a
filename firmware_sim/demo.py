"""The main job, shown: a simulated morning through the whole product, and what came of it at the far end.

The clinic's store is read and held against what the simulated person did; the verdict is the exit status.
"""

import asyncio
import json
import signal
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import UTC
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from analysis.review.publish import write_report
from analysis.trends.sqlite import SqliteStore
from firmware_sim.replay import ReplaySource
from firmware_sim.run_folder import claimed
from firmware_sim.scenarios import Scenario, scenario
from firmware_sim.scoring import score
from firmware_sim.stage import PATIENT, SERIAL, Plan, Stage
from firmware_sim.summary import replay_summary, summary, tell_faults
from firmware_sim.truth.events import truth_events
from firmware_sim.truth.record import truth_of


async def run_demo(plan: Plan, *, once: bool, console: Console) -> bool:
    """Run the main job and tell what came of it.

    Parameters
    ----------
    plan
        What to run and where.
    once
        End when the scenario ends; otherwise the page stays until the process is asked to end.
    console
        Where to show progress and the summary.

    Returns
    -------
    bool
        Whether everything was seen that had to be seen.

    Raises
    ------
    SimError
        If there is no such scenario, the recording cannot be worn, the folder is not to be had, or a part
        does not come up, ends, or stands still.
    """
    # Whoever asks for the end, the parts are stopped: SIGTERM goes the way of Ctrl-C.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, signal.raise_signal, signal.SIGINT)
    worn = None if plan.replay else scenario(plan.scenario, plan.seed)
    if plan.replay:
        ReplaySource.load(plan.replay)  # what cannot be worn is told before anything is started
    with claimed(plan.folder):
        return await _run_on(Stage(plan), worn, once=once, console=console)


async def _run_on(stage: Stage, worn: Scenario | None, *, once: bool, console: Console) -> bool:
    try:
        await stage.start()
        if stage.broker_missing:
            console.print(f"No broker, so only the home's own store is filled: {stage.broker_missing}")
        console.print(f"The patient's page: [bold]{stage.page_url}[/bold]")
        await _show_progress(stage, worn, console)
        if stage.broker is not None:
            await stage.delivered()
        is_complete = await _tell(stage, worn, console)
        if not once:
            await stage.slow_down()
            console.print(f"The page stays at [bold]{stage.page_url}[/bold] until you press Ctrl-C.")
            await _interrupted()
    finally:
        await stage.stop()
    return is_complete


async def _interrupted() -> None:
    """Wait for Ctrl-C, or for being asked to end."""
    asked = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    await asked.wait()


async def _show_progress(stage: Stage, worn: Scenario | None, console: Console) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("Starting", total=worn.duration_s if worn else None)
        async for status in stage.progress():
            at = (status.get("last_sample") or "")[11:19]
            doing = status.get("posture") or status.get("link") or "starting"
            progress.update(task, description=f"{at} {doing}", completed=status.get("samples", 0) / 100.0)


async def _tell(stage: Stage, worn: Scenario | None, console: Console) -> bool:
    """Write truth, detections and report; print the summary and return whether all is well."""
    folder = stage.plan.folder
    await stage.take_off()
    detected = _events_at_the_far_end(stage)
    _write_lines(folder / "detected.jsonl", detected)
    link = await stage.status()
    with closing(SqliteStore(stage.home_store)) as store:
        write_report(store, PATIENT, UTC, folder / "report.html", now=stage.plan.clock.utc())
    if worn is None:
        console.print(replay_summary(detected, link, stage.sent_frames()))
        is_complete = bool(link.get("samples"))
    else:
        true = list(_truth(worn, stage.donned_utc_ns()))
        _write_lines(folder / "truth.jsonl", true)
        result = score(true, detected)
        faults = result.faults()
        console.print(summary(result, link, stage.sent_frames()))
        tell_faults(console, faults)
        is_complete = not faults
    console.print(f"Report: {folder / 'report.html'}")
    return is_complete


def _truth(worn: Scenario, donned_utc_ns: int) -> Iterable[dict[str, Any]]:
    return truth_events(
        truth_of(worn),
        patient=PATIENT,
        device=SERIAL,
        utc_ns_of=lambda at_s: donned_utc_ns + round(at_s * 1e9),
    )


def _events_at_the_far_end(stage: Stage) -> list[dict[str, Any]]:
    """Return what the clinic's store holds; the home's, where no broker could be had."""
    with closing(SqliteStore(stage.clinic_store if stage.broker else stage.home_store)) as store:
        return store.events(PATIENT)


def _write_lines(path: Path, events: Iterable[Mapping[str, Any]]) -> None:
    lines = (json.dumps(event, ensure_ascii=False, separators=(",", ":")) for event in events)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
