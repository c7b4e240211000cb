"""Metrics for Prometheus: requests, the model and the archive."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from service.live import Clock, ModelManager, utc_now

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)


class Metrics:
    """Counts requests, and reports the state of a ``ModelManager``.

    If PROMETHEUS_MULTIPROC_DIR is set, every process reports the requests of all processes that
    share this folder.

    Examples
    --------
    >>> from pathlib import Path
    >>> from service.archive import Archive
    >>> from service.rules_file import RulesFile
    >>> nowhere = "sqlite:////nowhere/archive.db"
    >>> metrics = Metrics(ModelManager(Path("nowhere"), Archive(nowhere), RulesFile(nowhere)))
    >>> metrics.requests("/healthz", "GET", 200).observe(0.001)
    >>> 'alsoread_request_seconds_count{method="GET",route="/healthz"' in metrics.text().decode()
    True
    """

    def __init__(self, manager: ModelManager, clock: Clock = utc_now) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_State(manager, clock))
        shared = "PROMETHEUS_MULTIPROC_DIR" in os.environ
        if shared:
            MultiProcessCollector(self._registry)  # type: ignore[no-untyped-call]
        registry = None if shared else self._registry
        requests = Histogram(
            "alsoread_request_seconds",
            "Seconds from a request to its reply",
            ("route", "method", "status"),
            buckets=_SECONDS,
            registry=registry,
        )
        cached = Counter(
            "alsoread_cached_replies",
            "Lists by whether the reply cache had them",
            ("ready",),
            registry=registry,
        )
        # Each combination of labels is looked up once, not with every request.
        self.requests = cache(requests.labels)
        self.cached = cache(cached.labels)

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self._registry)


class _State(Collector):
    """The state of the model manager, read when metrics are collected."""

    def __init__(self, manager: ModelManager, clock: Clock) -> None:
        self._manager, self._clock = manager, clock

    def collect(self) -> Iterator[GaugeMetricFamily]:
        failing = GaugeMetricFamily(
            "alsoread_trouble", "1 if this part fails, else 0", labels=["in"]
        )
        for part in ("model", "archive", "rules", "writes"):
            failing.add_metric([part], part in self._manager.failures)
        yield failing
        snapshot = self._manager.latest
        if snapshot is None:
            return
        status = snapshot.model.status()
        gauges = (
            ("articles", "Articles in the model and its live changes", status.articles),
            ("masked_rows", "Rows deleted or replaced since training", status.masked_rows),
            ("newer_rows", "Rows added since training", status.live_rows),
            ("unseen_terms", "Share of terms in added rows that the model does not know",
             status.unseen_share),
            ("revision_lag", "Changes of the archive since training", status.behind),
        )  # fmt: skip
        for name, description, value in gauges:
            yield GaugeMetricFamily(f"alsoread_{name}", description, value)
        if (trained := trained_at(snapshot.version)) is not None:
            age = (self._clock() - trained).total_seconds()
            yield GaugeMetricFamily("alsoread_model_age_seconds", "Seconds since training", age)


def trained_at(version: str) -> datetime | None:
    """Return the time of training from a version's name, None if it was renamed.

    Examples
    --------
    >>> trained_at("20261122T120000Z-3f9a"), trained_at("best")
    (datetime.datetime(2026, 11, 22, 12, 0, tzinfo=datetime.timezone.utc), None)
    """
    try:
        return datetime.strptime(version[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
