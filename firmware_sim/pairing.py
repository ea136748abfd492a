"""How the strip pairs: LE Secure Connections, bonded, and only when a person has asked for it.

The strip has neither display nor keys, so pairing is Just Works and cannot tell a man in the middle; being
open only for a minute after the button was held is what protects it. Bumble alone would also accept legacy
pairing (whose key a listener can work out), pairing without a bond, and short keys; :class:`StrictSession`
refuses these.
"""

from __future__ import annotations

from collections.abc import Callable

from bumble import smp
from bumble.device import Connection
from bumble.pairing import PairingConfig, PairingDelegate

_KEY_SIZE = 16


class StrictSession(smp.Session):
    """A pairing that is refused unless it is as strong as the protocol asks."""

    async def on_smp_pairing_request_command_async(self, command: smp.SMP_Pairing_Request_Command) -> None:
        """Answer a central's wish to pair."""
        wanted = smp.AuthReq.BONDING | smp.AuthReq.SC
        if command.auth_req & wanted != wanted:
            self.send_pairing_failed(smp.ErrorCode.AUTHENTICATION_REQUIREMENTS)
        elif command.maximum_encryption_key_size < _KEY_SIZE:
            self.send_pairing_failed(smp.ErrorCode.ENCRYPTION_KEY_SIZE)
        else:
            await super().on_smp_pairing_request_command_async(command)

    def on_pairing_failure(self, reason: smp.ErrorCode) -> None:
        """Forget a failed pairing; Bumble would hold a further attempt on this link for a part of it."""
        super().on_pairing_failure(reason)
        self.manager.on_session_end(self)


class WindowDelegate(PairingDelegate):
    """Accepts a pairing while `is_open` says so."""

    def __init__(self, is_open: Callable[[], bool]) -> None:
        super().__init__(PairingDelegate.NO_OUTPUT_NO_INPUT)
        self._is_open = is_open

    async def accept(self) -> bool:
        """Say whether this pairing may go on."""
        return self._is_open()


def just_works(is_open: Callable[[], bool]) -> Callable[[Connection], PairingConfig]:
    """Return what Bumble asks for at each pairing."""

    def config(_: Connection) -> PairingConfig:
        return PairingConfig(
            sc=True,
            mitm=False,
            bonding=True,
            delegate=WindowDelegate(is_open),
            identity_address_type=PairingConfig.AddressType.RANDOM,
        )

    return config
