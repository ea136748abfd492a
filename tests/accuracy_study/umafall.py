"""The same recording with the pod turned back to front: nothing may change.

UMAFall (Casilari, Santoyo-Ramon, Cano-Garcia 2017, Procedia Computer Science 110, 32-39), tags at chest and
waist, 20 Hz. Each file is analysed as it is and again after half a turn of the axes about the vertical, which
is how the tag would have felt the same movement worn the other way round: the waist tag, the chest tag, both,
and the waist tag as a single pod. The result is the same if the lifts are the same in number, their labels
equal, their ends within 0.1 s and their angles at the peak within 1 deg. The other events are compared in
kind and number.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis.events.movement import Lift
from tests.accuracy_study.finding import Case, Figure, Limit, Section, Table, share
from tests.accuracy_study.recordings import Analysed, analysed, recordings, rows

_SAME_S = 0.1
_SAME_DEG = 1.0
_WAYS: dict[str, tuple[str, ...]] = {
    "waist tag turned": ("lower",),
    "chest tag turned": ("upper",),
    "both turned": ("lower", "upper"),
}
_SINGLE = "waist tag alone, turned"


@dataclass(frozen=True, slots=True)
class Trial:
    """One file as it is and turned."""

    name: str
    activity: str
    plain: Analysed
    plain_single: Analysed
    turned: dict[str, Analysed]
    """By the way it was turned."""

    @property
    def person(self) -> str:
        """Who it is."""
        return "_".join(self.name.split("_")[:2])

    def against(self, way: str) -> Analysed:
        """Return what a way of turning is held against."""
        return self.plain_single if way == _SINGLE else self.plain


def study(folder: Path, seed: int) -> Section:
    """Return the section on `folder`."""
    trials = [_trial(path) for path in recordings(folder)]
    return Section(
        "umafall",
        "The pod worn either way round",
        __doc__ or "",
        figures=tuple(_figures(trials, seed)),
        tables=(_activities(trials),),
        worst=tuple(_worst(trials)),
    )


def _trial(path: Path) -> Trial:
    table = pq.read_table(path)
    single = table.select([name for name in table.column_names if not name.startswith("upper_")])
    with TemporaryDirectory() as name:
        folder = Path(name)

        def said(of: pa.Table) -> Analysed:
            copy = folder / path.name
            pq.write_table(of, copy)
            return analysed(copy, is_aligned=False)

        ways = {way: said(turned(table, pods)) for way, pods in _WAYS.items()}
        ways[_SINGLE] = said(turned(single, ("lower",)))
        label = rows(path.with_name(f"{path.stem}.labels.csv"))[0]["label"]
        return Trial(path.stem, label, said(table), said(single), ways)


def turned(table: pa.Table, pods: Sequence[str]) -> pa.Table:
    """Return the recording with these pods turned by 180 deg about their z axis."""
    for i, name in enumerate(table.column_names):
        pod, _, rest = name.partition("_")
        if pod in pods and rest.split("_")[1] in {"x", "y"}:
            table = table.set_column(i, name, pc.negate(table[name]))
    return table


def is_same(one: Sequence[Lift], other: Sequence[Lift]) -> bool:
    """Return whether two results tell the same lifts."""
    return len(one) == len(other) and all(_same_lift(a, b) for a, b in zip(one, other, strict=True))


def _same_lift(one: Lift, other: Lift) -> bool:
    labels = [(lift.strategy, lift.legs, lift.not_scored_reason, lift.borderline) for lift in (one, other)]
    times = [(lift.start_s, lift.end_s) for lift in (one, other)]
    angles = [
        (lift.trunk_at_peak_deg, lift.pelvis_at_peak_deg, lift.lumbar_at_peak_deg) for lift in (one, other)
    ]
    return (
        labels[0] == labels[1]
        and all(_near(a, b, _SAME_S) for a, b in zip(*times, strict=True))
        and all(_near(a, b, _SAME_DEG) for a, b in zip(*angles, strict=True))
    )


def _near(one: float | None, other: float | None, most: float) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= most + 1e-9


def _kinds(said: Analysed) -> Counter[str]:
    return Counter(event.topic_kind() for event in said.events if event.topic_kind() != "minute")


def _figures(trials: list[Trial], seed: int) -> Iterator[Figure]:
    everything = Limit("at least", 100.0)
    for way in (*_WAYS, _SINGLE):
        same = [(t.person, float(is_same(t.against(way).lifts, t.turned[way].lifts))) for t in trials]
        yield share(f"{way}: the same lifts", same, seed, everything)
        kinds = [(t.person, float(_kinds(t.against(way)) == _kinds(t.turned[way]))) for t in trials]
        yield share(f"{way}: as many events of each kind", kinds, seed)
    bends = [t for t in trials if t.activity == "bending"]
    others = [t for t in trials if t.activity != "bending"]
    yield share("bending: files with a lift", [(t.person, float(bool(t.plain.lifts))) for t in bends], seed)
    yield share("the rest: files with a lift", [(t.person, float(bool(t.plain.lifts))) for t in others], seed)
    faults = [(t.person, float(t.plain.fault is not None)) for t in trials]
    yield share("files that could not be analysed", faults, seed, Limit("at most", 0.0))


def _activities(trials: list[Trial]) -> Table:
    table = []
    for activity in sorted({trial.activity for trial in trials}):
        here = [trial for trial in trials if trial.activity == activity]
        counts = [sum(bool(t.plain.lifts) for t in here), sum(bool(t.plain_single.lifts) for t in here)]
        counts += [sum(bool(t.turned[way].lifts) for t in here) for way in (*_WAYS, _SINGLE)]
        table.append((activity, str(len(here)), *(str(count) for count in counts)))
    header = ("activity", "files", "as it is", "waist tag alone", *_WAYS, _SINGLE)
    return Table("Files with a lift", header, tuple(table))


def _worst(trials: list[Trial]) -> Iterator[Case]:
    for trial in trials:
        if trial.plain.fault:
            yield Case(trial.name, None, trial.plain.fault)
        for way, said in trial.turned.items():
            plain = trial.against(way)
            if not is_same(plain.lifts, said.lifts):
                first = next((lift.start_s for lift in (*plain.lifts, *said.lifts)), None)
                yield Case(trial.name, first, f"{way}: {_told(said.lifts)}; as it is: {_told(plain.lifts)}")


def _told(lifts: Sequence[Lift]) -> str:
    if not lifts:
        return "no lift"
    return ", ".join(
        f"{lift.start_s:.1f} to {lift.end_s:.1f} s {lift.strategy} ({lift.legs}), "
        f"pelvis {lift.pelvis_at_peak_deg} trunk {lift.trunk_at_peak_deg} deg"
        for lift in lifts
    )
