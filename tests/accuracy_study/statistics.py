"""The measures of the study, and how sure each is.

An interval covers 95 %. What comes from one person or one trial is alike, so means, medians and the like are
bootstrapped by whole groups (Efron and Tibshirani 1993, ch. 8): groups are drawn with replacement, and every
value of a drawn group goes with it. A share gets the wider of that and Wilson's interval (Wilson 1927,
doi:10.1080/01621459.1927.10502953), because a bootstrap of no failures at all claims to be certain.

Where it works badly: with fewer than about ten groups a bootstrap is too narrow.
"""

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Statistic = Callable[[FloatArray], float]
Grouped = Iterable[tuple[Hashable, float | tuple[float, ...]]]
"""Values, or rows of values, each with its group: the person or trial it came from."""

RESAMPLES = 2000
_Z_95 = 1.959964
_TAILS_PCT = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % confidence interval."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """One bin of stated confidence: how many fell in, what they stated on average, and what came true."""

    count: int
    stated: float
    true: float


def rms(values: FloatArray) -> float:
    """Return the root of the mean square."""
    return float(np.sqrt(np.mean(np.square(values))))


def mean(values: FloatArray) -> float:
    """Return the mean."""
    return float(np.mean(values))


def median(values: FloatArray) -> float:
    """Return the median."""
    return float(np.median(values))


def percentile_95(values: FloatArray) -> float:
    """Return the value that 95 % do not exceed (linear between two values)."""
    return float(np.percentile(values, 95.0))


def wilson(hits: int, total: int) -> Interval:
    """Return the interval of a share of independent trials.

    Parameters
    ----------
    hits, total
        How many of how many; `total` at least 1.
    """
    share, z2 = hits / total, _Z_95**2
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = _Z_95 * math.sqrt(share * (1 - share) / total + z2 / (4 * total**2)) / (1 + z2 / total)
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def grouped(pairs: Grouped) -> list[FloatArray]:
    """Return the values of each group, groups in order of first appearance."""
    groups: dict[Hashable, list[float | tuple[float, ...]]] = {}
    for group, value in pairs:
        groups.setdefault(group, []).append(value)
    return [np.asarray(values, dtype=np.float64) for values in groups.values()]


def bootstrap(groups: Sequence[FloatArray], statistic: Statistic, seed: int) -> Interval | None:
    """Return the interval of `statistic` over the values of all groups; None with fewer than two groups.

    Groups are arrays of one value or one row a case; the statistic takes them joined.
    """
    full = [group for group in groups if len(group)]
    if len(full) < 2:
        return None
    rng = np.random.default_rng(seed)
    draws = [
        statistic(np.concatenate([full[i] for i in rng.integers(0, len(full), len(full))]))
        for _ in range(RESAMPLES)
    ]
    known = [draw for draw in draws if math.isfinite(draw)]
    if len(known) < RESAMPLES // 2:
        return None
    low, high = np.percentile(known, _TAILS_PCT)
    return Interval(float(low), float(high))


def share_interval(groups: Sequence[FloatArray], seed: int) -> Interval | None:
    """Return the interval of a share of ones among zeros and ones: Wilson's or a bootstrap, the wider."""
    values = np.concatenate(groups) if groups else np.empty(0)
    if not len(values):
        return None
    plain = wilson(round(float(values.sum())), len(values))
    drawn = bootstrap(groups, lambda sample: float(sample.mean()), seed)
    if drawn is None:
        return plain
    return Interval(min(plain.low, drawn.low), max(plain.high, drawn.high))


def balanced_accuracy(cases: FloatArray) -> float:
    """Return the mean over the true classes of the part that was told right; NaN without any case.

    Parameters
    ----------
    cases
        (n, 2): the true class as a number, and 1 where it was told right.
    """
    recalls = [float(cases[cases[:, 0] == label, 1].mean()) for label in np.unique(cases[:, 0])]
    return float(np.mean(recalls)) if recalls else math.nan


def f1(cases: FloatArray) -> float:
    """Return F1 from counts, (n, 3): found and true, found only, true only; NaN if all are 0."""
    both, found_only, true_only = cases.sum(axis=0)
    below = 2 * both + found_only + true_only
    return float(2 * both / below) if below else math.nan


def reliability(cases: FloatArray, bins: int = 10) -> list[Reliability]:
    """Return stated confidence against the truth in bins of equal width, empty bins left out.

    Parameters
    ----------
    cases
        (n, 2): stated confidence from 0 to 1, and 1 where the label was right.
    """
    place = np.minimum((cases[:, 0] * bins).astype(int), bins - 1)
    return [
        Reliability(len(part), float(part[:, 0].mean()), float(part[:, 1].mean()))
        for part in (cases[place == i] for i in range(bins))
        if len(part)
    ]


def calibration_error(cases: FloatArray) -> float:
    """Return the expected calibration error: mean distance of confidence and truth, weighted by bin.

    Naeini, Cooper, Hauskrecht 2015 (AAAI), ten bins of equal width. With few cases it is too large, since
    chance alone moves each bin.
    """
    if not len(cases):
        return math.nan
    return sum(part.count * abs(part.stated - part.true) for part in reliability(cases)) / len(cases)
