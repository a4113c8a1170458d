"""Servers that start without importing everything anew: forked from a process that has.

Most of what a server's start takes is Python reading the same modules again; a run of the tests
starts nearly a hundred. So each run keeps one *nest*: a process with one thread that has imported
the server and does nothing. Told to, it forks a child, which becomes a process of its own (session,
output, environment, folder) and then does what `python -m server.cli` does. From there on it is the
same program; killed and started again it shares nothing with the one before but its code.

    us -> nest    one JSON line and a file descriptor: arguments, environment, folder; the log
    nest -> us    one JSON line: {"pid": …} of a child that began, {"ended": pid, "status": …}

What is measured from the start begins cold, and so does whoever changes how Python itself starts or
stands in another network than the nest (tests/streams/bad_line.py): a child would be in the nest's.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from asyncio import wrap_future
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from functools import cache
from typing import NoReturn

LONGEST_LINE = 256 * 1024


class WarmProcess:
    """A child of the nest, as asyncio's own processes are seen."""

    def __init__(self, pid: int, ended: Future[int]) -> None:
        self.pid = pid
        self._ended = ended

    @property
    def returncode(self) -> int | None:
        """As of a subprocess: negative for a signal, None while it runs."""
        return self._ended.result() if self._ended.done() else None

    async def wait(self) -> int:
        return await wrap_future(self._ended)

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)


class Nest:
    """Our side of the nest."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", "tests.journeys.warm_start", str(theirs.fileno())]
            self._process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], start_new_session=True
            )
        self._line, self._turn = ours, threading.Lock()
        self._began: Future[int] | None = None
        self._ends: dict[int, Future[int]] = {}
        atexit.register(self._end)
        threading.Thread(target=self._listen, name="nest", daemon=True).start()

    def start(
        self, arguments: Sequence[str], log: int, environment: Mapping[str, str] = os.environ
    ) -> WarmProcess:
        """A program that has begun; its output goes to the log."""
        told = {"arguments": arguments, "environment": dict(environment), "folder": os.getcwd()}
        with self._turn:
            began: Future[int] = Future()
            self._began = began
            socket.send_fds(self._line, [json.dumps(told).encode() + b"\n"], [log])
            pid = began.result(timeout=120)
        return WarmProcess(pid, self._ends[pid])

    def _end(self) -> None:
        self._line.shutdown(socket.SHUT_RDWR)
        self._process.wait(timeout=60)

    def _listen(self) -> None:
        with self._line.makefile("rb") as lines:
            for line in lines:
                match json.loads(line):
                    case {"pid": pid}:
                        self._ends[pid] = Future()
                        assert self._began is not None
                        self._began.set_result(pid)
                    case {"ended": pid, "status": status}:
                        self._ends[pid].set_result(status)


@cache
def the_nest() -> Nest:
    """The one of this run."""
    return Nest()


async def ran(arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str]:
    """The status of a command that ends by itself, and what it said."""
    if not can_be_warm(environment):
        cold = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "server.cli", *arguments, env=environment,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        told, _ = await cold.communicate()
        assert cold.returncode is not None
        return cold.returncode, told.decode()
    with tempfile.TemporaryFile() as said:
        start = the_nest().start
        process = await asyncio.to_thread(start, arguments, said.fileno(), environment)
        status = await process.wait()
        said.seek(0)
        return status, said.read().decode()


def _network() -> str:
    """The network namespace that what this thread starts would be in."""
    return os.readlink("/proc/thread-self/ns/net")


_BEGAN_WITH = {name: value for name, value in os.environ.items() if name.startswith("PYTHON")}
_BEGAN_IN = _network()


def can_be_warm(environment: Mapping[str, str]) -> bool:
    """Whether Python itself would start as it did for us, and where it did."""
    now = {name: value for name, value in environment.items() if name.startswith("PYTHON")}
    return now == _BEGAN_WITH and _network() == _BEGAN_IN


# The nest's own side.


def _brood(line: socket.socket) -> None:
    """Forks whatever is asked for until nobody is there to ask."""
    import server.demo  # noqa: F401

    assert threading.active_count() == 1, "a fork would leave the other threads' locks behind"
    wakes, woken = socket.socketpair()
    woken.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken.fileno())
    with selectors.DefaultSelector() as selector:
        selector.register(line, selectors.EVENT_READ)
        selector.register(wakes, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is line and not _lay(line):
                    return
                if key.fileobj is wakes:
                    wakes.recv(4096)
            _tell_of_the_dead(line)


def _lay(line: socket.socket) -> bool:
    """Forks a child for one line; False at the end of lines."""
    data, descriptors, _, _ = socket.recv_fds(line, LONGEST_LINE, 1)
    while data and not data.endswith(b"\n"):
        data += line.recv(LONGEST_LINE)
    if not data:
        return False
    (log,) = descriptors
    if (pid := os.fork()) == 0:
        line.close()
        _become(json.loads(data), log)
    os.close(log)
    line.sendall(json.dumps({"pid": pid}).encode() + b"\n")
    return True


def _become(told: dict[str, object], log: int) -> NoReturn:
    """What a child does for the rest of its life."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    os.close(log)
    os.environ.clear()
    os.environ.update(told["environment"])  # type: ignore[call-overload]
    os.chdir(str(told["folder"]))
    status = 1
    try:
        from server.cli import main

        arguments = told["arguments"]
        assert isinstance(arguments, list)
        sys.argv = ["topmoede", *arguments]
        status = main(arguments)
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _tell_of_the_dead(line: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        ended = {"ended": pid, "status": os.waitstatus_to_exitcode(status)}
        line.sendall(json.dumps(ended).encode() + b"\n")


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as asking:
        _brood(asking)
