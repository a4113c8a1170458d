"""A PostgreSQL of our own: one cluster for a test run, a fresh database for whoever asks.

It refuses to run as root, and then runs as `nobody`, in a folder that `nobody` can reach.
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import psutil

from tests.ports import a_free_port

WITHIN_S = 120.0
USER = "topmoede"
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
SAFE: dict[str, str] = {}
EMPTY = """
DO $$ BEGIN EXECUTE (
  SELECT 'TRUNCATE edition' || string_agg(', ' || quote_ident(tablename), '') || ' RESTART IDENTITY'
  FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('alembic_version', 'edition')
); END $$
"""


class Cluster:
    """A PostgreSQL server in a folder of its own.

    Args:
        settings: beside the defaults; QUICK where no test pulls the plug.
    """

    def __init__(self, settings: dict[str, str]) -> None:
        self._settings = settings
        self._as = {"user": "nobody", "group": "nogroup"} if os.getuid() == 0 else {}
        self._names = itertools.count(1)
        self._emptied: str | None = None
        self.folder = Path(tempfile.mkdtemp(prefix="topmoede-pg-"))
        self.port = a_free_port()
        if self._as:
            os.chown(self.folder, pwd.getpwnam("nobody").pw_uid, -1)
        self._run("initdb", "--no-sync", "-A", "trust", "-E", "UTF8", "--locale=C", "-U", USER)

    def start(self) -> None:
        """Returns when it takes connections."""
        told = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "60",
            "shared_buffers": "16MB",
            **self._settings,
        }
        options = " ".join(f"-c {name}={value or chr(39) * 2}" for name, value in told.items())
        log = str(self.folder / "log")
        self._run("pg_ctl", "-w", "-s", "-t", str(int(WITHIN_S)), "-l", log, "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        """`fast` ends the sessions in order, `immediate` is a crash."""
        self._run("pg_ctl", "-w", "-s", "-m", mode, "stop")

    def processes(self) -> list[psutil.Process]:
        """The server and all it has started."""
        first = psutil.Process(int((self.folder / "data/postmaster.pid").read_text().split()[0]))
        return [first, *first.children(recursive=True)]

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """It stands still: connections stay, nothing is answered."""
        stopped = self.processes()
        for process in stopped:
            process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for process in stopped:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGCONT)

    def a_database(self) -> str:
        """The URL of a new empty database."""
        name = f"day{next(self._names)}"
        self.say(f"CREATE DATABASE {name} STRATEGY file_copy", "postgres")
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{name}"

    def the_emptied_database(self) -> str:
        """The URL of one database for all who ask in turn: its tables are kept, their rows not."""
        if self._emptied is None:
            self._emptied = self.a_database()
        else:
            self.say(EMPTY, self._emptied.rpartition("/")[2])
        return self._emptied

    def say(self, sql: str, database: str) -> str:
        """One statement as the server's own client says it; the rows as text."""
        told = ["-h", "127.0.0.1", "-p", str(self.port), "-U", USER, "-XAtq", "-c", sql, database]
        run = subprocess.run([_program("psql"), *told], capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        return run.stdout

    def remove(self) -> None:
        with contextlib.suppress(AssertionError):
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        # It keeps what its log file is not given, so it is given no pipe of ours.
        with tempfile.TemporaryFile() as said:
            run = subprocess.run(
                [_program(program), "-D", str(self.folder / "data"), *arguments],
                stdout=said, stderr=said, cwd=self.folder, check=False, timeout=2 * WITHIN_S,
                **self._as,  # type: ignore[call-overload]
            )  # fmt: skip
            said.seek(0)
            assert run.returncode == 0, said.read().decode()


@contextlib.contextmanager
def a_cluster(settings: dict[str, str]) -> Iterator[Cluster]:
    """One that a test may stop and freeze."""
    cluster = Cluster(settings)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.remove()


@cache
def the_cluster() -> Cluster:
    """The one of this test run, which nobody stops; gone with the run."""
    cluster = Cluster(QUICK)
    atexit.register(cluster.remove)
    cluster.start()
    return cluster


@cache
def _program(name: str) -> str:
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    assert newest, "expected Debian's PostgreSQL; see the Makefile"
    return str(newest[-1])
