"""What was asked of a server and what it promised, held against what its logs say.

done        it stands there at the number that was told, and once
refused     it stands nowhere
neither     it stands there once or not at all, and is asked again with the same id
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.journeys.topic_reader import Frame, TopicReader


@dataclass
class Ledger:
    """Everything that was asked, by id, and what came of it.

    Args:
        asked: the frame that was sent, and who sent it.
        done: (topic, seq) as it was told; seq is None where nothing had to be written.
        refused: the code.
    """

    asked: dict[str, tuple[str, Frame]] = field(default_factory=dict)
    done: dict[str, tuple[str, int | None]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def ask(self, who: str, topic: str, name: str, data: Mapping[str, Any]) -> Frame:
        """A frame with an id of its own; noted before it is sent."""
        id = f"{who}-{len(self.asked)}"
        frame = {"op": "do", "id": id, "topic": topic, "name": name, "data": data}
        self.asked[id] = who, frame
        return frame

    def hear(self, frame: Frame) -> None:
        """An answer came. An answer never changes."""
        id = frame["id"]
        if frame["op"] == "done":
            told = frame["topic"], frame.get("seq")
            assert self.done.setdefault(id, told) == told, f"{id}: the answer changed"
        else:
            assert id not in self.done, f"{id} was done, and refused when asked again"
            self.refused[id] = frame["code"]

    def unanswered(self, who: str) -> list[Frame]:
        """What this person's page would send again."""
        return [
            frame
            for id, (asker, frame) in self.asked.items()
            if asker == who and id not in self.done and id not in self.refused
        ]

    def faults(self, readers: Iterable[TopicReader]) -> list[str]:
        """Every promise that the logs do not keep."""
        read = list(readers)
        places = _places(read)
        topics = {reader.topic for reader in read}
        return [
            *self._lost(places, topics),
            *(
                f"{id} was refused ({code}) and is there"
                for id, code in self.refused.items()
                if id in places
            ),
            *(f"{id} was made true twice: {at}" for id, at in places.items() if _is_torn(at)),
            *_doubled_messages(read),
        ]

    def _lost(self, places: Mapping[str, list[tuple[str, int]]], topics: set[str]) -> list[str]:
        return [
            f"{id} was promised at {topic} {seq} and is not there"
            for id, (topic, seq) in self.done.items()
            if topic in topics and seq is not None and (topic, seq) not in places.get(id, ())
        ]


def _places(readers: Iterable[TopicReader]) -> dict[str, list[tuple[str, int]]]:
    """Where each cause stands, in the order of the logs."""
    places: dict[str, list[tuple[str, int]]] = {}
    for reader in readers:
        for event in reader.events:
            if "cause" in event:
                places.setdefault(event["cause"], []).append((reader.topic, event["seq"]))
    return places


def _is_torn(places: list[tuple[str, int]]) -> bool:
    """One command's events stand side by side on each topic, because one transaction wrote them."""
    for topic in {topic for topic, _ in places}:
        seqs = [seq for at, seq in places if at == topic]
        if seqs != list(range(seqs[0], seqs[0] + len(seqs))):
            return True
    return False


def _doubled_messages(readers: Iterable[TopicReader]) -> list[str]:
    """Texts that stand there more than once; every text that is posted is a new one."""
    seen: set[str] = set()
    doubled: list[str] = []
    for reader in readers:
        for event in reader.events:
            if event["name"] in ("message_posted", "question_asked"):
                text = event["data"]["text"]
                # An erased text reads as none, and several may be erased.
                doubled += [f"“{text}” stands there twice"] if text and text in seen else []
                seen.add(text)
    return doubled
