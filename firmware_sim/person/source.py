"""A scenario as the samples that the strip's sensors would give."""

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from firmware_sim.body import feel
from firmware_sim.imu import TYPICAL, Imu, ImuGrade
from firmware_sim.scenarios import Scenario
from gateway.wire.frame import SAMPLE_RATE_HZ

_PAGE_SAMPLES = 2048
_PAGES_KEPT = 4
_SENSOR_DICE = 0x5E45
"""Keeps the dice of the sensors apart from those that made the person."""


class PersonSource:
    """A person wearing the strip: raw samples from any index on, made when asked for.

    Samples are made in pages with fixed borders, and each page has its own dice for the noise, so that what
    is read depends on nothing but the scenario and the index, and a strip restarted in the middle goes on
    with the very same person. Memory is a few pages, whatever the length.
    """

    single_pod = False

    def __init__(self, scenario: Scenario, grade: ImuGrade = TYPICAL) -> None:
        self._scenario = scenario
        parts = np.random.SeedSequence(entropy=scenario.seed, spawn_key=(_SENSOR_DICE, 0))
        rng = np.random.default_rng(parts)
        self._upper = Imu.drawn(grade, scenario.mounting.upper_quat, rng)
        self._lower = Imu.drawn(grade, scenario.mounting.lower_quat, rng)
        self._samples = round(scenario.duration_s * SAMPLE_RATE_HZ)
        self._pages: OrderedDict[int, NDArray[np.int16]] = OrderedDict()

    @property
    def duration_s(self) -> float:
        """Length of the scenario."""
        return self._samples / SAMPLE_RATE_HZ

    def read(self, first: int, count: int) -> NDArray[np.int16]:
        """Return samples `first` to ``first + count``, (m, 12); m is less than `count` only at the end."""
        last = min(first + count, self._samples)
        if first >= last:
            return np.empty((0, 12), np.int16)
        pages = range(first // _PAGE_SAMPLES, (last - 1) // _PAGE_SAMPLES + 1)
        parts = [
            self._page(page)[max(0, first - page * _PAGE_SAMPLES) : last - page * _PAGE_SAMPLES]
            for page in pages
        ]
        return np.concatenate(parts)

    def _page(self, page: int) -> NDArray[np.int16]:
        if page in self._pages:
            self._pages.move_to_end(page)
            return self._pages[page]
        t_s = np.arange(page * _PAGE_SAMPLES, (page + 1) * _PAGE_SAMPLES) / SAMPLE_RATE_HZ
        upper, lower = feel(self._scenario.motion.pose(t_s), self._scenario.anatomy)
        rng = np.random.default_rng(
            np.random.SeedSequence(entropy=self._scenario.seed, spawn_key=(_SENSOR_DICE, 1, page))
        )
        raw = np.concatenate(
            (self._upper.measure(upper, t_s, rng), self._lower.measure(lower, t_s, rng)), axis=1
        )
        self._pages[page] = raw
        if len(self._pages) > _PAGES_KEPT:
            self._pages.popitem(last=False)
        return raw
