"""Questions to the strip and their answers, one at a time, over any pair of write and indicate.

Knows nothing of Bluetooth: it is given a way to write bytes, and told of each indication.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from gateway.link.errors import CommandRefusedError, NoAnswerError
from gateway.wire.control import (
    ControlError,
    Opcode,
    Request,
    Response,
    Result,
    decode_response,
    encode_request,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """The strip's answer, and when it was asked and heard (UTC of the host, ns)."""

    response: Response
    sent_utc_ns: int
    received_utc_ns: int


class Requests:
    """Asks a strip.

    Parameters
    ----------
    write
        Writes a request to the control characteristic.
    utc_ns
        Tells the time.
    """

    def __init__(self, write: Callable[[bytes], Awaitable[None]], utc_ns: Callable[[], int]) -> None:
        self._write = write
        self._utc_ns = utc_ns
        self._txn = 0
        self._waiting: asyncio.Future[tuple[Response, int]] | None = None
        self._one_at_a_time = asyncio.Lock()
        self.stray_answers = 0
        """Indications that answered nothing we had asked."""

    async def ask(self, request: Request, *, within_s: float) -> Answer:
        """Write a request and return its answer.

        Raises
        ------
        NoAnswerError
            If none came within `within_s` seconds of the computer.
        CommandRefusedError
            If the strip's result is not ok.
        """
        async with self._one_at_a_time:
            self._txn = (self._txn + 1) % 256
            self._waiting = waiting = asyncio.get_running_loop().create_future()
            name = Opcode(request.opcode).name.lower()
            try:
                sent_utc_ns = self._utc_ns()
                async with asyncio.timeout(within_s):
                    await self._write(encode_request(self._txn, request))
                    response, received_utc_ns = await waiting
            except TimeoutError as error:
                # A computer that stood still for a while finds the time over and the answer there.
                if waiting.cancelled() or not waiting.done():
                    raise NoAnswerError(f"the strip did not answer {name} within {within_s:.1f} s") from error
                response, received_utc_ns = waiting.result()
            finally:
                self._waiting = None
        if response.result is not Result.OK:
            raise CommandRefusedError(name, response.result)
        return Answer(response, sent_utc_ns, received_utc_ns)

    def heard(self, data: bytes, utc_ns: int) -> None:
        """Take an indication that came at `utc_ns`; what answers nothing asked is counted."""
        try:
            response = decode_response(data)
        except ControlError:
            self.stray_answers += 1
            return
        if self._waiting is None or self._waiting.done() or response.txn != self._txn:
            self.stray_answers += 1
            return
        self._waiting.set_result((response, utc_ns))
