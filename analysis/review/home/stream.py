"""Server-sent events: what an open page is told as it changes."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from fastapi.responses import StreamingResponse

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

STREAM_S: Final = 300.0
"""Real seconds after which a stream ends; the browser opens the next by itself. Bounds a forgotten page."""


def stream(
    look: "Callable[[], DataclassInstance]", every_s: float, *, repeats: bool = False
) -> StreamingResponse:
    """Answer with what `look` sees, every so many real seconds; what is as it was only if it `repeats`."""

    async def frames() -> AsyncIterator[str]:
        loop = asyncio.get_running_loop()
        ends, before = loop.time() + STREAM_S, ""
        while loop.time() < ends:
            text = json.dumps(asdict(look()))
            if repeats or text != before:
                before = text
                yield f"data: {text}\n\n"
            await asyncio.sleep(every_s)

    return StreamingResponse(frames(), media_type="text/event-stream")
