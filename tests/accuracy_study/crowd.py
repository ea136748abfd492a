"""Many simulated people at once, on the machine's cores."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TypeVar

PROCESSES = 2
_T = TypeVar("_T")


def of_each(
    study: Callable[[int], list[_T]], people: int, seed: int, on_person: Callable[[], None]
) -> list[_T]:
    """Return what `study` says of so many people, in no order.

    Parameters
    ----------
    study
        Takes a seed; a function of a module, for it runs in another process.
    people
        How many; their seeds are `seed` and those after it.
    seed
        Of the first person.
    on_person
        Called when a person is done.
    """
    results: list[_T] = []
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        for future in as_completed([pool.submit(study, seed + i) for i in range(people)]):
            results += future.result()
            on_person()
    return results
