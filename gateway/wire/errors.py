"""The root of all complaints about bytes from the other side."""


class WireError(ValueError):
    """Bytes, or values meant to become bytes, that the sensor protocol does not allow."""
