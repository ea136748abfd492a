"""The home's web server, on this computer only: the patient's pages, and how the gateway is."""

import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import Any, Final

import uvicorn
from fastapi import APIRouter, FastAPI

from analysis.events.errors import LumbarError

_HOST: Final = "127.0.0.1"


class PageError(LumbarError):
    """The pages cannot be served."""


class _Server(uvicorn.Server):
    """A server that leaves signals to the gateway."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


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

    Raises
    ------
    PageError
        If the port is taken.
    """

    def __init__(self, port: int, routes: APIRouter, status: Callable[[], dict[str, Any]]) -> None:
        app = FastAPI(title="Lumbar Monitor", docs_url=None, redoc_url=None, openapi_url=None)
        app.include_router(routes)

        @app.get("/api/status")
        def _status() -> dict[str, Any]:
            return status()

        self._socket = _bind(port)
        self.url = f"http://{_HOST}:{port}/"
        self._server = _Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=1,
                server_header=False,
            )
        )

    async def run(self) -> None:
        """Serve until :meth:`stop`."""
        with contextlib.closing(self._socket):
            await self._server.serve(sockets=[self._socket])

    def stop(self) -> None:
        """Make :meth:`run` return, at the latest after a second; open pages lose their live line."""
        self._server.should_exit = True


def _bind(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_HOST, port))
    except OSError as error:
        listener.close()
        raise PageError(
            f"port {port} is in use; end the program that uses it, or set another [pages] port"
        ) from error
    return listener
