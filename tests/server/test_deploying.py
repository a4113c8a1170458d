"""The files that are shipped for machines: filled in, whole, and taken by their own programs."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from server.cli import main
from server.deploying import nginx_site, systemd_unit
from server.errors import Unusable
from server.settings import Settings

PUBLIC = "https://topmoede.example"


def test_a_site_stands_for_the_settings_at_hand(tmp_path: Path) -> None:
    settings = Settings(public_url=PUBLIC, data=tmp_path, host="127.0.0.1", port=8010)
    site = nginx_site(settings, Path("/tls/chain.pem"), Path("/tls/key.pem"))
    for line in (
        "listen 443 ssl http2;",
        "server_name topmoede.example;",
        "server 127.0.0.1:8010;",
        f'server "unix:{tmp_path}/media.sock" max_fails=0;',
        f'alias "{tmp_path}/media/";',
        "/tls/chain.pem;",
        "/tls/key.pem;",
    ):
        assert line in site, line
    assert not re.search(r"@[A-Z]+@", site)
    assert site.count("{") == site.count("}")


def test_files_come_through_a_site_where_they_are_sent_and_nowhere_else(tmp_path: Path) -> None:
    site = nginx_site(Settings(public_url=PUBLIC, data=tmp_path))
    (taken,) = re.findall(r"location ~ (\S+) \{\n[^}]*client_max_body_size +12m;", site)
    for path in ("/api/rooms/aalborg.udvalg/files", "/api/library/01/documents"):
        assert re.search(taken, path), path
    for path in ("/api/library/01/viewing", "/api/library/01/documents/x", "/api/rooms/a/notes"):
        assert not re.search(taken, path), path


def test_several_workers_are_chosen_among_by_their_own_sockets(tmp_path: Path) -> None:
    settings = Settings(public_url=PUBLIC, data=tmp_path)
    site = nginx_site(settings, workers=2)
    upstream = site[site.index("upstream topmoede_front") : site.index("upstream topmoede_media")]
    assert upstream.splitlines()[1:-2] == [
        "    least_conn;",
        f'    server "unix:{tmp_path}/worker-1.sock";',
        f'    server "unix:{tmp_path}/worker-2.sock";',
        "    keepalive 32;",
    ]
    assert "proxy_next_upstream off" not in site
    assert "proxy_next_upstream error timeout;" in site
    unit = systemd_unit(settings, tmp_path / "topmoede.toml", workers=2)
    assert f"topmoede serve --workers 2 --settings {tmp_path}/topmoede.toml\n" in unit
    assert "redis-server.service" in unit


@pytest.mark.parametrize(
    ("public_url", "data", "named"),
    [
        ("http://topmoede.example", "/srv/topmoede", "https"),
        (PUBLIC, '/srv/"; } server {', "data"),
        (PUBLIC, "/srv/two words", "data"),
    ],
)
def test_what_nginx_would_take_for_its_own_words_is_refused(
    public_url: str, data: str, named: str
) -> None:
    with pytest.raises(Unusable, match=named):
        nginx_site(Settings(public_url=public_url, data=Path(data)))


def test_the_command_prints_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = tmp_path / "topmoede.toml"
    told.write_text(f'public_url = "{PUBLIC}"\ndata = "{tmp_path / "day"}"')
    assert main(["deploy", "nginx", "--settings", str(told)]) == 0
    assert "proxy_pass http://topmoede_media;" in capsys.readouterr().out
    assert main(["deploy", "systemd", "--settings", str(told)]) == 0
    assert f"--settings {told}" in capsys.readouterr().out
    assert main(["deploy", "systemd"]) == 2


def test_the_unit_keeps_to_its_data_and_ends_the_front_first(tmp_path: Path) -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(systemd_unit(Settings(data=tmp_path), tmp_path / "topmoede.toml"))
    service = unit["Service"]
    assert service["ExecStart"].endswith(f"serve --settings {tmp_path}/topmoede.toml")
    assert service["ReadWritePaths"] == str(tmp_path)
    assert (service["KillMode"], service["UMask"]) == ("mixed", "0027")
    assert unit["Install"]["WantedBy"] == "multi-user.target"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not on this machine")
def test_systemd_finds_no_fault_in_the_unit(tmp_path: Path) -> None:
    file = tmp_path / "topmoede.service"
    file.write_text(systemd_unit(Settings(data=tmp_path), tmp_path / "topmoede.toml"))
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(file)],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    about_it = [line for line in verified.stderr.splitlines() if "topmoede.service" in line]
    assert about_it == [], verified.stderr
