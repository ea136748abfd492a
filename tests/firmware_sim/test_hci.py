"""An HCI transport of which the far end goes away."""

import asyncio

import pytest
from bumble import hci
from bumble.host import Host
from bumble.transport.common import TransportLostError

from firmware_sim.hci import open_hci

_BUMBLES_PATIENCE_S = 10.0


def test_no_answer_is_waited_for_once_the_radio_is_gone(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as radio:
            transport = await open_hci(f"tcp-client:127.0.0.1:{radio.sockets[0].getsockname()[1]}")
            await transport.source.terminated
            host = Host(transport.source, transport.sink)
            async with asyncio.timeout(_BUMBLES_PATIENCE_S / 2):
                with pytest.raises(TransportLostError, match="the radio is gone"):
                    await host.send_sync_command(hci.HCI_Reset_Command(), _BUMBLES_PATIENCE_S)
            await transport.close()

    asyncio.run(run())
    assert caplog.records == []


def test_there_must_be_somebody_to_talk_to() -> None:
    with pytest.raises(OSError, match="Connect"):
        asyncio.run(open_hci("tcp-client:127.0.0.1:1"))
