"""Feeds as an installation is told of them: `[feeds.SOURCE.INPUT]`.

    [feeds.kl-huset.main]
    srt = "0.0.0.0:9000"                 # listens
    passphrase = "..."
    latency_ms = 200

    [feeds.kl-huset.backup]
    udp = "10.1.0.5:5000"                # listens
    sender = "10.1.0.7"

    [feeds.folketinget.main]
    hls = "https://live.example.dk/index.m3u8"
    intranet = "10.1.0.9:8080"           # only where the URL's own host is to be excepted

Exactly one of `srt`, `udp` and `hls` says how it comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from streams.errors import Refused
from streams.feeds.feeding import Place
from streams.feeds.feeds import Plan
from streams.feeds.hlsfeed import HlsPlan
from streams.feeds.outgoing import target_of
from streams.feeds.srt import SrtPlan
from streams.feeds.tsudp import UdpPlan

MIN_PASSPHRASE = 16

InputName = Literal["main", "backup"]


class FeedSettings(BaseModel):
    """How one input of a source comes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    srt: str | None = None
    passphrase: Annotated[SecretStr, Field(max_length=79)] = SecretStr("")
    latency_ms: Annotated[int, Field(ge=20, le=8000)] = 200
    udp: str | None = None
    sender: str | None = None
    hls: str | None = None
    intranet: str | None = None

    @field_validator("srt", "udp")
    @classmethod
    def _is_an_address(cls, where: str | None) -> str | None:
        if where is not None:
            host_and_port(where)
        return where

    @model_validator(mode="after")
    def _is_one_way(self) -> FeedSettings:
        ways = [name for name in ("srt", "udp", "hls") if getattr(self, name) is not None]
        if len(ways) != 1:
            came = " and ".join(ways) or "none"
            raise ValueError(f"expected exactly one of srt, udp, hls; came {came}")
        secret = self.passphrase.get_secret_value()
        if secret and (self.srt is None or not 10 <= len(secret.encode()) <= 79):
            raise ValueError("expected a passphrase of 10 to 79 signs, and only with srt")
        if self.sender is not None and (self.udp is None or not _is_ip(self.sender)):
            raise ValueError(f"expected the sender's IP address with udp; came {self.sender!r}")
        if self.intranet is not None and self.hls is None:
            raise ValueError("expected intranet only with hls")
        if self.hls is not None:
            _check_url(self.hls, self.intranet)
        return self

    @property
    def plan(self) -> Plan:
        """What the media side does for it."""
        if self.srt is not None:
            secret = self.passphrase.get_secret_value()
            return SrtPlan(*host_and_port(self.srt), secret, self.latency_ms)
        if self.udp is not None:
            return UdpPlan(*host_and_port(self.udp), self.sender)
        assert self.hls is not None
        return HlsPlan(self.hls, self.intranet)


Feeds = Mapping[str, Mapping[InputName, FeedSettings]]


def plans_of(feeds: Feeds) -> dict[Place, Plan]:
    """What the media side does for which input."""
    return {
        Place(source, name): feed.plan
        for source, inputs in feeds.items()
        for name, feed in inputs.items()
    }


def clashes(feeds: Feeds, keys: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    """Every reason why feeds cannot stand beside each other, or beside the inputs with keys."""
    ports: dict[int, str] = {}
    for source, inputs in feeds.items():
        for name, feed in inputs.items():
            if name in keys.get(source, {}):
                yield f"{source}.{name}: expected a key in sources or a feed; came both"
            if where := feed.srt or feed.udp:
                port = host_and_port(where)[1]
                if port in ports:
                    yield f"{source}.{name}: expected a port of its own; {ports[port]} has {port}"
                ports[port] = f"{source}.{name}"


def unsafe_feeds(feeds: Feeds) -> Iterator[str]:
    """Every reason not to run these feeds in production, in words."""
    for source, inputs in feeds.items():
        for name, feed in inputs.items():
            which = f"feeds.{source}.{name}"
            short = len(feed.passphrase.get_secret_value()) < MIN_PASSPHRASE
            if feed.srt and short and not _is_loopback(feed.srt):
                yield f"{which}: expected a passphrase of {MIN_PASSPHRASE} signs or more"
            if feed.udp and not _is_loopback(feed.udp) and feed.sender is None:
                yield f"{which}: expected the sender's address; anybody could be on air"


def host_and_port(where: str) -> tuple[str, int]:
    """An IP address and a port. Raises ValueError."""
    host, _, port = where.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not _is_ip(host) or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"expected ADDRESS:PORT of this machine; came {where!r}")
    return host, int(port)


def _check_url(url: str, intranet: str | None) -> None:
    try:
        target = target_of(url, intranet)
    except Refused as refused:
        raise ValueError(refused.detail) from refused
    if intranet is not None and intranet != f"{target.host}:{target.port}":
        raise ValueError(f"expected intranet to be the URL's own host and port; came {intranet!r}")


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(where: str) -> bool:
    return ip_address(host_and_port(where)[0]).is_loopback
