from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

import pytest

from schedule.programme_file import builtin, dump
from server.cli import main
from server.database import Database
from streams.films.demofilm import DemoFilm, make
from tests.ports import a_free_port
from tests.running_postgres import the_cluster
from tests.running_redis import the_redis

KEY = "en-noegle-med-fireogtyve-tegn"


def an_installation(folder: Path, *more: str, key: str = KEY) -> str:
    """A settings file of the demo's day, on a port that is free."""
    port = a_free_port()
    day = folder / "day.toml"
    day.write_text(dump(builtin("demo_day")), "utf-8")
    lines = (
        *(f'data = "{folder / "data"}"', f'programme = "{day}"', 'edition = "demo"'),
        *(f"port = {port}", f'public_url = "http://localhost:{port}"', *more),
        *("[sources.kl-huset]", f'main = "{key}"'),
    )
    file = folder / "topmoede.toml"
    file.write_text("\n".join(lines), "utf-8")
    return str(file)


def checked(
    settings: str, capsys: pytest.CaptureFixture[str]
) -> tuple[int, dict[str, dict[str, Any]]]:
    status = main(["check", "--json", "--settings", settings])
    return status, {each["name"]: each for each in json.loads(capsys.readouterr().out)}


def test_a_fresh_installation_lacks_its_people_and_films_and_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, found = checked(an_installation(tmp_path), capsys)
    assert status == 1
    assert found["people"]["state"] == "fault"
    assert "people import" in found["people"]["advice"]
    films = [each for name, each in found.items() if name.startswith("film ")]
    assert {each["state"] for each in films} == {"fault"}
    assert "incoming" in films[0]["advice"]
    well = {"settings", "programme", "disk durability", "media index", "sources", "port", "UDP"}
    assert {found[name]["state"] for name in well | {"codecs", "fonts"}} == {"ok"}
    assert found["plan B"]["state"] == "note"
    assert not (tmp_path / "data" / "topmoede.db").exists(), "a check changes nothing"


def test_people_and_films_are_counted_and_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = an_installation(tmp_path)
    people = tmp_path / "people.csv"
    people.write_text(
        "key,name,role,municipality\nida,Ida,moderator,\nmette,Mette,member,aalborg\n"
    )
    links = str(tmp_path / "links.csv")
    arguments = ["people", "import", str(people), "--links", links, "--settings", settings]
    assert main(arguments) == 0
    film = next(item.film for item in builtin("demo_day").items if item.film) or ""
    (tmp_path / "data" / "films").mkdir()
    make(DemoFilm(film, "Kort", "", 1.0), tmp_path / "data" / "films")
    capsys.readouterr()
    _, found = checked(settings, capsys)
    assert found["people"] == {
        "name": "people",
        "state": "ok",
        "said": "1 member, 1 moderator",
        "advice": "",
    }
    assert found["database"]["state"] == "ok"
    assert found.get(f"film {film}", {"state": "ok"})["state"] != "fault"


@pytest.mark.parametrize(
    ("more", "key", "name"),
    [
        ('ice_servers = ["stun:host:port"]', KEY, "ICE stun:host:port"),
        ("", "short", "sources"),
        ("metrics_everywhere = true", KEY, "settings"),
        ('database_url = "postgresql://nobody@127.0.0.1:9/none"', KEY, "database"),
        ('redis_url = "redis://:hemmelig@127.0.0.1:9"', KEY, "redis"),
        ('redis_url = "nonsense"', KEY, "redis"),
    ],
)
def test_what_the_day_cannot_live_with_is_a_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: str, key: str, name: str
) -> None:
    status, found = checked(an_installation(tmp_path, more, key=key), capsys)
    assert status == 1
    assert found[name]["state"] == "fault"
    assert found[name]["advice"]
    assert "hemmelig" not in str(found)


def test_postgresql_and_redis_that_answer_are_told_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = the_cluster().a_database()
    more = f'database_url = "{url}"\nredis_url = "{the_redis().url}"'
    installation = an_installation(tmp_path, more)

    async def migrate() -> None:
        database = Database(url)
        await database.migrate()
        await database.close()

    asyncio.run(migrate())
    _, found = checked(installation, capsys)
    assert found["database"]["said"] == "answers (postgresql)"
    assert found["redis"]["state"] == "ok"


def test_a_port_that_another_holds_is_a_fault_and_a_broken_index_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Path(an_installation(tmp_path))
    (tmp_path / "data" / "media").mkdir(parents=True)
    (tmp_path / "data" / "media" / "index.jsonl").write_text("harmed\n" * 3)
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(0.1)
        port = other.getsockname()[1]
        lines = settings.read_text().splitlines()
        lines = [f"port = {port}" if line.startswith("port") else line for line in lines]
        settings.write_text("\n".join(lines))
        _, found = checked(str(settings), capsys)
    assert found["port"]["state"] == "fault"
    assert found["media index"]["state"] == "fault"
    assert "3 unreadable" in found["media index"]["said"]


def test_people_read_lines_with_what_to_do_under_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--settings", an_installation(tmp_path)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert "ok     programme: version" in "\n".join(said)
    below = said[said.index("FAULT  people: nobody is registered for this edition") + 1]
    assert below.strip().startswith("-> topmoede people import")
    assert said[-1].endswith("looked at")
