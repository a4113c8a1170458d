from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# What is tried inside: each line is one attempt, and its answer the error's name or "done".
ATTEMPTS = """
import json, os, socket, sys
from pathlib import Path
from streams.films import confinement
{before}
confined = confinement.confine(2 * 1024**3, 60)
def tried(attempt):
    try:
        attempt()
    except BaseException as error:
        return type(error).__name__
    return "done"
def run():
    if os.posix_spawn("/bin/true", ["true"], {{}}) and os.wait()[1]:
        raise PermissionError
print(json.dumps({{
    "namespace": confined.namespace,
    "filter": confined.filter,
    "socket": tried(lambda: socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5)),
    "unix": tried(lambda: socket.socket(socket.AF_UNIX)),
    "program": tried(run),
    "memory": tried(lambda: bytearray(3 * 1024**3)),
    "files": tried(lambda: [open("/dev/null") for _ in range(200)]),
    "write": tried(lambda: Path(sys.argv[2]).write_text("made")),
}}))
"""


def attempts(folder: Path, port: int, before: str = "") -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", ATTEMPTS.format(before=before), str(port), str(folder / "file")],
        capture_output=True, check=True, timeout=30,
    )  # fmt: skip
    told: dict[str, object] = json.loads(done.stdout)
    return told


@pytest.fixture
def port() -> Iterator[int]:
    """Of an address where somebody listens, for those who have a network."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_confined_process_reads_and_writes_and_can_do_little_else(
    tmp_path: Path, port: int
) -> None:
    told = attempts(tmp_path, port)
    assert told["filter"] or told["namespace"]
    assert told["socket"] != "done"
    assert told["memory"] == "MemoryError"
    assert told["files"] == "OSError"
    assert told["write"] == "done"
    assert (tmp_path / "file").read_text() == "made"
    if told["filter"]:
        assert told["socket"] == told["unix"] == told["program"] == "PermissionError"


def test_each_wall_stands_without_the_other(tmp_path: Path, port: int) -> None:
    filtered = attempts(tmp_path, port, "confinement._own_network = lambda libc: False")
    assert not filtered["namespace"]
    assert (filtered["socket"] != "done") is filtered["filter"]
    apart = attempts(tmp_path, port, "confinement._filtered = lambda libc: False")
    assert not apart["filter"]
    assert (apart["socket"] != "done") is apart["namespace"]


def test_where_neither_wall_stands_it_is_said(tmp_path: Path, port: int) -> None:
    neither = "confinement._filtered = confinement._own_network = lambda libc: False"
    assert attempts(tmp_path, port, neither)["socket"] == "done"
    told = subprocess.run(
        [
            sys.executable, "-c",
            f"from streams.films import confinement, intake\n{neither}\n"
            "print(confinement.confine(2 * 1024**3, 60).has_network)",
        ],
        capture_output=True, check=True, timeout=30,
    )  # fmt: skip
    assert told.stdout.strip() == b"True"


def test_whoever_is_confined_ends_with_its_parent() -> None:
    child = (
        "import signal; from streams.films.confinement import confine; confine(2 * 1024**3, 60);"
        "print('confined', flush=True); signal.pause()"
    )
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"confined\n"
        process.kill()
        assert process.stdout.read() == b"", "it ends when nobody holds the pipe any more"
