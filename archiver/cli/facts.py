"""Reading the data of an event that nobody has verified: what has another form than it should is not there."""

from collections.abc import Mapping
from typing import TypeAlias

from archiver.canon import Json

Data: TypeAlias = Mapping[str, Json]


def text(data: Data, key: str) -> str:
    """Return the text under `key`, empty where there is none."""
    value = data.get(key)
    return value if isinstance(value, str) else ""


def whole(data: Data, key: str) -> int | None:
    """Return the number under `key`, or None."""
    value = data.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def members(data: Data, key: str) -> Data:
    """Return the object under `key`, empty where there is none."""
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def objects(data: Data, key: str) -> tuple[Data, ...]:
    """Return the objects of the list under `key`."""
    value = data.get(key)
    return tuple(item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


def texts(data: Data, key: str) -> tuple[str, ...]:
    """Return the texts of the list under `key`."""
    value = data.get(key)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
