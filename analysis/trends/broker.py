"""Which broker to speak to, and as whom: shared by the recorder and the gateway."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from analysis.events.errors import LumbarError

_MAX_PORT = 65_535


class BrokerSettingsError(LumbarError, ValueError):
    """Settings that cannot work; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker's address and our login.

    Parameters
    ----------
    host, port
        Where it listens; port 8883 is usual with TLS.
    username
        Login name; None: anonymous.
    password_file
        File whose first line is the password; read at each connect, so that it can be changed.
    ca_file
        Certificate that the broker's own must lead to; None: no TLS.

    Raises
    ------
    BrokerSettingsError
        If host or port cannot be.
    """

    host: str
    port: int = 1883
    username: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        try:
            self.host.encode("idna")
        except UnicodeError as error:
            raise BrokerSettingsError(f"{self.host!r} is not a host name") from error
        if not self.host or not 0 < self.port <= _MAX_PORT:
            raise BrokerSettingsError(f"{self.host!r} port {self.port} is no address of a broker")

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def check(self) -> None:
        """Read what the connection will need, so that a fault is known at the start.

        Raises
        ------
        BrokerSettingsError
            If password or certificate cannot be read.
        """
        self.password()
        self.tls()

    def password(self) -> str | None:
        """Return the password.

        Raises
        ------
        BrokerSettingsError
            If the file cannot be read.
        """
        if self.password_file is None:
            return None
        try:
            return self.password_file.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
        except (OSError, UnicodeDecodeError) as error:
            raise BrokerSettingsError(f"the password file cannot be read: {error}") from error

    def tls(self) -> ssl.SSLContext | None:
        """Return the TLS context, or None without TLS.

        Raises
        ------
        BrokerSettingsError
            If the certificate cannot be read.
        """
        if self.ca_file is None:
            return None
        try:
            return ssl.create_default_context(cafile=self.ca_file)
        except OSError as error:
            raise BrokerSettingsError(f"the certificate {self.ca_file} cannot be read: {error}") from error
