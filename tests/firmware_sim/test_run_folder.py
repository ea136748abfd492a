"""The folder of a run: one run at a time, no traces of the last, anything else stays."""

from pathlib import Path

import pytest

from firmware_sim.run_folder import MARK, RunFolderError, claimed


def fill(folder: Path) -> None:
    (folder / "archive" / "p-demo").mkdir(parents=True)
    (folder / "home.sqlite-wal").touch()
    (folder / "notes.txt").write_text("mine")


def test_a_new_folder_is_made(tmp_path: Path) -> None:
    with claimed(tmp_path / "a" / "b"):
        pass
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == [MARK]


def test_an_earlier_run_makes_room_and_other_files_stay(tmp_path: Path) -> None:
    with claimed(tmp_path):
        pass
    fill(tmp_path)
    with claimed(tmp_path):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == [MARK, "notes.txt"]


def test_two_runs_at_once_are_one_too_many(tmp_path: Path) -> None:
    with claimed(tmp_path):
        fill(tmp_path)
        with pytest.raises(RunFolderError, match="a demo is running in"), claimed(tmp_path):
            pass
    assert (tmp_path / "archive").exists()


def test_what_no_run_made_is_not_removed(tmp_path: Path) -> None:
    fill(tmp_path)
    with (
        pytest.raises(RunFolderError, match="holds archive and no earlier demo made it; name another"),
        claimed(tmp_path),
    ):
        pass
    assert (tmp_path / "archive" / "p-demo").exists()


def test_a_link_is_removed_and_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    fill(elsewhere)
    with claimed(tmp_path / "run"):
        pass
    (tmp_path / "run" / "archive").symlink_to(elsewhere / "archive")
    (tmp_path / "run" / "strip").symlink_to(tmp_path / "nowhere")
    with claimed(tmp_path / "run"):
        pass
    assert (elsewhere / "archive" / "p-demo").exists()
    assert [path.name for path in (tmp_path / "run").iterdir()] == [MARK]


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunFolderError, match="file cannot be used: File exists"), claimed(tmp_path / "file"):
        pass
