"""The computer itself: versions, disk, clock, and who can read the secrets."""

import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from analysis.events.event import ALGORITHM
from gateway.doctor.finding import Finding, fault, not_checked, ok, warning

_OLDEST_PYTHON: Final = (3, 11)
_PARTS: Final = ("bleak", "paho-mqtt", "influxdb-client", "vqf")
_LITTLE_BYTES: Final = 2_000_000_000
"""Three weeks of raw samples [ours]."""
_HARDLY_ANY_BYTES: Final = 200_000_000
"""Two days of raw samples [ours]."""
_PATIENCE_S: Final = 5.0


def versions() -> Finding:
    """Look at Python and the parts that have changed under us before."""
    try:
        found = ", ".join(f"{part} {version(part)}" for part in _PARTS)
        ours = version("lumbar-monitor")
    except PackageNotFoundError as error:
        return fault("versions", f"{error.name} is not installed", "install again: make install")
    if sys.version_info < _OLDEST_PYTHON:
        return fault(
            "versions", f"Python {platform.python_version()} is too old", "install Python 3.11 or later"
        )
    return ok("versions", f"lumbar {ours}, {ALGORITHM}, Python {platform.python_version()}, {found}")


def disk(folder: Path) -> Finding:
    """Look at the room where `folder` is, or will be."""
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    free_bytes = shutil.disk_usage(place).free
    what = f"{free_bytes / 1e9:.1f} GB free at {folder}"
    advice = "free some space, or move the data to a larger disk"
    if free_bytes < _HARDLY_ANY_BYTES:
        return fault("disk", what, advice)
    if free_bytes < _LITTLE_BYTES:
        return warning("disk", what, advice)
    return ok("disk", what)


def clock() -> Finding:
    """Ask systemd whether the clock follows a time server."""
    program = shutil.which("timedatectl")
    if program is None:
        return not_checked(
            "clock", "there is no timedatectl; see for yourself that the clock follows a time server"
        )
    command = [program, "show", "--property=NTPSynchronized", "--value"]
    try:
        asked = subprocess.run(  # noqa: S603 - a program that we found, with constants
            command, capture_output=True, text=True, check=False, timeout=_PATIENCE_S
        )
    except subprocess.TimeoutExpired:
        return not_checked("clock", "timedatectl does not answer")
    match asked.stdout.strip():
        case "yes":
            return ok("clock", "follows a time server")
        case "no":
            return warning(
                "clock",
                "follows no time server, or has not found one yet; events would get wrong times",
                "timedatectl set-ntp true, and let the time server's port (UDP 123) out",
            )
        case _:
            return not_checked("clock", f"timedatectl says nothing: {' '.join(asked.stderr.split())[:100]}")


def secrets(files: Iterable[Path | None]) -> Finding:
    """Look whether files with secrets are there, and closed to others."""
    wanted = [path for path in files if path is not None]
    if not wanted:
        return not_checked("secrets", "the settings name no files with secrets")
    for path in wanted:
        try:
            with path.open("rb"):
                mode = path.stat().st_mode
        except OSError as error:
            return fault(
                "secrets",
                f"{path} cannot be read: {error.strerror}",
                "put it there, owned by the service's user",
            )
        if mode & 0o077:
            return warning("secrets", f"{path} can be read by others", f"chmod 600 {path}")
    return ok("secrets", f"{len(wanted)} files, closed to others")
