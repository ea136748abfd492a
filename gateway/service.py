"""Running a part as a service: until it ends, is told to stop, or loses the program that started it."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any


async def run_service(
    main: Coroutine[Any, Any, None], stop: Callable[[], Awaitable[None]], *, follows_stdin: bool = False
) -> None:
    """Run `main` until it ends; on SIGTERM or SIGINT call `stop`, which makes it end.

    Parameters
    ----------
    main
        The service. Its errors are raised here.
    stop
        Asks the service to end; `main` is then awaited.
    follows_stdin
        Also stop when standard input closes, so that a part never outlives the demo that started it.
    """
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    watcher = asyncio.create_task(_stdin_closed(asked)) if follows_stdin else None
    service = asyncio.create_task(main)
    waiting = asyncio.create_task(asked.wait())
    try:
        await asyncio.wait({service, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not service.done():
            await stop()
        await service
    finally:
        for task in (waiting, watcher):
            if task is not None:
                task.cancel()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


async def _stdin_closed(closed: asyncio.Event) -> None:
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    with contextlib.closing(transport):
        while await reader.read(4096):
            pass
    closed.set()
