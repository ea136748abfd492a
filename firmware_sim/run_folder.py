"""The folder of a run: one run at a time, and no traces of the last one.

A strip and a home remember, on purpose, what was before they started. A second run in the same folder would
begin at eight in the morning again on a strip that was put on later that day, and the two days would mix. So
what the last run left is removed first; but only where a run's own mark says that it was one, for a folder
may as well be a real home.
"""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from firmware_sim.errors import SimError

MARK: Final = ".lumbar-demo"
_LEFT_BEHIND: Final = (
    *("archive", "broker", "logs", "strip"),
    *("bonds.json", "care.json", "gateway.json", "gateway.toml", "recorder.toml"),
    *("truth.jsonl", "detected.jsonl", "report.html"),
    *(f"{store}.sqlite{part}" for store in ("home", "outbox", "clinic") for part in ("", "-wal", "-shm")),
    *("clinic.poison.jsonl", "clinic.poison.jsonl.1"),
)


class RunFolderError(SimError):
    """A folder in which a run must not be started."""


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Make `folder`, or remove from it what an earlier run left; inside, no other run can have it.

    Files of other names stay.

    Raises
    ------
    RunFolderError
        If it cannot be made, another run has it, or it holds files of a run's names that are not a run's.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        found = [path for name in _LEFT_BEHIND if (path := folder / name).exists() or path.is_symlink()]
        if found and not (folder / MARK).exists():
            raise RunFolderError(
                f"{folder} holds {found[0].name} and no earlier demo made it; name another folder with --out"
            )
        mark = (folder / MARK).open("a")
    except OSError as error:
        raise RunFolderError(f"{folder} cannot be used: {error.strerror}") from error
    with mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for path in found:
                _remove(path)
        except BlockingIOError as error:
            raise RunFolderError(f"a demo is running in {folder}; name another folder with --out") from error
        except OSError as error:
            raise RunFolderError(f"{folder} cannot be cleared: {error.strerror}") from error
        yield


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
