"""The life of a link as a state machine, and how long it waits between attempts. Pure: no clock, no radio.

::

    waiting --due--> scanning --found--> connecting --connected--> streaming
       ^                 |                   |                         |
       +-- not found ----+---- not ours -----+-------- dropped --------+       any --stopped--> stopped
       +-- no adapter ---+----- failed ------+

A drop out of a healthy stream is followed by a scan at once: the patient may be back within a second. A
connection that fails, or drops right after it was made, is followed by longer and longer pauses: BlueZ
answers hasty attempts with le-connection-abort-by-local, and each one costs the strip energy. An empty scan
costs neither, so scanning goes on with short pauses for as long as the strip is away; and so does asking for
an adapter that is not plugged in, or whose service does not run. A stranger's strip was not found, either:
among many the next one is looked at soon.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from analysis.events.facts import LinkState


class State(Enum):
    """Where the link is."""

    WAITING = auto()
    SCANNING = auto()
    CONNECTING = auto()
    STREAMING = auto()
    STOPPED = auto()


LINK_STATES: Final[dict[State, LinkState]] = {
    State.WAITING: "waiting",
    State.SCANNING: "scanning",
    State.CONNECTING: "connecting",
    State.STREAMING: "streaming",
    State.STOPPED: "stopped",
}
"""The states' names in events."""


class Happening(Enum):
    """What moves the link on."""

    DUE = auto()
    FOUND = auto()
    NOT_FOUND = auto()
    NO_ADAPTER = auto()
    CONNECTED = auto()
    FAILED = auto()
    DROPPED = auto()
    STOPPED = auto()


@dataclass(frozen=True, slots=True)
class ReconnectParams:
    """Time constants, seconds of the product's clock; all [ours].

    Attributes
    ----------
    rescan_s
        Pause after a scan that found nothing: gives other programs a turn on the adapter.
    no_adapter_s
        Pause before Bluetooth that is not there is asked for again: asking costs next to nothing.
    first_pause_s, longest_pause_s
        Pause after the first failure in a row, doubled by each further one up to the longest. Half a minute
        is short against the strip's seven hours of memory, and meets the minute for which a strip whose
        button was held lets itself be paired.
    healthy_s
        A connection that held this long starts the count of failures anew.
    """

    rescan_s: float = 1.0
    no_adapter_s: float = 2.0
    first_pause_s: float = 1.0
    longest_pause_s: float = 30.0
    healthy_s: float = 10.0


_MOVES: Final[dict[tuple[State, Happening], State]] = {
    (State.WAITING, Happening.DUE): State.SCANNING,
    (State.SCANNING, Happening.FOUND): State.CONNECTING,
    (State.SCANNING, Happening.NOT_FOUND): State.WAITING,
    (State.SCANNING, Happening.NO_ADAPTER): State.WAITING,
    (State.SCANNING, Happening.FAILED): State.WAITING,
    (State.CONNECTING, Happening.CONNECTED): State.STREAMING,
    (State.CONNECTING, Happening.NOT_FOUND): State.WAITING,
    (State.CONNECTING, Happening.FAILED): State.WAITING,
    (State.STREAMING, Happening.DROPPED): State.WAITING,
}


class ReconnectError(ValueError):
    """A happening that cannot be in the present state: a fault of the caller."""


class Reconnect:
    """The state of one link.

    Parameters
    ----------
    params
        Time constants.
    """

    def __init__(self, params: ReconnectParams) -> None:
        self._params = params
        self._failures = 0
        self._streaming_since_s = 0.0
        self.state = State.WAITING
        self.pause_s = 0.0
        """How long to stay in the waiting state."""

    def on(self, happening: Happening, now_s: float) -> State:
        """Return the state after `happening` at `now_s` (any clock that does not step back).

        Raises
        ------
        ReconnectError
            If it cannot happen in the present state.
        """
        if happening is Happening.STOPPED:
            self.state = State.STOPPED
            return self.state
        if (self.state, happening) not in _MOVES:
            raise ReconnectError(f"{happening.name} cannot happen while {self.state.name}")
        self.state = _MOVES[self.state, happening]
        match happening:
            case Happening.NOT_FOUND:
                self.pause_s = self._params.rescan_s
            case Happening.NO_ADAPTER:
                self.pause_s = self._params.no_adapter_s
            case Happening.CONNECTED:
                self._streaming_since_s = now_s
            case Happening.FAILED:
                self._failed()
            case Happening.DROPPED if now_s - self._streaming_since_s >= self._params.healthy_s:
                self._failures = 0
                self.pause_s = 0.0
            case Happening.DROPPED:
                self._failed()
            case _:
                pass
        return self.state

    def _failed(self) -> None:
        doublings = min(self._failures, 30)  # 2**30 s is beyond any longest pause
        self.pause_s = min(self._params.first_pause_s * 2**doublings, self._params.longest_pause_s)
        self._failures += 1
