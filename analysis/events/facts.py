"""Facts: alerts, button marks, the strip's status, answers to commands."""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from analysis.events.event import Event
from analysis.events.fields import Count

AlertKind = Literal["prolonged_sitting", "sensor_silent", "battery_low"]
AlertLevel = Literal["nudge", "alert", "follower"]
AlertAction = Literal["raised", "repeated", "snoozed", "acknowledged", "cleared", "expired"]
Presence = Literal["online", "offline"]
LinkState = Literal["waiting", "scanning", "connecting", "streaming", "stopped"]


class Alert(Event):
    """One change in the life of an alert."""

    SCHEMA: ClassVar[str] = "lumbar.alert/1"

    kind: AlertKind
    level: AlertLevel
    action: AlertAction


class Mark(Event):
    """The patient pressed the strip's button: "mark this moment"."""

    SCHEMA: ClassVar[str] = "lumbar.mark/1"


class Versions(BaseModel):
    """Versions of the parts that speak."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gateway: str
    algorithm: str


class Status(Event):
    """How the gateway and the strip are; retained on MQTT, and the will."""

    SCHEMA: ClassVar[str] = "lumbar.status/1"

    presence: Presence
    battery_pct: Count | None
    worn: bool | None
    link_state: LinkState
    backlog: Count | None
    versions: Versions


class CommandAnswer(Event):
    """The gateway's answer to one command."""

    SCHEMA: ClassVar[str] = "lumbar.command/1"

    command_id: str
    result: Literal["done", "refused", "expired"]
    reason: str | None
