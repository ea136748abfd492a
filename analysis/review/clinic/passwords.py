"""Passwords: kept as Argon2id hashes, with the library's defaults (RFC 9106's second recommendation)."""

from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from analysis.events.errors import LumbarError

SHORTEST: Final = 12
"""Characters; length is what makes a password hard to guess (NIST SP 800-63B)."""
LONGEST: Final = 200
"""More costs time to hash and helps nobody."""

_hasher = PasswordHasher()
_NOBODYS = _hasher.hash("a password that opens nothing")


class PasswordError(LumbarError, ValueError):
    """A password that cannot be taken; the message says why."""


def hashed(password: str) -> str:
    """Return what is kept of a password.

    Raises
    ------
    PasswordError
        If it is too short or too long.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordError(f"a password has {SHORTEST} to {LONGEST} characters")
    return _hasher.hash(password)


def fits(password: str, kept: str | None) -> bool:
    """Return whether `password` is the one that `kept` was made of.

    Without an account (`kept` is None) it takes as long, so that nobody can try out which logins there are.
    """
    try:
        return _hasher.verify(kept or _NOBODYS, password[:LONGEST]) and kept is not None
    except (VerificationError, InvalidHashError):
        return False
