"""The machine under an installation: its disk, ports, clock, certificate, libraries, its ways out.

Each check looks at one thing, takes at most some seconds, changes nothing that stays, and says what
it cannot know. Nothing is asked of anybody but the installation's own addresses and servers.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import sqlite3
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from server.clock import Clock
from server.findings import Finding, fault, note, ok
from server.settings import Settings
from server.stun import read_address, responds
from streams.codecs import library_version, missing_codecs
from streams.lettering import Weight, font

COMMITS = 12
QUICK_COMMIT_MS, SLOW_COMMIT_MS = 10.0, 40.0
LIVE_BITS_PER_S = 3_000_000
"""What a source usually sends, with room for its sound and the channel's own index."""
CERTIFICATE_DAYS = 21
WITHIN_S = 5.0
OURS_WITHIN_S = 1.0
PORT_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def durable(settings: Settings, clock: Clock) -> Finding:
    """How long a commit takes that a power cut cannot undo, on the data folder's own disk."""
    name, folder = "disk durability", existing(settings.data)
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".check-") as made:
            took_ms = median(_commits_ms(Path(made) / "commits.db", clock))
    except (OSError, sqlite3.Error) as error:
        return fault(name, f"{folder}: {error}", "make the data folder writable for this user")
    said = f"a commit takes {took_ms:.1f} ms in {folder}"
    if took_ms > SLOW_COMMIT_MS:
        return fault(name, said, "use a local SSD: chat and cues wait for every commit")
    if took_ms > QUICK_COMMIT_MS:
        return note(name, said, "expected under 10 ms; an SSD makes chat quicker")
    return ok(name, said)


def _commits_ms(file: Path, clock: Clock) -> Iterator[float]:
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("CREATE TABLE line (text)")
        for _ in range(COMMITS):
            began = clock.monotonic()
            database.execute("INSERT INTO line VALUES ('x')")
            yield (clock.monotonic() - began) * 1000


def space(settings: Settings, day_s: float) -> Finding:
    """Whether a day's live sources fit beside what is there.

    Args:
        day_s: how long the programme is.
    """
    sources = max(1, len(settings.sources))
    needed = (sources + 1) * LIVE_BITS_PER_S / 8 * day_s
    free = shutil.disk_usage(existing(settings.data)).free
    said = (
        f"{free / 1e9:.0f} GB free; {sources} sources for {day_s / 3600:.1f} hours need about"
        f" {needed / 1e9:.0f} GB"
    )
    advice = "make room, or give the data folder a larger disk"
    if free < needed:
        return fault("disk space", said, advice)
    return note("disk space", said, advice) if free < 2 * needed else ok("disk space", said)


def http_port(settings: Settings) -> Finding:
    """Whether the port can be taken; one that is taken by ourselves is well."""
    name, where = "port", f"{settings.host}:{settings.port}"
    try:
        socket.create_server((settings.host, settings.port)).close()
    except OSError as error:
        if _is_ours(settings):
            return ok(name, f"{where} is answered by Topmøde, which is running")
        return fault(name, f"{where}: {error.strerror}", "stop what holds it, or set another port")
    return ok(name, f"{where} is free")


