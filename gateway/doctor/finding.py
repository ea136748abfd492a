"""What an examination finds: a code, in a person's words, and what to do about it.

The codes are explained at length in deploy/docs/clinic.md; a test holds that each one is.
"""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "fault", "not checked"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Parameters
    ----------
    code
        Stable name, as ``broker-login``.
    state
        Warnings can wait; a fault keeps the product from working.
    what
        What was found, one line.
    advice
        What to do; "" where there is nothing to do.
    """

    code: str
    state: State
    what: str
    advice: str = ""


def ok(code: str, what: str) -> Finding:
    """Return that all is well."""
    return Finding(code, "ok", what)


def warning(code: str, what: str, advice: str) -> Finding:
    """Return what should be seen to before long."""
    return Finding(code, "warning", what, advice)


def fault(code: str, what: str, advice: str) -> Finding:
    """Return what must be put right."""
    return Finding(code, "fault", what, advice)


def not_checked(code: str, what: str) -> Finding:
    """Return that something could not be looked at, or need not be."""
    return Finding(code, "not checked", what)
