"""The gateway on the real BlueZ: ``make test-bluez``.

Makes the machine's image if need be, then runs the tests beside this file: with ``--short`` those that take
three minutes, with ``--long`` all and many reconnects; all other arguments are pytest's. Where QEMU or
Debian's packages cannot be had, the reason is told and nothing fails.
"""

import os
import subprocess
import sys
from typing import Final

from tests.bluez.debian import PackagesError
from tests.bluez.image import find_image, make_image
from tests.bluez.machine import find_qemu

_SHORT: Final = "image or stream or killed or without_a_bond_can"


def main(words: list[str]) -> int:
    """Run the tests and return pytest's exit status."""
    if find_qemu() is None:
        print("Skipped: QEMU is not installed; apt-get install qemu-system-x86")
        return 0
    if find_image() is None:
        print("Making the machine's image from Debian's packages, about a minute", flush=True)
    try:
        image = make_image()
    except PackagesError as error:
        print(f"Skipped: the machine's image cannot be made: {error}")
        return 0
    print(f"{image.versions}; {image.folder}", flush=True)
    if "--long" in words:
        words.remove("--long")
        os.environ.setdefault("LUMBAR_BLUEZ_RECONNECTS", "300")
    if "--short" in words:
        words[words.index("--short")] = f"-k={_SHORT}"
    return subprocess.call([sys.executable, "-m", "pytest", "tests/bluez", "--timeout=300", *words])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
