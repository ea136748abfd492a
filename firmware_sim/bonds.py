"""A Bluetooth host's identity and its bonds, in one private file.

Bumble's own key store writes a file that everybody may read, and leaves the host's identity keys to be made
up anew at each start. Here the static random address and the identity resolving key lie with the bonds they
belong to: a host that restarts is the same host.
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from bumble import hci
from bumble.keys import KeyStore, PairingKeys

from firmware_sim.errors import SimError
from firmware_sim.state_dir import write_private


class BondFileError(SimError):
    """A file of bonds that cannot be read."""


class BondStore(KeyStore):
    """Bonds in a file that only its owner may read.

    Parameters
    ----------
    path
        The file; it is made at the first use.
    address
        The host's static random address; without one, a new file gets a random one.

    Attributes
    ----------
    address, irk
        The host's identity.

    Raises
    ------
    BondFileError
        If there is a file and it holds no bonds.
    """

    def __init__(self, path: Path, address: hci.Address | None = None) -> None:
        self._path = path
        self._bonds: dict[str, PairingKeys] = {}
        try:
            stored = json.loads(path.read_text("utf-8"))
            self.address = address or hci.Address(stored["address"])
            self.irk = bytes.fromhex(stored["irk"])
            self._bonds = {name: PairingKeys.from_dict(keys) for name, keys in stored["bonds"].items()}
        except FileNotFoundError:
            self.address = address or hci.Address.generate_static_address()
            self.irk = secrets.token_bytes(16)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._save()
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BondFileError(
                f"{path} holds no Bluetooth bonds ({error!r}); remove it and pair again"
            ) from error

    @property
    def is_empty(self) -> bool:
        """Whether there is no bond.

        There is no ``__len__``: it would make an empty store false, and Bumble would not store into it.
        """
        return not self._bonds

    async def get(self, name: str) -> PairingKeys | None:
        """Return the keys of a peer."""
        return self._bonds.get(name)

    async def get_all(self) -> list[tuple[str, PairingKeys]]:
        """Return all peers' keys."""
        return list(self._bonds.items())

    async def update(self, name: str, keys: PairingKeys) -> None:
        """Keep the keys of a peer."""
        self._bonds[name] = keys
        self._save()

    async def delete(self, name: str) -> None:
        """Forget a peer."""
        if self._bonds.pop(name, None) is not None:
            self._save()

    def _save(self) -> None:
        stored = {
            "address": str(self.address),
            "irk": self.irk.hex(),
            "bonds": {name: keys.to_dict() for name, keys in self._bonds.items()},
        }
        write_private(self._path, json.dumps(stored, indent=1))
