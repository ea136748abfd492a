"""A strip as a process of its own, worn by a source whose every value is its own index.

``python counting_strip.py TRANSPORT STATE_DIR CLOCK [SERIAL]``
"""

import asyncio
import logging
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firmware_sim.peripheral import run_strip
from gateway.wire.timebase import Clock


class Counting:
    single_pod = False
    duration_s = None

    def read(self, first: int, count: int) -> NDArray[np.int16]:
        index = np.arange(first, first + count) % 30_000
        return np.repeat(index[:, None], 12, axis=1).astype(np.int16)


def main() -> None:
    transport, state_dir, clock, serial = [*sys.argv[1:], "LM-000001"][:4]
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("bumble").setLevel(logging.WARNING)
    asyncio.run(
        run_strip(
            transport,
            Counting(),
            clock=Clock.from_token(clock),
            serial=serial,
            state_dir=Path(state_dir),
            on_ready=lambda: print("ready", flush=True),
        )
    )


if __name__ == "__main__":
    main()
