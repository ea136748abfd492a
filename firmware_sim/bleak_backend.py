"""A bleak backend on Bumble, so that the gateway's own Bluetooth code runs on the virtual radio.

::

    bluetooth = virtual_bluetooth("tcp-client:127.0.0.1:9702", key_store=folder / "bonds.json")
    device = await BleakScanner.find_device_by_filter(wanted, backend=bluetooth.scanner)
    async with BleakClient(device, backend=bluetooth.client) as client:
        ...
    await bluetooth.close()

It behaves like BlueZ where the gateway relies on that:

- ``pair()`` makes a bond, and does nothing if there is one; a link to a bonded peer is encrypted when
  ``connect()`` returns; ``unpair()`` forgets the bond and hangs up; if the peer has lost its bond,
  ``connect()`` fails.
- The disconnected callback comes once for each connection that ``connect()`` returned, whoever ended it.
- A request in flight when the link drops raises ``BleakError``; requests the peer refuses raise
  ``BleakGATTProtocolError``; ``connect()`` to a silent peer raises ``TimeoutError``.

And unlike BlueZ:

- ``mtu_size`` is the true one at once (BlueZ says 23 until asked otherwise).
- Reading or subscribing to what needs encryption without a bond is refused; BlueZ would start pairing by
  itself if an agent is registered.
- There is no pairing agent to forget and no D-Bus to lose; a dropped client leaves nothing behind that would
  double its successor's notifications, so that fault of BlueZ's does not show here.
- A write longer than the MTU allows is refused; BlueZ splits it.
- Services are discovered anew at each connection; BlueZ keeps those of a bonded peer.
"""

from __future__ import annotations

from pathlib import Path

from firmware_sim.bleak_client import VirtualClient
from firmware_sim.bleak_host import BluetoothHost
from firmware_sim.bleak_scanner import VirtualScanner


class VirtualBluetooth:
    """A virtual Bluetooth adapter.

    Attributes
    ----------
    scanner, client
        What to pass as ``backend=`` to ``BleakScanner`` and ``BleakClient``.
    """

    def __init__(self, host: BluetoothHost) -> None:
        self._host = host
        self.scanner: type[VirtualScanner] = type("Scanner", (VirtualScanner,), {"host": host})
        self.client: type[VirtualClient] = type("Client", (VirtualClient,), {"host": host})

    async def close(self) -> None:
        """Hang up and switch the adapter off."""
        await self._host.close()


def virtual_bluetooth(transport: str, *, key_store: Path) -> VirtualBluetooth:
    """Return a virtual Bluetooth adapter; it is switched on when first used.

    Parameters
    ----------
    transport
        Bumble's name of the HCI transport, such as "tcp-client:127.0.0.1:9702".
    key_store
        File of this adapter's identity and bonds; it is made if need be, for its owner only.

    Raises
    ------
    firmware_sim.bonds.BondFileError
        If the file is there and holds no bonds.
    """
    return VirtualBluetooth(BluetoothHost(transport, key_store))
