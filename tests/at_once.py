"""Run all tests, in three groups at once: ``make test``.

Two groups mostly wait, for processes, radios and clocks; the third computes. On two cores all together take
little longer than the longest. One shows its progress; what the others have to say follows it. What needs a
virtual machine is left to ``make test-bluez``. With arguments they are pytest's, and nothing is grouped:
``make test ARGS="tests/analysis -k lift"``.
"""

import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Final

SHOWN: Final = ("tests/e2e", "tests/deploy")
WAITING: Final = ("tests/gateway", "tests/firmware_sim")
_ELSEWHERE: Final = ("tests/bluez", "tests/__pycache__")
_PYTEST: Final = (sys.executable, "-m", "pytest")


def computing() -> tuple[str, ...]:
    """Return the folders and files of tests that are in neither of the other groups nor need a machine."""
    places = sorted(place for place in Path("tests").iterdir() if place.is_dir() or place.match("test_*.py"))
    others = (*SHOWN, *WAITING, *_ELSEWHERE)
    return tuple(str(place) for place in places if str(place) not in others)


def main(words: list[str]) -> int:
    """Run the tests and return pytest's exit status: of several, the first that is not 0."""
    if words:
        return subprocess.call([*_PYTEST, *words])
    with ExitStack() as stack:
        meanwhile = []
        for group in (WAITING, computing()):
            said = stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8"))
            process = subprocess.Popen([*_PYTEST, *group], stdout=said, stderr=subprocess.STDOUT)
            meanwhile.append((group, stack.enter_context(process), said))
        status = subprocess.call([*_PYTEST, *SHOWN])
        for group, process, said in meanwhile:
            ended = process.wait()
            status = status or ended
            print(f"\nMeanwhile, {' '.join(group)}:", flush=True)
            said.seek(0)
            shutil.copyfileobj(said, sys.stdout)
            sys.stdout.flush()
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
