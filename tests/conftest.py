"""What all tests share."""

import uuid
from collections.abc import Iterator

import pytest
from hypothesis import settings

from analysis.trends.influx_server import InfluxSettings
from tests.influx import InfluxMissingError, RunningInflux, real_server, start_influx

# A busy machine is no bug, so there is no deadline; a failure prints what repeats it.
settings.register_profile("lumbar", deadline=None, print_blob=True)
settings.load_profile("lumbar")


@pytest.fixture(scope="session")
def influx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningInflux]:
    """Give a running InfluxDB, the same for all tests."""
    try:
        running = start_influx(tmp_path_factory.mktemp("influx"))
    except InfluxMissingError as error:
        pytest.skip(str(error))
    yield running
    running.stop()


@pytest.fixture
def influx_settings(request: pytest.FixtureRequest) -> Iterator[InfluxSettings]:
    """Give an empty bucket: of the server that the environment names, or of one of our own."""
    real = real_server()
    if real is not None:
        yield real
        return
    running: RunningInflux = request.getfixturevalue("influx")
    bucket = f"b{uuid.uuid4().hex[:12]}"
    yield running.settings(bucket)
    running.drop(bucket)
