"""The dashboards: sound, and each query gives something for a simulated month."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from analysis.trends.influx import InfluxStore
from analysis.trends.influx_server import InfluxServer, InfluxSettings
from tests.clinic_month import START, events_of

GRAFANA = Path(__file__).resolve().parents[2] / "deploy" / "grafana"
DASHBOARDS = {path.stem: json.loads(path.read_text()) for path in sorted((GRAFANA / "dashboards").iterdir())}
_DAYS = 30
_EVERY_MIN = 10


@pytest.fixture
def month(influx_settings: InfluxSettings) -> Iterator[InfluxServer]:
    """Give a server with a month of two patients in it, as the recorder would have stored it."""
    with closing(InfluxStore(influx_settings)) as store, closing(InfluxServer(influx_settings)) as server:
        for patient in ("p-01", "p-02"):
            store.put(events_of(patient, _DAYS, every_min=_EVERY_MIN))
        store.settle()
        yield server


def _asked(query: str) -> str:
    """Return a query with what Grafana puts in."""
    first, last = (int(day.timestamp()) for day in (START, START + timedelta(days=_DAYS)))
    return query.replace("$timeFilter", f"time >= {first}s AND time <= {last}s").replace("$patient", "p-01")


def _targets() -> Iterator[tuple[str, str, str]]:
    for name, board in DASHBOARDS.items():
        for panel in board["panels"]:
            for target in panel["targets"]:
                yield name, panel["title"], target["query"]


def test_each_query_gives_something_for_a_month_and_the_trends_what_was_put(month: InfluxServer) -> None:
    for board, panel, query in _targets():
        (rows,) = month.query([_asked(query)])
        values = [value for row in rows for name, value in row.items() if name != "time"]
        assert any(value not in (None, "") for value in values), f"{board}: {panel}"
    (patients,) = month.query([DASHBOARDS["trends"]["templating"]["list"][0]["query"]])
    assert [row["value"] for row in patients] == ["p-01", "p-02"]
    lifts = [
        event
        for event in events_of("p-01", _DAYS, every_min=_EVERY_MIN)
        if event["schema"] == "lumbar.lift/1" and event["context"] == "chores"
    ]
    queries = {panel: query for board, panel, query in _targets() if board == "trends"}
    (rows,) = month.query([_asked(queries["Bends in daily life"])])
    assert len(rows) == _DAYS
    for strategy, shown in (("hip_hinge", "hip-led"), ("shared", "shared"), ("lumbar_flexion", "back-led")):
        expected = sum(event["strategy"] == strategy for event in lifts)
        assert sum(row[shown] for row in rows) == expected > 0
    (rows,) = month.query([_asked(queries["Recorded"])])
    assert [row["recorded"] for row in rows] == [1.4] * _DAYS


@pytest.mark.parametrize("board", DASHBOARDS.values(), ids=DASHBOARDS.keys())
def test_a_dashboard_is_one(board: dict[str, Any]) -> None:
    """Structure that Grafana needs: a dashboard's own JSON Schema is not to be had as a package."""
    assert board["uid"].startswith("lumbar-")
    assert board["schemaVersion"] >= 39
    assert not board["editable"]
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        taken = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not taken & cells, f"{panel['title']} lies on another panel"
        assert max(x for x, _ in taken) < 24
        cells |= taken
        assert panel["type"] in {"timeseries", "stat", "table"}
        assert panel["description"]
        for target in panel["targets"]:
            assert target["rawQuery"] is True
            assert target["datasource"] == panel["datasource"] == {"type": "influxdb", "uid": "lumbar"}


@pytest.mark.parametrize("word", ["good", "bad", "safe", "unsafe", "wrong", "correct"])
def test_no_panel_judges(word: str) -> None:
    for board in DASHBOARDS.values():
        for panel in board["panels"]:
            shown = f"{panel['title']} {panel['description']} {[t['query'] for t in panel['targets']]}"
            assert word not in shown.lower().split()


def test_provisioning_names_what_is_there() -> None:
    source = yaml.safe_load((GRAFANA / "provisioning/datasources/lumbar.yaml").read_text())
    (lumbar,) = source["datasources"]
    assert (lumbar["uid"], lumbar["jsonData"]["dbName"]) == ("lumbar", "lumbar")
    assert "$__file{/run/secrets/influxdb-token}" in lumbar["secureJsonData"]["httpHeaderValue1"]
    boards = yaml.safe_load((GRAFANA / "provisioning/dashboards/lumbar.yaml").read_text())
    compose = yaml.safe_load((GRAFANA.parent / "compose.yaml").read_text())
    path = boards["providers"][0]["options"]["path"]
    assert f"./grafana/dashboards:{path}:ro" in compose["services"]["grafana"]["volumes"]
