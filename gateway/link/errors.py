"""What can go wrong between this computer and a strip, by what can be done about it."""

from analysis.events.errors import LumbarError
from gateway.wire.control import Result


class LinkError(LumbarError):
    """The link failed; unless a subclass says otherwise, trying again may help."""


class NoAdapterError(LinkError):
    """No Bluetooth here that could be used; a person has to see to it."""


class NotConnectedError(LinkError):
    """There is no strip at the moment to do this with."""


class NoAnswerError(LinkError):
    """The strip did not answer a command in time."""


class CommandRefusedError(LinkError):
    """The strip answered that it will not; `result` says why."""

    def __init__(self, command: str, result: Result) -> None:
        super().__init__(f"the strip refused {command}: {result.name.lower()}")
        self.result = result


class StrangerError(LinkError):
    """A strip, but not ours; `serial` is its serial number."""

    def __init__(self, serial: str) -> None:
        super().__init__(f"strip {serial} is not ours; it is left alone")
        self.serial = serial


class NarrowLinkError(LinkError):
    """The link's packets are too small for even one sample."""
