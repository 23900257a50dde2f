"""The icons of a web application manifest (W3C, §1.7 and §1.15)."""

import json
from collections.abc import Iterator
from typing import Any

from archiver.model.address import Address
from archiver.requisites.links import Links
from archiver.requisites.values import Contents


def named_in_manifest(data: bytes, address: Address) -> Contents:
    """Return the icons that the manifest names which was answered at `address`."""
    links = Links(address, "utf-8")
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return Contents(whole=False)
    for text, pointer in _icons(value, ""):
        links.add("icon", text, pointer)
    for number, shortcut in enumerate(_list(value, "shortcuts")):
        for text, pointer in _icons(shortcut, f"/shortcuts/{number}"):
            links.add("icon", text, pointer)
    return links.contents()


def _icons(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    for number, icon in enumerate(_list(value, "icons")):
        if isinstance(icon, dict) and isinstance(icon.get("src"), str):
            yield icon["src"], f"{pointer}/icons/{number}/src"


def _list(value: Any, name: str) -> list[Any]:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []
