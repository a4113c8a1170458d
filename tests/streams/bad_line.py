"""A line between two network namespaces that can be made to lose or to be slow; needs root.

Whoever enters stands at one end: sockets made in this thread, and processes started by it, belong
to that namespace. The camera is run at the other end, by the command prefix `camera`.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import shlex
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

HERE, THERE = "10.77.0.1", "10.77.0.2"
_CLONE_NEWNET = 0x4000_0000
_libc = ctypes.CDLL(None, use_errno=True)


class BadLine:
    """What can be done to it, and the command that runs a camera at its end."""

    def __init__(self, here: str, there: str) -> None:
        self._here = ("ip", "netns", "exec", here)
        self.camera = ("ip", "netns", "exec", there)

    def camera_script(self, file: Path, program: str) -> str:
        """A script that runs a program at the camera's end, for whoever takes one path alone."""
        file.write_text(f'#!/bin/sh\nexec {shlex.join([*self.camera, program])} "$@"\n')
        file.chmod(0o755)
        return str(file)

    def lose(self, percent: int) -> None:
        """So many of a hundred UDP packets are dropped, at random, where they come in.

        At the camera's end they would not be lost: its kernel would tell it.
        """
        self.mend()
        rules = "table ip line { chain in { type filter hook input priority 0; "
        rules += f"meta l4proto udp numgen random mod 100 < {percent} drop; }}; }}"
        subprocess.run([*self._here, "nft", rules], check=True)

    def slow(self, rate: str) -> None:
        """The camera sends no faster; what waits longer than 400 ms is dropped."""
        self.mend()
        tbf = ("tbf", "rate", rate, "burst", "4kb", "latency", "400ms")
        subprocess.run(
            [*self.camera, "tc", "qdisc", "add", "dev", "line1", "root", *tbf], check=True
        )

    def close_udp(self) -> None:
        """No UDP comes through in either direction, and nobody is told, as behind a firewall."""
        rule = "iifname {link} meta l4proto udp counter drop"
        for end, link in ((self._here, "line0"), (self.camera, "line1")):
            chain = "type filter hook input priority 0; " + rule.format(link=link)
            subprocess.run(
                [*end, "nft", f"table ip closed {{ chain in {{ {chain}; }}; }}"], check=True
            )

    def dropped_udp(self) -> int:
        """How many UDP packets of the camera's the closed line has swallowed."""
        command = [*self._here, "nft", "-j", "list", "chain", "ip", "closed", "in"]
        listed = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        (rule,) = (each["rule"] for each in listed["nftables"] if "rule" in each)
        (counted,) = (each["counter"] for each in rule["expr"] if "counter" in each)
        return int(counted["packets"])

    def mend(self) -> None:
        """A good line again."""
        subprocess.run([*self._here, "nft", "flush ruleset"], check=True)
        subprocess.run(
            [*self.camera, "tc", "qdisc", "del", "dev", "line1", "root"],
            check=False,
            stderr=subprocess.DEVNULL,
        )


@asynccontextmanager
async def reached_from_there(port: int) -> AsyncIterator[str]:
    """What listens on loopback at this end is reached from the other by TCP; yields where."""

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_pass_on(reader, outer), _pass_on(inner, writer))

    async with await asyncio.start_server(connect, HERE, port):
        yield f"http://{HERE}:{port}"


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


def why_no_line() -> str:
    """Why a line cannot be made here; empty where it can."""
    if os.geteuid() != 0:
        return "needs root, to make network namespaces"
    name = f"topmoede-{os.getpid()}-may"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if made.returncode:
        return f"needs network namespaces: {made.stderr.strip()}"
    _ip("netns", "del", name)
    return ""


@contextmanager
def a_bad_line() -> Iterator[BadLine]:
    """A line of its own; this thread is at `HERE` until it is left."""
    here, there = (f"topmoede-{os.getpid()}-{end}" for end in ("here", "there"))
    try:
        for name in (here, there):
            _ip("netns", "add", name)
            _ip("-n", name, "link", "set", "lo", "up")
        peer = ("peer", "name", "line1", "netns", there)
        _ip("-n", here, "link", "add", "line0", "type", "veth", *peer)
        for name, link, address in ((here, "line0", HERE), (there, "line1", THERE)):
            _ip("-n", name, "address", "add", f"{address}/24", "dev", link)
            _ip("-n", name, "link", "set", link, "up")
        with _entered(f"/run/netns/{here}"):
            yield BadLine(here, there)
    finally:
        for name in (here, there):
            subprocess.run(["ip", "netns", "del", name], check=False)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


@contextmanager
def _entered(path: str) -> Iterator[None]:
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    inside = os.open(path, os.O_RDONLY)
    try:
        _set_namespace(inside)
        yield
    finally:
        _set_namespace(before)
        os.close(inside)
        os.close(before)


def _set_namespace(descriptor: int) -> None:
    if _libc.setns(descriptor, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "expected to enter a network namespace")
