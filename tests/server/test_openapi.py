from __future__ import annotations

import json
import re
from typing import Any

from schedule.programme_file import builtin
from server.clock import same_as_wall
from server.openapi import Document, document
from server.topics import edition_kinds

KINDS = edition_kinds(builtin("demo_day"), same_as_wall(), ["aalborg"])


def body_of(described: Document, command: str) -> dict[str, Any]:
    asked = described["paths"][f"/api/commands/{command}"]["post"]["requestBody"]
    schema: dict[str, Any] = asked["content"]["application/json"]["schema"]
    return schema


def test_every_reference_leads_somewhere() -> None:
    described = document([], KINDS)
    names = re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(described))
    assert "put_on_air.Content" in names
    assert set(names) <= described["components"]["schemas"].keys()


def test_a_command_says_to_which_topics_it_may_be_sent() -> None:
    described = document([], KINDS)

    def takes(command: str, topic: str) -> bool:
        pattern = body_of(described, command)["properties"]["topic"]["pattern"]
        return re.search(pattern, topic) is not None

    assert takes("hold", "show")
    assert not takes("hold", "show:1")
    assert takes("post_message", "room:aalborg")
    assert not takes("post_message", "room")
    assert takes("set_review", "room:aalborg")
    assert takes("set_review", "committee.desk")


def test_what_nobody_outside_may_send_is_not_described() -> None:
    assert not {"/api/commands/open_window", "/api/commands/start_over"} & set(
        document([], KINDS)["paths"]
    )
