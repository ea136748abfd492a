"""Running a part as a service: until it ends or is told to stop."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from gateway.watchdog import show_life, tell


async def run_service(main: Coroutine[Any, Any, None], stop: Callable[[], Awaitable[None]]) -> None:
    """Run `main` until it ends; on SIGTERM or SIGINT call `stop`, which makes it end. systemd is told.

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
    living = asyncio.create_task(show_life())
    tell("READY=1")
    try:
        await asyncio.wait({service, waiting}, return_when=asyncio.FIRST_COMPLETED)
        tell("STOPPING=1")
        if not service.done():
            await stop()
        await service
    finally:
        waiting.cancel()
        living.cancel()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
