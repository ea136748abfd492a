"""Bad input to the real command: one clear line, what to do about it, and the right exit status."""

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from firmware_sim.ports import free_port

pytestmark = pytest.mark.e2e


def lumbar(*words: str, within_s: float = 60.0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gateway.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=within_s, check=False)


def fault(done: subprocess.CompletedProcess[str], status: int = 1) -> str:
    """Return the one line of a failed command."""
    assert done.returncode == status, done
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if line and not line.startswith("{")]
    assert len(lines) == 1, lines
    assert lines[0].startswith("lumbar: ")
    assert "a fault of this program" not in lines[0]
    return lines[0]


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def settings(folder: Path, text: str) -> str:
    path = folder / "lumbar.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def recording(folder: Path, *, without: str = "", scale: float = 1.0) -> Path:
    n = 500
    noise = np.random.default_rng(1).normal(scale=0.01, size=(n, 12)).T
    columns = {"time_s": np.arange(n) / 100.0}
    for i, (pod, axis) in enumerate(product(("upper", "lower"), "xyz")):
        columns[f"{pod}_acc_{axis}_mps2"] = noise[i] + (9.81 * scale if axis == "z" else 0.0)
        columns[f"{pod}_gyr_{axis}_radps"] = noise[6 + i]
    columns.pop(without, None)
    path = folder / f"still{without}.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def test_unknown_scenario() -> None:
    for command in ("demo", "sim"):
        line = fault(lumbar(command, "--scenario", "moonwalk"))
        assert "no scenario 'moonwalk'; there are: morning" in line


def test_page_port_in_use(taken_port: int, tmp_path: Path) -> None:
    line = fault(lumbar("demo", "--once", "--port", str(taken_port), "--out", str(tmp_path)))
    assert f"port {taken_port} is in use" in line
    assert "--port" in line
    port = f'patient.id = "p"\npages.port = {taken_port}\nstorage.folder = "{tmp_path}"\n'
    line = fault(lumbar("gateway", "--config", settings(tmp_path, port)))
    assert f"port {taken_port} is in use" in line


def test_radio_port_in_use(taken_port: int, tmp_path: Path) -> None:
    line = fault(lumbar("sim", "--port", str(taken_port), "--state", str(tmp_path)))
    assert f"port {taken_port} is in use; choose another with --port" in line


