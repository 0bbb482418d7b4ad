"""The page of figures, in the form that Prometheus reads: numbers, no names and no contents."""

from __future__ import annotations

from http import HTTPStatus
from itertools import accumulate
from typing import TYPE_CHECKING, Protocol

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from rchat_server.core.meter import COMMIT_BOUNDS
from rchat_server.gateway.web import Response

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prometheus_client.core import Metric

    from rchat_server.core.meter import Meter


class Lobby(Protocol):
    """Who has come in, as the core's knows."""

    sessions: int
    logins: int


class Listener(Protocol):
    """Who is connected, as the gateway's knows."""

    def connections_by_kind(self) -> Mapping[str, int]:
        """Return how many there are of each kind of transport."""


class Metrics(Collector):
    """Reads the figures when it is asked; nothing of it is global.

    Args:
        meter: What the core has counted.
        lobby: Who has come in.
        listener: Who is connected.
    """

    def __init__(self, meter: Meter, lobby: Lobby, listener: Listener) -> None:
        self._meter = meter
        self._lobby = lobby
        self._listener = listener
        self._registry = CollectorRegistry()
        self._registry.register(self)

    async def page(self) -> Response:
        """Return the figures as they are now."""
        text = generate_latest(self._registry).decode()
        return Response(HTTPStatus.OK, text, CONTENT_TYPE_PLAIN_0_0_4)

    def collect(self) -> Iterator[Metric]:
        """Return each of the figures. For the registry."""
        meter = self._meter
        connections = GaugeMetricFamily(
            "rchat_connections", "Connections that stand.", labels=["transport"]
        )
        for kind, count in self._listener.connections_by_kind().items():
            connections.add_metric([kind], count)
        yield connections
        yield GaugeMetricFamily(
            "rchat_sessions", "Connections that are logged in.", value=self._lobby.sessions
        )
        yield GaugeMetricFamily(
            "rchat_waiting", "Requests in the queues of all conversations.", value=meter.waiting
        )
        yield CounterMetricFamily(
            "rchat_logins", "Logins that were let in.", value=self._lobby.logins
        )
        yield CounterMetricFamily(
            "rchat_entries",
            "Messages, and what is done to them, that were committed.",
            value=meter.entries,
        )
        yield CounterMetricFamily(
            "rchat_deliveries", "Events that live streams took.", value=meter.deliveries
        )
        refusals = CounterMetricFamily(
            "rchat_refusals",
            "Requests that were refused, and connections that ended with an error.",
            labels=["code"],
        )
        for code, count in sorted(meter.refusals.items()):
            refusals.add_metric([code], count)
        yield refusals
        yield _commits(meter)


def _commits(meter: Meter) -> HistogramMetricFamily:
    bounds = [*map(str, COMMIT_BOUNDS), "+Inf"]
    buckets = list(zip(bounds, accumulate(meter.commit_counts), strict=True))
    family = HistogramMetricFamily("rchat_commit_seconds", "How long a commit takes.")
    family.add_metric([], buckets, meter.commit_seconds)
    return family
