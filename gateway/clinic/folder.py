"""The clinic's folder: what its services need that must be in no repository.

``tls/`` holds the authority's and the broker's certificates; ``secrets/`` passwords, tokens and the
authority's key, each a file of mode 600; ``mosquitto/passwords`` the logins; ``data/`` what the services
keep; and there is ``recorder.toml``. :meth:`ClinicFolder.prepare` makes what is missing and leaves alone what
is there.
"""

import os
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from analysis.events.errors import LumbarError
from gateway.clinic.certificates import make_authority, make_certificate
from gateway.clinic.passwords import PasswordFile, new_password
from gateway.config import time_zone

_PRIVATE_FOLDER: Final = 0o700
_FOLDERS: Final = (
    "tls",
    "secrets",
    "mosquitto/data",
    "data/influxdb",
    "data/influxdb-config",
    "data/grafana",
    "data/recorder",
    "data/review",
)
_SECRETS: Final = ("influxdb-password", "influxdb-token", "grafana-password")
SERVICES: Final = ("recorder", "review", "operator")
"""Logins of our own; no patient may be called so."""
_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?")
_ALSO: Final = ("mosquitto", "localhost", "127.0.0.1")
"""The broker's names among the services themselves."""

_RECORDER_TOML: Final = """\
# The clinic's recorder. `lumbar doctor --config` checks what is written here.

[mqtt]
host = "{broker}"
port = 8883
username = "recorder"
password_file = "{folder}/secrets/recorder-password"
ca_file = "{folder}/tls/ca.crt"

[store]
path = "{folder}/data/recorder/clinic.sqlite"
timezone = "{timezone}"
"""
_REVIEW_TOML: Final = """\
# The therapist's pages. There is no account from the start: lumbar account add --help.

register_file = "{folder}/data/review/review.sqlite"

[web]
host = "0.0.0.0"
names = [{names}]
certificate_file = "{folder}/tls/server.crt"
key_file = "{folder}/tls/server.key"

[mqtt]
host = "{broker}"
port = 8883
username = "review"
password_file = "{folder}/secrets/review-password"
ca_file = "{folder}/tls/ca.crt"

[store]
path = "{folder}/data/recorder/clinic.sqlite"
"""
_INFLUXDB: Final = """
[store.influxdb]              # take these lines away, and trends are kept in the SQLite file above
url = "{url}"
organisation = "clinic"
bucket = "lumbar"
token_file = "{folder}/secrets/influxdb-token"
"""
_METRICS: Final = """
[metrics]
host = "{metrics_host}"
port = 9464
"""


class ClinicError(LumbarError):
    """The clinic's folder cannot be made or used as asked."""


class ClinicFolder:
    """The folder at `path`.

    Parameters
    ----------
    path
        The folder; for the compose file it is ``/srv/lumbar`` inside the services.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def passwords(self) -> PasswordFile:
        """Return the broker's logins."""
        return PasswordFile(self.path / "mosquitto" / "passwords")

    @property
    def authority(self) -> Path:
        """Return the certificate that gateways trust."""
        return self.path / "tls" / "ca.crt"

    @property
    def host(self) -> str:
        """Return the name by which homes reach the broker.

        Raises
        ------
        ClinicError
            If the folder was never prepared.
        """
        try:
            return (self.path / "host").read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ClinicError(
                f"{self.path} is no clinic's folder; make it with: lumbar clinic init --folder {self.path}"
            ) from error

    def prepare(self, hosts: Sequence[str], timezone: str, now: datetime, *, in_compose: bool) -> list[str]:
        """Make what is missing, and return what was made.

        Parameters
        ----------
        hosts
            Names or addresses by which homes reach the broker; the first is written into their settings.
        timezone
            Where the clinic's days begin and end.
        now
            The time.
        in_compose
            Whether the services find each other by their names in the compose file, with InfluxDB; otherwise
            all run on this computer and trends are kept in SQLite.
        """
        for host in hosts:
            if _HOST.fullmatch(host) is None:
                raise ClinicError(f"{host!r} is neither a host's name nor an address")
        try:
            time_zone(timezone)
        except ValueError as error:
            raise ClinicError(str(error)) from error
        made: list[str] = []
        for name in _FOLDERS:
            (self.path / name).mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        made += [name for name in _SECRETS if self._add_secret(name)]
        for service in SERVICES:
            if self._add_secret(f"{service}-password"):
                self.passwords.set(service, self.secret(f"{service}-password").read_text().strip())
                made.append(f"the login of {service}")
        tls = self.path / "tls"
        if not self.authority.exists():
            make_authority(self.authority, self.secret("ca.key"), now)
            made.append("a certificate authority")
        if not (tls / "server.crt").exists():
            self.certify(hosts, now)
            made.append(f"a certificate for {', '.join(hosts)}")
        made += self._write_settings(hosts, timezone, in_compose=in_compose)
        return made

    def certify(self, hosts: Sequence[str], now: datetime) -> None:
        """Make the broker's certificate, in place of an older one; the broker reads it on SIGHUP."""
        tls = self.path / "tls"
        make_certificate(
            self.authority,
            self.secret("ca.key"),
            tls / "server.crt",
            tls / "server.key",
            hosts=[*hosts, *(host for host in _ALSO if host not in hosts)],
            now=now,
        )

    def secret(self, name: str) -> Path:
        """Return the file of a secret."""
        return self.path / "secrets" / name

    def _add_secret(self, name: str) -> bool:
        path = self.secret(name)
        if path.exists():
            return False
        path.touch(mode=0o600)
        path.write_text(f"{new_password()}\n", encoding="utf-8")
        return True

    def _write_settings(self, hosts: Sequence[str], timezone: str, *, in_compose: bool) -> list[str]:
        values = {
            "broker": "mosquitto" if in_compose else "localhost",
            "folder": self.path,
            "timezone": timezone,
            "names": ", ".join(f'"{host}"' for host in hosts),
            "url": "http://influxdb:8086",
            "metrics_host": "0.0.0.0" if in_compose else "127.0.0.1",  # noqa: S104 - the services' own network
        }
        influxdb = _INFLUXDB if in_compose else ""
        files = {
            "host": f"{hosts[0]}\n",
            "recorder.toml": (_RECORDER_TOML + influxdb + _METRICS).format(**values),
            "review.toml": (_REVIEW_TOML + influxdb).format(**values),
            "compose.env": f"LUMBAR_UID={os.getuid()}\nLUMBAR_GID={os.getgid()}\n",
        }
        made = [name for name in files if not (self.path / name).exists()]
        for name in made:
            (self.path / name).write_text(files[name], encoding="utf-8")
        return made
