"""What every page of the clinic works with, in one place; and who may open which page.

A page that is not one's own does not exist: the answer is the same whether there is such a patient or not.
Each refusal is noted in the audit log.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from fastapi import HTTPException, Request
from starlette.requests import HTTPConnection

from analysis.events.fields import utc_text
from analysis.review.clinic.access import Access, Session, is_same
from analysis.review.clinic.forms import Form
from analysis.review.clinic.lately import Lately
from analysis.review.clinic.outlet import Outlet
from analysis.review.clinic.register import Patient, Register
from analysis.trends.store import TrendStore

COOKIE: Final = "__Host-lumbar"
"""The prefix makes browsers insist on ``Secure``, this host alone and the whole path."""
_LONGEST_NAME: Final = 80


class NotInError(Exception):
    """Nobody has come in; the answer is the login page."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The clinic's parts.

    Attributes
    ----------
    register, access, store, lately
        The review database, who may see what, the trends, and the list's figures.
    outlet
        Where settings go; None without a broker.
    now
        The present, aware.
    """

    register: Register
    access: Access
    store: TrendStore
    lately: Lately
    outlet: Outlet | None
    now: Callable[[], datetime]

    def now_text(self) -> str:
        """Return the present as events write it."""
        return utc_text(int(self.now().astimezone(UTC).timestamp() * 1e9))

    def note(
        self,
        request: HTTPConnection,
        did: str,
        *,
        who: str | None,
        patient: str | None = None,
        detail: str = "",
    ) -> None:
        """Add a line to the audit log, with where it came from."""
        host = request.client.host if request.client else "?"
        self.register.note(self.now_text(), who, did, patient, f"{detail} from {host}".strip())

    def note_another_host(self, request: HTTPConnection, asked: str | None) -> None:
        """Add who was not let in because they asked for a host that is not ours."""
        named = "no host" if asked is None else f"another host, {asked[:_LONGEST_NAME]!r},"
        self.note(request, "refused", who=None, detail=named)

    def session(self, request: Request) -> Session:
        """Return who asks; raises NotInError if nobody has come in."""
        session = self.access.session(request.cookies.get(COOKIE))
        if session is None:
            raise NotInError
        return session

    def therapist(self, request: Request) -> Session:
        """Return the therapist who asks; a patient gets a 404 and a line in the log."""
        session = self.session(request)
        if session.account.role != "therapist":
            self._refuse(request, session, "therapists' pages", None)
        return session

    def patient(self, request: Request, patient: str, *, therapist: bool = False) -> tuple[Session, Patient]:
        """Return who asks and the patient, if they may see that one (as a therapist, if so asked)."""
        session = self.therapist(request) if therapist else self.session(request)
        known = self.access.patient(session.account, patient)
        if known is None:
            self._refuse(request, session, "another's patient", patient)
        assert known is not None
        return session, known

    def check(self, request: Request, session: Session, form: Form) -> None:
        """Let only forms pass that this session's own pages have made."""
        if not is_same(form.get("csrf", ""), session.csrf):
            self.note(request, "refused", who=session.account.login, detail="a form without its token")
            raise HTTPException(403, "This form is no longer valid. Please load the page again.")

    def _refuse(self, request: Request, session: Session, what: str, patient: str | None) -> None:
        named = None if patient is None else patient[:64]
        self.note(request, "refused", who=session.account.login, patient=named, detail=what)
        raise HTTPException(404, "There is no such page.")
