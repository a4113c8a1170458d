"""What the process counts, for whoever watches the machines; read when it is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import asdict

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from server.access.signing_in import SigningIn
from server.database import Database
from server.fanout import Fanout
from server.gateway import Gateway
from streams.desk import Desk


class Counted(Collector):
    """Reads the counters of the socket edge; holds none itself."""

    def __init__(self, gateway: Gateway, fanout: Fanout) -> None:
        self._gateway = gateway
        self._fanout = fanout

    def collect(self) -> Iterator[Metric]:
        yield from self._sockets()
        yield from self._deliveries()

    def _sockets(self) -> Iterator[Metric]:
        counts = self._gateway.counts
        yield _gauge("connections", "Clients connected now", len(self._gateway.clients))
        yield _counter("connections_opened", "Clients ever let in", counts.opened)
        yield _counter("connections_turned_away", "Handshakes refused", counts.turned_away)
        yield _counter("connections_waited", "Handshakes that waited for a turn", counts.waited)
        yield _counter("commands_refused", "Commands refused", self._gateway.carrying_out.refused)
        late = self._gateway.lateness
        yield _gauge("loop_late_seconds", "How late timers are now", late.now_s)
        yield _gauge("loop_longest_late_seconds", "How late they ever were", late.longest_s)
        closes = CounterMetricFamily(
            "topmoede_connections_closed", "Closes by code", labels=["code"]
        )
        for code, count in counts.closes.items():
            closes.add_metric([str(code)], count)
        yield closes

    def _deliveries(self) -> Iterator[Metric]:
        for name, value in asdict(self._fanout.counts).items():
            yield _counter(f"fanout_{name}", f"Fan-out: {name.replace('_', ' ')}", value)


class Asked(Collector):
    """What the process asks of the database."""

    def __init__(self, database: Database, signing_in: SigningIn) -> None:
        self._database = database
        self._signing_in = signing_in

    def collect(self) -> Iterator[Metric]:
        yield _counter("database_reads", "Transactions that read", self._database.reads)
        yield _counter("database_writes", "Transactions that may write", self._database.writes)
        yield _counter("sessions_reads", "Reads of who comes", self._signing_in.asked)


class Pictured(Collector):
    """Reads what the desk knows of sources and channels."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def collect(self) -> Iterator[Metric]:
        live = GaugeMetricFamily("topmoede_source_live", "Source has a picture", labels=["source"])
        for id, source in self._desk.sources.items():
            live.add_metric([id], float(source.live))
        yield live
        newest = GaugeMetricFamily(
            "topmoede_channel_sequence", "Newest media sequence number", labels=["channel"]
        )
        for channel, window in self._desk.windows.items():
            newest.add_metric([channel], len(window.entries) - 1)
        yield newest
        remembered = self._desk.shelf.remembered_bytes
        yield _gauge("remembered_bytes", "Newest media that is kept in memory", remembered)


class Footing(Collector):
    """What a process stands on, beside what the system counts; read in its event loop.

    Args:
        name: of the gauge; another for each process whose counts are shown together.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def collect(self) -> Iterator[Metric]:
        yield _gauge(self._name, "Tasks of the event loop now", len(asyncio.all_tasks()))


def registry_of(*collectors: Collector) -> CollectorRegistry:
    """A registry of this process's own."""
    registry = CollectorRegistry()
    for collector in collectors:
        registry.register(collector)
    return registry


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"topmoede_{name}", words, value)


def _counter(name: str, words: str, value: float) -> Metric:
    return CounterMetricFamily(f"topmoede_{name}", words, value)
