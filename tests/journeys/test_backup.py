"""A backup under chat load, restored elsewhere: what was acknowledged is there, all join anew."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from server.backup import digest
from tests.journeys.running_demo import Visitor, a_demo

pytestmark = pytest.mark.whole

ROOM = "room:aalborg"
BEFORE = 4


@dataclass
class Talk:
    """What was acknowledged, text by number in the log, and how far the talk has come."""

    acknowledged: dict[str, int] = field(default_factory=dict)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def post(self, visitor: Visitor) -> None:
        """Writes as fast as the room lets one person write, until the talk is over."""
        number = 0
        while not self.over.is_set():
            number += 1
            text = f"Besked {number} fra {visitor.key}"
            answer = await visitor.do(ROOM, "post_message", text=text)
            if answer["op"] == "done":
                self.acknowledged[text] = answer["seq"]
            if len(self.acknowledged) >= BEFORE:
                self.begun.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(answer.get("retry_ms", 0) / 1000):
                    await self.over.wait()


@pytest.mark.long
async def test_what_was_acknowledged_before_a_backup_is_there_after_a_restore(
    tmp_path: Path,
) -> None:
    to, other = tmp_path / "backup", tmp_path / "other"
    talk = Talk()
    (tmp_path / "first").mkdir()
    async with a_demo(tmp_path / "first") as demo:
        people = [await demo.sign_in(key) for key in ("aalborg", "aalborg-host", "staff")]
        joined = [(await person.open(ROOM))[0] for person in people].pop()
        async with asyncio.TaskGroup() as tasks:
            for person in people:
                tasks.create_task(talk.post(person))
            await talk.begun.wait()
            before = list(talk.acknowledged)
            assert "logs" in await demo.command("backup", "--to", str(to))
            assert len(talk.acknowledged) > len(before), "nobody wrote meanwhile"
            talk.over.set()
        await demo.kill()
    other.mkdir()
    restored = await demo.command("restore", "--from", str(to), DATA=str(other / "data"))
    assert "every page joins anew" in restored
    check_bytes(other / "data", json.loads((to / "backup.json").read_text()))
    async with a_demo(other) as again:
        lone = await again.sign_in("aalborg")
        old = {"topic": ROOM, "epoch": joined["epoch"], "seq": max(talk.acknowledged.values())}
        (answer,) = await lone.open(old)
        assert answer["mode"] == "snapshot"
        assert answer["epoch"] != joined["epoch"]
        texts = [each["text"] for each in answer["snapshot"]["messages"]]
        assert [text for text in before if text not in texts] == []
        assert (await lone.do(ROOM, "post_message", text="Videre"))["op"] == "done"
        assert again.traces() == []


def check_bytes(data: Path, manifest: dict[str, Any]) -> None:
    """All media are, by their digests, what they were; the index alone has grown."""
    media = [path for path in manifest["files"] if path.endswith(".m4s")]
    assert media
    changed = [
        path for path in media if digest(data / path).sha256 != manifest["files"][path]["sha256"]
    ]
    assert changed == []
