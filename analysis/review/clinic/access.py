"""Coming in, staying in, and whose pages one may open.

A session is a random token in a cookie; kept is only its hash, so that a copy of the database opens nothing.
It ends after half an hour without use, or half a day in all. Each session has a second token that every form
must bring along (CSRF). Time is passed in.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from analysis.review.clinic.passwords import fits
from analysis.review.clinic.register import Account, Patient, Register
from analysis.review.clinic.throttle import Throttle


@dataclass(frozen=True, slots=True)
class SessionParams:
    """How long a session lasts [ours; a workstation in a shared room]."""

    idle_s: float = 1800.0
    """Without use, s."""
    whole_s: float = 43_200.0
    """In all, s."""
    touch_s: float = 60.0
    """Use is noted this often, s, and not at every request."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who has come in; `token` goes into the cookie."""

    account: Account
    token: str
    csrf: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Somebody who has not; `wait_s` is how long the next attempt must wait."""

    wait_s: float


class Access:
    """Who may come in, and what they may see.

    Parameters
    ----------
    register
        The review database.
    now_s
        Seconds since 1970.
    """

    def __init__(
        self, register: Register, now_s: Callable[[], float], params: SessionParams | None = None
    ) -> None:
        self._register, self._now_s = register, now_s
        self._params = params or SessionParams()
        self._throttle = Throttle()

    def log_in(self, login: str, password: str) -> Session | Refused:
        """Return a new session, or why not; what is wrong with login or password is not told."""
        now_s = self._now_s()
        if (wait_s := self._throttle.wait_s(login, now_s)) > 0:
            return Refused(wait_s)
        account = self._register.account(login)
        known = account if account is not None and account.is_open else None
        if not fits(password, known.hash if known else None) or known is None:
            self._throttle.wrong(login, now_s)
            return Refused(self._throttle.wait_s(login, now_s))
        self._throttle.right(login)
        session = Session(known, secrets.token_urlsafe(32), secrets.token_urlsafe(32))
        self._register.begin_session(_hash(session.token), login, session.csrf, now_s)
        return session

    def session(self, token: str | None) -> Session | None:
        """Return the session of a cookie; None if it is over or never was."""
        kept = self._register.session(_hash(token)) if token else None
        if token is None or kept is None:
            return None
        login, csrf, began_s, seen_s = kept
        now_s, p = self._now_s(), self._params
        account = self._register.account(login)
        if account is None or not account.is_open or now_s - seen_s > p.idle_s or now_s - began_s > p.whole_s:
            self._register.end_session(_hash(token))
            return None
        if now_s - seen_s > p.touch_s:
            self._register.touch_session(_hash(token), now_s)
        return Session(account, token, csrf)

    def log_out(self, session: Session) -> None:
        """End a session."""
        self._register.end_session(_hash(session.token))

    def patient(self, account: Account, patient: str) -> Patient | None:
        """Return the patient if `account` may see them; None also where there is none."""
        known = self._register.patient(patient)
        if known is None:
            return None
        is_own = (
            known.therapist == account.login if account.role == "therapist" else account.patient == patient
        )
        return known if is_own else None


def is_same(one: str, other: str) -> bool:
    """Compare two tokens in a time that tells nothing of them."""
    return hmac.compare_digest(one.encode(), other.encode())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
