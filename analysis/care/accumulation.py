"""How sitting adds up: from many short bouts or from few long ones.

W50 is the bout length above which half of all sitting time was spent ("usual bout length": Chastin and Granat
2010, doi:10.1016/j.gaitpost.2009.09.002): half of the time lies in bouts at least so long. Breaks per
sedentary hour count the times of getting up against the time sat (Healy et al. 2008,
doi:10.2337/dc07-2046). Both say something about habits only over days: ten hours of wear and four days at
least (CLINICAL.md B5), which is for the caller to see to.
"""

from collections.abc import Iterable


def usual_bout_s(durations_s: Iterable[float]) -> float | None:
    """Return W50, s; None without any sitting.

    Parameters
    ----------
    durations_s
        Lengths of finished bouts, s.
    """
    longest_first = sorted(durations_s, reverse=True)
    half_s, so_far_s = 0.5 * sum(longest_first), 0.0
    for duration_s in longest_first:
        so_far_s += duration_s
        if so_far_s >= half_s > 0.0:
            return duration_s
    return None


def breaks_per_hour(breaks: int, sitting_s: float) -> float | None:
    """Return how often someone got up per hour of sitting; None without any."""
    return 3600.0 * breaks / sitting_s if sitting_s > 0.0 else None
