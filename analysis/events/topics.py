"""MQTT topics and the properties that travel with each event (DESIGN.md section 9)."""

from typing import Final, NamedTuple

ROOT: Final = "lumbar/v1"
OUTBOX_PROPERTY: Final = "outbox"
"""User property: the UUID made with the sender's outbox database."""
SEQ_PROPERTY: Final = "seq"
"""User property: the event's number in that outbox."""


class EventTopic(NamedTuple):
    """Where an event is published."""

    patient: str
    device: str
    kind: str

    def __str__(self) -> str:
        return f"{ROOT}/{self.patient}/{self.device}/{self.kind}"


class CommandTopic(NamedTuple):
    """Where a command to a home is published."""

    patient: str
    device: str
    command: str

    def __str__(self) -> str:
        return f"{ROOT}/{self.patient}/{self.device}/cmd/{self.command}"


ALL_EVENTS: Final = f"{ROOT}/+/+/+"
"""What the recorder subscribes to."""


def commands_of(patient: str, device: str) -> str:
    """Return what the gateway of `patient` subscribes to."""
    return str(CommandTopic(patient, device, "+"))


def parse_topic(topic: str) -> EventTopic | CommandTopic | None:
    """Return what a topic names, or None if it is none of ours."""
    prefix = f"{ROOT}/"
    if not topic.startswith(prefix):
        return None
    match topic.removeprefix(prefix).split("/"):
        case [patient, device, kind] if patient and device and kind:
            return EventTopic(patient, device, kind)
        case [patient, device, "cmd", command] if patient and device and command:
            return CommandTopic(patient, device, command)
        case _:
            return None
