"""GStreamer's webrtcbin as a WHIP publisher; run by Debian's Python, which has its bindings.

    /usr/bin/python3 tests/streams/gstreamer_whip.py URL KEY SECONDS
    /usr/bin/python3 tests/streams/gstreamer_whip.py --lacks

The second form prints what is not installed, nothing where all is. GStreamer 1.22 has no WHIP sink
that Debian ships, so the few lines of HTTP are ours; ICE, DTLS, SRTP, RTP and the coders are its.
"""

from __future__ import annotations

import sys
import urllib.request
from importlib import import_module
from typing import Any
from urllib.parse import urljoin

ELEMENTS = (
    *("webrtcbin", "nicesrc", "dtlsenc", "srtpenc"),
    *("rtph264pay", "rtpopuspay", "x264enc", "opusenc"),
)
PIPELINE = (
    "webrtcbin name=line bundle-policy=max-bundle "
    "videotestsrc is-live=true ! video/x-raw,width=320,height=180,framerate=30/1"
    " ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=30 bframes=0"
    " ! video/x-h264,profile=constrained-baseline"
    " ! rtph264pay config-interval=-1 aggregate-mode=zero-latency"
    " ! application/x-rtp,media=video,encoding-name=H264,payload=96 ! line. "
    "audiotestsrc is-live=true ! audioconvert ! audioresample ! audio/x-raw,rate=48000,channels=2"
    " ! opusenc ! rtpopuspay ! application/x-rtp,media=audio,encoding-name=OPUS,payload=97 ! line."
)


def bindings() -> Any:
    """GStreamer's modules. Raises ImportError or ValueError where one is not installed."""
    import gi

    for name in ("Gst", "GstWebRTC", "GstSdp"):
        gi.require_version(name, "1.0")
    for name in ("GLib", "Gst", "GstWebRTC", "GstSdp"):
        import_module(f"gi.repository.{name}")
    gi.repository.Gst.init(None)
    return gi.repository


def lacks() -> str:
    """What is not installed here, in words; "" where all is."""
    try:
        gst = bindings().Gst
    except (ImportError, ValueError) as error:
        return f"GStreamer's Python bindings ({error})"
    return " ".join(name for name in ELEMENTS if gst.ElementFactory.find(name) is None)


class Publisher:
    """One publisher: offers when all its addresses are known, and leaves with DELETE."""

    def __init__(self, url: str, key: str) -> None:
        self._gst = bindings()
        self._url, self._key = url, key
        self._session: str | None = None
        self._kept: list[Any] = []
        self._loop = self._gst.GLib.MainLoop()
        self._pipeline = self._gst.Gst.parse_launch(PIPELINE)
        self._line = self._pipeline.get_by_name("line")
        self._line.connect("on-negotiation-needed", self._negotiate)
        self._line.connect("notify::ice-gathering-state", self._gathered)

    def publish(self, seconds: float) -> None:
        self._pipeline.set_state(self._gst.Gst.State.PLAYING)
        self._gst.GLib.timeout_add(int(seconds * 1000), self._loop.quit)
        self._loop.run()
        if self._session is not None:
            self._ask("DELETE", self._session)
        self._pipeline.set_state(self._gst.Gst.State.NULL)

    def _negotiate(self, _: Any) -> None:
        told = self._gst.Gst.Promise.new_with_change_func(self._offered, None)
        self._line.emit("create-offer", None, told)

    def _offered(self, promise: Any, _: Any) -> None:
        promise.wait()
        reply = promise.get_reply()
        # The bindings free what an offer belongs to when nobody holds it.
        self._kept += [promise, reply]
        self._set("set-local-description", reply.get_value("offer"))

    def _gathered(self, *_: Any) -> None:
        complete = self._gst.GstWebRTC.WebRTCICEGatheringState.COMPLETE
        if self._line.get_property("ice-gathering-state") != complete:
            return
        offer = self._line.get_property("local-description").sdp.as_text()
        answer = self._ask("POST", self._url, offer.replace("a=sendrecv", "a=sendonly").encode())
        self._session = urljoin(self._url, answer.headers["Location"])
        _, sdp = self._gst.GstSdp.SDPMessage.new_from_text(answer.read().decode())
        kind = self._gst.GstWebRTC.WebRTCSDPType.ANSWER
        described = self._gst.GstWebRTC.WebRTCSessionDescription.new(kind, sdp)
        self._kept += [sdp, described]
        self._set("set-remote-description", described)

    def _set(self, name: str, description: Any) -> None:
        promise = self._gst.Gst.Promise.new()
        self._kept.append(promise)
        self._line.emit(name, description, promise)
        promise.interrupt()

    def _ask(self, method: str, url: str, body: bytes | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/sdp"}
        request = urllib.request.Request(url, body, headers, method=method)
        return urllib.request.urlopen(request, timeout=10)


if __name__ == "__main__":
    if sys.argv[1] == "--lacks":
        print(lacks())
    else:
        Publisher(sys.argv[1], sys.argv[2]).publish(float(sys.argv[3]))
