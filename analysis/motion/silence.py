"""Sensors that have fallen silent: a pod or gyroscope that repeats one value is taken for not there.

A worn sensor never gives the very same numbers twice a second apart, let alone for seconds: its noise is
several steps of its scale. A broken wire or a crashed sensor gives the same for ever, mostly zeros, and would
be taken for a person who stands like a statue. So once a second the values are compared with those of the
second before:

- a pod that stays the same while the other one changes is left out until it changes again: the core goes on
  in the mode of one pod;
- a gyroscope that stays the same while its accelerometer changes is left out likewise;
- where nothing at all changes for a minute, the samples are left out: a gap.

Works badly on sensors so coarse that a resting one repeats itself; with one pod only the last rule applies.
"""

from dataclasses import dataclass, replace

import numpy as np

from analysis.motion.block import RATE_HZ, Block, FloatArray, Pod, PodSamples

_SECOND = round(RATE_HZ)
_PODS: tuple[Pod, ...] = ("lower", "upper")
_Sensor = tuple[Pod, str, FloatArray]
"""A pod's accelerometer or gyroscope, and its values at whole seconds, (seconds, 3)."""


@dataclass(frozen=True, slots=True)
class SilenceParams:
    """How long the same is silence."""

    pod_s: int = 5
    """One pod, while the other changes, s [ours]."""
    gyroscope_s: int = 10
    """A gyroscope, while its accelerometer changes, s [ours]."""
    strip_s: int = 60
    """All there is, s [ours]."""


@dataclass(frozen=True, slots=True)
class SilenceState:
    """All that the past has left behind.

    Attributes
    ----------
    last
        Values at the last whole second, (sensors, 3), in the order of :func:`_sensors`.
    pods_s
        For how many seconds each pod (lower, upper) was the same while the other one changed.
    gyroscopes_s
        For how many seconds each gyroscope was the same while its accelerometer changed.
    strip_s
        For how many seconds nothing has changed.
    """

    last: FloatArray | None = None
    pods_s: tuple[int, int] = (0, 0)
    gyroscopes_s: tuple[int, int] = (0, 0)
    strip_s: int = 0

    @property
    def is_suspicious(self) -> bool:
        """Whether anything was the same of late."""
        return any(self.pods_s) or any(self.gyroscopes_s) or self.strip_s > 0


@dataclass(frozen=True, slots=True)
class _Missing:
    """What is silent: all, which pods, which gyroscopes (lower, upper)."""

    strip: bool
    pods: tuple[bool, ...]
    gyroscopes: tuple[bool, ...]


class Silence:
    """Leaves silent sensors out of blocks, from whole second to whole second."""

    def __init__(self, params: SilenceParams) -> None:
        self._params = params
        self._state = SilenceState()
        # Whatever second silence begins with, two that are so far apart lie in it.
        self._step = (min(params.pod_s, params.gyroscope_s, params.strip_s) + 1) // 2

    def push(self, block: Block) -> list[Block]:
        """Return the block in parts that hold only what is alive; none if nothing is."""
        first = -block.first_sample % _SECOND
        if first >= len(block):
            return _alive(block, self._missing()) if self._state.is_suspicious else [block]
        sensors = _sensors(block, first)
        if self._is_loud(sensors):
            self._state = SilenceState(np.array([values[-1] for _, _, values in sensors]))
            return [block]
        return self._parts(block, first, sensors)

    def _is_loud(self, sensors: list[_Sensor]) -> bool:
        """Whether all is alive, to the last second: then there is nothing to count.

        That is asked of the gyroscopes alone, where there are some, and of one second in three: a pod whose
        gyroscope changes is not silent, and what is the same for less than five seconds is not either.
        """
        last = self._state.last
        if self._state.is_suspicious or last is None or last.shape[0] != len(sensors):
            return False
        telling = {pod: (values, before) for (pod, _, values), before in zip(sensors, last, strict=True)}
        return not any(_repeats(*one, self._step) for one in telling.values())

    def _parts(self, block: Block, first: int, sensors: list[_Sensor]) -> list[Block]:
        """Look at every second, the first of which begins at `first`."""
        values, state = np.stack([values for _, _, values in sensors], axis=1), self._state
        if state.last is None or state.last.shape != values.shape[1:]:
            state = SilenceState(values[0] + 1.0)
        assert state.last is not None
        same = (values == np.concatenate((state.last[None], values[:-1]))).all(axis=2)
        names = [(pod, kind) for pod, kind, _ in sensors]
        parts: list[Block] = []
        missing, start = self._missing(), 0
        self._state = state
        for i, row in enumerate(same.tolist()):
            if not any(row) and not self._state.is_suspicious:
                continue
            state = self._state = _next(state, dict(zip(names, row, strict=True)), values[i])
            at, now = first + i * _SECOND, self._missing()
            if now != missing:
                parts += _alive(block[start:at], missing) if at > start else []
                missing, start = now, at
        self._state = replace(self._state, last=values[-1])
        return parts + _alive(block[start:] if start else block, missing)

    def _missing(self) -> _Missing:
        state, p = self._state, self._params
        return _Missing(
            state.strip_s >= p.strip_s,
            tuple(seconds >= p.pod_s for seconds in state.pods_s),
            tuple(seconds >= p.gyroscope_s for seconds in state.gyroscopes_s),
        )

    def state(self) -> SilenceState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return self._state

    def restore(self, state: SilenceState) -> None:
        """Go on from `state`."""
        self._state = state


