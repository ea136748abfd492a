from pathlib import Path

import pytest

from analysis.review.clinic.access import Access, Refused, Session
from analysis.review.clinic.passwords import hashed
from analysis.review.clinic.register import Account, Patient, Register

PASSWORD = "a horse and a battery"
HASH = hashed(PASSWORD)


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def register(tmp_path: Path) -> Register:
    register = Register(tmp_path / "review.sqlite")
    for login in ("mayer", "kern"):
        register.add_account(Account(login, login.title(), "therapist", HASH, None, is_open=True))
    register.add_patient(Patient("p-1", "Eva", "mayer", "UTC"))
    register.add_account(Account("eva", "Eva", "patient", HASH, "p-1", is_open=True))
    return register


@pytest.fixture
def access(register: Register, clock: Clock) -> Access:
    return Access(register, clock)


def come_in(access: Access, login: str = "mayer") -> Session:
    session = access.log_in(login, PASSWORD)
    assert isinstance(session, Session)
    return session


def test_a_session_is_known_by_its_token_and_the_database_does_not_hold_it(
    access: Access, register: Register
) -> None:
    session = come_in(access)
    known = access.session(session.token)
    assert known is not None
    assert (known.account.login, known.csrf) == ("mayer", session.csrf)
    assert register.session(session.token) is None, "only a hash of the token is kept"
    assert access.session(None) is access.session("") is access.session("x" * 43) is None


def test_each_session_has_tokens_of_its_own(access: Access) -> None:
    one, other = come_in(access), come_in(access)
    assert len({one.token, other.token, one.csrf, other.csrf}) == 4


def test_it_ends_without_use_and_after_half_a_day(access: Access, clock: Clock) -> None:
    session = come_in(access)
    for used_s in range(1000, 43_001, 1000):
        clock.now_s = 1000.0 + used_s
        assert access.session(session.token) is not None
    clock.now_s = 1000.0 + 43_201
    assert access.session(session.token) is None
    session = come_in(access)
    clock.now_s += 1801
    assert access.session(session.token) is None


def test_logging_out_ends_it(access: Access) -> None:
    session = come_in(access)
    access.log_out(session)
    assert access.session(session.token) is None


def test_wrong_ones_do_not_come_in_and_wait(access: Access, clock: Clock) -> None:
    for _ in range(5):
        assert isinstance(access.log_in("mayer", "wrong"), Refused)
    answer = access.log_in("mayer", PASSWORD)
    assert isinstance(answer, Refused), "even the right password waits"
    assert answer.wait_s == 2
    clock.now_s += 2
    come_in(access)
    assert isinstance(access.log_in("nobody", PASSWORD), Refused)


def test_a_closed_account_does_not_come_in(access: Access, register: Register) -> None:
    register.close_account("kern")
    assert isinstance(access.log_in("kern", PASSWORD), Refused)


def test_whose_patient_is_whose(access: Access) -> None:
    mayer, kern, eva = (come_in(access, login).account for login in ("mayer", "kern", "eva"))
    assert access.patient(mayer, "p-1") is not None
    assert access.patient(eva, "p-1") is not None
    assert access.patient(kern, "p-1") is None
    assert access.patient(eva, "p-2") is None
    assert access.patient(mayer, "../../etc/passwd") is None
