"""The outbox: what is put stays until it is committed, whatever arrives as a commit."""

import sqlite3
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.delivery.outbox import Outbox, OutboxError, OutboxParams

DAY_NS = 86_400_000_000_000


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    opened = Outbox(tmp_path / "outbox.db", OutboxParams(window=5))
    yield opened
    opened.close()


def _put(outbox: Outbox, count: int) -> list[int]:
    return outbox.put_all([("t", b"%d" % number) for number in range(count)], 0)


def _seqs(outbox: Outbox, now_s: float) -> list[int]:
    return [message.seq for message in outbox.due(now_s)]


def test_messages_are_numbered_from_one_and_given_out_in_order(outbox: Outbox) -> None:
    assert outbox.put("a", b"x", 0) == 1
    assert outbox.put_all([("b", b"y"), ("c", b"z")], 0) == [2, 3]
    assert outbox.due(0.0) == [(1, "a", b"x"), (2, "b", b"y"), (3, "c", b"z")]
    assert outbox.due(0.0) == []


def test_identity_and_messages_survive_reopening(tmp_path: Path) -> None:
    first = Outbox(tmp_path / "o.db")
    first.put("t", b"kept", 0)
    assert len(first.due(0.0)) == 1
    first.close()
    second = Outbox(tmp_path / "o.db")
    assert second.outbox_id == first.outbox_id == str(uuid.UUID(first.outbox_id))
    assert [message.payload for message in second.due(0.0)] == [b"kept"]
    assert second.put("t", b"next", 0) == 2
    second.close()


def test_window_opens_with_commits(outbox: Outbox) -> None:
    _put(outbox, 8)
    assert _seqs(outbox, 0.0) == [1, 2, 3, 4, 5]
    assert outbox.commit(outbox.outbox_id, [[1, 2]], 0) == 2
    assert _seqs(outbox, 0.0) == [6, 7]
    assert outbox.backlog() == 6


def test_uncommitted_is_sent_again_after_30_s_and_ever_more_slowly_without_any_commit(outbox: Outbox) -> None:
    _put(outbox, 2)
    due_s = [now_s for now_s in range(600) if outbox.due(float(now_s))]
    assert due_s == [0, 30, 90, 210, 330, 450, 570]


def test_first_commit_restores_the_pause(outbox: Outbox) -> None:
    _put(outbox, 2)
    assert [now_s for now_s in range(100) if outbox.due(float(now_s))] == [0, 30, 90]
    outbox.commit(outbox.outbox_id, [[1, 1]], 0)
    assert [now_s for now_s in range(100, 200) if outbox.due(float(now_s))] == [120, 180]


def test_new_connection_sends_all_again(outbox: Outbox) -> None:
    _put(outbox, 3)
    outbox.due(0.0)
    outbox.commit(outbox.outbox_id, [[2, 2]], 0)
    outbox.unsend()
    assert _seqs(outbox, 0.1) == [1, 3]


def test_refused_message_blocks_nobody_and_can_be_tried_again(outbox: Outbox) -> None:
    _put(outbox, 6)
    outbox.due(0.0)
    outbox.refuse(1, "Not authorized")
    assert _seqs(outbox, 0.0) == [6]
    assert outbox.refused() == [(1, "t", "Not authorized")]
    assert outbox.refused_count() == 1
    assert outbox.backlog() == 5
    assert outbox.retry_refused() == 1
    assert _seqs(outbox, 0.0) == [1]


def test_committed_is_kept_14_days_for_resend(outbox: Outbox) -> None:
    _put(outbox, 3)
    outbox.commit(outbox.outbox_id, [[1, 1]], 0)
    outbox.commit(outbox.outbox_id, [[2, 2]], 14 * DAY_NS)
    assert outbox.resend() == 2
    outbox.commit(outbox.outbox_id, [[1, 1]], 0)
    outbox.commit(outbox.outbox_id, [[2, 3]], 14 * DAY_NS + 1)
    assert outbox.resend() == 2
    assert _seqs(outbox, 0.0) == [2, 3]


