"""What the recorder tells a monitoring system, in Prometheus's text format.

The numbers are read when they are asked for, from :class:`~analysis.trends.recorder.RecorderCounts`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from analysis.events.errors import LumbarError
from analysis.trends.recorder import Recorder

_NS_PER_S = 1e9


class MetricsError(LumbarError):
    """The metrics cannot be served."""


class _RecorderCollector(Collector):
    def __init__(self, recorder: Recorder, now: Callable[[], int]) -> None:
        self._recorder, self._now = recorder, now

    def collect(self) -> Iterator[Metric]:
        counts = self._recorder.counts
        messages = CounterMetricFamily(
            "lumbar_recorder_messages", "Messages taken charge of.", labels=["result"]
        )
        messages.add_metric(["stored"], counts.stored)
        messages.add_metric(["set_aside"], counts.set_aside)
        yield messages
        yield CounterMetricFamily(
            "lumbar_recorder_store_failures", "Attempts at which the store failed.", counts.store_failures
        )
        yield CounterMetricFamily("lumbar_recorder_store_seconds", "Time spent in the store.", counts.store_s)
        yield CounterMetricFamily("lumbar_recorder_batches", "Batches put into the store.", counts.batches)
        yield GaugeMetricFamily(
            "lumbar_recorder_connected",
            "1 while recording from the broker.",
            float(self._recorder.is_recording),
        )
        if counts.newest_utc_ns is not None:
            yield GaugeMetricFamily(
                "lumbar_recorder_lag_seconds",
                "How long ago the newest event in the last batch had ended when it was stored.",
                counts.lag_s,
            )
            yield GaugeMetricFamily(
                "lumbar_recorder_silent_seconds",
                "How long ago the last batch was stored.",
                (self._now() - counts.stored_utc_ns) / _NS_PER_S,
            )


@contextmanager
def served_metrics(recorder: Recorder, now: Callable[[], int], host: str, port: int) -> Iterator[None]:
    """Serve a recorder's metrics at ``http://host:port/metrics`` while inside.

    Raises
    ------
    MetricsError
        If the port cannot be had.
    """
    registry = CollectorRegistry()
    registry.register(_RecorderCollector(recorder, now))
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise MetricsError(
            f"metrics cannot be served at {host}:{port}: {error.strerror}; choose another [metrics] port"
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
