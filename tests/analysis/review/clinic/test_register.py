import stat
from pathlib import Path

import pytest

from analysis.review.clinic.audit import broken_at
from analysis.review.clinic.register import Account, Patient, Register, RegisterError


@pytest.fixture
def register(tmp_path: Path) -> Register:
    register = Register(tmp_path / "review.sqlite")
    register.add_account(Account("mayer", "Anna", "therapist", "h1", None, is_open=True))
    return register


def test_only_its_owner_reads_the_file(register: Register, tmp_path: Path) -> None:
    assert stat.S_IMODE((tmp_path / "review.sqlite").stat().st_mode) == 0o600


def test_what_was_put_is_there_after_opening_again(register: Register, tmp_path: Path) -> None:
    register.add_patient(Patient("p-1", "Eva", "mayer", "Europe/Vienna"))
    register.say("p-1", "2026-05-01", "2026-05-07", "Well walked.")
    register.prescribe("p-1", at="t1", by="mayer", body="{}")
    register.close()
    again = Register(tmp_path / "review.sqlite")
    assert again.patients_of("mayer") == [Patient("p-1", "Eva", "mayer", "Europe/Vienna")]
    assert again.said("p-1", "2026-05-01", "2026-05-07") == "Well walked."
    assert [each.revision for each in again.prescribed("p-1")] == [1]


def test_revisions_count_up_for_each_patient(register: Register) -> None:
    assert [register.prescribe("p-1", at="", by="m", body="{}").revision for _ in range(3)] == [1, 2, 3]
    assert register.prescribe("p-2", at="", by="m", body="{}").revision == 1
    assert [each.revision for each in register.prescribed("p-1")] == [3, 2, 1]
    assert register.prescribed_patients() == ["p-1", "p-2"]


def test_a_patient_who_is_forgotten_leaves_nothing_and_nobody_else_goes(
    register: Register, tmp_path: Path
) -> None:
    for pseudonym, name in (("p-1", "Eva Unmistakable"), ("p-2", "Ida")):
        register.add_patient(Patient(pseudonym, name, "mayer", "UTC"))
        register.add_account(Account(f"login-{pseudonym}", name, "patient", "h", pseudonym, is_open=True))
        register.say(pseudonym, "a", "b", "Well walked.")
        register.prescribe(pseudonym, at="t", by="mayer", body="{}")
        register.begin_session(f"token-{pseudonym}", f"login-{pseudonym}", "csrf", 0.0)
    assert register.forget("p-1")
    assert not register.forget("p-1")
    assert register.patient("p-1") is None
    assert register.account("login-p-1") is None
    assert register.said("p-1", "a", "b") is None
    assert register.prescribed("p-1") == []
    assert register.session("token-p-1") is None
    assert [each.patient for each in register.patients_of("mayer")] == ["p-2"]
    assert register.account("login-p-2") is not None
    assert register.session("token-p-2") is not None
    register.close()
    assert b"Unmistakable" not in (tmp_path / "review.sqlite").read_bytes()


def test_an_empty_sentence_gives_the_rule_its_word_back(register: Register) -> None:
    register.say("p-1", "a", "b", "Own.")
    register.say("p-1", "a", "b", "")
    assert register.said("p-1", "a", "b") is None


def test_a_patient_needs_a_therapist(register: Register) -> None:
    with pytest.raises(RegisterError, match="there is no therapist 'kern'"):
        register.add_patient(Patient("p-1", "Eva", "kern", "UTC"))


def test_a_new_password_and_a_closed_account_end_all_sessions(register: Register) -> None:
    register.begin_session("t1", "mayer", "c", 0.0)
    register.add_account(Account("mayer", "Anna", "therapist", "h2", None, is_open=True))
    assert register.session("t1") is None
    register.begin_session("t2", "mayer", "c", 0.0)
    register.close_account("mayer")
    assert register.session("t2") is None
    with pytest.raises(RegisterError, match="there is no account 'kern'"):
        register.close_account("kern")


def test_the_audit_log_is_a_chain(register: Register) -> None:
    for number in range(30):
        register.note(f"t{number}", "mayer", "saw", "p-1")
    assert broken_at(register.audit()) is None
    assert [line.number for line in register.audit(newest=2)] == [29, 30]


def test_another_programs_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.sqlite").write_text("not a database, but long enough to look like one" * 40)
    with pytest.raises(RegisterError, match="not a sound SQLite database"):
        Register(tmp_path / "x.sqlite")
