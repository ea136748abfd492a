"""Wrong passwords cost time: after a few of them a login waits, longer each time, and so does everybody.

Two counts run: one for each login name, against guessing one person's password, and one for all of them
together, against guessing many people's. Waiting is refused at once rather than slept through, so that a
flood of attempts costs the server nothing. Pure: time is passed in.
"""

from collections import OrderedDict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ThrottleParams:
    """How patient it is [ours, around OWASP's advice]."""

    free: int = 5
    """Wrong attempts of one login before it waits."""
    first_wait_s: float = 2.0
    """The first wait, s; it doubles with each further attempt."""
    longest_wait_s: float = 900.0
    """The longest, s."""
    free_in_all: int = 50
    """Wrong attempts of all logins before everybody waits `first_wait_s` between two."""
    forget_s: float = 3600.0
    """After so long without a wrong attempt a login starts anew, s."""
    most_logins: int = 10_000
    """Logins remembered; beyond that the oldest are forgotten, so that a flood cannot fill the memory."""


@dataclass(slots=True)
class _Record:
    wrong: int = 0
    last_s: float = 0.0


class Throttle:
    """Counts wrong attempts."""

    def __init__(self, params: ThrottleParams | None = None) -> None:
        self._params = params or ThrottleParams()
        self._logins: OrderedDict[str, _Record] = OrderedDict()
        self._all = _Record()

    def wait_s(self, login: str, now_s: float) -> float:
        """Return how long `login` must still wait before it may try, s; 0 if it may."""
        p = self._params
        record = self._logins.get(login, _Record())
        own = self._left(record, p.free, now_s)
        everybody = 0.0
        if self._all.wrong >= p.free_in_all and now_s - self._all.last_s < p.forget_s:
            everybody = max(0.0, self._all.last_s + p.first_wait_s - now_s)
        return max(own, everybody)

    def _left(self, record: _Record, free: int, now_s: float) -> float:
        p = self._params
        if record.wrong < free or now_s - record.last_s >= p.forget_s:
            return 0.0
        wait_s = min(p.longest_wait_s, p.first_wait_s * 2.0 ** min(record.wrong - free, 30))
        return max(0.0, record.last_s + wait_s - now_s)

    def wrong(self, login: str, now_s: float) -> None:
        """Note a wrong attempt."""
        p = self._params
        for record in (self._logins.setdefault(login, _Record()), self._all):
            if now_s - record.last_s >= p.forget_s:
                record.wrong = 0
            record.wrong += 1
            record.last_s = now_s
        self._logins.move_to_end(login)
        while len(self._logins) > p.most_logins:
            self._logins.popitem(last=False)

    def right(self, login: str) -> None:
        """Forget the wrong attempts of a login that has come in."""
        self._logins.pop(login, None)
