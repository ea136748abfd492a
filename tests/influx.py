"""A real InfluxDB of one's own, on loopback and in a folder, for tests and measurements.

Debian's InfluxDB is 1.6.7. It has no ``/api/v2/write``, so nginx stands in front and rewrites that to
``/write``, asks for the token that a 2.x would ask for, and lets ``/query`` and ``/ping`` through. Traps of
1.6.7 that the rewriting minds: the precision is called ``n`` (``ns`` is a fault there), and ``us``
is accepted but stored as nanoseconds, so it becomes ``u``. Queries, most of
all the first ones about a new database, are now and then answered with "not executed" and nothing else; they
are asked again, here and in the store.

``LUMBAR_TEST_INFLUX_URL`` with ``_TOKEN``, ``_ORG`` and ``_BUCKET`` names a real 2.x server instead; **its
bucket is emptied** by the tests.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from analysis.trends.influx_server import InfluxServer, InfluxSettings
from firmware_sim.ports import free_port

TOKEN: Final = "a token for tests"
ORGANISATION: Final = "clinic"
_HOST: Final = "127.0.0.1"
_START_S: Final = 30.0
_STOP_S: Final = 10.0
_ATTEMPTS: Final = 10
_ALL: Final = ("minute", "minute_long", "event", "event_long", "state", "day", "due", "store")

_INFLUX: Final = """\
reporting-disabled = true
bind-address = "{host}:{rpc_port}"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
index-version = "tsi1"
query-log-enabled = false
[http]
bind-address = "{host}:{http_port}"
log-enabled = false
[monitor]
store-enabled = false
[continuous_queries]
enabled = false
"""
_NGINX: Final = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr error;
events {{}}
http {{
    access_log off;
    client_max_body_size 25m;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    map $arg_precision $precision_of_1x {{ default $arg_precision; ns n; us u; }}
    server {{
        listen {host}:{port};
        proxy_set_header Authorization "";
        proxy_read_timeout 120s;
        proxy_max_temp_file_size 0;
        if ($http_authorization != "Token {token}") {{ return 401 '{{"error":"unauthorized access"}}'; }}
        location = /api/v2/write {{
            proxy_pass http://{host}:{http_port}/write?db=$arg_bucket&precision=$precision_of_1x;
        }}
        location = /query {{ proxy_pass http://{host}:{http_port}; }}
        location = /ping {{ proxy_pass http://{host}:{http_port}; }}
    }}
}}
"""


class InfluxMissingError(Exception):
    """InfluxDB or nginx is not installed."""


@dataclass(slots=True)
class RunningInflux:
    """A server that answers at `url`; its database process can be killed and started again."""

    folder: Path
    url: str
    _http_port: int
    _nginx: subprocess.Popen[bytes] = field(repr=False)
    _influxd: subprocess.Popen[bytes] = field(repr=False)

    @property
    def pid(self) -> int:
        """Return the database's process id."""
        return self._influxd.pid

    def settings(self, bucket: str) -> InfluxSettings:
        """Return how to reach a bucket, which is made if it is not there."""
        self._ask(f'CREATE DATABASE "{bucket}"')
        return InfluxSettings(self.url, ORGANISATION, bucket, token=TOKEN)

    def _ask(self, query: str) -> None:
        url = f"http://{_HOST}:{self._http_port}/query?{urllib.parse.urlencode({'q': query})}"
        for _ in range(_ATTEMPTS):
            with urllib.request.urlopen(
                urllib.request.Request(url, method="POST"), timeout=_START_S
            ) as answer:
                if b"error" not in answer.read():
                    return
        raise RuntimeError(f"InfluxDB does not carry out {query}")

    def drop(self, bucket: str) -> None:
        """Remove a bucket with all that is in it."""
        self._ask(f'DROP DATABASE "{bucket}"')

    def kill(self) -> None:
        """End the database at once (kill -9), as a power cut would."""
        self._influxd.kill()
        self._influxd.wait()

    def start_again(self) -> None:
        """Start the database on what is in the folder."""
        self._influxd = _start_influxd(self.folder, self._http_port)

    def stop(self) -> None:
        """End both processes."""
        for process in (self._nginx, self._influxd):
            process.send_signal(signal.SIGTERM)
        for process in (self._nginx, self._influxd):
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def start_influx(folder: Path) -> RunningInflux:
    """Start a server in `folder`; raises InfluxMissingError if its programs are not there."""
    for program in ("influxd", "nginx"):
        if _found(program) is None:
            raise InfluxMissingError(
                f"{program} is not installed; on Debian: apt-get install influxdb nginx-light"
            )
    http_port, rpc_port, port = (free_port() for _ in range(3))
    names = {"host": _HOST, "folder": folder, "http_port": http_port, "rpc_port": rpc_port, "port": port}
    (folder / "influxdb.conf").write_text(_INFLUX.format(**names), encoding="utf-8")
    (folder / "nginx.conf").write_text(_NGINX.format(**names, token=TOKEN), encoding="utf-8")
    influxd = _start_influxd(folder, http_port)
    nginx = _run("nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), log=folder / "nginx.log")
    running = RunningInflux(folder, f"http://{_HOST}:{port}", http_port, nginx, influxd)
    _await_port(port, nginx, folder / "nginx.log")
    return running


def real_server() -> InfluxSettings | None:
    """Return the 2.x server that the environment names, with its bucket emptied."""
    url = os.environ.get("LUMBAR_TEST_INFLUX_URL")
    if url is None:
        return None
    organisation, bucket, token = (
        os.environ[f"LUMBAR_TEST_INFLUX_{name}"] for name in ("ORG", "BUCKET", "TOKEN")
    )
    settings = InfluxSettings(url, organisation, bucket, token=token)
    server = InfluxServer(settings)
    server.delete(_ALL, patient_tag=None, before_ns=None)
    server.close()
    return settings


def _start_influxd(folder: Path, http_port: int) -> subprocess.Popen[bytes]:
    log = folder / "influxd.log"
    influxd = _run("influxd", "run", "-config", str(folder / "influxdb.conf"), log=log)
    _await_port(http_port, influxd, log)
    return influxd


def _run(program: str, *words: str, log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as file:
        return subprocess.Popen(
            [_found(program) or program, *words], stdin=subprocess.DEVNULL, stdout=file, stderr=file
        )


def _found(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")


def _await_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline_s = time.monotonic() + _START_S
    while True:
        with socket.socket() as probe:
            if probe.connect_ex((_HOST, port)) == 0:
                return
        if process.poll() is not None or time.monotonic() > deadline_s:
            raise RuntimeError(f"it does not listen on {port}: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.02)
