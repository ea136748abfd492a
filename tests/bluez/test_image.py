"""What needs no machine: where the image lies, and what is said when it cannot be made."""

from pathlib import Path

import pytest

from tests.bluez import __main__ as command
from tests.bluez.debian import Debian, PackagesError, run
from tests.bluez.image import cache_folder, find_image


def test_the_cache_lies_where_xdg_says_and_can_be_put_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LUMBAR_BLUEZ_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/tmp/cache")
    assert cache_folder() == Path("/var/tmp/cache/lumbar-monitor/bluez")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/somebody")
    assert cache_folder() == Path("/home/somebody/.cache/lumbar-monitor/bluez")
    monkeypatch.setenv("LUMBAR_BLUEZ_CACHE", "/srv/images")
    assert cache_folder() == Path("/srv/images")


def test_an_empty_cache_has_no_image(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LUMBAR_BLUEZ_CACHE", str(tmp_path))
    assert find_image() is None


def test_without_qemu_the_command_says_so_and_ends_well(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert command.main([]) == 0
    assert capsys.readouterr().out == "Skipped: QEMU is not installed; apt-get install qemu-system-x86\n"


def test_without_packages_the_command_says_so_and_ends_well(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LUMBAR_BLUEZ_CACHE", str(tmp_path))
    monkeypatch.setenv("LUMBAR_DEBIAN_MIRROR", f"file:{tmp_path}/no-mirror")
    monkeypatch.setattr(command, "find_qemu", lambda: "qemu")
    assert command.main([]) == 0
    *_, last = capsys.readouterr().out.splitlines()
    assert last.startswith("Skipped: the machine's image cannot be made: apt-get update failed: ")
    assert list(tmp_path.glob("trixie-*")) == []


def test_a_release_that_does_not_exist_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUMBAR_DEBIAN_MIRROR", f"file:{tmp_path}/no-mirror")
    with pytest.raises(PackagesError, match="apt-get update failed"):
        Debian("no-such-release", tmp_path / "apt")


def test_a_program_that_fails_is_quoted() -> None:
    with pytest.raises(PackagesError, match="the program no-such-program is missing"):
        run("no-such-program")
    with pytest.raises(PackagesError, match="sh -c failed: not today"):
        run("sh", "-c", "echo not today >&2; exit 3")
