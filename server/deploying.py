"""`topmoede deploy`: what a machine needs beside the program, filled in from the settings.

The files in `server/deploy/` are whole and commented; names between @ signs stand for what differs
from machine to machine. Printed, never installed: they belong to whoever runs the machine.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit

from server.errors import Unusable
from server.office import settings_of
from server.processes import worker_socket
from server.settings import Settings

TLS_FOLDER = Path("/etc/topmoede/tls")
_PLACE = re.compile(r"@([A-Z]+)@")


def print_nginx(
    settings_file: Path | None, certificate: Path | None, key: Path | None, workers: int = 1
) -> int:
    """Prints a site for nginx; returns the exit status."""
    print(nginx_site(settings_of(settings_file), certificate, key, workers), end="")
    return 0


def print_systemd(settings_file: Path | None, workers: int = 1) -> int:
    """Prints a unit for systemd; returns the exit status."""
    if settings_file is None:
        raise Unusable("expected --settings FILE: a unit is started without your environment")
    print(systemd_unit(settings_of(settings_file), settings_file, workers), end="")
    return 0


def nginx_site(
    settings: Settings, certificate: Path | None = None, key: Path | None = None, workers: int = 1
) -> str:
    """Raises Unusable for an address that nginx cannot speak TLS for."""
    url = urlsplit(settings.public_url)
    if url.scheme != "https":
        raise Unusable(f"public_url: expected https behind nginx; came {settings.public_url}")
    site = _filled(
        "nginx.conf",
        {
            "HOST": url.hostname or "",
            "PORT": str(url.port or 443),
            "FRONT": f"{settings.host}:{settings.port}",
            "DATA": str(settings.data.resolve()),
            "CERTIFICATE": str(certificate or TLS_FOLDER / "fullchain.pem"),
            "KEY": str(key or TLS_FOLDER / "privkey.pem"),
        },
    )
    return _among_workers(site, settings, workers) if workers > 1 else site


def _among_workers(site: str, settings: Settings, workers: int) -> str:
    """Sockets stay open all day, so nginx counts them; a worker that is away is passed over."""
    each = "".join(
        f'    server "unix:{worker_socket(settings, number).resolve()}";\n'
        for number in range(1, workers + 1)
    )
    one = f"    server {settings.host}:{settings.port};\n"
    return re.sub(
        r"    # The same request[^\n]*\n    proxy_next_upstream off;\n",
        "    # Who cannot be reached is passed over; a command is never sent to anybody twice.\n"
        "    proxy_next_upstream error timeout;\n    proxy_next_upstream_tries 2;\n",
        site.replace(one, f"    least_conn;\n{each}"),
    )


def systemd_unit(settings: Settings, settings_file: Path, workers: int = 1) -> str:
    unit = _filled(
        "topmoede.service",
        {
            "PROGRAM": str(Path(sys.executable).with_name("topmoede")),
            "SETTINGS": str(settings_file.resolve()),
            "DATA": str(settings.data.resolve()),
        },
    )
    if workers == 1:
        return unit
    return unit.replace(" serve ", f" serve --workers {workers} ").replace(
        "After=network-online.target\n",
        "After=network-online.target postgresql.service redis-server.service\n",
    )


def _filled(name: str, values: Mapping[str, str]) -> str:
    """The file without its list of names, which are filled in. Raises Unusable."""
    for what, value in values.items():
        # Either format ends a value here, and would read the rest as its own words.
        if not re.fullmatch(r"[\w./:+,@-]*", value):
            raise Unusable(f"{what.lower()}: expected a plain name or path; came {value!r:.80}")
    text = resources.files("server.deploy").joinpath(name).read_text("utf-8")
    return _PLACE.sub(lambda found: values[found[1]], _without_the_list(text))


def _without_the_list(text: str) -> str:
    """What the names mean is of no use once they are filled in."""
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not re.match(r"#   @[A-Z]+@", line))
