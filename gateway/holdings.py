"""Which samples the archive has been given, boot by boot, and which of the strip's are this home's at all."""

from collections.abc import Collection, Iterable

from analysis.recording.journal import Anchor
from analysis.recording.spans import Spans
from gateway.archive.writer import LiveArchive
from gateway.wire.frame import U16_MAX

_HALF_OF_THE_BOOTS = (U16_MAX + 1) // 2


class Holdings:
    """Read from the archive once for each boot, and kept up to date from there.

    A strip that this home has never heard before may have been worn by somebody else: of what its memory
    holds from before, nothing is ours.

    Parameters
    ----------
    archive
        The archive.
    """

    def __init__(self, archive: LiveArchive) -> None:
        self._archive = archive
        self._spans: dict[int, Spans] = {}
        with archive.reading() as held:
            self._first_boot = next(iter(held.boots()), None)

    def of(self, boot: int) -> Spans:
        """Return what there is of a boot; not to be changed."""
        if boot not in self._spans:
            with self._archive.reading() as archive:
                self._spans[boot] = archive.held(boot)
        return self._spans[boot]

    def add(self, boot: int, first: int, end: int) -> None:
        """Take note of samples that were given to the archive."""
        if self._first_boot is None:
            self._first_boot = boot
        self.of(boot).add(first, end)

    def first_of_ours(self, boot: int) -> int | None:
        """Return from which sample on a boot is ours; None: it is not."""
        if self._first_boot is None or (boot - self._first_boot) & U16_MAX >= _HALF_OF_THE_BOOTS:
            return None
        if boot != self._first_boot:
            return 0
        return next((first for first, _ in self.of(boot)), None)

    def times_of(self, boot: int, samples: Iterable[int]) -> list[tuple[int, int]]:
        """Return the UTC (ns) of those of the samples that there are, each with its index."""
        found = []
        with self._archive.reading() as archive:
            for sample in samples:
                for block in archive.blocks_of(boot, sample, sample + 1):
                    assert block.utc_ns is not None
                    found.append((sample, int(block.utc_ns[0])))
        return found

    def anchors_of(self, boots: Collection[int]) -> list[Anchor]:
        """Return what the journal knows of the clocks in these boots, oldest first."""
        with self._archive.reading() as archive:
            return [one for one in archive.entries if isinstance(one, Anchor) and one.boot in boots]

    def copy(self) -> dict[int, Spans]:
        """Return what there is of the boots that were asked about."""
        return {boot: spans.copy() for boot, spans in self._spans.items()}
