"""Serving the therapist's pages: the web server, and the settings' way to the broker, in one process."""

import asyncio
import gc
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime

import uvicorn

from analysis.review.clinic.access import Access
from analysis.review.clinic.desk import Desk
from analysis.review.clinic.lately import Lately
from analysis.review.clinic.outlet import Outlet
from analysis.review.clinic.register import Register
from analysis.review.clinic.views.settings import send_to_all
from analysis.review.clinic.web import review_app
from analysis.trends.broker import Broker
from analysis.trends.store import TrendStore
from gateway.config import ReviewConfig, WebConfig
from gateway.pages import PageError, PageServer, bind
from gateway.service import run_service


async def serve_review(
    config: ReviewConfig, register: Register, store: TrendStore, ready: Callable[[str], None]
) -> None:
    """Serve until told to stop by a signal.

    Parameters
    ----------
    config
        Where.
    register, store
        The review database and the trends.
    ready
        Is told the address once the pages answer.

    Raises
    ------
    PageError
        If the port is taken or the certificate cannot be used.
    """
    outlet = None if config.mqtt is None else Outlet(Broker(**dict(config.mqtt)))
    desk = Desk(
        register,
        Access(register, time.time),
        store,
        Lately(store, time.monotonic),
        outlet,
        lambda: datetime.now(UTC),
    )
    web = config.web
    listener = bind(web.host, web.port, "web")
    server = PageServer(
        uvicorn.Config(
            review_app(desk, web.names),
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=2,
            ssl_certfile=_readable(web),
            ssl_keyfile=web.key_file,
        )
    )

    async def serve() -> None:
        async with asyncio.TaskGroup() as tasks:
            if outlet is not None:
                tasks.create_task(outlet.run())
                for patient in register.prescribed_patients():
                    send_to_all(desk, patient, register.prescribed(patient)[0])
            await server.serve(sockets=[listener])
            if outlet is not None:
                outlet.stop()

    async def stop() -> None:
        server.should_exit = True

    # A report reads tens of thousands of values, and the collector of garbage would meanwhile look through
    # the whole program again and again, which stays anyway: a third of the time that a report took.
    gc.freeze()
    ready(f"{'https' if web.certificate_file else 'http'}://{web.names[0]}:{web.port}/")
    await run_service(serve(), stop)


def _readable(web: WebConfig) -> str | None:
    if web.certificate_file is None or web.key_file is None:
        return None
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            web.certificate_file, web.key_file
        )
    except (OSError, ssl.SSLError) as error:
        raise PageError(f"the certificate {web.certificate_file} cannot be used: {error}") from error
    return str(web.certificate_file)
