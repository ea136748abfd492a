"""A seeded maker of days: events of the contract's types, placed by the patient's wall clock."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analysis.events.calibration import Calibration, Gates, Neutral, Template
from analysis.events.day import Posture, PostureState, Sitting, SittingEnd
from analysis.events.event import ALGORITHM, derived_id, fact_id
from analysis.events.facts import Alert, AlertAction, AlertLevel, Mark
from analysis.events.fields import Mode
from analysis.events.movement import Coupling, CouplingBins, Curve, Lift, Strategy, Walk
from analysis.review.day import DayView, day_view

ZONE = ZoneInfo("Europe/Zurich")
DAY = date(2026, 5, 5)
PATIENT, DEVICE = "p-017", "LM-0042"
SHARES: dict[Strategy, float] = {"hip_hinge": 0.24, "shared": 0.46, "lumbar_flexion": 0.66, "not_scored": 0.5}


def at(wall: str, day: date = DAY) -> datetime:
    """Return a moment of the made-up day from its wall clock."""
    return datetime.combine(day, time.fromisoformat(wall), ZONE).astimezone(UTC)


def text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


@dataclass
class Diary:
    """Collects the events of a day; `mode` is what the strip could measure."""

    seed: int = 0
    mode: Mode = "dual"
    events: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        self.sample = 0

    patient = PATIENT
    zone = ZONE
    day = DAY
    at = staticmethod(at)

    def view(self, **changes: Any) -> DayView:
        """Return the view of the made-up day."""
        ends = {"day_start": at("00:00:00"), "day_end": at("00:00:00", DAY + timedelta(days=1))}
        ends = {name: moment.astimezone(ZONE) for name, moment in ends.items()}
        return day_view(self.events, **{"patient": PATIENT, **ends, **changes})

    def _common(self, kind: str, start: datetime, end: datetime, quality: float = 0.9) -> dict[str, Any]:
        self.sample += 100
        return {
            "event_id": derived_id(PATIENT, DEVICE, kind, boot=1, first_sample=self.sample),
            "patient": PATIENT,
            "device": DEVICE,
            "start": text(start),
            "end": text(end),
            "mode": self.mode,
            "algorithm": ALGORITHM,
            "quality": quality,
            "boot": 1,
            "first_sample": self.sample,
            "last_sample": self.sample + 99,
            "revision": 0,
        }

    def posture(self, state: PostureState, start: datetime, end: datetime, confidence: float = 0.9) -> None:
        common = self._common("posture", start, end)
        self.events.append(Posture(**common, state=state, confidence=confidence).to_dict())

    def sitting(
        self,
        start: datetime,
        end: datetime,
        *,
        ended_by: SittingEnd = "walk",
        shifts: int = 3,
        slumped_s: float = 0,
    ) -> None:
        """A finished bout, with its posture."""
        self.posture("sitting", start, end)
        duration_s = (end - start).total_seconds()
        common = self._common("sitting", start, end)
        bout = Sitting(
            **common, duration_s=duration_s, postural_shifts=shifts, slumped_s=slumped_s, ended_by=ended_by
        )
        self.events.append(bout.to_dict())

    def walk(self, start: datetime, end: datetime, steps: int) -> None:
        """A walk, with its posture."""
        self.posture("walking", start, end)
        duration_s = (end - start).total_seconds()
        common = self._common("walk", start, end)
        cadence = 60 * steps / duration_s
        self.events.append(Walk(**common, steps=steps, cadence_spm=cadence, duration_s=duration_s).to_dict())

    def lift(
        self,
        start: datetime,
        strategy: Strategy,
        *,
        depth_deg: float = 60.0,
        share: float | None = None,
        duration_s: float = 3.6,
        borderline: bool = False,
        reason: str | None = None,
        **changes: Any,
    ) -> None:
        lumbar_share = SHARES[strategy] if share is None else share
        count = int(duration_s / 0.05) + 1
        phase = np.linspace(0, 1, count)
        trunk = depth_deg * np.sin(np.pi * phase) ** 1.4
        # The back leads early in a bend, the hips late: the share falls towards its value at the peak.
        lumbar = lumbar_share * depth_deg * np.sin(np.pi * phase) ** (1.4 - 0.5 * lumbar_share)
        bins = CouplingBins(lumbar=0.3, in_phase=0.5, pelvic=0.2)
        end = start + timedelta(seconds=duration_s)
        fields: dict[str, Any] = {
            "strategy": strategy,
            "borderline": borderline,
            "confidence": 0.87,
            "not_scored_reason": reason,
            "legs": "straight",
            "peak": text(start + (end - start) / 2),
            "trunk_peak_deg": depth_deg,
            "pelvis_peak_deg": depth_deg * (1 - lumbar_share),
            "lumbar_peak_deg": depth_deg * lumbar_share,
            "trunk_at_peak_deg": depth_deg,
            "pelvis_at_peak_deg": depth_deg * (1 - lumbar_share),
            "lumbar_at_peak_deg": depth_deg * lumbar_share,
            "lumbar_share": lumbar_share if strategy != "not_scored" else None,
            "lumbar_range_pct": 100 * depth_deg * lumbar_share / 48 if strategy != "not_scored" else None,
            "coupling": Coupling(descent=bins, ascent=bins),
            "descent_s": duration_s / 2,
            "ascent_s": duration_s / 2,
            "duration_s": duration_s,
            "peak_velocity_dps": 70,
            "side_bend_peak_deg": 4,
            "twist_velocity_peak_dps": 12,
            "pelvis_drop_m": 0.02,
            "smoothness_sparc": -1.9,
            "context": "chores",
            "curve": Curve(dt_s=0.05, pelvis_deg=(trunk - lumbar).tolist(), trunk_deg=trunk.tolist()),
        }
        self.events.append(Lift(**{**self._common("lift", start, end), **fields, **changes}).to_dict())

    def alert(self, moment: datetime, level: AlertLevel, action: AlertAction) -> None:
        fact = self._fact(moment, "alert", level, action)
        self.events.append(Alert(**fact, kind="prolonged_sitting", level=level, action=action).to_dict())

    def mark(self, moment: datetime) -> None:
        self.events.append(Mark(**self._fact(moment, "mark")).to_dict())

    def _fact(self, moment: datetime, *parts: str) -> dict[str, Any]:
        return {
            "event_id": fact_id(PATIENT, DEVICE, *parts, text(moment)),
            "patient": PATIENT,
            "device": DEVICE,
            "start": text(moment),
            "end": text(moment),
            "mode": None,
            "algorithm": ALGORITHM,
            "quality": None,
        }

    def calibration(
        self, moment: datetime, *, lumbar_range_deg: float | None = 48.0, accepted: bool = True
    ) -> None:
        trunk = 50 * np.sin(np.linspace(0, np.pi / 2, 40))
        template = Template(pelvis_deg=(0.82 * trunk).tolist(), trunk_deg=trunk.tolist())
        event = Calibration(
            **{**self._fact(moment, "calibration"), "mode": self.mode, "quality": 0.93},
            mounting_upper_quat=[1, 0, 0, 0],
            mounting_lower_quat=[1, 0, 0, 0],
            neutral=Neutral(upper=[0, 0, 1], lower=[0, 0, 1]),
            lumbar_range_deg=lumbar_range_deg,
            sit_deg=-16,
            slump_deg=-28,
            template=template,
            gates=Gates(hip_share=0.36, hip_range_pct=45),
            valid_from=text(moment),
            accepted=accepted,
            reasons=[],
        )
        self.events.append(event.to_dict())

    def chores(self, start: datetime, end: datetime, kinds: list[Strategy], *, every_s: float = 45.0) -> None:
        """Standing work with a bend of each of `kinds`, one after the other."""
        self.posture("standing", start, end)
        for index, kind in enumerate(kinds):
            depth = float(self.random.uniform(45, 82))
            share = float(np.clip(SHARES[kind] + self.random.normal(0, 0.04), 0.12, 0.85))
            moment = start + timedelta(seconds=20 + every_s * index)
            self.lift(
                moment,
                kind,
                depth_deg=depth,
                share=share,
                duration_s=float(self.random.uniform(2.6, 4.6)),
                borderline=kind == "shared" and share < 0.43,
                legs="bent" if index % 3 == 2 else "straight",
            )


def make_morning() -> Diary:
    """Calibration, chores of three kinds, a long sit with nudge and alert, a break, a second sit, a hole."""
    diary = Diary(seed=7)
    diary.calibration(at("07:42:00"))
    diary.posture("standing", at("07:38:00"), at("07:46:00"), 0.95)
    diary.walk(at("07:46:00"), at("07:52:00"), 640)
    diary.chores(
        at("07:52:00"),
        at("08:04:00"),
        ["hip_hinge", "hip_hinge", "shared", "lumbar_flexion", "shared", "hip_hinge", "lumbar_flexion"],
    )
    diary.walk(at("08:04:00"), at("08:09:00"), 510)
    diary.sitting(at("08:09:00"), at("08:57:00"), slumped_s=620, shifts=2)
    diary.alert(at("08:39:00"), "nudge", "raised")
    diary.alert(at("08:54:00"), "alert", "raised")
    diary.alert(at("08:58:20"), "alert", "cleared")
    diary.walk(at("08:57:00"), at("09:01:00"), 400)
    diary.chores(
        at("09:01:00"), at("09:14:00"), ["shared", "lumbar_flexion", "hip_hinge", "hip_hinge", "shared"]
    )
    diary.lift(at("09:12:30"), "not_scored", depth_deg=58, reason="twist_or_side_bend")
    diary.mark(at("09:13:10"))
    diary.posture("lying", at("09:14:00"), at("09:26:00"), 0.97)
    diary.sitting(at("09:31:00"), at("09:52:00"), ended_by="stand", slumped_s=90)
    diary.walk(at("09:52:00"), at("10:03:00"), 1180)
    return diary


_VOID = {"meta", "link", "br", "hr", "img", "input"}


class Document(HTMLParser):
    """A page taken apart; refuses one whose tags do not match."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html = html
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == [], f"never closed: {self._open}"
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if "style" not in self._open and "script" not in self._open:
            self.text += data + " "

    def values(self, attribute: str) -> list[str]:
        """Return all values of an attribute, in order."""
        return [value for _, attributes in self.tags if (value := attributes.get(attribute)) is not None]


@pytest.fixture
def document() -> type[Document]:
    return Document


@pytest.fixture
def diary() -> Diary:
    return Diary()


@pytest.fixture
def morning() -> Diary:
    return make_morning()
