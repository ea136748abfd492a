"""Ids are for ever: stores and homes far apart must compute the same."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from analysis.events.event import NAMESPACE, derived_id, fact_id


def test_ids_literally() -> None:
    assert str(NAMESPACE) == "6c756d62-0000-5d6f-8469-6f6e0a000001"
    assert (
        derived_id("p-01", "LM-0001", "lift", boot=3, first_sample=12345)
        == "48cdd1e2-0366-588e-8755-e48b426d5e76"
    )
    assert (
        derived_id("p-01", "LM-0001", "lift", boot=3, first_sample=12345, revision=1)
        == "b9689985-8c95-5174-81bd-b42a2bb3f982"
    )
    assert fact_id("p-01", "LM-0001", "command", "c1") == "5cf6dd31-3600-5961-8d0b-c66fee121661"


def test_id_is_the_contracts_text_in_the_namespace() -> None:
    expected = uuid.uuid5(NAMESPACE, "p-01/LM-0001/minute/0/6000/2")
    assert derived_id("p-01", "LM-0001", "minute", boot=0, first_sample=6000, revision=2) == str(expected)


@given(st.text(max_size=20), st.integers(0, 10**9))
def test_ids_are_uuids_of_version_5(patient: str, sample: int) -> None:
    expected = uuid.uuid5(NAMESPACE, f"{patient}/d/lift/1/{sample}/0")
    assert derived_id(patient, "d", "lift", boot=1, first_sample=sample) == str(expected)


def test_whatever_differs_makes_another_id() -> None:
    ids = {
        derived_id(patient, device, kind, boot=boot, first_sample=sample, revision=revision)
        for patient in ("p-01", "p-02")
        for device in ("a", "b")
        for kind in ("lift", "walk")
        for boot in (1, 2)
        for sample in (1, 2)
        for revision in (0, 1)
    }
    assert len(ids) == 64
