"""Run all tests, in two halves at once: ``make test``.

One half mostly waits, for processes, radios and clocks; the other computes. On two cores both together take
little longer than the longer one. The waiting half shows its progress; what the other has to say follows it.
What needs a virtual machine is left to ``make test-bluez``.
With arguments they are pytest's, and nothing is halved: ``make test ARGS="tests/analysis -k lift"``.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

WAITING: Final = ("tests/e2e", "tests/gateway", "tests/firmware_sim")
_ELSEWHERE: Final = ("tests/bluez", "tests/__pycache__")
_PYTEST: Final = (sys.executable, "-m", "pytest")


def computing() -> list[str]:
    """Return the folders and files of tests that are in neither :data:`WAITING` nor a machine."""
    places = sorted(place for place in Path("tests").iterdir() if place.is_dir() or place.match("test_*.py"))
    return [str(place) for place in places if str(place) not in WAITING + _ELSEWHERE]


def main(words: list[str]) -> int:
    """Run the tests and return pytest's exit status: of two, the first that is not 0."""
    if words:
        return subprocess.call([*_PYTEST, *words])
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        with subprocess.Popen([*_PYTEST, *computing()], stdout=said, stderr=subprocess.STDOUT) as other:
            status = subprocess.call([*_PYTEST, *WAITING])
            print("The other half, which ran meanwhile:", flush=True)
            status = status or other.wait()
        said.seek(0)
        shutil.copyfileobj(said, sys.stdout)
        sys.stdout.flush()
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
