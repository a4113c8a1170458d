"""Django Channels with its Redis layer: a group, as its own tutorial does it; served by daphne.

The capacity is raised, because beyond it the layer drops messages without a word; so is the number
of its connections to Redis, of which it wants one for each client that comes at the same time. And
it waits there for longer than redis-py would have a connection silent, which ended its consumers.
"""

from __future__ import annotations

import os
from typing import Any

import django
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.urls import path

REDIS = {
    "address": os.environ["REDIS_URL"],
    "max_connections": 10_000,
    "socket_timeout": None,
}
LAYER = {
    "BACKEND": "channels_redis.core.RedisChannelLayer",
    "CONFIG": {"hosts": [REDIS], "capacity": 10_000},
}
settings.configure(CHANNEL_LAYERS={"default": LAYER}, LOGGING_CONFIG=None, SECRET_KEY="bench")
django.setup()

GROUP = "bench"


class Reader(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(GROUP, self.channel_name)

    async def said(self, event: dict[str, Any]) -> None:
        await self.send(text_data=event["text"])


class Writer(AsyncWebsocketConsumer):
    async def receive(self, text_data: str = "", bytes_data: bytes = b"") -> None:
        await self.channel_layer.group_send(GROUP, {"type": "said", "text": text_data})


application = ProtocolTypeRouter(
    {"websocket": URLRouter([path("sub", Reader.as_asgi()), path("pub", Writer.as_asgi())])}
)
