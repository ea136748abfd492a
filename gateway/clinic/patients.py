"""A patient at the clinic: a pseudonym, a login at the broker, and the files that the home's gateway needs.

What a home gets is a folder of three files, to be carried over by hand (a USB stick, ``scp``): the settings,
the broker's certificate authority, and the password, which is shown nowhere and kept nowhere else.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from analysis.events.fields import Pseudonym
from gateway.clinic.folder import SERVICES, ClinicError, ClinicFolder
from gateway.clinic.passwords import new_password
from gateway.config import time_zone

_LETTERS: Final = "bcdfghjkmnpqrstvwxz23456789"
"""No vowels, so that no words come about, and nothing that is read as something else."""
_LENGTH: Final = 6
_SETTINGS: Final = """\
# Settings of one patient's home: `lumbar gateway --config {home}/lumbar.toml`

[patient]
id = "{patient}"
timezone = "{timezone}"

[storage]
folder = "{storage}"

[mqtt.clinic]
host = "{host}"
port = 8883
username = "{patient}"
password_file = "{home}/clinic-password"
ca_file = "{home}/clinic-ca.crt"
"""


@dataclass(frozen=True, slots=True)
class Home:
    """Where a gateway's files will lie on its computer.

    Parameters
    ----------
    folder
        Of the three files.
    storage
        Of its data.
    """

    folder: str = "/etc/lumbar"
    storage: str = "/var/lib/lumbar"


def new_pseudonym(taken: list[str]) -> str:
    """Return a pseudonym that nobody has."""
    while True:
        pseudonym = "p-" + "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
        if pseudonym not in taken:
            return pseudonym


def add_patient(clinic: ClinicFolder, patient: str, timezone: str, out: Path, home: Home) -> None:
    """Give a patient a login, and write the home's files into `out`.

    Raises
    ------
    ClinicError
        If the pseudonym cannot be one, or has a login already; nothing was changed.
    """
    _check(patient)
    if patient in clinic.passwords.names():
        raise ClinicError(f"{patient} has a login already; for another computer: lumbar clinic move-gateway")
    _write_home(clinic, patient, timezone, out, home)


def move_gateway(clinic: ClinicFolder, patient: str, timezone: str, out: Path, home: Home) -> None:
    """Write the files for another computer; the password is a new one, so that the old computer is shut out.

    Raises
    ------
    ClinicError
        If there is no such patient.
    """
    if patient in SERVICES or patient not in clinic.passwords.names():
        raise ClinicError(f"there is no patient {patient!r} with a login at the broker")
    _write_home(clinic, patient, timezone, out, home)


def _check(patient: str) -> None:
    try:
        TypeAdapter(Pseudonym).validate_python(patient)
    except ValidationError as error:
        raise ClinicError(
            f"{patient!r} is no pseudonym: letters, digits, '.', '-' and '_', at most 64, and never a name"
        ) from error
    if patient in SERVICES:
        raise ClinicError(f"{patient!r} is a service's login; choose another pseudonym")


def _write_home(clinic: ClinicFolder, patient: str, timezone: str, out: Path, home: Home) -> None:
    host = clinic.host
    try:
        time_zone(timezone)
    except ValueError as error:
        raise ClinicError(str(error)) from error
    settings = _SETTINGS.format(
        patient=patient, timezone=timezone, host=host, home=home.folder, storage=home.storage
    )
    if (out / "lumbar.toml").exists():
        raise ClinicError(f"{out} holds a gateway's files already; name another folder with --out")
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority = clinic.authority.read_bytes()
    password = new_password()
    (out / "lumbar.toml").write_text(settings, encoding="utf-8")
    (out / "clinic-ca.crt").write_bytes(authority)
    (out / "clinic-password").touch(mode=0o600)
    (out / "clinic-password").write_text(f"{password}\n", encoding="utf-8")
    clinic.passwords.set(patient, password)
