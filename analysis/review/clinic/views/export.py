"""Everything that is known of a patient, to take along: events as JSON lines, bends as a table."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from analysis.review.clinic.desk import Desk

_COLUMNS: Final = (
    *("start", "strategy", "borderline", "confidence", "context", "legs"),
    *("trunk_peak_deg", "pelvis_at_peak_deg", "lumbar_at_peak_deg", "lumbar_share", "lumbar_range_pct"),
    *("duration_s", "smoothness_sparc", "quality", "algorithm"),
)


def routes(desk: Desk) -> APIRouter:
    """Return the routes."""
    router = APIRouter()

    def noted(request: Request, patient: str, what: str) -> None:
        session, _ = desk.patient(request, patient)
        desk.note(request, "exported", who=session.account.login, patient=patient, detail=what)

    @router.get("/patients/{patient}/events.jsonl")
    def events(request: Request, patient: str) -> Response:
        noted(request, patient, "events")
        lines = (json.dumps(event, ensure_ascii=False) + "\n" for event in desk.store.export(patient))
        return StreamingResponse(
            lines, media_type="application/jsonl", headers=_file(patient, "events.jsonl")
        )

    @router.get("/patients/{patient}/bends.csv")
    def bends(request: Request, patient: str) -> Response:
        noted(request, patient, "bends")
        rows = _table(desk.store.events(patient, kinds={"lift"}))
        return StreamingResponse(rows, media_type="text/csv", headers=_file(patient, "bends.csv"))

    return router


def _file(patient: str, name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{patient}-{name}"'}


def _table(lifts: list[dict[str, Any]]) -> Iterator[str]:
    line = io.StringIO()
    writer = csv.writer(line)
    for row in (_COLUMNS, *([lift.get(name) for name in _COLUMNS] for lift in lifts)):
        line.seek(0)
        line.truncate()
        writer.writerow(row)
        yield line.getvalue()
