"""The HTTP interface as an OpenAPI document, made from the routes and the words themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from server import wire
from server.kinds import Kinds
from server.permissions import RULES, SYSTEM

Document = dict[str, Any]

PROBLEM = {
    "type": "object",
    "required": ["status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; the same as on the socket."},
        "detail": {"type": "string"},
    },
}
DONE = {
    "type": "object",
    "required": ["op", "id", "topic"],
    "properties": {
        "op": {"const": "done"},
        "id": {"type": "string"},
        "topic": {"type": "string"},
        "seq": {"type": "integer"},
        "held": {"type": "boolean"},
    },
}


def document(routes: Iterable[BaseRoute], kinds: Kinds) -> Document:
    """The document for these routes; commands carry the schema of their words."""
    paths: dict[str, Document] = {}  # several routes may share a path, one for each method
    for route in routes:
        if isinstance(route, Route) and route.path != "/api/commands/{name}":
            paths.setdefault(route.path, {}).update(
                (method.lower(), _operation(route))
                for method in sorted(route.methods or ())
                if method not in ("HEAD", "OPTIONS")
            )
    schemas = {"Problem": PROBLEM, "Done": DONE}
    for name, (topics, word) in sorted(_commands(kinds).items()):
        data = TypeAdapter(word).json_schema(ref_template=f"#/components/schemas/{name}.{{model}}")
        schemas |= {f"{name}.{model}": part for model, part in data.pop("$defs", {}).items()}
        topic = _topic(topics, kinds)
        paths[f"/api/commands/{name}"] = {"post": _command(name, topic, data)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Topmøde", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "cookie": {"type": "apiKey", "in": "cookie", "name": "topmoede"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
        "security": [{"cookie": []}, {"bearer": []}],
    }


def openapi_route(routes: Iterable[BaseRoute], kinds: Kinds) -> Route:
    """`/api/openapi.json`, made once."""
    body = wire.to_json(document(tuple(routes), kinds))

    async def answer(request: Request) -> Response:
        return Response(body, media_type="application/json")

    return Route("/api/openapi.json", answer, methods=["GET"])


def _commands(kinds: Kinds) -> Mapping[str, tuple[list[str], type]]:
    """Every command by its wire name, with the kinds of topics that take it."""
    found: dict[str, tuple[list[str], type]] = {}
    for unit in kinds.units:
        for topic in unit.topics:
            for name, word in topic.commands.items():
                if RULES[topic.noun].do[name] <= SYSTEM:
                    continue  # nobody outside may send it
                found.setdefault(name, ([], word))[0].append(topic.noun)
    for noun, commands in kinds.passing.items():
        for name, word in commands.items():
            found.setdefault(name, ([], word))[0].append(noun)
    return found


def _operation(route: Route) -> Document:
    handler = route.endpoint.__doc__ or ""
    return {
        "summary": handler.strip().split("\n")[0],
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in route.param_convertors
        ],
        "responses": {"default": _problem()},
    }


def _topic(nouns: list[str], kinds: Kinds) -> Document:
    """The topics of these kinds: there is one of a kind, or one for each id."""
    single = [noun for noun in nouns if kinds.find(noun) is not None or kinds.is_state(noun)]
    many = [re.escape(noun) + ":[a-z0-9.-]+" for noun in nouns if noun not in single]
    return {"type": "string", "pattern": f"^({'|'.join([*map(re.escape, single), *many])})$"}


def _command(name: str, topic: Document, data: Document) -> Document:
    body = {
        "type": "object",
        "required": ["topic"],
        "properties": {"topic": topic, "data": data},
    }
    key = {"name": "Idempotency-Key", "in": "header", "required": True}
    return {
        "summary": f"Ask for {name.replace('_', ' ')}.",
        "parameters": [{**key, "schema": {"type": "string", "minLength": 1, "maxLength": 128}}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "200": {
                "description": "Done, after the commit",
                "content": {"application/json": {"schema": _ref("Done")}},
            },
            "default": _problem(),
        },
    }


def _problem() -> Document:
    return {
        "description": "Refused, with a code",
        "content": {"application/problem+json": {"schema": _ref("Problem")}},
    }


def _ref(name: str) -> Document:
    return {"$ref": f"#/components/schemas/{name}"}
