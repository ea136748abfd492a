"""The broker's password file, as mosquitto 2 reads it: ``name:$7$iterations$salt$hash``.

The hash is PBKDF2 with HMAC-SHA-512; salt and hash are in base64. The file is replaced as a whole, so that
a broker that reads it meanwhile sees the old one or the new one. mosquitto reads it again on SIGHUP.
"""

import base64
import hashlib
import os
import secrets
from pathlib import Path
from typing import Final

from analysis.events.errors import LumbarError

_ITERATIONS: Final = 1000
"""Passwords are drawn, 192 bits each; many iterations would only slow down the broker [ours]."""
_SALT_BYTES: Final = 12
_HASH_BYTES: Final = 64
_PASSWORD_BYTES: Final = 24


class PasswordFileError(LumbarError):
    """The password file cannot be read or written."""


def new_password() -> str:
    """Return a password that nobody can guess."""
    return secrets.token_urlsafe(_PASSWORD_BYTES)


def password_line(name: str, password: str) -> str:
    """Return the line of one login."""
    salt = os.urandom(_SALT_BYTES)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS, _HASH_BYTES)
    return f"{name}:$7${_ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


class PasswordFile:
    """The logins in a file; each method reads it anew and raises PasswordFileError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> list[str]:
        """Return who has a login, in the file's order."""
        return list(self._lines())

    def set(self, name: str, password: str) -> None:
        """Give `name` a login, or another password."""
        self._write({**self._lines(), name: password_line(name, password)})

    def remove(self, name: str) -> bool:
        """Take a login away; return whether it was there."""
        lines = self._lines()
        if lines.pop(name, None) is None:
            return False
        self._write(lines)
        return True

    def _lines(self) -> dict[str, str]:
        try:
            text = self._path.read_text(encoding="utf-8") if self._path.exists() else ""
        except (OSError, UnicodeDecodeError) as error:
            raise PasswordFileError(f"the broker's password file cannot be read: {error}") from error
        return {line.partition(":")[0]: line for line in text.splitlines() if line.strip()}

    def _write(self, lines: dict[str, str]) -> None:
        new = self._path.with_name(f"{self._path.name}.new")
        try:
            new.touch(mode=0o600)
            new.write_text("".join(f"{line}\n" for line in lines.values()), encoding="utf-8")
            if self._path.exists():
                before = self._path.stat()
                new.chmod(before.st_mode & 0o777)
                if os.geteuid() == 0:
                    os.chown(new, before.st_uid, before.st_gid)
            new.replace(self._path)
        except OSError as error:
            raise PasswordFileError(f"the broker's password file cannot be written: {error}") from error
