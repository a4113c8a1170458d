"""A real Firefox, spoken to over WebDriver BiDi: open a page, ask it something."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.ports import a_free_port

EXECUTABLE = "/usr/bin/firefox-esr"
STARTS_WITHIN_S = 40.0
ANSWERS_WITHIN_S = 30.0
# It plays muted pictures by itself, and asks nobody outside for anything.
PREFERENCES = {
    "media.autoplay.default": 0,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "app.update.disabledForTesting": True,
    "app.normandy.enabled": False,
    "browser.region.network.url": "",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "media.gmp-manager.url": "",
    "services.settings.server": "data:,",
    "extensions.update.enabled": False,
    "browser.safebrowsing.update.enabled": False,
}


@dataclass
class Firefox:
    """One tab."""

    line: ClientConnection
    context: str = ""
    _ids: itertools.count[int] = field(default_factory=itertools.count)

    async def goto(self, url: str) -> None:
        asked = {"context": self.context, "url": url, "wait": "complete"}
        await self.say("browsingContext.navigate", **asked)

    async def evaluate(self, expression: str) -> Any:
        """What an expression comes to, by way of JSON."""
        answer = await self.say(
            "script.evaluate",
            expression=f"JSON.stringify({expression})",
            target={"context": self.context},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer
        return json.loads(answer["result"]["value"])

    async def say(self, method: str, **params: Any) -> dict[str, Any]:
        """One command and its result; events are passed over."""
        id = next(self._ids)
        await self.line.send(json.dumps({"id": id, "method": method, "params": params}))
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            while True:
                said = json.loads(await self.line.recv())
                if said.get("id") == id:
                    assert said["type"] == "success", said
                    return dict(said["result"])


@contextlib.asynccontextmanager
async def a_firefox(profile: Path) -> AsyncIterator[Firefox]:
    """A browser with an empty profile in this folder."""
    await asyncio.to_thread(_write_profile, profile)
    port = a_free_port()
    process = await asyncio.create_subprocess_exec(
        EXECUTABLE, "--headless", "--no-remote", "--profile", str(profile),
        "--remote-debugging-port", str(port), "about:blank",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        env=dict(os.environ) | {"HOME": str(profile), "MOZ_CRASHREPORTER_DISABLE": "1"},
        start_new_session=True,
    )  # fmt: skip
    try:
        await _until_listening(process)
        async with connect(f"ws://127.0.0.1:{port}/session", max_size=None) as line:
            firefox = Firefox(line)
            await firefox.say("session.new", capabilities={})
            tree = await firefox.say("browsingContext.getTree")
            firefox.context = tree["contexts"][0]["context"]
            yield firefox
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _write_profile(folder: Path) -> None:
    folder.mkdir(parents=True)
    lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in PREFERENCES.items()]
    (folder / "user.js").write_text("\n".join(lines))


async def _until_listening(process: asyncio.subprocess.Process) -> None:
    assert process.stderr is not None
    said = []
    async with asyncio.timeout(STARTS_WITHIN_S):
        async for line in process.stderr:
            said.append(line.decode(errors="replace"))
            if b"WebDriver BiDi listening" in line:
                return
    raise AssertionError("".join(said))
