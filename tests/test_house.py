"""The laws of the house: who imports whom, who reads clocks, how things are named."""

from __future__ import annotations

import ast
import importlib
import re
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("schedule", "chat", "streams", "server")

IO = """
    aiohttp aioice aiortc aiosqlite asyncio asyncpg av httpx multiprocessing os PIL pydantic
    random redis secrets select shutil socket sqlalchemy sqlite3 sqlmodel ssl starlette
    subprocess tempfile threading time urllib uvicorn websockets
"""

# The rules of streams; its other files are edges and may do I/O.
STREAMS_RULES = """
    aac adts amf boxes channel chunkstream commands elementary errors events feed flv
    foreignfragments foreignplaylist gop outbox pacing playlist reachable rtmpclock rtmpsession
    segmenter segments soundform streamclock timeline transportstream whip
"""

# What decides in `topmoede load`.
LOAD_RULES = """
    coming_back frames guests hearing judging page reporting tally
"""

EMPTY_NOUNS = """
    utils util helpers helper manager managers common base misc
"""

HOMES = {
    "alembic": "server/database.py server/migrations/",
    "httpcore": "streams/feeds/outgoing.py server/load/entering.py",
    "redis": "server/redis_bus.py",
    "smtplib": "server/mailing.py",
    "uvicorn": "server/app.py server/cli.py server/asgi_sink.py server/paced_http.py"
    " server/transport.py",
}


def files(*packages: str) -> list[Path]:
    return sorted(path for package in packages for path in (ROOT / package).rglob("*.py"))


def rules_files() -> list[Path]:
    rules = STREAMS_RULES.split()
    load = [ROOT / "server/load" / f"{stem}.py" for stem in LOAD_RULES.split()]
    return files("chat", "schedule") + load + [p for p in files("streams") if p.stem in rules]


def label(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(path: Path) -> set[str]:
    """The packages a file imports from; a relative import counts as `.`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." if node.level else (node.module or "").partition(".")[0])
    return found


def breaches(paths: Iterable[Path], found: Callable[[Path], Iterable[str]]) -> dict[str, list[str]]:
    """What was found in which file; empty when the law is kept."""
    return {label(path): sorted(what) for path in paths if (what := found(path))}


def test_there_are_files_to_judge() -> None:
    assert all(files(package) for package in PACKAGES)
    assert len(rules_files()) > 20


def test_rules_do_no_io_and_know_no_time() -> None:
    assert breaches(rules_files(), lambda path: imported(path) & set(IO.split())) == {}


def test_rooms_know_neither_each_other_nor_the_server() -> None:
    def others(path: Path) -> set[str]:
        return imported(path) & (set(PACKAGES) - {path.relative_to(ROOT).parts[0]})

    assert breaches(files("schedule", "chat", "streams"), others) == {}


def test_rules_leave_nothing_to_chance() -> None:
    chance = re.compile(r"\buuid[14]\(|\bhash\(")

    assert breaches(rules_files(), lambda path: chance.findall(path.read_text())) == {}


def test_imports_are_absolute() -> None:
    assert breaches(files(*PACKAGES), lambda path: imported(path) & {"."}) == {}


def test_only_streams_touches_media_libraries() -> None:
    media = {"av", "aiortc", "aioice"}

    assert breaches(files("server", "schedule", "chat"), lambda p: imported(p) & media) == {}


@pytest.mark.parametrize("library", HOMES)
def test_some_libraries_have_one_home(library: str) -> None:
    homes = tuple(HOMES[library].split())
    elsewhere = [path for path in files(*PACKAGES) if not label(path).startswith(homes)]

    assert breaches(elsewhere, lambda path: imported(path) & {library}) == {}


def test_only_the_clock_reads_the_clock() -> None:
    reading = re.compile(r"datetime\.(?:utc)?now\(|\btime\.(?:time|monotonic)\(|date\.today\(")
    others = [path for path in files(*PACKAGES) if label(path) != "server/clock.py"]

    assert breaches(others, lambda path: reading.findall(path.read_text())) == {}


def test_files_are_named_after_things() -> None:
    def astray(path: Path) -> list[str]:
        named = re.fullmatch(r"[a-z0-9_]+", path.stem) and path.stem not in EMPTY_NOUNS.split()
        return [] if named else [path.stem]

    assert breaches(files(*PACKAGES), astray) == {}


def test_no_file_keeps_a_list_of_things_to_do() -> None:
    noted = re.compile(r"\b(?:TODO|FIXME|XXX)\b")

    assert breaches(files(*PACKAGES), lambda path: noted.findall(path.read_text())) == {}


@pytest.mark.parametrize("room", ["schedule", "chat", "streams"])
def test_words_are_frozen_and_slotted_and_never_both_asked_and_happened(room: str) -> None:
    commands = importlib.import_module(f"{room}.commands").COMMANDS
    events = importlib.import_module(f"{room}.events").EVENTS

    assert not {word.__name__ for word in commands} & {word.__name__ for word in events}
    for word in (*commands, *events):
        assert word.__dataclass_params__.frozen, word
        assert "__slots__" in vars(word), word


@pytest.mark.parametrize("room", PACKAGES)
def test_every_room_refuses_in_the_same_shape(room: str) -> None:
    refused = importlib.import_module(f"{room}.errors").Refused("a_code", "expected a, got b", n=1)

    assert (refused.code, refused.detail, refused.facts) == (
        "a_code",
        "expected a, got b",
        {"n": 1},
    )


def test_every_test_is_run() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    told = settings["tool"]["pytest"]["ini_options"]["testpaths"]
    tests = [label(path) for path in (ROOT / "tests").rglob("test_*.py")]

    assert [test for test in tests if not test.startswith(tuple(told))] == []


def test_what_runs_a_whole_server_says_so() -> None:
    said = {f"pytest.mark.{kind}" for kind in ("whole", "alone", "browser")}

    def beside_others(path: Path) -> list[str]:
        text = path.read_text("utf-8")
        return [] if any(mark in text for mark in said) else re.findall(r"\ba_demo\(", text)

    tests = sorted((ROOT / "tests").rglob("test_*.py"))
    assert breaches(tests, beside_others) == {}
