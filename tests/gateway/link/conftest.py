from collections.abc import Callable

import numpy as np
import pytest

from gateway.link.reassembly import Arrival
from gateway.wire.frame import Frame, encode

START_NS = 1_800_000_000_000_000_000


@pytest.fixture
def frame_at() -> Callable[..., Arrival]:
    """An intact frame of consecutive samples; each sample's values are its index."""

    def make(
        first_sample: int,
        count: int = 9,
        *,
        boot: int = 4,
        ticks: int | None = None,
        button: bool = False,
        backfill: bool = False,
        single_pod: bool = False,
    ) -> Arrival:
        columns = 6 if single_pod else 12
        values = np.repeat(np.arange(first_sample, first_sample + count), columns).astype("<u4")
        frame = Frame(
            boot=boot,
            first_sample=first_sample,
            ticks=(1000 + round(first_sample * 327.68) if ticks is None else ticks) % 2**32,
            samples=(values % 30_000).astype("<i2").tobytes(),
            backfill=backfill,
            button=button,
            single_pod=single_pod,
        )
        return Arrival(START_NS + (first_sample + count) * 10_000_000, encode(frame))

    return make
