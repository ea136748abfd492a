"""The way from a host to its radio: a Bumble transport that says at once when it is lost.

Bumble fails the command it has under way when the transport goes, but takes the next one as if nothing were,
and waits ten seconds for an answer that cannot come. On a transport opened here that next command fails too.
Whoever sent a command is told by an exception; that Bumble also logs it, with a traceback, is left out.
"""

import logging

from bumble.transport import open_transport
from bumble.transport.common import Transport, TransportLostError, TransportSink, TransportSource


class _Sink:
    """Passes packets on to `sink` as long as there is a radio behind it."""

    def __init__(self, source: TransportSource, sink: TransportSink) -> None:
        self._source, self._sink = source, sink

    def on_packet(self, packet: bytes) -> None:
        """Pass a packet on; raises TransportLostError when the radio is gone."""
        if self._source.terminated.done():
            raise TransportLostError("the radio is gone")
        self._sink.on_packet(packet)

    def close(self) -> None:
        """Close what is behind."""
        if hasattr(self._sink, "close"):
            self._sink.close()


async def open_hci(name: str) -> Transport:
    """Open an HCI transport by Bumble's name for it, such as "tcp-client:127.0.0.1:9701".

    Raises
    ------
    OSError, ValueError, bumble.core.BaseBumbleError
        If there is none.
    """
    logging.getLogger("bumble.host").addFilter(_is_news)
    transport = await open_transport(name)
    return Transport(transport.source, _Sink(transport.source, transport.sink))


def _is_news(record: logging.LogRecord) -> bool:
    return record.exc_info is None or not isinstance(record.exc_info[1], TransportLostError)
