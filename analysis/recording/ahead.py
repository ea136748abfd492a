"""Reading ahead: the next pieces of a file are decoded while the last ones are worked on.

Decoding lets go of Python's lock, so that a second processor does it. Nothing else changes: the same items,
in the same order, and what goes wrong is raised where the item would have come.
"""

from collections.abc import Generator, Iterator
from queue import Full, Queue
from threading import Event, Thread
from typing import Final, TypeVar

_T = TypeVar("_T")

_DEPTH: Final = 1
"""Items that wait at most, while one more is made."""
_LOOK_S: Final = 0.1
"""So often a reader who waits for room looks whether anyone still wants items, s."""


def read_ahead(items: Iterator[_T]) -> Generator[_T, None, None]:
    """Yield `items`, which are made in a thread of their own."""
    queue: Queue[tuple[_T] | BaseException | None] = Queue(_DEPTH)
    is_over = Event()

    def put(item: tuple[_T] | BaseException | None) -> bool:
        while not is_over.is_set():
            try:
                queue.put(item, timeout=_LOOK_S)
            except Full:
                continue
            return True
        return False

    def read() -> None:
        try:
            for item in items:
                if not put((item,)):
                    return
        except BaseException as error:  # noqa: BLE001  # it is raised where the item is wanted
            put(error)
        else:
            put(None)

    reader = Thread(target=read, name="read ahead", daemon=True)
    reader.start()
    try:
        while (item := queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item[0]
    finally:
        is_over.set()
        reader.join()
