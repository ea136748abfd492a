"""The file of what could not be kept."""

import json
from pathlib import Path

from analysis.trends.poison import PoisonFile


def test_says_what_when_and_why(tmp_path: Path) -> None:
    path = tmp_path / "poison.jsonl"
    poison = PoisonFile(path)
    poison.add("lumbar/v1/p/d/lift", b'{"a":1}', "not an event", 0)
    poison.add("lumbar/v1/p/d/\u00e4", b"\xff\n" + b"x" * 10_000, "not JSON", 1_500_000_000)
    first, second = map(json.loads, path.read_text().splitlines())
    assert first == {
        "received": "1970-01-01T00:00:00.000Z",
        "topic": "lumbar/v1/p/d/lift",
        "reason": "not an event",
        "bytes": 7,
        "payload": '{"a":1}',
    }
    assert second["payload"].startswith("\\xff\nxxx")
    assert (second["bytes"], len(second["payload"])) == (10_002, 4096 + 3)


def test_is_bounded(tmp_path: Path) -> None:
    poison = PoisonFile(tmp_path / "poison.jsonl", limit_bytes=10_000)
    for _ in range(100):
        poison.add("t", b"x" * 1000, "rubbish", 0)
    sizes = {file.name: file.stat().st_size for file in tmp_path.iterdir()}
    assert set(sizes) == {"poison.jsonl", "poison.jsonl.1"}
    assert all(size < 12_000 for size in sizes.values())
