"""The switch of sharing: on until the patient says otherwise, kept over restarts, off when in doubt."""

from pathlib import Path

import pytest

from gateway.sharing import Sharing, SharingError


def test_it_is_kept_before_anybody_hears_of_it(tmp_path: Path) -> None:
    path = tmp_path / "sharing.json"
    heard: list[tuple[bool, bool]] = []
    switch = Sharing(path, lambda is_on: heard.append((is_on, Sharing(path, lambda _: None).is_on)))
    assert switch.is_on
    switch.set(is_on=False)
    switch.set(is_on=True)
    assert heard == [(False, False), (True, True)]


@pytest.mark.parametrize("content", ["", "no", "[]", "{}", '{"shared": 1}', '{"shared": "yes"}', "\xff" * 9])
def test_a_damaged_file_shares_nothing(tmp_path: Path, content: str) -> None:
    path = tmp_path / "sharing.json"
    path.write_text(content, encoding="latin-1")
    assert not Sharing(path, lambda _: None).is_on


def test_what_cannot_be_kept_stays_as_it_was(tmp_path: Path) -> None:
    heard: list[bool] = []
    switch = Sharing(tmp_path / "gone" / "sharing.json", heard.append)
    with pytest.raises(SharingError, match="cannot be written"):
        switch.set(is_on=False)
    assert switch.is_on
    assert heard == []
