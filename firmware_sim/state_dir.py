"""Where a simulated strip keeps what outlives it, even a kill -9.

Two files, readable by their owner only. ``flash.bin`` is the ring as a sparse mapped file: what the process
has written is the kernel's, so it survives the process (though not the machine losing power). ``strip.json``
holds the little rest, and is replaced whole.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import tempfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter, ValidationError

from firmware_sim.device import StripState
from firmware_sim.errors import SimError
from firmware_sim.flash import BYTES_PER_VALUE, FLASH_BYTES, FlashMemory

_HEAD_BYTES = 8
_STATE = TypeAdapter(StripState)


class StripStateError(SimError):
    """A state directory that does not fit this strip, or cannot be read."""


class StateDir:
    """A strip's state directory; it is made if need be.

    Parameters
    ----------
    path
        The directory.
    values_per_sample
        12, or 6 for a single pod: the ring is laid out for it.

    Raises
    ------
    StripStateError
        If the directory holds the state of another kind of strip, or a damaged one.
    """

    def __init__(self, path: Path, values_per_sample: int) -> None:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = path
        self.memory = self._map_flash(values_per_sample)
        self.state = self._read_state()

    def save(self) -> None:
        """Write the state as it is now."""
        write_private(self._path / "strip.json", json.dumps(asdict(self.state)))

    def _read_state(self) -> StripState:
        file = self._path / "strip.json"
        try:
            return _STATE.validate_json(file.read_bytes())
        except FileNotFoundError:
            return StripState()
        except ValidationError as error:
            raise StripStateError(
                f"{file} is no strip's state ({error.errors()[0]['msg']}); remove the directory"
            ) from error

    def _map_flash(self, values_per_sample: int) -> FlashMemory:
        file = self._path / "flash.bin"
        capacity = FLASH_BYTES // (values_per_sample * BYTES_PER_VALUE)
        size = _HEAD_BYTES + capacity * values_per_sample * BYTES_PER_VALUE
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            found = os.fstat(descriptor).st_size
            if found not in (0, size):
                raise StripStateError(
                    f"{file} has {found} bytes, {size} expected: it is the flash of another kind of strip; "
                    "choose another state directory or remove this one"
                )
            os.ftruncate(descriptor, size)
            mapped = mmap.mmap(descriptor, size)
        finally:
            os.close(descriptor)
        head = np.frombuffer(mapped, np.int64, 1)
        samples = np.frombuffer(mapped, np.int16, capacity * values_per_sample, _HEAD_BYTES)
        return FlashMemory(samples.reshape(capacity, values_per_sample), head)


def write_private(file: Path, text: str) -> None:
    """Replace a file's content in one step; only its owner may read it."""
    descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(text)
        Path(temporary).replace(file)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(temporary).unlink()
        raise
