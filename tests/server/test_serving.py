from __future__ import annotations

import gc
import socket
from pathlib import Path

import pytest

from server.cli import main
from tests.journeys.running_demo import DEMO_DAY


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ('public_url = "http://topmoede.example"', "public_url: expected https"),
        ('public_url = "https://topmoede.example"', "programme: expected the path"),
        ('public_url = "https://a.dk"\nprogramme = "absent.toml"', "absent.toml"),
        (
            'public_url = "https://a.dk"\nprogramme = "{broken}"',
            "expected a programme without faults",
        ),
        ("port = 99999", "port"),
        ("metrics_everywhere = true", "metrics_everywhere"),
        ('programme = "{demo}"\nedition = "2021"', "edition"),
        ("unknown = 1", "unknown"),
    ],
)
def test_serve_refuses_an_unusable_or_unsafe_setting_and_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lines: str, named: str
) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("title = 1\n")
    file = tmp_path / "settings.toml"
    file.write_text(lines.replace("{broken}", str(broken)).replace("{demo}", str(DEMO_DAY)))
    assert main(["serve", "--settings", str(file)]) == 2
    said = capsys.readouterr().err
    assert named in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("lines", "code", "reason"),
    [
        ("", "workers_need_postgresql", "SQLite has one writer"),
        ('redis_url = "redis://localhost"', "workers_need_postgresql", "SQLite has one writer"),
        ('database_url = "postgresql://localhost/day"', "workers_need_redis", "seconds late"),
    ],
)
def test_more_than_one_worker_is_refused_where_they_would_not_be_one_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lines: str, code: str, reason: str
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(f"{lines}\n")
    assert main(["serve", "--workers", "2", "--settings", str(file)]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"topmoede: {code}: expected ")
    assert reason in said


@pytest.mark.parametrize("workers", ["0", "65", "two"])
def test_an_impossible_number_of_workers_is_refused(
    capsys: pytest.CaptureFixture[str], workers: str
) -> None:
    with pytest.raises(SystemExit):
        main(["serve", "--workers", workers])
    assert "expected 1 to 64 workers" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--speed", "0"], "expected a speed"),
        (["--speed", "fast"], "expected a speed"),
        (["--at", "24.00"], "expected an hour"),
        (["--port", "-1"], "port"),
    ],
)
def test_the_demo_refuses_impossible_arguments(
    capsys: pytest.CaptureFixture[str], arguments: list[str], named: str
) -> None:
    with pytest.raises(SystemExit):
        main(["demo", *arguments])
    assert named in capsys.readouterr().err


def test_a_demo_that_goes_on_keeps_its_clock(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "topmoede.db").touch()
    assert main(["demo", "--data", str(tmp_path), "--at", "09.16"]) == 2
    assert "its own clock" in capsys.readouterr().err


def test_a_port_that_is_taken_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["demo", "--data", str(tmp_path), "--port", port]) == 2
    gc.collect()  # a line that was left open is told of here
    assert f"127.0.0.1:{port} is not" in capsys.readouterr().err
