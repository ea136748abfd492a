import pytest

from analysis.review.clinic.passwords import PasswordError, fits, hashed


def test_a_password_fits_its_own_hash_only() -> None:
    kept = hashed("a horse and a battery")
    assert kept.startswith("$argon2id$")
    assert fits("a horse and a battery", kept)
    assert not fits("a horse and a batterx", kept)
    assert not fits("", kept)


def test_two_hashes_of_one_password_differ() -> None:
    assert hashed("a horse and a battery") != hashed("a horse and a battery")


def test_nothing_fits_nobody() -> None:
    assert not fits("a password that opens nothing", None)
    assert not fits("x", "no hash at all")


@pytest.mark.parametrize("password", ["", "short", "x" * 201])
def test_a_password_has_a_length(password: str) -> None:
    with pytest.raises(PasswordError, match="12 to 200"):
        hashed(password)
