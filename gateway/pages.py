"""The home's web server, on this computer only: the patient's pages, and how the gateway is."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import Any, Final

import uvicorn
from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from analysis.events.errors import LumbarError
from analysis.review.home.door import Refusal
from analysis.review.hosts import OurHosts

_HOST: Final = "127.0.0.1"


class PageError(LumbarError):
    """The pages cannot be served."""


class PageServer(uvicorn.Server):
    """A server that leaves signals to the program that runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


class _Ending:
    """An application whose streams end when the server stops.

    To the application it looks as if the page had gone; the page sees a whole answer. Without this, uvicorn
    waits a second for a stream that never ends, and then logs its cancellation as an error.
    """

    def __init__(self, app: ASGIApp, stopping: asyncio.Event) -> None:
        self._app, self._stopping = app, stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_whole = False

        async def receive_until_stop() -> Message:
            stop, message = asyncio.create_task(self._stopping.wait()), asyncio.ensure_future(receive())
            try:
                await asyncio.wait({stop, message}, return_when=asyncio.FIRST_COMPLETED)
                return message.result() if message.done() else {"type": "http.disconnect"}
            finally:
                stop.cancel()
                message.cancel()

        async def send_on(message: Message) -> None:
            nonlocal is_whole
            is_whole = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        await self._app(scope, receive_until_stop, send_on)
        if not is_whole:
            await send({"type": "http.response.body", "body": b"", "more_body": False})


class Pages:
    """Serves pages until told to stop.

    Parameters
    ----------
    port
        Port on the loopback interface.
    routes
        The pages.
    status
        Returns the gateway's account of itself, for ``/api/status``.
    refused
        Hears of who was not let in.

    Raises
    ------
    PageError
        If the port is taken.
    """

    def __init__(
        self,
        port: int,
        routes: APIRouter,
        status: Callable[[], dict[str, Any]],
        refused: Callable[[Refusal], None] = lambda _: None,
    ) -> None:
        app = FastAPI(title="Lumbar Monitor", docs_url=None, redoc_url=None, openapi_url=None)
        # A page of another host, made to resolve to this computer, must not read the patient's day.
        app.add_middleware(
            OurHosts,
            names=(_HOST, "localhost"),
            tell=lambda request, asked: refused(Refusal("another host", request.url.path, asked)),
        )
        app.include_router(routes)

        @app.get("/api/status")
        def _status() -> dict[str, Any]:
            return status()

        self._stopping = asyncio.Event()
        self._socket = bind(_HOST, port, "pages")
        self.url = f"http://{_HOST}:{port}/"
        self._server = PageServer(
            uvicorn.Config(
                _Ending(app, self._stopping),
                log_config=None,
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=1,
                server_header=False,
            )
        )

    async def run(self) -> None:
        """Serve until :meth:`stop`; if cancelled, tidy up first."""
        with contextlib.closing(self._socket):
            serving = asyncio.create_task(self._server.serve(sockets=[self._socket]))
            try:
                await asyncio.shield(serving)
            finally:
                self.stop()
                await serving

    def stop(self) -> None:
        """Make :meth:`run` return, at the latest after a second; open pages lose their live line."""
        self._stopping.set()
        self._server.should_exit = True


def bind(host: str, port: int, section: str) -> socket.socket:
    """Return a listening socket; raises PageError, naming the settings' `section`, if the port is taken."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()  # now, so that whoever hears of the address is let wait and not turned away
    except OSError as error:
        listener.close()
        raise PageError(
            f"port {port} is in use; end the program that uses it, or set another [{section}] port"
        ) from error
    return listener
