"""Which store the settings name."""

from pathlib import Path

import pytest

from analysis.trends.influx import InfluxStore
from analysis.trends.sqlite import SqliteStore
from gateway.config import ConfigError, InfluxConfig, StoreConfig
from gateway.stores import TOKEN_VARIABLE, influx_settings, open_store

INFLUX = InfluxConfig(url="http://127.0.0.1:9", organisation="clinic", bucket="lumbar")


def test_a_file_in_a_folder_that_is_made(tmp_path: Path) -> None:
    store = open_store(StoreConfig(path=tmp_path / "new" / "s.db"))
    assert isinstance(store, SqliteStore)
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0
    store.close()


def test_an_influxdb_need_not_be_there_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "secret")
    store = open_store(StoreConfig(influxdb=INFLUX))
    assert isinstance(store, InfluxStore)
    store.close()


def test_token_from_a_file_or_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    with pytest.raises(ConfigError, match="needs a token_file, or the token in LUMBAR_INFLUX_TOKEN"):
        influx_settings(INFLUX)
    monkeypatch.setenv(TOKEN_VARIABLE, "from the environment")
    assert influx_settings(INFLUX).secret() == "from the environment"
    (tmp_path / "token").write_text("from the file\n")
    in_file = INFLUX.model_copy(update={"token_file": tmp_path / "token"})
    assert influx_settings(in_file).secret() == "from the file"
