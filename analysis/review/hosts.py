"""Who may be asked for: a server answers to its own names only, and tells of who called it by another.

A page of another host can have its name made to resolve to this computer, and would then be of the same
origin to a browser (DNS rebinding); the name that was asked for still stands in the request.
"""

from collections.abc import Callable, Iterable

from starlette.datastructures import Headers
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send


class OurHosts(TrustedHostMiddleware):
    """Lets in who asks for one of our names; the others get a 400.

    Parameters
    ----------
    app
        What is protected.
    names
        Host names without a port.
    tell
        Hears of each request that was not let in, and of the name it asked for.
    """

    def __init__(
        self, app: ASGIApp, names: Iterable[str], tell: Callable[[HTTPConnection, str | None], None]
    ) -> None:
        super().__init__(app, allowed_hosts=list(names))
        self._tell = tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See :class:`TrustedHostMiddleware`."""
        if scope["type"] in {"http", "websocket"} and not self.allow_any:
            asked = Headers(scope=scope).get("host")
            if (asked or "").split(":")[0] not in self.allowed_hosts:
                self._tell(HTTPConnection(scope), asked)
        await super().__call__(scope, receive, send)
