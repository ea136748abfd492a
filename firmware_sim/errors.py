"""The base of all errors of the simulator that a person may see: its text is the whole message."""


class SimError(Exception):
    """The simulation cannot do it; one line says what is wrong and what to do."""
