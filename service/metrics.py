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

from service.live import ModelManager

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)


class Metrics:
    """Counts requests, and reports the state of a ``ModelManager``.

    If the environment names PROMETHEUS_MULTIPROC_DIR, each process that shares it reports the
    requests of all of them.

    Examples
    --------
    >>> from pathlib import Path
    >>> from service.live import Archive
    >>> from service.rules_file import RulesFile
    >>> nowhere = "sqlite:////nowhere/archive.db"
    >>> metrics = Metrics(ModelManager(Path("nowhere"), Archive(nowhere), RulesFile(nowhere)))
    >>> metrics.requests("/healthz", "GET", 200).observe(0.001)
    >>> 'alsoread_request_seconds_count{method="GET",route="/healthz"' in metrics.text().decode()
    True
    """

    def __init__(self, manager: ModelManager) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_State(manager))
        shared = "PROMETHEUS_MULTIPROC_DIR" in os.environ
        if shared:
            MultiProcessCollector(self._registry)  # type: ignore[no-untyped-call]
        registry = None if shared else self._registry
        requests = Histogram(
            "alsoread_request_seconds",
            "How long requests took",
            ("route", "method", "status"),
            buckets=_SECONDS,
            registry=registry,
        )
        cached = Counter(
            "alsoread_cached_replies",
            "Lists answered from the reply cache, or not",
            ("ready",),
            registry=registry,
        )
        # The child of each combination of labels is looked up once, not with every request.
        self.requests = cache(requests.labels)
        self.cached = cache(cached.labels)

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self._registry)


class _State(Collector):
    """The state of the model manager, read when metrics are collected."""

    def __init__(self, manager: ModelManager) -> None:
        self._manager = manager

    def collect(self) -> Iterator[GaugeMetricFamily]:
        failing = GaugeMetricFamily("alsoread_trouble", "1 where something fails", labels=["in"])
        for part in ("model", "archive", "rules", "writes"):
            failing.add_metric([part], part in self._manager.failures)
        yield failing
        snapshot = self._manager.latest
        if snapshot is None:
            return
        status = snapshot.model.status()
        gauges = (
            ("articles", "Articles", status.articles),
            ("masked_rows", "Rows deleted or replaced since training", status.masked_rows),
            ("newer_rows", "Rows added since training", status.live_rows),
            ("unseen_terms", "Share of the terms of live rows unknown to the model",
             status.unseen_share),
            ("revision_lag", "Changes since training", status.behind),
        )  # fmt: skip
        for name, description, value in gauges:
            yield GaugeMetricFamily(f"alsoread_{name}", description, value)
        if (trained := trained_at(snapshot.version)) is not None:
            age = (datetime.now(UTC) - trained).total_seconds()
            yield GaugeMetricFamily("alsoread_model_age_seconds", "Seconds since training", age)


def trained_at(version: str) -> datetime | None:
    """Return the time in a version's name, None if it was renamed.

    Examples
    --------
    >>> trained_at("20261122T120000Z-3f9a"), trained_at("best")
    (datetime.datetime(2026, 11, 22, 12, 0, tzinfo=datetime.timezone.utc), None)
    """
    try:
        return datetime.strptime(version[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
