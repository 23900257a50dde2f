"""Looks for a secret wherever it may have got to, in every form in which somebody may have written it down."""

import base64
import html
import io
import json
import zipfile
from collections.abc import Iterator
from gzip import decompress
from pathlib import Path
from urllib.parse import quote, quote_plus


def forms(secret: str) -> dict[str, bytes]:
    """How a secret may look to whoever wrote it down: none of these may be in a file."""
    data = secret.encode()
    quoted = quote(secret, safe="")
    found = {
        "plain": data,
        "quoted": quoted.encode(),
        "quoted in lower case": quoted.replace("%2B", "%2b").replace("%2F", "%2f").replace("%3D", "%3d").encode(),
        "as a form": quote_plus(secret).encode(),
        "json": json.dumps(secret)[1:-1].replace("/", "\\/").encode(),
        "html": html.escape(secret).encode(),
        "hex": data.hex().encode(),
        "HEX": data.hex().upper().encode(),
        "utf-16": secret.encode("utf-16-le"),
    }
    for shift in range(3):  # base64 looks different at each of three places; its ends depend on what is beside
        found[f"base64, {shift}"] = base64.b64encode(b"x" * shift + data)[4:-4]
        found[f"base64 for addresses, {shift}"] = base64.urlsafe_b64encode(b"x" * shift + data)[4:-4]
    return found


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file, packed and unpacked, archives within archives too, but for what no export ever takes along:
    `private/`, and in `quarantine/` what a killed process had not put there yet (exports.md)."""
    for file in folder.rglob("*"):
        if file.is_file() and not {"private", "quarantine"} & set(file.relative_to(folder).parts):
            yield from unpacked(str(file.relative_to(folder)), file.read_bytes())


def unpacked(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    yield name, data
    if data[:2] == b"\x1f\x8b":
        yield name, decompress(data)
    elif data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.namelist():
                yield from unpacked(f"{name}/{member}", archive.read(member))


def holding(folder: Path, secret: str) -> list[str]:
    """The files in which a secret stands, each with the form in which it does."""
    needles = forms(secret)
    return [f"{name}: {form}" for name, data in contents(folder) for form, needle in needles.items() if needle in data]


def clean(words: str, secret: str) -> bool:
    """Whether a secret is in no form among these words."""
    return not any(needle in words.encode("utf-8", "replace") for needle in forms(secret).values())