def _is_ours(settings: Settings) -> bool:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    try:
        with socket.create_connection((host, settings.port), timeout=OURS_WITHIN_S) as line:
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return line.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def udp_port(settings: Settings) -> Finding:
    """Whether WebRTC gets a port; whether the world reaches it cannot be known from here."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.bind(("", 0))
    except OSError as error:
        return fault("UDP", f"no port for WebRTC: {error.strerror}", "allow UDP on this machine")
    try:
        ports = "-".join(PORT_RANGE.read_text().split())
    except OSError:
        ports = "of the system's choice"
    return ok("UDP", f"ports {ports} can be bound; let the firewall pass them in, try /proev/taler")


async def clock_set() -> Finding:
    """Whether the machine says that its clock is kept; by how much it is off nobody knows here."""
    name, advice = "clock", "set up chrony or systemd-timesyncd, and look at `chronyc tracking`"
    if shutil.which("timedatectl") is None:
        return note(name, "cannot be told without timedatectl; the offset is unknown", advice)
    process = await asyncio.create_subprocess_exec(
        *("timedatectl", "show", "--property=NTPSynchronized", "--value"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(WITHIN_S):
            said, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        said = b""
    if said.strip() == b"yes":
        return ok(name, "the system keeps it synchronised")
    return note(name, "the system does not say it is synchronised; the offset is unknown", advice)


async def public_address(settings: Settings) -> list[Finding]:
    """Where the public address leads, whether it answers, how long its certificate lasts."""
    url = urlsplit(settings.public_url)
    host, port = url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
    try:
        async with asyncio.timeout(WITHIN_S):
            found = await asyncio.get_running_loop().getaddrinfo(
                host, port, type=socket.SOCK_STREAM
            )
    except (OSError, TimeoutError) as error:
        advice = "set up the name, or correct public_url"
        return [fault("public_url", f"{host} does not resolve: {error}", advice)]
    addresses = sorted({str(each[4][0]) for each in found})
    here = [address for address in addresses if _is_here(address)]
    said = f"{host} is {', '.join(addresses)}"
    findings = [
        ok("public_url", f"{said}, this machine")
        if here
        else note("public_url", f"{said}, another machine", "right if a proxy or NAT stands there")
    ]
    return [*findings, await _reached(host, port, secure=url.scheme == "https")]


def _is_here(address: str) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as udp:
            udp.bind((address, 0))
    except OSError:
        return False
    return True


async def _reached(host: str, port: int, *, secure: bool) -> Finding:
    context = ssl.create_default_context() if secure else None
    name = "certificate" if secure else "public port"
    try:
        async with asyncio.timeout(WITHIN_S):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
    except ssl.SSLCertVerificationError as error:
        return fault(name, f"{host}: {error.verify_message}", "renew it, with its whole chain")
    except (OSError, TimeoutError) as error:
        said = f"{host}:{port} cannot be reached from here: {error or 'no answer'}"
        return note(name, said, "start the server and the proxy, or look from outside")
    certificate = writer.get_extra_info("peercert")
    writer.close()
    if not secure:
        return ok(name, f"{host}:{port} answers")
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)
    days = (until - Clock().wall()).days
    said = f"{host}: valid until {until:%d.%m.%Y}, {days} days"
    return (
        note(name, said, "renew it before the day") if days < CERTIFICATE_DAYS else ok(name, said)
    )


def helpers() -> list[Finding]:
    """Programs beside ours: the day runs without them, some inputs do not."""
    uses = {"ffmpeg": "pulled inputs", "srt-live-transmit": "SRT inputs"}
    return [
        ok(program, shutil.which(program) or "")
        if shutil.which(program)
        else note(program, "not installed", f"needed for {use}; apt-get install it")
        for program, use in uses.items()
    ]


def codecs() -> Finding:
    missing = missing_codecs()
    if missing:
        advice = "install the av wheel from PyPI, which brings its own FFmpeg"
        return fault("codecs", f"missing: {', '.join(missing)}", advice)
    return ok("codecs", f"H.264, AAC and Opus in {library_version()}")


def fonts() -> Finding:
    try:
        for weight in Weight:
            font(weight, 24).getbbox("Børn & Unge ÆØÅ")
    except (OSError, ModuleNotFoundError) as error:
        return fault("fonts", str(error), "install the package font-source-sans-pro")
    return ok("fonts", "slates can be drawn")


async def ice_servers(settings: Settings) -> list[Finding]:
    """Every configured server is asked once; nobody else is."""
    if not settings.ice_servers:
        advice = "speakers behind strict firewalls need a TURN server over TCP 443"
        return [note("ICE servers", "none are set", advice)]
    return list(await asyncio.gather(*(_ice_server(each.url) for each in settings.ice_servers)))


async def _ice_server(url: str) -> Finding:
    name, address = f"ICE {url}", read_address(url)
    if address is None:
        return fault(name, "is no address", "expected stun:HOST[:PORT] or turn:HOST[:PORT]")
    try:
        answered = await responds(address)
    except (OSError, TimeoutError) as error:
        return fault(name, f"cannot be reached: {error or 'no answer'}", "start it, or correct it")
    if not answered:
        return fault(name, "does not answer", "start it, or let UDP pass to it")
    return ok(name, "answers")


def existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(each for each in (folder.absolute(), *folder.absolute().parents) if each.is_dir())