def test_resend_from_a_number_or_an_instant(outbox: Outbox) -> None:
    for number in range(4):
        outbox.put("t", b"", number * DAY_NS)
    outbox.commit(outbox.outbox_id, [[1, 4]], 4 * DAY_NS)
    assert outbox.resend(first_seq=4) == 1
    assert outbox.resend(since_utc_ns=2 * DAY_NS) == 1
    assert _seqs(outbox, 0.0) == [3, 4]


def test_receipt_of_another_outbox_settles_nothing(outbox: Outbox) -> None:
    _put(outbox, 2)
    assert outbox.commit(str(uuid.uuid4()), [[1, 2]], 0) == 0
    assert outbox.backlog() == 2


def test_committing_twice_counts_once(outbox: Outbox) -> None:
    _put(outbox, 2)
    assert outbox.commit(outbox.outbox_id, [[1, 1], [1, 2], [2, 2]], 0) == 2
    assert outbox.commit(outbox.outbox_id, [[1, 2]], 0) == 0


@pytest.mark.parametrize(
    ("ranges", "settled"),
    [
        ([[-(10**30), 10**30]], 3),
        ([[3, 1]], 0),
        ([[0, 0], [4, 2**63]], 0),
        ([[1.0, 2.0], ["1", "2"], [1], [1, 2, 3], None, {}, 7], 0),
        ([[2, 2], "nonsense"], 1),
    ],
)
def test_hostile_ranges(outbox: Outbox, ranges: list[Any], settled: int) -> None:
    _put(outbox, 3)
    assert outbox.commit(outbox.outbox_id, ranges, 0) == settled
    assert outbox.backlog() == 3 - settled


def test_ranges_beyond_the_bound_are_not_looked_at(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "o.db", OutboxParams(max_ranges=2))
    _put(outbox, 3)
    assert outbox.commit(outbox.outbox_id, [[1, 1], [2, 2], [3, 3]], 0) == 2
    outbox.close()


_ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=6,
)


@settings(max_examples=25, deadline=None)
@given(rounds=st.lists(st.lists(_ANY_JSON, max_size=5), max_size=5))
def test_no_commit_whatever_breaks_or_invents(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[Any]
) -> None:
    outbox = Outbox(tmp_path_factory.mktemp("o") / "o.db")
    _put(outbox, 4)
    settled = sum(outbox.commit(outbox.outbox_id, ranges, 0) for ranges in rounds)
    assert outbox.backlog() == 4 - settled
    assert len(outbox.due(0.0)) == 4 - settled
    outbox.close()


def test_all_or_nothing(outbox: Outbox) -> None:
    with pytest.raises(OutboxError):
        outbox.put_all([("t", b"good"), (None, b"bad")], 0)  # type: ignore[list-item]
    assert outbox.backlog() == 0


def test_many_threads(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "o.db")
    threads = [
        threading.Thread(target=lambda: [outbox.put("t", b"", 0) for _ in range(20)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _seqs(outbox, 0.0) == list(range(1, 81))
    outbox.close()


def test_file_that_is_no_outbox_is_refused_and_left_alone(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("a shopping list, long enough to be looked at as a database header\n" * 20)
    with pytest.raises(OutboxError, match="not a sound SQLite database"):
        Outbox(text)
    assert text.read_text().startswith("a shopping list")
    other = tmp_path / "other.db"
    database = sqlite3.connect(other)
    database.execute("CREATE TABLE somebody_elses (x)")
    database.close()
    with pytest.raises(OutboxError, match="not an outbox"):
        Outbox(other)
    with pytest.raises(OutboxError, match="folder"):
        Outbox(tmp_path / "nowhere" / "o.db")


def test_one_kind_alone_is_due_and_the_others_wait(outbox: Outbox) -> None:
    kinds = ["lift", "command", "log", "command"]
    outbox.put_all([(f"lumbar/v1/p-1/LM-1/{kind}", b"") for kind in kinds], 0)
    assert [message.seq for message in outbox.due(0.0, "command")] == [2, 4]
    assert outbox.due(1.0, "command") == []
    assert outbox.backlog() == 4
    assert _seqs(outbox, 2.0) == [1, 3]
