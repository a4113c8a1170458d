"""The cabinets of an installation: where they stand, and what a person is told when one fails."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from server.errors import Refused
from server.file_intake import Made
from server.picture import bucket_address
from server.settings import Settings
from streams.bucket import open_store
from streams.cabinet import BucketCabinet, Cabinet, DiskCabinet

_SMALL = ".small"


def cabinet_of(settings: Settings, folder: str) -> Cabinet:
    """A folder's cabinet: in the data folder, or in the bucket that media has."""
    if settings.bucket is None:
        return DiskCabinet(settings.data / folder)
    address = bucket_address(settings.bucket)
    prefix = "/".join(filter(None, (address.prefix.strip("/"), folder)))
    return BucketCabinet(open_store(replace(address, prefix=prefix)))


async def put(cabinet: Cabinet, name: str, made: Made) -> None:
    """Store a file and the small picture beside it. Raises Refused `storage_failed`."""
    try:
        if made.small is not None:
            await asyncio.to_thread(cabinet.put, small(name), made.small)
        await asyncio.to_thread(cabinet.put, name, made.data)
    except OSError as error:
        raise Refused("storage_failed", "expected to store this file, could not") from error


async def fetched(cabinet: Cabinet, name: str) -> bytes | None:
    """A file's bytes; None where there is none. Raises Refused `storage_failed`."""
    try:
        return await asyncio.to_thread(cabinet.get, name)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Refused("storage_failed", "expected to read this file, could not") from error


async def remove(cabinet: Cabinet, name: str) -> None:
    """Remove a file and the small picture beside it. Raises OSError, and then the sweep does it."""
    await asyncio.to_thread(cabinet.remove, name)
    await asyncio.to_thread(cabinet.remove, small(name))


def small(name: str) -> str:
    """What the small picture beside a file is called."""
    return name + _SMALL


def whole(name: str) -> str:
    """The file that a small picture stands beside; of a file itself its own name."""
    return name.removesuffix(_SMALL)
