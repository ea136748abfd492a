"""The shell scripts and the commands behind them, run for real; units checked by systemd itself."""

import os
import re
import shutil
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from analysis.trends.sqlite import SqliteStore
from tests.clinic_month import events_of

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
LUMBAR = Path(sys.executable).with_name("lumbar")
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


def _run(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **environment},
    )


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    """Return a folder made by the first-run script, with a patient and two days of events."""
    folder = tmp_path / "clinic"
    options = ("--host", "localhost", "--timezone", "Europe/Vienna", "--without-compose")
    made = _run(DEPLOY / "first-run.sh", *options, LUMBAR=str(LUMBAR), LUMBAR_FOLDER=str(folder))
    assert made.returncode == 0, made.stderr
    assert "made a certificate authority" in made.stdout
    patient = ("add-patient", "p-01", "--timezone", "Europe/Vienna", "--out", str(tmp_path / "out"))
    added = _run(LUMBAR, "clinic", *patient, "--folder", folder)
    assert added.returncode == 0, added.stderr
    assert (tmp_path / "out" / "p-01" / "lumbar.toml").exists()
    with closing(SqliteStore(folder / "data" / "recorder" / "clinic.sqlite")) as store:
        store.put(events_of("p-01", 2))
    return folder


def _events(folder: Path) -> list[dict[str, Any]]:
    with closing(SqliteStore(folder / "data" / "recorder" / "clinic.sqlite")) as store:
        return store.events("p-01")


def test_what_is_backed_up_while_it_runs_is_there_after_a_disaster(clinic: Path, tmp_path: Path) -> None:
    before = _events(clinic)
    stop = threading.Event()

    def write() -> None:
        with closing(SqliteStore(clinic / "data" / "recorder" / "clinic.sqlite")) as store:
            number = 0
            while not stop.is_set():
                store.put(list(events_of(f"p-{number:03}", 1))[:50])
                number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        saved = _run(DEPLOY / "backup.sh", "save", clinic, tmp_path / "b.tar")
    finally:
        stop.set()
        writer.join()
    assert saved.returncode == 0, saved.stderr
    assert (tmp_path / "b.tar").stat().st_mode & 0o077 == 0
    secret = (clinic / "secrets" / "recorder-password").read_text()
    assert "is not empty" in _run(DEPLOY / "backup.sh", "restore", tmp_path / "b.tar", clinic).stderr
    assert "exists" in _run(DEPLOY / "backup.sh", "save", clinic, tmp_path / "b.tar").stderr
    shutil.rmtree(clinic)
    restored = _run(DEPLOY / "backup.sh", "restore", tmp_path / "b.tar", clinic)
    assert restored.returncode == 0, restored.stderr
    assert "lumbar clinic resend --since" in restored.stdout
    assert _events(clinic) == before
    assert (clinic / "secrets" / "recorder-password").read_text() == secret
    assert (clinic / "secrets").stat().st_mode & 0o077 == 0
    again = _run(LUMBAR, "clinic", "init", "--host", "x", "--timezone", "UTC", "--folder", clinic)
    assert again.stdout == "nothing was missing\n", "a restored folder is complete"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("save", "nowhere", "b.tar"), "is no clinic's folder"),
        (("restore", "nowhere.tar", "folder"), "there is no nowhere.tar"),
        (("restore", "b.tar"), "Back a clinic up"),
        (("destroy", "a", "b"), "Back a clinic up"),
    ],
)
def test_backup_says_what_is_amiss(words: tuple[str, ...], reason: str) -> None:
    refused = _run(DEPLOY / "backup.sh", *words)
    assert refused.returncode != 0
    assert reason in refused.stderr


def test_export_is_every_event_and_an_unknown_patient_is_named(clinic: Path, tmp_path: Path) -> None:
    config = clinic / "recorder.toml"
    out = tmp_path / "p-01.jsonl"
    exported = _run(LUMBAR, "clinic", "export", "p-01", "--config", config, "--out", out)
    assert exported.returncode == 0, exported.stderr
    assert len(out.read_text().splitlines()) == len(_events(clinic))
    unknown = _run(LUMBAR, "clinic", "export", "p-99", "--config", config, "--out", tmp_path / "x")
    assert (unknown.returncode, "knows no patient 'p-99'" in unknown.stderr) == (1, True)
    assert not (tmp_path / "x").exists()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_accepts_the_unit(unit: Path, tmp_path: Path) -> None:
    here = tmp_path / unit.name
    here.write_text(unit.read_text().replace("/opt/lumbar/.venv/bin/lumbar", str(LUMBAR)))
    verified = _run("systemd-analyze", "verify", "--man=no", here)
    ours = [line for line in verified.stderr.splitlines() if unit.stem in line or str(here) in line]
    assert (verified.returncode, ours) == (0, []), verified.stderr
    rated = _run("systemd-analyze", "security", "--offline=true", "--no-pager", here)
    exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", rated.stdout)
    assert exposure is not None, rated.stdout
    assert float(exposure[1]) < 2.0, "hardened: 10 is a service without any protection"


def test_units_start_what_there_is() -> None:
    assert [unit.stem for unit in UNITS] == ["lumbar-gateway", "lumbar-recorder", "lumbar-review"]
    for unit in UNITS:
        text = unit.read_text()
        command = re.search(r"(?m)^ExecStart=\S+/lumbar (\w+) --config \S+$", text)
        assert command is not None
        assert _run(LUMBAR, command[1], "--help").returncode == 0
        assert "Type=notify" in text
        assert "WatchdogSec=" in text
        assert "Restart=always" in text
