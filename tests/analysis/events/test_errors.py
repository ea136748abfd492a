"""Every error is one line that can be shown on any terminal."""

from hypothesis import given
from hypothesis import strategies as st

from analysis.events.errors import LumbarError


def test_a_message_is_shown_as_it_is() -> None:
    assert str(LumbarError("recording.csv: Größe fehlt; add it")) == "recording.csv: Größe fehlt; add it"


def test_a_strangers_bytes_steer_no_terminal() -> None:
    assert (
        str(LumbarError("column \x1b[31mred\r\nnext\x00 is unknown")) == "column ?[31mred??next? is unknown"
    )


@given(st.text())
def test_any_message_is_one_printable_line(text: str) -> None:
    shown = str(LumbarError(text))
    assert shown.isprintable()
    assert len(shown) == len(text)
