"""A live socket as Channels' documentation builds it, on channels-redis' core layer, to be measured beside ours.

uvicorn runs ``application``; ``python -m bench.channels_peer NUMBER`` sends a burst to its group.
"""

from __future__ import annotations

import asyncio
import os
import sys
import uuid
from typing import Any

import django
from django.conf import settings

settings.configure(
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [os.environ["REDIS_URL"]], "prefix": "peer"},
        }
    }
)
django.setup()

from channels.generic.websocket import AsyncJsonWebsocketConsumer  # noqa: E402  it reads the settings
from channels.layers import get_channel_layer  # noqa: E402

GROUP = "burst"


class PeerConsumer(AsyncJsonWebsocketConsumer):
    async def connect(self) -> None:
        await self.accept()
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.send_json({"kind": "ready", "cursor": "ready"})

    async def live_message(self, event: dict[str, Any]) -> None:
        await self.send_json(event["message"])


application = PeerConsumer.as_asgi()


async def burst(number: int) -> None:
    """Messages of the size of ours, one for each alert."""
    layer = get_channel_layer()
    assert layer is not None
    for _ in range(number):
        message = {"kind": "alert.raised", "id": str(uuid.uuid4()), "camera_id": 1, "data": {"message": "x" * 300}}
        await layer.group_send(GROUP, {"type": "live.message", "message": message})


if __name__ == "__main__":
    asyncio.run(burst(int(sys.argv[1])))