def _alive(block: Block, missing: _Missing) -> list[Block]:
    if missing.strip:
        return []
    if not any(missing.pods) and not any(missing.gyroscopes):
        return [block]
    alive: dict[Pod, PodSamples | None] = {}
    for pod, is_missing, is_turning_missing in zip(_PODS, missing.pods, missing.gyroscopes, strict=True):
        samples: PodSamples | None = getattr(block, pod)
        if samples is not None and is_turning_missing:
            samples = PodSamples(samples.acc_mps2, None)
        alive[pod] = None if is_missing else samples
    return [replace(block, lower=alive["lower"], upper=alive["upper"])]


def _next(state: SilenceState, same: dict[tuple[Pod, str], bool], last: FloatArray) -> SilenceState:
    """Return the state a second later; `same` says which sensors stayed the same."""
    is_same = {pod: all(one for (name, _), one in same.items() if name == pod) for pod, _ in same}
    pods, gyroscopes = [], []
    for i, (pod, other) in enumerate(((_PODS[0], _PODS[1]), (_PODS[1], _PODS[0]))):
        is_alone = pod in is_same and other in is_same
        pods.append(_longer(state.pods_s[i], is_alone and is_same[pod], is_alone and is_same[other]))
        turning, pushing = same.get((pod, "gyr"), False), same.get((pod, "acc"), False)
        gyroscopes.append(_longer(state.gyroscopes_s[i], turning, pushing))
    strip_s = state.strip_s + 1 if all(same.values()) else 0
    return SilenceState(last, (pods[0], pods[1]), (gyroscopes[0], gyroscopes[1]), strip_s)


def _longer(count_s: int, is_same: bool, is_partner_same: bool) -> int:
    """Return the count a second later: it goes on only while the partner shows that there is motion."""
    if not is_same:
        return 0
    return count_s if is_partner_same else count_s + 1


def _repeats(values: FloatArray, last: FloatArray, step: int) -> bool:
    """Whether values `step` seconds apart are ever the same, or the newest two; `last` came before them."""
    newest, before = values[-1], values[-2] if values.shape[0] > 1 else last
    if newest[0] == before[0] and (newest == before).all():
        return True
    few = values[step - 1 :: step]
    return few.shape[0] > 0 and bool((few == np.concatenate((last[None], few[:-1]))).all(axis=1).any())


def _sensors(block: Block, first: int) -> list[_Sensor]:
    sensors: list[_Sensor] = []
    for pod in _PODS:
        samples: PodSamples | None = getattr(block, pod)
        if samples is None:
            continue
        sensors.append((pod, "acc", samples.acc_mps2[first::_SECOND]))
        if samples.gyr_radps is not None:
            sensors.append((pod, "gyr", samples.gyr_radps[first::_SECOND]))
    return sensors
