"""Debian's nginx with its RTMP module in a folder of its own: what others stream with.

Where it or another program is not installed, a benchmark says so in a line and goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path

NGINX = "/usr/sbin/nginx"
RTMP_MODULE = Path("/usr/lib/nginx/modules/ngx_rtmp_module.so")
FRAGMENT_S, FRAGMENTS = 2, 6
_MAIN = """
{modules}
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
{beside}
http {{
    include /etc/nginx/mime.types;
    types {{ application/vnd.apple.mpegurl m3u8; }}
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {site}
}}
"""
_RTMP = """
rtmp {{ server {{
    listen 127.0.0.1:{rtmp};
    application live {{
        live on;
        hls on;
        hls_path {folder}/hls;
        hls_fragment {fragment}s;
        hls_playlist_length {length}s;
    }}
}} }}
"""
_FILES = """
server {{
    listen 127.0.0.1:{http};
    root {folder};
    add_header Access-Control-Allow-Origin *;
    add_header Cache-Control no-cache;
}}
"""


def lacking(*programs: str) -> str:
    """What of these, or of nginx with its module `rtmp`, is not installed; empty when nothing."""
    there = {"rtmp": RTMP_MODULE.exists(), "nginx": Path(NGINX).exists()}
    names = {"rtmp": "libnginx-mod-rtmp"}
    missing = [name for name in programs if not there.get(name, bool(shutil.which(name)))]
    return ", ".join(names.get(name, name) for name in missing)


@contextlib.asynccontextmanager
async def an_hls_maker(folder: Path) -> AsyncIterator[tuple[str, str]]:
    """nginx-rtmp as most set it up; gives where to publish and the playlist that comes of it."""
    rtmp, http = free_port(), free_port()
    length = FRAGMENTS * FRAGMENT_S
    beside = _RTMP.format(rtmp=rtmp, folder=folder, fragment=FRAGMENT_S, length=length)
    site = _FILES.format(http=http, folder=folder)
    async with _running(folder, site, http, beside, f"load_module {RTMP_MODULE};"):
        yield f"rtmp://127.0.0.1:{rtmp}/live/camera", f"http://127.0.0.1:{http}/hls/camera.m3u8"


@contextlib.asynccontextmanager
async def _running(
    folder: Path, site: str, port: int, beside: str, modules: str
) -> AsyncIterator[None]:
    settings = _written(folder, site, beside, modules)
    process = await asyncio.create_subprocess_exec(
        NGINX, "-c", str(settings), "-p", str(folder), stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(20):
            await _until_it_listens(process, port)
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


def _written(folder: Path, site: str, beside: str, modules: str) -> Path:
    folder.mkdir()
    settings = folder / "nginx.conf"
    settings.write_text(_MAIN.format(folder=folder, site=site, beside=beside, modules=modules))
    return settings


async def _until_it_listens(process: asyncio.subprocess.Process, port: int) -> None:
    while True:
        assert process.returncode is None, "nginx ended before it listened"
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.02)  # another process: there is nothing to wait on


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
