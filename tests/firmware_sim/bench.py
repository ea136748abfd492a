"""A strip on the bench: what survives a restart, the device in it, and a source that counts."""

import numpy as np
from numpy.typing import NDArray

from firmware_sim.device import Device, DeviceParams, StripState
from firmware_sim.flash import FlashMemory
from gateway.wire import control as wire
from gateway.wire import frame as frames
from gateway.wire.control import Response
from gateway.wire.frame import Frame

BOOT_UTC_NS = 1_700_000_000_000_000_000
EXACT = DeviceParams(oscillator_ppm=0.0)
MTU = 247


class Counting:
    """A source whose every value is its own index, so that a sample can be told from any other."""

    def __init__(self, duration_s: float | None = None, *, single_pod: bool = False) -> None:
        self.single_pod = single_pod
        self.duration_s = duration_s

    def read(self, first: int, count: int) -> NDArray[np.int16]:
        if self.duration_s is not None:
            count = max(0, min(count, round(self.duration_s * 100) - first))
        index = np.arange(first, first + count) % 30_000
        return np.repeat(index[:, None], 6 if self.single_pod else 12, axis=1).astype(np.int16)


class Strip:
    """A strip on the bench: what survives a restart, and the device in it."""

    def __init__(
        self,
        source: Counting | None = None,
        params: DeviceParams = EXACT,
        *,
        flash_samples: int = 100_000,
    ) -> None:
        self.source = source or Counting()
        self.params = params
        width = 6 if self.source.single_pod else 12
        self.memory = FlashMemory.blank(width, flash_samples * width * 2)
        self.state = StripState()
        self.txn = 0
        self.boot(BOOT_UTC_NS)

    def boot(self, utc_ns: int) -> None:
        self.device = Device(self.params, self.source, self.memory, self.state, utc_ns)

    def ask(self, request: wire.Request, att_mtu: int = MTU) -> Response:
        self.txn = (self.txn + 1) % 256
        data = self.device.control(wire.encode_request(self.txn, request), att_mtu)
        assert data is not None
        response = wire.decode_response(data)
        assert (response.txn, response.opcode) == (self.txn, request.opcode)
        return response

    def frames(self, att_mtu: int = MTU) -> list[Frame]:
        out = []
        while (frame := self.device.next_frame(att_mtu)) is not None:
            assert frames.decode(frames.encode(frame)) == frame
            out.append(frame)
        return out

    def run(self, until_s: float, step_s: float = 0.25) -> list[Frame]:
        out = []
        for at_s in np.arange(self.device.own_s, until_s + step_s / 2, step_s):
            self.device.advance(float(at_s))
            out += self.frames()
        return out


def values(frame: Frame) -> list[int]:
    width = 6 if frame.single_pod else 12
    return [int(value) for value in np.frombuffer(frame.samples, "<i2").reshape(-1, width)[:, 0]]
