"""Running a part as a service: until it ends, is told to stop, or loses the program that started it."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any


async def run_service(main: Coroutine[Any, Any, None], stop: Callable[[], Awaitable[None]]) -> None:
    """Run `main` until it ends; on SIGTERM or SIGINT call `stop`, which makes it end.

    Parameters
    ----------
    main
        The service. Its errors are raised here.
    stop
        Asks the service to end; `main` is then awaited.
    """
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    service = asyncio.create_task(main)
    waiting = asyncio.create_task(asked.wait())
    try:
        await asyncio.wait({service, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not service.done():
            await stop()
        await service
    finally:
        waiting.cancel()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


@contextlib.asynccontextmanager
async def ends_with_stdin(*, wanted: bool) -> AsyncIterator[None]:
    """While inside, if `wanted`, send this process SIGTERM when its standard input closes.

    So a part never outlives the demo that started it, however that ended.
    """
    watcher = asyncio.create_task(_terminate_when_stdin_closes()) if wanted else None
    try:
        yield
    finally:
        if watcher is not None:
            watcher.cancel()


async def _terminate_when_stdin_closes() -> None:
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    with contextlib.closing(transport):
        while await reader.read(4096):
            pass
    signal.raise_signal(signal.SIGTERM)
