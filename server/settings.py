"""What an installation is told: TOPMOEDE_* variables, or one TOML file, nothing else.

Variables win over the file. `unsafe` is the table of settings that production refuses; the demo
runs on this machine alone and is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    IPvAnyAddress,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from schedule.backup import backup_address
from schedule.library.unlocking import CaptionRule
from schedule.sharing.link_mail import ADDRESS
from server.feed_settings import Feeds, clashes, unsafe_feeds
from streams.changeover import order_of

MIN_KEY_LENGTH = 24


class IceServerSetting(BaseModel):
    """A STUN or TURN server of our own that publishers are told of; a bare URL will do for STUN."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, Field(pattern=r"^(stuns?|turns?):[^\s<>\";,]+$")]
    username: Annotated[str, Field(pattern=r'^[^"\\\x00-\x1f]+$')] | None = None
    credential: SecretStr | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_url(cls, given: Any) -> Any:
        return {"url": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        needs = self.url.startswith("turn")
        if not needs == (self.username is not None) == (self.credential is not None):
            raise ValueError("expected username and credential for turn:, and none for stun:")
        return self


class BucketSetting(BaseModel):
    """An S3 bucket behind the disk: where media goes when it is whole."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9_./-]*$")] = ""
    endpoint: Annotated[str, Field(pattern=r"^(https?://[^\s/]+)?$")] = ""
    region: str = "us-east-1"
    key_id: str
    secret: SecretStr


class FileLimits(BaseModel):
    """How much may be shared in rooms, and how large an item's documents may be.

    Args:
        picture_bytes, pdf_bytes: one file as it is sent, or one document.
        room_bytes: all files of one room.
        hour_bytes: what one person may send to one room within an hour.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    picture_bytes: Annotated[int, Field(ge=1, le=100_000_000)] = 8_000_000
    pdf_bytes: Annotated[int, Field(ge=1, le=100_000_000)] = 10_000_000
    room_bytes: Annotated[int, Field(ge=0)] = 500_000_000
    hour_bytes: Annotated[int, Field(ge=0)] = 60_000_000


class UdpPorts(BaseModel):
    """Ports that live pictures come in on, both ends included; one for each publisher's address."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    first: Annotated[int, Field(ge=1024, le=65535)]
    last: Annotated[int, Field(ge=1024, le=65535)]

    @model_validator(mode="after")
    def _is_not_empty(self) -> Self:
        if self.last < self.first:
            raise ValueError(f"expected last not below first; came {self.first} and {self.last}")
        return self


class Settings(BaseSettings):
    """All settings with their defaults; units stand in the names."""

    model_config = SettingsConfigDict(
        env_prefix="TOPMOEDE_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    public_url: str = "http://localhost:8000"
    origins: tuple[str, ...] = ()
    data: Path = Path("data")
    database_url: str = ""
    redis_url: str = ""
    programme: Path | None = None
    edition: str = "butm-2021"
    sources: Mapping[str, Mapping[str, SecretStr]] = {}
    feeds: Feeds = {}
    bucket: BucketSetting | None = None
    ice_servers: tuple[IceServerSetting, ...] = ()
    public_addresses: tuple[IPvAnyAddress, ...] = ()
    udp_ports: UdpPorts | None = None
    loopback_candidates: bool = False
    rtmp_host: str = "127.0.0.1"
    rtmp_port: Annotated[int, Field(ge=0, le=65535)] = 1935
    webrtc_viewers: Annotated[int, Field(ge=0, le=200)] = 24
    part_target_ms: Annotated[int, Field(ge=300, le=2000)] = 1020
    lower_height_px: Annotated[int, Field(ge=0, le=720, multiple_of=2)] = 0
    window_s: Annotated[int, Field(ge=60, le=3600)] = 1800
    doors_open_s: Annotated[int, Field(ge=0, le=7200)] = 1800
    session_hours: Annotated[int, Field(ge=1, le=720)] = 72
    link_minutes: Annotated[int, Field(ge=1, le=1440)] = 10
    invitation_days: Annotated[int, Field(ge=1, le=365)] = 30
    drain_ms: Annotated[int, Field(ge=0, le=60_000)] = 20_000
    arrivals_per_s: Annotated[float, Field(ge=1, le=100_000)] = 1000.0
    largest_upload_bytes: Annotated[int, Field(ge=1)] = 20 * 1024**3
    captions_required: bool = True
    captions_warn_days: Annotated[int, Field(ge=0, le=365)] = 10
    captions_close_days: Annotated[int, Field(ge=0, le=365)] = 14
    retention_days: Annotated[int, Field(ge=0, le=3650)] | None = None
    recording_days: Annotated[int, Field(ge=0, le=3650)] | None = None
    downloads: bool = False
    download_cache_bytes: Annotated[int, Field(ge=0)] = 20 * 1024**3
    files: FileLimits = FileLimits()
    upload_hours: Annotated[int, Field(ge=1, le=720)] = 72
    metrics_everywhere: bool = False
    log_level: str = "INFO"
    support_name: Annotated[str, Field(max_length=100)] = ""
    support_mail: Annotated[str, Field(max_length=200)] = ""
    support_phone: Annotated[str, Field(max_length=40)] = ""
    smtp_url: SecretStr = SecretStr("")
    mail_from: Annotated[str, Field(max_length=200)] = ""
    backup_address: str = ""
    emergency_page: Path | None = None

    @field_validator("public_url")
    @classmethod
    def _has_scheme_and_host(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"expected http(s)://host[:port]; came {url!r}")
        return f"{parts.scheme}://{parts.netloc}"

    @field_validator("backup_address")
    @classmethod
    def _is_plainly_an_address(cls, address: str) -> str:
        if address and backup_address(address) is None:
            raise ValueError(f"expected a host's name or an https address; came {address!r}")
        return address

    @property
    def caption_rule(self) -> CaptionRule:
        """When a recording needs captions."""
        return CaptionRule(
            self.captions_required,
            timedelta(days=self.captions_warn_days),
            timedelta(days=self.captions_close_days),
        )

    @property
    def emergency_file(self) -> Path:
        """Where the page lies that the proxy shows when we do not answer."""
        return self.emergency_page or self.data / "emergency.html"

    @model_validator(mode="after")
    def _mail_has_both_ends(self) -> Settings:
        url = self.smtp_url.get_secret_value()
        if url and (urlsplit(url).scheme not in ("smtp", "smtps") or not urlsplit(url).hostname):
            raise ValueError("smtp_url: expected smtp(s)://[user:password@]host[:port]")
        if url and not ADDRESS.fullmatch(self.mail_from):
            raise ValueError(
                f"mail_from: expected an address to send from; came {self.mail_from!r}"
            )
        return self

    @model_validator(mode="after")
    def _feeds_do_not_clash(self) -> Settings:
        if found := next(clashes(self.feeds, self.sources), None):
            raise ValueError(f"feeds.{found}")
        return self

    @property
    def allowed_origins(self) -> frozenset[str]:
        """Origins that may open a socket: the public address and those named beside it."""
        return frozenset((self.public_url, *self.origins))

    @property
    def takes_rtmp(self) -> bool:
        """Whether encoders may publish over RTMP: there is a source, and the port is not 0."""
        return bool(self.sources) and self.rtmp_port > 0

    @property
    def places(self) -> dict[str, tuple[str, ...]]:
        """The inputs of each source, best first: as they are written; `synthetic` is last.

        Where some have keys and some are feeds, which no order joins, `main` comes first.
        """
        names = {source: list(inputs) for source, inputs in self.sources.items()}
        for source, feeds in self.feeds.items():
            both = [*names.get(source, []), *feeds]
            names[source] = sorted(both, key=lambda name: name != "main")
        return {source: order_of(inputs) for source, inputs in names.items()}

    @property
    def database(self) -> str:
        """The database's URL; SQLite in the data folder unless told otherwise."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data / 'topmoede.db'}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (env_settings, init_settings)


class UnusableSettings(Exception):
    """Settings that cannot be read; the message names each one and what was expected."""


def read_settings(file: Path | None = None) -> Settings:
    """Settings from the environment, over those of a TOML file when one is named.

    Raises:
        UnusableSettings: naming every setting at fault.
    """
    try:
        return Settings(**_from_file(file))
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise UnusableSettings("\n".join(faults)) from error


def unsafe(settings: Settings) -> Iterator[str]:
    """Every reason not to run these settings in production, in words."""
    url = urlsplit(settings.public_url)
    if url.scheme != "https" and not _is_loopback(url.hostname or ""):
        yield f"public_url: expected https for a public address; came {settings.public_url}"
    if any(urlsplit(origin).scheme != "https" for origin in settings.origins):
        yield "origins: expected https origins only"
    for source, inputs in settings.sources.items():
        for name, key in inputs.items():
            if len(key.get_secret_value()) < MIN_KEY_LENGTH:
                yield f"sources.{source}.{name}: expected a key of {MIN_KEY_LENGTH} signs or more"
    keys = [
        key.get_secret_value() for inputs in settings.sources.values() for key in inputs.values()
    ]
    if len(set(keys)) < len(keys):
        yield "sources: expected a key of its own for every input"
    yield from unsafe_feeds(settings.feeds)
    store = urlsplit(settings.bucket.endpoint) if settings.bucket else None
    if store and store.scheme == "http" and not _is_loopback(store.hostname or ""):
        yield f"bucket.endpoint: expected https; came {store.geturl()}"
    if settings.loopback_candidates and not _is_loopback(url.hostname or ""):
        yield "loopback_candidates: expected off for a public address"
    if settings.metrics_everywhere:
        yield "metrics_everywhere: expected off; let the proxy decide who reads /metrics"


def _from_file(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    if not file.is_file():
        raise UnusableSettings(f"expected a settings file at {file}; there is none")
    try:
        return TomlConfigSettingsSource(Settings, toml_file=file)()
    except ValueError as error:
        raise UnusableSettings(f"{file}: expected TOML; {error}") from error


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
