"""The broker as it is shipped: mosquitto with deploy/mosquitto's files, TLS, logins and rights, on loopback.

Only what has to be another here is another: the folder, the port, and the user.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from analysis.trends.broker import Broker
from firmware_sim.ports import free_port
from gateway.clinic.folder import ClinicFolder
from gateway.clinic.patients import Home, add_patient

DEPLOY = Path(__file__).resolve().parents[1] / "deploy"
_START_S = 10.0


class MosquittoMissingError(Exception):
    """mosquitto is not installed."""


@dataclass(slots=True)
class ShippedBroker:
    """A running broker and the clinic's folder it stands on."""

    clinic: ClinicFolder
    homes: Path
    port: int
    _program: str = field(repr=False)
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def log(self) -> Path:
        """Return where it writes its log."""
        return self.clinic.path / "mosquitto.log"

    @property
    def pid(self) -> int:
        """Return its process id."""
        assert self._process is not None
        return self._process.pid

    def as_patient(self, patient: str) -> Broker:
        """Return the settings that the patient's gateway got."""
        home = self.homes / patient
        return Broker("localhost", self.port, patient, home / "clinic-password", home / "clinic-ca.crt")

    def as_service(self, name: str) -> Broker:
        """Return the settings of one of the clinic's own services."""
        password = self.clinic.secret(f"{name}-password")
        return Broker("localhost", self.port, name, password, self.clinic.authority)

    def start(self) -> None:
        """Start it, or start it again, and wait until it listens."""
        with self.log.open("ab") as log:
            command = [self._program, "-c", str(self.clinic.path / "mosquitto.conf")]
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._process = process
        deadline_s = time.monotonic() + _START_S
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if process.poll() is not None or time.monotonic() > deadline_s:
                raise RuntimeError(self.log.read_text(errors="replace"))
            time.sleep(0.02)

    def kill(self) -> None:
        """End it at once (kill -9)."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def reload(self) -> None:
        """Ask it to read logins and rights again; it takes a moment."""
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()


@contextmanager
def shipped_broker(folder: Path, *patients: str) -> Iterator[ShippedBroker]:
    """Give the broker of a clinic made by `lumbar clinic init`, with a login for each patient."""
    program = shutil.which(
        "mosquitto", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin"
    )
    if program is None:
        raise MosquittoMissingError("mosquitto is not installed; on Debian: apt-get install mosquitto")
    clinic = ClinicFolder(folder / "clinic")
    clinic.prepare(["localhost"], "Europe/Vienna", datetime.now(UTC), in_compose=False)
    for patient in patients:
        add_patient(clinic, patient, "Europe/Vienna", folder / "homes" / patient, Home())
    broker = ShippedBroker(clinic, folder / "homes", free_port(), program)
    (clinic.path / "mosquitto.conf").write_text(_configuration(broker), encoding="utf-8")
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


def _configuration(broker: ShippedBroker) -> str:
    shipped = (DEPLOY / "mosquitto" / "mosquitto.conf").read_text(encoding="utf-8")
    user = "user root\n" if os.geteuid() == 0 else ""
    return user + (
        shipped.replace("/srv/lumbar", str(broker.clinic.path))
        .replace("/etc/lumbar/mosquitto.acl", str(DEPLOY / "mosquitto" / "acl"))
        .replace("listener 8883", f"listener {broker.port} 127.0.0.1")
    )
