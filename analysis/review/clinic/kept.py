"""Values that take long to make and may be a minute old: kept for that long, the latest few."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

KEPT_S: Final = 60.0
"""How long a value is kept, s [ours]."""

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class Kept(Generic[_Key, _Value]):
    """Keeps values; safe from several threads.

    Parameters
    ----------
    most
        How many at the same time; the one that was made first goes first.
    now_s
        Seconds, from any origin.
    """

    def __init__(self, most: int, now_s: Callable[[], float]) -> None:
        self._most, self._now_s = most, now_s
        self._kept: OrderedDict[_Key, tuple[float, _Value]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: _Key, make: Callable[[], _Value]) -> _Value:
        """Return the value of `key`: the one that is kept, or what `make` gives now."""
        now_s = self._now_s()
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and now_s - kept[0] < KEPT_S:
            return kept[1]
        value = make()
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = (now_s, value)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return value
