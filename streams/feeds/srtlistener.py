"""The process that listens for SRT: `python -m streams.feeds.srtlistener`, one for each input.

libsrt is loaded from the system (Debian: libsrt1.5-gnutls, which its ffmpeg brings along) by its C
interface, so that the passphrase comes through standard input and stands in no list of processes.
It is a process of its own because libsrt has threads and a parser of foreign packets in C.

In: one line of JSON: host, port, passphrase, latency_ms. Standard input stays open; when it closes,
the server is gone and so are we. Out: records, each a letter, a length (32 bits) and a body:

    C  a sender has connected; the body is its address
    D  some of its bytes
    L  it has left; the body says why
    F  it is no use: the body is a code, a space and a sentence; the process ends

One sender at a time: one who comes later takes over, since both know the passphrase. When nobody
reads our records we wait, libsrt's buffer fills, and what does not fit is lost there.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import json
import os
import signal
import socket
import struct
import sys
import threading
from typing import Any

LIBRARIES = ("libsrt-gnutls.so.1.5", "libsrt-openssl.so.1.5", "libsrt.so.1.5", "libsrt.so.1")
MISSING = "expected libsrt 1.5 on this machine (Debian: libsrt1.5-gnutls); found none"
HEADER = struct.Struct(">cI")

# srt.h: SRT_SOCKOPT.
_RCVTIMEO, _PASSPHRASE, _RCVLATENCY, _PEERIDLETIMEO = 14, 26, 43, 55
_TIMED_OUT = 6003
_LOG_ERRORS = 3
_MESSAGE_BYTES = 1456
_IDLE_MS = 3000
_LOOK_EVERY_MS = 500
_PR_SET_PDEATHSIG = 1

_writing = threading.Lock()


def say(kind: bytes, body: bytes) -> None:
    """Write one record, whole."""
    with _writing:
        data = HEADER.pack(kind, len(body)) + body
        while data:
            data = data[os.write(1, data) :]


def give_up(code: str, detail: str) -> None:
    """Tell why, and end."""
    say(b"F", f"{code} {detail}".encode())
    os._exit(1)


def load() -> Any:
    """libsrt, or OSError where the machine has none."""
    for name in LIBRARIES:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    found = ctypes.util.find_library("srt")
    if found is None:
        raise OSError(MISSING)
    return ctypes.CDLL(found)


class Listener:
    """Listens on one port and passes on what the newest sender sends."""

    def __init__(self, srt: Any) -> None:
        self._srt = srt
        srt.srt_getlasterror_str.restype = ctypes.c_char_p
        srt.srt_startup()
        srt.srt_setloglevel(_LOG_ERRORS)
        self._newest = -1

    def run(self, host: str, port: int, passphrase: str, latency_ms: int) -> None:
        """Accept senders until the process ends."""
        listening = self._srt.srt_create_socket()
        if passphrase:
            secret = passphrase.encode()
            self._must(
                self._srt.srt_setsockflag(listening, _PASSPHRASE, secret, len(secret)),
                "bad_passphrase",
                "expected a passphrase of 10 to 79 signs",
            )
        for option, value in ((_RCVLATENCY, latency_ms), (_PEERIDLETIMEO, _IDLE_MS)):
            self._set(listening, option, value)
        address = _sockaddr(host, port)
        bound = self._srt.srt_bind(listening, address, len(address))
        self._must(bound, "port_taken", f"expected a free UDP port {port}")
        self._must(self._srt.srt_listen(listening, 4), "port_taken", "expected to listen")
        while True:
            sender = self._srt.srt_accept(listening, None, None)
            if sender >= 0:
                self._take_over(sender)

    def _take_over(self, sender: int) -> None:
        before, self._newest = self._newest, sender
        if before >= 0:
            self._srt.srt_close(before)
        self._set(sender, _RCVTIMEO, _LOOK_EVERY_MS)
        say(b"C", b"")
        threading.Thread(target=self._pass_on, args=(sender,), daemon=True).start()

    def _pass_on(self, sender: int) -> None:
        room = ctypes.create_string_buffer(_MESSAGE_BYTES)
        while self._newest == sender:
            size = self._srt.srt_recvmsg(sender, room, _MESSAGE_BYTES)
            if size > 0 and self._newest == sender:
                say(b"D", room.raw[:size])
            elif size <= 0 and self._srt.srt_getlasterror(None) != _TIMED_OUT:
                break
        if self._newest == sender:
            self._newest = -1
            say(b"L", self._srt.srt_getlasterror_str() or b"")
            self._srt.srt_close(sender)

    def _set(self, number: int, option: int, value: int) -> None:
        held = ctypes.c_int(value)
        self._srt.srt_setsockflag(number, option, ctypes.byref(held), ctypes.sizeof(held))

    def _must(self, status: int, code: str, detail: str) -> None:
        if status < 0:
            came = (self._srt.srt_getlasterror_str() or b"").decode(errors="replace")
            give_up(code, f"{detail}; {came}")


def _sockaddr(host: str, port: int) -> bytes:
    """A struct sockaddr of IPv4 or IPv6, as Linux lays it out."""
    if ":" in host:
        inet = socket.inet_pton(socket.AF_INET6, host)
        return struct.pack("=H", socket.AF_INET6) + struct.pack(">HI16sI", port, 0, inet, 0)
    inet = socket.inet_pton(socket.AF_INET, host)
    return struct.pack("=H", socket.AF_INET) + struct.pack(">H4s8x", port, inet)


def _end_with_the_server() -> None:
    """Wait for standard input to close, which it does when the server is gone."""
    while os.read(0, 1024):
        pass
    os._exit(0)


def main() -> None:
    """Listen as the first line of standard input says."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    told = json.loads(_first_line())
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    try:
        srt = load()
    except OSError:
        give_up("srt_missing", MISSING)
    Listener(srt).run(told["host"], told["port"], told["passphrase"], told["latency_ms"])


def _first_line() -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        more = os.read(0, 1)
        if not more:
            sys.exit(0)
        line += more
    return line


if __name__ == "__main__":
    main()
