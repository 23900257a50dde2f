"""From the bytes of a list to its text and lines, and the words with which a whole list is refused."""

from collections.abc import Iterator
from contextlib import contextmanager

from archiver.errors import ConfigError

MAX_LIST = 256 << 20  # bytes (docs/spec/address-list.md §8)
MAX_ROW = 1 << 20  # characters of one row

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8", "UTF-8"),
    (b"\xff\xfe", "utf-16-le", "UTF-16"),
    (b"\xfe\xff", "utf-16-be", "UTF-16"),
)
_SAVE = "save the file as UTF-8"
_DOCUMENTS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # how the files of office programs begin: xlsx, ods; xls


def refusal(name: str, line: int, column: int, why: str, hint: str = "") -> ConfigError:
    """Return the error that says where and why the list `name` cannot be read as a whole."""
    return ConfigError("address-list", f"{name}:{line}:{column}: {why}", hint)


def too_large(name: str, what: str, hint: str = "") -> ConfigError:
    """Return the error that says that the list `name` is larger than lists may be."""
    return ConfigError("too-large", f"{name}: {what}", hint)


@contextmanager
def refusing() -> Iterator[None]:
    """Refusals by the reader of case.yaml become refusals of a list."""
    try:
        yield
    except ConfigError as exc:
        raise ConfigError("address-list", exc.message, exc.hint) from exc


def text_of(data: bytes, name: str) -> str:
    """Return the text of a list without its byte order mark: UTF-8, or UTF-16 where such a mark says so.

    Raises `ConfigError` when it is too large or no such text.
    """
    if len(data) > MAX_LIST:
        raise too_large(name, f"larger than {MAX_LIST >> 20} MiB", "divide it into several lists")
    if data.startswith(_DOCUMENTS):
        why = "this is no text, but a file of an office program or an archive"
        raise refusal(name, 1, 1, why, "open it, and save the sheet with the addresses as CSV in UTF-8")
    mark, coding, called = next((each for each in _MARKS if data.startswith(each[0])), (b"", "utf-8", "UTF-8"))
    body = memoryview(data)[len(mark) :]
    if b"\0" in data[:4] and (not mark or bytes(body[:2]) == b"\0\0"):  # no address begins so; UTF-16 and UTF-32 do
        raise refusal(name, 1, 1, f"null bytes at the beginning: this is no {called}", _SAVE)
    try:
        return str(body, coding)
    except UnicodeDecodeError as exc:
        before = str(body[: exc.start], coding)
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise refusal(name, line, column, f"the bytes are not {called}", _SAVE) from exc


def lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines with their numbers from 1, without LF or CRLF; nothing else ends a line."""
    at = number = 0
    while at < len(text):
        number += 1
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        yield number, text[at:end].removesuffix("\r")
        at = end + 1
