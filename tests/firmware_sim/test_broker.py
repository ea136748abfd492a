"""The demo's mosquitto: starts, keeps what it accepted, says what is wrong."""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from analysis.trends.broker import Broker
from analysis.trends.connection import Acknowledged, Connected, Connection, Publication, Received
from firmware_sim.broker import (
    BrokerError,
    BrokerMissingError,
    PortInUseError,
    RunningBroker,
    start_mosquitto,
)

IsAlive = Callable[[int], bool]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RunningBroker]:
    try:
        running = start_mosquitto(tmp_path / "a broker")  # a blank in the name must do no harm
    except BrokerMissingError as error:
        pytest.skip(str(error))
    with running:
        yield running


def _leave(broker: RunningBroker, payload: bytes) -> None:
    """Leave a retained message and wait until it is saved, which mosquitto does just after acknowledging."""

    async def play() -> None:
        connection = Connection(Broker("127.0.0.1", broker.port), "leaves", session_expiry_s=0)
        async with asyncio.timeout(5):
            assert isinstance(await connection.next(), Connected)
            connection.publish(Publication("kept", payload, retain=True))
            assert isinstance(await connection.next(), Acknowledged)
            while payload not in _saved(broker):  # noqa: ASYNC110 - a file has no event
                await asyncio.sleep(0.01)
        await connection.close()

    asyncio.run(play())


def _saved(broker: RunningBroker) -> bytes:
    path = broker.log_path.parent / "mosquitto.db"
    return path.read_bytes() if path.exists() else b""


def _find(broker: RunningBroker) -> bytes:
    async def play() -> bytes:
        connection = Connection(Broker("127.0.0.1", broker.port), "finds", session_expiry_s=0)
        async with asyncio.timeout(5):
            while True:
                match await connection.next():
                    case Connected():
                        connection.subscribe("kept")
                    case Received(_, payload):
                        await connection.close()
                        return payload

    return asyncio.run(play())


def test_listens_on_loopback_only(broker: RunningBroker) -> None:
    configuration = (broker.log_path.parent / "mosquitto.conf").read_text()
    assert f"listener {broker.port} 127.0.0.1" in configuration
    assert configuration.count("listener") == 1


def test_what_was_accepted_survives_kill_and_stop(broker: RunningBroker) -> None:
    folder = broker.log_path.parent
    _leave(broker, b"before the power cut")
    broker.kill()
    with start_mosquitto(folder, broker.port) as second:
        assert second.port == broker.port
        assert _find(second) == b"before the power cut"
    with start_mosquitto(folder) as third:
        assert _find(third) == b"before the power cut"


def test_ends_when_told_and_only_once(broker: RunningBroker, is_alive: IsAlive) -> None:
    assert is_alive(broker.pid)
    broker.stop()
    assert not is_alive(broker.pid)
    broker.stop()
    broker.kill()


def test_ends_with_the_program_that_started_it(tmp_path: Path, is_alive: IsAlive) -> None:
    program = (
        "import os, pathlib, signal, sys\n"
        "from firmware_sim.broker import start_mosquitto\n"
        "print(start_mosquitto(pathlib.Path(sys.argv[1])).pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False
    )
    if "mosquitto is not installed" in killed.stderr:
        pytest.skip("mosquitto is not installed")
    pid = int(killed.stdout)
    patience_s = time.monotonic() + 5
    while is_alive(pid) and time.monotonic() < patience_s:
        time.sleep(0.02)
    assert not is_alive(pid)


def test_port_in_use(broker: RunningBroker, tmp_path: Path) -> None:
    with pytest.raises(PortInUseError, match=rf"port {broker.port} on 127\.0\.0\.1 is in use"):
        start_mosquitto(tmp_path / "second", broker.port)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))  # taken, though nobody listens
        with pytest.raises(PortInUseError):
            start_mosquitto(tmp_path / "third", other.getsockname()[1])


def test_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_arguments, **_options: None)
    with pytest.raises(BrokerMissingError, match="apt-get install mosquitto"):
        start_mosquitto(tmp_path)


def test_reason_of_a_failed_start_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "firmware_sim.broker._CONFIGURATION", "listener {port} {host}\nwrong_word {folder}{user}\n"
    )
    try:
        with pytest.raises(BrokerError, match=r"mosquitto ended at once: .*Unknown configuration variable"):
            start_mosquitto(tmp_path / "b")
    except BrokerMissingError as error:
        pytest.skip(str(error))


def test_folder_with_a_line_break(tmp_path: Path) -> None:
    try:
        with pytest.raises(BrokerError, match="control characters"):
            start_mosquitto(tmp_path / "a\nb")
    except BrokerMissingError as error:
        pytest.skip(str(error))
