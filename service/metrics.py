"""Metrics: what Prometheus is told of requests, the model and the archive."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from service.live import Live

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)


class Metrics:
    """Counts requests, and tells of a ``Live``.

    Where the environment names PROMETHEUS_MULTIPROC_DIR, the requests of all processes that share
    it are told together, whichever of them is asked.

    Examples
    --------
    >>> from pathlib import Path
    >>> from service.live import Archive
    >>> from service.rulesfile import RulesFile
    >>> nowhere = "sqlite:////nowhere/archive.db"
    >>> metrics = Metrics(Live(Path("nowhere"), Archive(nowhere), RulesFile(nowhere)))
    >>> metrics.requests("/healthz", "GET", 200).observe(0.001)
    >>> 'alsoread_request_seconds_count{method="GET",route="/healthz"' in metrics.text().decode()
    True
    """

    def __init__(self, live: Live) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_State(live))
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
            "Lists that were ready, or not",
            ("ready",),
            registry=registry,
        )
        # Which of them a request counts in is looked up once, not with every request.
        self.requests = cache(requests.labels)
        self.cached = cache(cached.labels)

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self._registry)


class _State(Collector):
    """What answers now, read when it is asked for."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def collect(self) -> Iterator[GaugeMetricFamily]:
        trouble = GaugeMetricFamily("alsoread_trouble", "1 where something is wrong", labels=["in"])
        for where in ("model", "archive", "rules", "writes"):
            trouble.add_metric([where], where in self._live.troubles)
        yield trouble
        served = self._live.latest
        if served is None:
            return
        model = served.model
        masked = len(model.overlay.masked)
        yield GaugeMetricFamily("alsoread_articles", "Articles", len(model.articles) - masked)
        yield GaugeMetricFamily(
            "alsoread_masked_rows", "Rows deleted or changed since training", masked
        )
        newer, overlay = len(model.index.newer), model.overlay
        yield GaugeMetricFamily("alsoread_newer_rows", "Rows added since training", newer)
        unseen = overlay.unseen / max(1, overlay.entries)
        text = "Share of the terms of newer rows that the model does not know"
        yield GaugeMetricFamily("alsoread_unseen_terms", text, unseen)
        lag = model.known - model.revision
        yield GaugeMetricFamily("alsoread_revision_lag", "Changes since training", lag)
        if (trained := _trained_at(served.version)) is not None:
            age = (datetime.now(UTC) - trained).total_seconds()
            yield GaugeMetricFamily("alsoread_model_age_seconds", "Seconds since training", age)


def _trained_at(version: str) -> datetime | None:
    """Return the time in a version's name, None if somebody named it otherwise.

    Examples
    --------
    >>> _trained_at("20261122T120000Z-3f9a"), _trained_at("best")
    (datetime.datetime(2026, 11, 22, 12, 0, tzinfo=datetime.timezone.utc), None)
    """
    try:
        return datetime.strptime(version[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
