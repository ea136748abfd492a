"""What an operator says to the broker: forget a patient, ask homes to send again.

The login is ``operator``; it may do these two things and read, and it is not the recorder's, since the broker
ends a connection when the same login comes a second time.
"""

import asyncio
import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from analysis.events.errors import LumbarError
from analysis.events.topics import CommandTopic, EventTopic
from analysis.trends.broker import Broker
from analysis.trends.connection import Acknowledged, Connected, Connection, Lost, Publication
from gateway.clinic.folder import ClinicFolder

_PATIENCE_S: Final = 15.0


class BrokerCallError(LumbarError):
    """The broker cannot be reached, or refuses."""


def operator_of(broker: Broker, clinic: ClinicFolder) -> Broker:
    """Return the same broker with the operator's login."""
    return replace(broker, username="operator", password_file=clinic.secret("operator-password"))


def forget_patient(broker: Broker, patient: str, devices: Iterable[str]) -> None:
    """Take what the broker retains of a patient, statuses and settings; raises BrokerCallError."""
    topics = [
        str(topic)
        for device in devices
        for topic in (EventTopic(patient, device, "status"), CommandTopic(patient, device, "settings"))
    ]
    _publish(broker, [Publication(topic, b"", retain=True) for topic in topics])


def ask_to_resend(
    broker: Broker, homes: Iterable[tuple[str, str]], since: str, *, now: str, expires: str
) -> None:
    """Ask homes, by patient and strip, to send again what they put since a UTC text.

    Raises
    ------
    BrokerCallError
        If the broker cannot be reached, or refuses.
    """
    body = {"issued": now, "expires": expires, "from": since}
    _publish(
        broker,
        [
            Publication(
                str(CommandTopic(patient, device, "resend")),
                json.dumps({"command_id": str(uuid.uuid4()), **body}).encode(),
            )
            for patient, device in homes
        ],
    )


def _publish(broker: Broker, publications: Sequence[Publication]) -> None:
    if not publications:
        return
    try:
        asyncio.run(_publish_all(broker, publications))
    except TimeoutError as error:
        raise BrokerCallError(f"the broker at {broker} does not answer") from error


async def _publish_all(broker: Broker, publications: Sequence[Publication]) -> None:
    connection = Connection(broker, "lumbar-operator", session_expiry_s=0)
    waiting: set[int] = set()
    try:
        async with asyncio.timeout(_PATIENCE_S):
            while True:
                match await connection.next():
                    case Connected():
                        waiting = {connection.publish(publication) for publication in publications}
                    case Acknowledged(_, str(refusal)):
                        raise BrokerCallError(f"the broker at {broker} refuses the operator: {refusal}")
                    case Acknowledged(mid):
                        waiting.discard(mid)
                        if not waiting:
                            return
                    case Lost(reason):
                        raise BrokerCallError(f"no connection to the broker at {broker}: {reason}")
    finally:
        await connection.close()
