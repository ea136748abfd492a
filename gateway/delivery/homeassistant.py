"""Home Assistant sees the strip by itself: MQTT discovery on the broker of the home.

One retained message describes one device with five sensors (device discovery: topic
``homeassistant/device/ID/config``, whose keys ``dev``, ``o``, ``cmps`` and ``p`` are its abbreviations of
device, origin, components and platform). The sensors read one JSON object on a topic of their own, which is
not below ``lumbar/v1``: on a broker that serves both, these are not events. What is told is where the body
is, not how it is: no bends by kind, no log, no name.

A gateway that stops tells how it left things, then "offline". When it vanishes the broker says "offline" in
its place (the will), and a value that is not renewed for five minutes expires. Home Assistant's own greeting,
after it was restarted, is answered by telling all again.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any, Final

from analysis.events.day import PostureState
from analysis.events.fields import utc_text
from analysis.trends.broker import Broker
from analysis.trends.connection import Acknowledged, Connected, Connection, Lost, Publication, Received
from analysis.trends.session import LastingConnection, farewell

_log = logging.getLogger("lumbar.homeassistant")

GREETING_TOPIC: Final = "homeassistant/status"
STATES: Final[tuple[PostureState, ...]] = ("lying", "sitting", "standing", "walking", "not_worn")
EXPIRE_AFTER_S: Final = 300

# Seconds of this computer, however fast the world's clock runs [ours].
_RENEW_S: Final = 60.0
_LOOK_S: Final = 1.0
_NS_PER_S: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class HomeState:
    """What Home Assistant is told; None: unknown.

    Parameters
    ----------
    state
        The posture.
    minutes_sat
        Sitting since the last break, whole minutes.
    next_break
        When a break is due if the patient stays seated, UTC text; None: not sitting.
    lifts_today
        Bends since the patient's midnight.
    battery_pct
        Charge of the strip.
    """

    state: PostureState | None = None
    minutes_sat: int | None = None
    next_break: str | None = None
    lifts_today: int | None = None
    battery_pct: int | None = None


def next_break_text(utc_ns: int | None) -> str | None:
    """Return when a break is due, to the second: a finer value would change with every look."""
    return None if utc_ns is None else utc_text(round(utc_ns / _NS_PER_S) * _NS_PER_S)


@dataclass(frozen=True, slots=True)
class Topics:
    """Where one strip's messages go."""

    patient: str
    device: str

    @property
    def config(self) -> str:
        """The description's topic."""
        return f"homeassistant/device/{self.object_id}/config"

    @property
    def state(self) -> str:
        """The values' topic."""
        return f"lumbar/home/{self.patient}/{self.device}/state"

    @property
    def availability(self) -> str:
        """The topic that says "online" or "offline"."""
        return f"lumbar/home/{self.patient}/{self.device}/availability"

    @property
    def object_id(self) -> str:
        """The device's name among Home Assistant's: letters, digits, underscore and hyphen only."""
        return f"lumbar_{self.patient}_{self.device}".replace(".", "_")


def discovery(topics: Topics) -> dict[str, Any]:
    """Return the description of the strip."""
    software = version("lumbar-monitor")
    sensors: dict[str, dict[str, Any]] = {
        "state": {"name": "State", "device_class": "enum", "options": list(STATES), "icon": "mdi:human"},
        "minutes_sat": {
            "name": "Minutes sat",
            "device_class": "duration",
            "unit_of_measurement": "min",
            "state_class": "measurement",
        },
        "next_break": {"name": "Next break", "device_class": "timestamp"},
        "lifts_today": {
            "name": "Lifts today",
            "state_class": "total_increasing",
            "icon": "mdi:human-handsup",
        },
        "battery_pct": {
            "name": "Battery",
            "device_class": "battery",
            "unit_of_measurement": "%",
            "state_class": "measurement",
            "entity_category": "diagnostic",
        },
    }
    return {
        "dev": {
            "ids": [topics.object_id],
            "name": "Lumbar Monitor",
            "mf": "Lumbar Monitor",
            "mdl": "Back strip",
            "sn": topics.device,
            "sw": software,
        },
        "o": {"name": "lumbar-monitor", "sw": software},
        "cmps": {
            name: {
                "p": "sensor",
                "unique_id": f"{topics.object_id}_{name}",
                "value_template": f"{{{{ value_json.{name} }}}}",
                "expire_after": EXPIRE_AFTER_S,
                **sensor,
            }
            for name, sensor in sensors.items()
        },
        "state_topic": topics.state,
        "availability_topic": topics.availability,
        "qos": 1,
    }


class HomeLink:
    """Keeps Home Assistant informed about one strip.

    Parameters
    ----------
    broker
        The broker of the home, and our login.
    patient, device
        Whose strip.
    look
        Returns how things are; called once a second.
    """

    def __init__(self, broker: Broker, patient: str, device: str, look: Callable[[], HomeState]) -> None:
        self._broker, self._look = broker, look
        self._topics = Topics(patient, device)
        self._tie = LastingConnection(broker, _log)
        self._told: HomeState | None = None
        self._told_s = 0.0
        self.is_connected = False

    @property
    def lacks(self) -> str | None:
        """What it waits for; None: nothing."""
        return self._tie.lacks

    def stop(self) -> None:
        """Let :meth:`run` say goodbye and return."""
        self._tie.stop()

    async def run(self) -> None:
        """Inform until :meth:`stop`, through any absence of the broker.

        Raises
        ------
        BrokerSettingsError
            If password or certificate cannot be read at the start.
        """
        await self._tie.run(self._connect, self._use)

    def _connect(self) -> Connection:
        client_id = f"lumbar-home-{self._topics.patient}-{self._topics.device}"
        return Connection(self._broker, client_id, session_expiry_s=0, will=self._availability("offline"))

    async def _use(self, connection: Connection) -> str:
        try:
            while True:
                for happening in await connection.next_batch(100, _LOOK_S):
                    match happening:
                        case Connected():
                            self.is_connected = True
                            self._tie.is_well()
                            connection.subscribe(GREETING_TOPIC)
                            self._introduce(connection)
                            _log.info("Home Assistant is served by the broker at %s", self._broker)
                        case Received() as message:
                            connection.acknowledge(message)
                            if message.topic == GREETING_TOPIC and message.payload == b"online":
                                self._introduce(connection)
                        case Acknowledged(refusal=str(refusal)):
                            self._tie.say_once(
                                f"the broker at {self._broker} refuses what we publish: {refusal}"
                            )
                        case Lost(reason):
                            self.is_connected = False
                            return reason
                if self.is_connected:
                    self._inform(connection)
        finally:
            if self.is_connected:  # so this is our own wish
                self.is_connected = False
                self._inform(connection)  # what changed since the last look
                await farewell(connection, self._availability("offline"))

    def _introduce(self, connection: Connection) -> None:
        description = json.dumps(discovery(self._topics)).encode()
        connection.publish(Publication(self._topics.config, description, retain=True))
        connection.publish(self._availability("online"))
        self._told = None

    def _inform(self, connection: Connection) -> None:
        state, now_s = self._look(), asyncio.get_running_loop().time()
        if state == self._told and now_s - self._told_s < _RENEW_S:
            return
        self._told, self._told_s = state, now_s
        payload = json.dumps(asdict(state)).encode()
        connection.publish(Publication(self._topics.state, payload, retain=True))

    def _availability(self, what: str) -> Publication:
        return Publication(self._topics.availability, what.encode(), retain=True)
