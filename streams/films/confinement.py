"""What a process gives up before it opens a file from outside.

A decoder that a hostile film takes over should find nothing worth having: no network, no other
program to start, little memory, little time. Three walls, each for itself:

    limits      CPU time, memory, size of a file, number of open files; no core dump
    namespace   a network of its own that leads nowhere, where the kernel lets us have one
    filter      the kernel refuses to open a socket or to start a program (seccomp)

The last two both take the network away; either is enough, and both are asked for, because
containers often forbid one of them. Which of them stand is returned, so that their absence is
said. All of it ends with the process, and the process with its parent.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
from dataclasses import dataclass

LARGEST_FILE_BYTES = 40 * 1024**3
MOST_OPEN_FILES = 64

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38
_SECCOMP_MODE_FILTER = 2
# Instructions of the classic packet filter: load a word, jump if equal, jump if not below, return.
_LOAD, _EQUAL, _NOT_BELOW, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOWED, _REFUSED = 0x7FFF0000, 0x00050000 | 1  # 1: EPERM
_X32 = 0x40000000

# Audit's name of the architecture, and there the numbers of: socket, connect, bind, socketpair,
# execve, execveat, ptrace, io_uring_setup (through which sockets could be had as well).
_CALLS: dict[str, tuple[int, tuple[int, ...]]] = {
    "x86_64": (0xC000003E, (41, 42, 49, 53, 59, 322, 101, 425)),
    "aarch64": (0xC00000B7, (198, 203, 200, 199, 221, 281, 117, 425)),
}


@dataclass(frozen=True, slots=True)
class Confinement:
    """What took the network away; the process has one where neither did."""

    namespace: bool
    filter: bool

    @property
    def has_network(self) -> bool:
        return not (self.namespace or self.filter)


def confine(most_memory_bytes: int, most_cpu_s: int, nice: int = 15) -> Confinement:
    """Give up everything but reading and writing files. For a process with one thread."""
    os.nice(nice)
    limits = {
        resource.RLIMIT_AS: most_memory_bytes,
        resource.RLIMIT_CPU: most_cpu_s,
        resource.RLIMIT_FSIZE: LARGEST_FILE_BYTES,
        resource.RLIMIT_NOFILE: MOST_OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }
    for limit, most in limits.items():
        hard = resource.getrlimit(limit)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (most, most))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return Confinement(_own_network(libc), _filtered(libc))


def _own_network(libc: ctypes.CDLL) -> bool:
    """As root a network alone; others need a user namespace around it."""
    if libc.unshare(_CLONE_NEWNET) == 0:
        return True
    uid, gid = os.getuid(), os.getgid()
    if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
        return False
    # Files that we make belong to whom they would have belonged to without it.
    for name, text in (
        ("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1"),
    ):  # fmt: skip
        try:
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
        except OSError:
            pass
    return True


def _filtered(libc: ctypes.CDLL) -> bool:
    known = _CALLS.get(platform.machine())
    if known is None:
        return False
    program = _program(*known)
    code = ctypes.create_string_buffer(program, len(program))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))

    asked = Program(len(program) // 8, ctypes.addressof(code))
    done = libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(asked), 0, 0)
    return bool(done == 0)


def _program(architecture: int, refused: tuple[int, ...]) -> bytes:
    """Calls of another architecture and the refused ones fail; everything else goes on.

    Layout: instructions of 8 bytes; a jump counts those it leaves out. The call's number stands
    at 0 of what is judged, its architecture at 4.
    """
    checks = [(_EQUAL, number) for number in refused]
    if architecture == _CALLS["x86_64"][0]:
        checks.append((_NOT_BELOW, _X32))
    lines = [(_LOAD, 0, 0, 4), (_EQUAL, 0, len(checks) + 2, architecture), (_LOAD, 0, 0, 0)]
    for place, (code, number) in enumerate(checks):
        lines.append((code, len(checks) - place, 0, number))
    lines += [(_RETURN, 0, 0, _ALLOWED), (_RETURN, 0, 0, _REFUSED)]
    return b"".join(struct.pack("=HBBI", *line) for line in lines)
