"""Independent WHIP publishers: a real Chromium with its fake camera, and FFmpeg's muxer."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.async_api import Page, async_playwright

CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


@asynccontextmanager
async def a_chromium_camera(
    base: str, source: str = "kl-huset", key: str = "key-main", **wishes: object
) -> AsyncIterator[Page]:
    """A page that publishes its fake camera and microphone to an endpoint."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        try:
            page = await browser.new_page()
            await page.goto(f"{base}/camera?" + urlencode({"source": source, "key": key, **wishes}))
            await page.wait_for_function("document.title !== 'A camera that publishes over WHIP'")
            yield page
        finally:
            await browser.close()


def a_p256_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate and its key, as files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a camera")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    files = folder / "camera.crt", folder / "camera.key"
    files[0].write_bytes(certificate.public_bytes(pem))
    files[1].write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


@asynccontextmanager
async def an_ffmpeg_camera(
    base: str,
    folder: Path,
    seconds: float = 30,
    key: str = "key-main",
    bit_rate: int = 0,
    *look: str,
    inside: Sequence[str] = (),
) -> AsyncIterator[asyncio.subprocess.Process]:
    """FFmpeg publishing in a process of its own; killed at the end when it still runs.

    Args:
        look: further options of ffmpeg_whip.
        inside: a command that runs it, such as `ip netns exec NAME`.
    """
    certificate, key_file = a_p256_certificate(folder)
    process = await asyncio.create_subprocess_exec(
        *(*inside, sys.executable),
        *("-m", "tests.streams.ffmpeg_whip", f"{base}/whip/kl-huset", key, str(seconds)),
        *(str(certificate), str(key_file), "--bit-rate", str(bit_rate), *look),
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
