"""Values as people write them, for the command line and for lists of addresses: one rule for both.

`name` is what the value is called where it was written: `--max-bytes`, `max_bytes`.
"""

import re

from archiver.config.policy import MAX_BYTES
from archiver.config.section import MAX_SECONDS
from archiver.config.yaml import shown
from archiver.errors import UsageError

MAX_LINKED = 20  # kinds of files
MAX_TEXT = 100_000  # characters of a note or a reason; a log line takes far more

_SIZE = re.compile(r"([0-9]{1,15})([KMGT]?)", re.IGNORECASE)
_SECONDS = re.compile(r"[0-9]{1,7}(\.[0-9]{1,3})?")
_ENDING = re.compile(r"[a-z0-9]{1,10}")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 §5.6.2
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def size(text: str, name: str) -> int:
    """Return a number of bytes: `500000`, `500K`, `20M`, `2G` (powers of 1024). Raises `UsageError`."""
    match = _SIZE.fullmatch(text)
    if match is None or not 1 <= int(match[1]) * _UNITS[match[2].upper()] <= MAX_BYTES:
        raise UsageError(
            "flag", f"{name} {shown(text)}: not a size", "a number of bytes, or with K, M or G, at most 1T: 500M, 2G"
        )
    return int(match[1]) * _UNITS[match[2].upper()]


def seconds(text: str, name: str) -> float:
    """Return a positive number of seconds. Raises `UsageError`."""
    if not _SECONDS.fullmatch(text) or not 0 < float(text) <= MAX_SECONDS:
        raise UsageError(
            "flag", f"{name} {shown(text)}: not a time", "a number of seconds, above zero and at most a week: 90 or 2.5"
        )
    return float(text)


def count(text: str, name: str, highest: int) -> int:
    """Return a whole number from 0 to `highest`. Raises `UsageError`."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) <= highest):
        raise UsageError(
            "flag", f"{name} {shown(text)}: not a number that can be used", f"a whole number from 0 to {highest}"
        )
    return int(text)


def linked(text: str, name: str) -> tuple[str, ...]:
    """Return endings of file names, in lower case and sorted, written `pdf,docx`; the dot may stand there.

    Raises `UsageError`.
    """
    endings = {each.strip().removeprefix(".").lower() for each in bounded(text, name).split(",")}
    if len(endings) > MAX_LINKED or not all(_ENDING.fullmatch(each) for each in endings):
        why = f"at most {MAX_LINKED} endings of files with commas between, as pdf,docx; download for what is named so"
        raise UsageError("flag", f"{name} {shown(text)}: not endings of files", why)
    return tuple(sorted(endings))


def header(text: str, name: str) -> tuple[str, str]:
    """Return name and value of a request header written `Name: value`. Raises `UsageError`.

    Nothing but the name is repeated in errors, and that only where it is one: the rest may be a secret.
    """
    field, colon, value = text.partition(":")
    value = value.strip(" \t")
    if not colon or not _TOKEN.fullmatch(field):
        why = "what stands before the colon is not the name of a header" if colon else "there is no colon in it"
        raise UsageError("flag", f"{name}: {why}", "write it as 'Name: value'")
    if any(ord(char) < 0x20 or ord(char) == 0x7F or 0xD800 <= ord(char) <= 0xDFFF for char in value):
        raise UsageError("flag", f"{name} {shown(field)}: the value contains characters that no header can carry")
    return field, value


def bounded(text: str, what: str) -> str:
    """Return `text`. Raises `UsageError` when it is too long for a log line or is not valid Unicode."""
    if len(text) > MAX_TEXT:
        raise UsageError("text", f"{what}: {len(text)} characters, and {MAX_TEXT} are allowed", "import it as a file")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as exc:
        raise UsageError("text", f"{what}: not valid Unicode text at character {exc.start + 1}") from exc
    return text