def test_no_bluetooth_adapter(tmp_path: Path) -> None:
    if Path("/sys/class/bluetooth").exists() and any(Path("/sys/class/bluetooth").iterdir()):
        pytest.skip("this computer has a Bluetooth adapter")
    line = fault(lumbar("scan"))
    assert "no Bluetooth to use" in line
    home = f'patient.id = "p"\nstorage.folder = "{tmp_path}"\npages.port = {free_port()}\n'
    command = [sys.executable, "-m", "gateway.cli", "gateway", "--config", settings(tmp_path, home)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = next(line for line in process.stderr if "waiting for the strip" in line)
        assert "no Bluetooth to use" in said
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_virtual_radio_that_is_not_there(tmp_path: Path) -> None:
    line = fault(lumbar("scan", "--virtual-radio", "tcp-client:127.0.0.1:1"))
    assert "127.0.0.1:1" in line


def test_virtual_radio_that_hangs_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as radio:

        def hang_up() -> None:
            radio.accept()[0].close()

        threading.Thread(target=hang_up, daemon=True).start()
        line = fault(lumbar("scan", "--virtual-radio", f"tcp-client:127.0.0.1:{radio.getsockname()[1]}"))
    assert "no radio at" in line


def test_settings_that_cannot_be_read(tmp_path: Path) -> None:
    assert "No such file" in fault(lumbar("gateway", "--config", str(tmp_path / "none.toml")))
    assert "is not valid TOML" in fault(lumbar("gateway", "--config", settings(tmp_path, "[")))
    line = fault(lumbar("gateway", "--config", settings(tmp_path, "[patient]\nid = 7\n")))
    assert re.search(r"lumbar\.toml: \[patient\] id: ", line)


def test_broker_down_at_start_is_waited_for(tmp_path: Path) -> None:
    text = f'mqtt.host = "127.0.0.1"\nmqtt.port = 1\nstore.path = "{tmp_path / "clinic.sqlite"}"\n'
    command = [sys.executable, "-m", "gateway.cli", "recorder", "--config", settings(tmp_path, text)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == {"ready": True}
        said = json.loads(process.stderr.readline())
        assert said["level"] == "warning"
        assert "waiting for the broker at 127.0.0.1:1" in said["event"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0


def test_bad_recordings_are_named_and_the_others_done(tmp_path: Path) -> None:
    good = recording(tmp_path)
    short = recording(tmp_path, without="lower_acc_y_mps2")
    in_g = tmp_path / "in_g.parquet"
    shutil.move(recording(tmp_path, scale=1 / 9.81), in_g)
    good = recording(tmp_path)
    done = lumbar("analyse", "--aligned", str(short), str(in_g), str(tmp_path / "none.csv"), str(good))
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert len(lines) == 3, lines
    assert "lower_acc_y_mps2" in lines[0]
    assert "in_g.parquet" in lines[1]
    assert "none.csv" in lines[2]
    assert {json.loads(line)["recording"] for line in done.stdout.splitlines()} == {good.name}


def test_a_recording_that_cannot_be_worn(tmp_path: Path) -> None:
    for command in (["sim"], ["demo", "--once", "--port", str(free_port())]):
        line = fault(lumbar(*command, "--replay", str(recording(tmp_path, without="upper_acc_x_mps2"))))
        assert "cannot be replayed: the column upper_acc_x_mps2 is missing" in line


def test_mistyped_commands_have_status_2(tmp_path: Path) -> None:
    for words in (
        ("dance",),
        ("demo", "--speed", "fast"),
        ("sim", "--serial", "LM 1"),
        ("analyse",),
        ("analyse", "--aligned", "--calibration", "c.json", "x.csv"),
        ("report", "--patient", "p", "--out", "report.docx"),
        ("report", "--patient", "p", "--timezone", "Mars"),
    ):
        assert lumbar(*words).returncode == 2, words


def test_folders_that_cannot_be(tmp_path: Path) -> None:
    a_file = tmp_path / "file"
    a_file.touch()
    text = f'patient.id = "p"\nstorage.folder = "{a_file}/home"\nbluetooth.virtual_radio = "tcp-client:x:1"\n'
    line = fault(lumbar("gateway", "--config", settings(tmp_path, text)))
    assert f"{a_file}/home" in line
    assert "Not a directory" in line
    text = f'mqtt.host = "127.0.0.1"\nstore.path = "{a_file}/clinic.sqlite"\n'
    assert str(a_file) in fault(lumbar("recorder", "--config", settings(tmp_path, text)))
    assert str(a_file) in fault(lumbar("demo", "--once", "--port", str(free_port()), "--out", str(a_file)))


def test_a_radio_that_is_none(tmp_path: Path) -> None:
    assert "no radio at tcp-client:9702" in fault(lumbar("scan", "--virtual-radio", "tcp-client:9702"))
    strip = ("sim", "--scenario", "quiet", "--state", str(tmp_path), "--radio", "tcp-client:9702")
    assert "no radio at tcp-client:9702" in fault(lumbar(*strip))


def test_report_without_data(tmp_path: Path) -> None:
    line = fault(lumbar("report", "--patient", "p-1", "--store", str(tmp_path / "none.sqlite")))
    assert "there is no store" in line


def test_stopping_is_quick_and_tidy(tmp_path: Path) -> None:
    sim = ["sim", "--scenario", "quiet", "--state", str(tmp_path), "--port", str(free_port())]
    command = [sys.executable, "-m", "gateway.cli", *sim]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["ready"]
        asked_s = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert time.monotonic() - asked_s < 5.0
