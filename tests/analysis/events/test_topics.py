"""Topics: literally, there and back, and what is none of ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.events.topics import ALL_EVENTS, CommandTopic, EventTopic, commands_of, parse_topic


def test_literally() -> None:
    assert str(EventTopic("p-01", "LM-0001", "lift")) == "lumbar/v1/p-01/LM-0001/lift"
    assert str(CommandTopic("p-01", "LM-0001", "vibrate")) == "lumbar/v1/p-01/LM-0001/cmd/vibrate"
    assert ALL_EVENTS == "lumbar/v1/+/+/+"
    assert commands_of("p-01", "LM-0001") == "lumbar/v1/p-01/LM-0001/cmd/+"


_level = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,20}", fullmatch=True)


@given(_level, _level, _level)
def test_there_and_back(patient: str, device: str, last: str) -> None:
    for topic in (EventTopic(patient, device, last), CommandTopic(patient, device, last)):
        back = parse_topic(str(topic))
        assert back == topic
        assert type(back) is type(topic)


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "lumbar/v1",
        "lumbar/v1/p-01/LM-0001",
        "lumbar/v1//LM-0001/lift",
        "lumbar/v1/p-01//lift",
        "lumbar/v1/p-01/LM-0001/",
        "lumbar/v1/p-01/LM-0001/cmd/",
        "lumbar/v1/p-01/LM-0001/cmd/vibrate/now",
        "lumbar/v1/p-01/LM-0001/lift/vibrate",
        "lumbar/v2/p-01/LM-0001/lift",
        "Lumbar/v1/p-01/LM-0001/lift",
        "$SYS/broker/uptime",
    ],
)
def test_none_of_ours(topic: str) -> None:
    assert parse_topic(topic) is None


@given(st.text())
def test_any_text(topic: str) -> None:
    parsed = parse_topic(topic)
    assert parsed is None or str(parsed) == topic
