from pathlib import Path

import numpy as np
import pytest

from firmware_sim.flash import BootEntry
from firmware_sim.state_dir import StateDir, StripStateError


def test_everything_comes_back(tmp_path: Path) -> None:
    first = StateDir(tmp_path / "strip", 12)
    first.memory.samples[5] = np.arange(12)
    first.memory.head[0] = 6
    first.state.boot = 3
    first.state.donned_utc_ns = 123
    first.state.boots.append(BootEntry(3, 0, 7, 1, 8, 9, [2, 4]))
    first.save()
    again = StateDir(tmp_path / "strip", 12)
    assert again.state == first.state
    assert again.memory.head[0] == 6
    assert again.memory.samples[5].tolist() == list(range(12))


def test_the_files_are_private_and_small(tmp_path: Path) -> None:
    StateDir(tmp_path / "strip", 12).save()
    files = sorted((tmp_path / "strip").iterdir())
    assert [file.name for file in files] == ["flash.bin", "strip.json"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert sum(file.stat().st_blocks for file in files) * 512 < 100_000


def test_another_kind_of_strip_is_refused(tmp_path: Path) -> None:
    StateDir(tmp_path, 12)
    (tmp_path / "flash.bin").write_bytes(b"short")
    with pytest.raises(StripStateError, match="another kind of strip"):
        StateDir(tmp_path, 12)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"boot": "x"}'])
def test_a_damaged_state_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "strip.json").write_text(text)
    with pytest.raises(StripStateError, match="remove the directory"):
        StateDir(tmp_path, 12)
