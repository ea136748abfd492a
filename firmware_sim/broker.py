"""A real mosquitto of one's own, for the demo and the tests: a folder, a port on loopback, MQTT 5.

Anybody on this computer may connect without a password: the broker listens on 127.0.0.1 only, carries what a
simulated person did, and lives as long as the demo. A clinic's broker is another matter (TLS, passwords,
rights); nothing here is a template for it.

It keeps sessions, queued and retained messages in the folder and saves on every change, so that a broker
that was killed comes back on the same folder with nearly all that it had accepted. Nearly: mosquitto saves
just after it has acknowledged, and what it acknowledged in its last milliseconds dies with it.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from firmware_sim.ports import free_port

_HOST: Final = "127.0.0.1"
_START_S: Final = 5.0
"""Longest wait for the broker to accept connections, s of this computer [ours]; it takes 0.05 s."""
_STOP_S: Final = 5.0
"""Longest wait for it to save and end, s of this computer [ours]."""
_LOOK_S: Final = 0.02
_FREE_PORT_ATTEMPTS: Final = 3
"""A free port can be taken between finding and using it."""
_GUARD: Final = ("/bin/sh", "-c", 'read -r _; kill "$0"')
"""Ends the process of the given id when its own standard input closes, that is with the program that started
it, however that ended: mosquitto itself would outlive a demo that was killed."""

_CONFIGURATION: Final = """\
listener {port} {host}
allow_anonymous true
{user}
persistence true
persistence_location {folder}/
autosave_on_changes true
autosave_interval 1
max_queued_messages 100000
log_dest stderr
log_type error
log_type warning
log_type notice
connection_messages false
"""


class BrokerError(Exception):
    """mosquitto did not start; the message says why."""


class BrokerMissingError(BrokerError):
    """mosquitto is not installed."""


class PortInUseError(BrokerError):
    """Another program listens on the port."""


@dataclass(frozen=True, slots=True)
class RunningBroker:
    """A mosquitto that accepts connections at 127.0.0.1 and `port`; ends with its ``with`` block."""

    port: int
    log_path: Path
    _process: subprocess.Popen[bytes] = field(repr=False)
    _guard: subprocess.Popen[bytes] = field(repr=False)

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self._process.pid

    def stop(self) -> None:
        """Let it save and end."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once (kill -9), as a power cut would."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Let it stand still until :meth:`thaw`."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._process.send_signal(signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        self._process.send_signal(how)  # does nothing once the process has been waited for
        self.thaw()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._guard.kill()
        self._guard.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_mosquitto(folder: Path, port: int = 0) -> RunningBroker:
    """Start mosquitto with its configuration, data and log in `folder`, which is made if it is not there.

    Parameters
    ----------
    folder
        Where the broker lives; the same folder again continues what was there.
    port
        TCP port on loopback; 0: a free one.

    Raises
    ------
    BrokerMissingError
        If there is no mosquitto on this computer.
    PortInUseError
        If another program listens on the port.
    BrokerError
        If it does not start for another reason.
    """
    program = _find_mosquitto()
    folder = folder.resolve()
    if not str(folder).isprintable():
        raise BrokerError(f"mosquitto cannot use a folder with control characters in its name: {folder!r}")
    folder.mkdir(parents=True, exist_ok=True)
    if port:
        return _start(program, folder, port)
    for _ in range(_FREE_PORT_ATTEMPTS - 1):
        try:
            return _start(program, folder, free_port())
        except PortInUseError:
            continue
    return _start(program, folder, free_port())


def _find_mosquitto() -> str:
    """Return the program's path; Debian keeps it in /usr/sbin, which is not in everybody's PATH."""
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"))
    program = shutil.which("mosquitto", path=path)
    if program is None:
        raise BrokerMissingError(
            "mosquitto is not installed; on Debian and Ubuntu: apt-get install mosquitto"
        )
    return program


def _start(program: str, folder: Path, port: int) -> RunningBroker:
    if _accepts(port):  # or the answer on that port would be taken for our broker's
        raise PortInUseError(_in_use(port))
    configuration = folder / "mosquitto.conf"
    configuration.write_text(
        _CONFIGURATION.format(port=port, host=_HOST, folder=folder, user=_user()), encoding="utf-8"
    )
    log_path = folder / "mosquitto.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - a program that we found, with a file that we wrote
            [program, "-c", str(configuration)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the demo, which stops the broker last
        )
    guard = subprocess.Popen(  # noqa: S603 - a constant, and a process id
        [*_GUARD, str(process.pid)],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    broker = RunningBroker(port, log_path, process, guard)
    deadline_s = time.monotonic() + _START_S
    while not _accepts(port):
        if process.poll() is not None:
            broker.stop()
            _explain(log_path, port)
        if time.monotonic() > deadline_s:
            broker.kill()
            raise BrokerError(f"mosquitto accepts no connections after {_START_S:.0f} s; see {log_path}")
        time.sleep(_LOOK_S)
    return broker


def _user() -> str:
    """Return what keeps root's mosquitto from becoming user mosquitto, who cannot write the folder."""
    return "user root" if os.geteuid() == 0 else ""


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((_HOST, port)) == 0


def _explain(log_path: Path, port: int) -> None:
    lines = log_path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    if any("Address already in use" in line for line in lines):
        raise PortInUseError(_in_use(port))
    reason = "; ".join(lines) if lines else "without a word"
    raise BrokerError(f"mosquitto ended at once: {reason} (see {log_path})")


def _in_use(port: int) -> str:
    return f"port {port} on {_HOST} is in use by another program; choose another one"
