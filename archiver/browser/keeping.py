"""Keeping what the browser made: in memory up to 1 MiB, then in a durable file, and never without end."""

from collections.abc import Callable, Iterable
from pathlib import Path

from archiver.keep import Keeper
from archiver.model.exchange import Blob


class TooLarge(Exception):
    """More than was allowed."""


def kept(pieces: Iterable[bytes], place: Callable[[], Path], most: int) -> Blob:
    """Return `pieces` as one `Blob`: past 1 MiB in a new file at `place()`, synced with the folder it is in.

    Raises `TooLarge` past `most` bytes, and `StorageError` when the disk refuses. What `pieces` raises goes on. A file
    that was begun then stays where it is, for whoever gave the place.
    """
    keeper = Keeper(place)
    try:
        for piece in pieces:
            if keeper.size + len(piece) > most:
                raise TooLarge
            keeper.write(piece)
        return keeper.finish()
    finally:
        keeper.close()
