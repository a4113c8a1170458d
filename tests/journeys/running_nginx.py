"""Debian's nginx with the site that `topmoede deploy nginx` prints, and a self-made certificate."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

WITHIN_S = 120.0
NGINX = "/usr/sbin/nginx"
MAIN = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    include /etc/nginx/mime.types;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/topmoede.conf;
}}
"""


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / "fullchain.pem", folder / "privkey.pem"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return chain, private


def trusting(certificate: Path) -> ssl.SSLContext:
    """A client that trusts this certificate and no other."""
    return ssl.create_default_context(cafile=str(certificate))


@asynccontextmanager
async def a_running_nginx(folder: Path, site: str, plain_port: int) -> AsyncIterator[None]:
    """nginx with this site; ended with the block.

    Args:
        plain_port: stands in for port 80, which is not ours.
    """
    main = _configured(folder, site, plain_port)
    process = await asyncio.create_subprocess_exec(
        NGINX, "-c", str(main), "-p", str(folder),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(WITHIN_S):
            await _until_it_listens(process, plain_port)
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        said, _ = await process.communicate()
        assert b"[emerg]" not in said, said.decode()


def _configured(folder: Path, site: str, plain_port: int) -> Path:
    folder.mkdir()
    site = site.replace("listen 80;", f"listen {plain_port};")
    (folder / "topmoede.conf").write_text(site.replace("/var/log/nginx", str(folder)))
    # Its workers read what lies in a folder that belongs to whoever runs the tests.
    user = "user root;" if os.geteuid() == 0 else ""
    main = folder / "nginx.conf"
    main.write_text(MAIN.format(folder=folder, user=user))
    return main


async def _until_it_listens(process: asyncio.subprocess.Process, port: int) -> None:
    while process.returncode is None:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
            continue
        writer.close()
        await writer.wait_closed()
        return
