"""From the words of the command line to values; what cannot be used is named, with what would be right."""

import re
from collections.abc import Mapping
from pathlib import Path

from archiver.config.name import NAME, NAME_HINT
from archiver.errors import UsageError

MAX_BYTES = 1 << 40  # docs/spec/case-yaml.md: the same bounds as in case.yaml
MAX_SECONDS = 7 * 86_400.0
CASES_VARIABLE = "ARCHIVER_CASES"
MAX_FLAG_FILE = 16 << 20  # bytes of a --cookies or --ca-file text; the largest bundles in use are a few hundred KiB

_SIZE = re.compile(r"([0-9]{1,15})([KMGT]?)", re.IGNORECASE)
_SECONDS = re.compile(r"[0-9]{1,7}(\.[0-9]{1,3})?")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 §5.6.2
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def cases_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder that case names stand for: `$ARCHIVER_CASES`, else `cases` in the current folder."""
    return Path(environ.get(CASES_VARIABLE) or "cases")


def case_path(text: str, environ: Mapping[str, str]) -> Path:
    """Return the folder of the case `text`: a name under the cases folder, or a path that contains a slash.

    Raises `UsageError` for a name that no case can have.
    """
    if "\0" in text:
        raise UsageError("case-name", f"case '{text}': a path cannot contain a null character")
    if "/" in text:
        return Path(text)
    if not NAME.fullmatch(text):
        raise UsageError(
            "case-name",
            f"case '{text}': not a name that a case can have",
            f"{NAME_HINT}; for a folder elsewhere give a path with a slash",
        )
    return cases_folder(environ) / text


def new_case_path(text: str, environ: Mapping[str, str]) -> Path:
    """Return the folder of a case that is to be made: as `case_path`, and the last part of a path is a name, too."""
    path = case_path(text, environ)
    if not NAME.fullmatch(path.name):
        raise UsageError("case-name", f"case '{text}': its folder would be '{path.name}', which is no name", NAME_HINT)
    return path


def verified_path(text: str, environ: Mapping[str, str]) -> Path:
    """Return what `archiver verify` is to look at: a case by name or path, or a WARC file.

    A bare name is a case where there is one of that name, else a file or folder right here.
    """
    if not text or "/" in text or "\0" in text or not exists(Path(text)):
        return case_path(text, environ)
    case = cases_folder(environ) / text
    return case if NAME.fullmatch(text) and exists(case) else Path(text)


def exists(path: Path) -> bool:
    """Return whether there is something at `path`, also where it is too long to be one."""
    try:
        return path.exists()
    except OSError:
        return False


def item_number(text: str) -> int:
    """Return the number of an item, written with or without leading zeros. Raises `UsageError`."""
    if not (text.isascii() and text.isdigit() and len(text) <= 15 and int(text) >= 1):
        raise UsageError(
            "item", f"item '{text}': not an item number", "items are numbered 1, 2, 3 …: archiver list CASE"
        )
    return int(text)


def size(text: str, flag: str) -> int:
    """Return a number of bytes: `500000`, `500K`, `20M`, `2G` (powers of 1024). Raises `UsageError`."""
    match = _SIZE.fullmatch(text)
    if match is None or not 1 <= int(match[1]) * _UNITS[match[2].upper()] <= MAX_BYTES:
        raise UsageError(
            "flag", f"{flag} '{text}': not a size", "a number of bytes, or with K, M or G, at most 1T: 500M, 2G"
        )
    return int(match[1]) * _UNITS[match[2].upper()]


def seconds(text: str, flag: str) -> float:
    """Return a positive number of seconds. Raises `UsageError`."""
    if not _SECONDS.fullmatch(text) or not 0 < float(text) <= MAX_SECONDS:
        raise UsageError(
            "flag", f"{flag} '{text}': not a time", "a number of seconds, above zero and at most a week: 90 or 2.5"
        )
    return float(text)


def count(text: str, flag: str, highest: int) -> int:
    """Return a whole number from 0 to `highest`. Raises `UsageError`."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) <= highest):
        raise UsageError(
            "flag", f"{flag} '{text}': not a number that can be used", f"a whole number from 0 to {highest}"
        )
    return int(text)


def header(text: str) -> tuple[str, str]:
    """Return name and value of a request header written `Name: value`. Raises `UsageError`.

    The value is not repeated in errors: it may be a secret.
    """
    name, colon, value = text.partition(":")
    value = value.strip(" \t")
    if not colon or not _TOKEN.fullmatch(name):
        what = f"--header '{name}': not the name of a header" if colon else "--header: there is no colon in it"
        raise UsageError("flag", what, "write it as --header 'Name: value'")
    if any(ord(char) < 0x20 or ord(char) == 0x7F or 0xD800 <= ord(char) <= 0xDFFF for char in value):
        raise UsageError("flag", f"--header '{name}': the value contains characters that no header can carry")
    return name, value


def words(text: str, what: str) -> str:
    """Return a text that goes on the record. Raises `UsageError` when it is blank or not Unicode."""
    if not text.strip():
        raise UsageError("text", f"{what}: there is no text in it", "write it in quotation marks")
    return optional_words(text, what)


def optional_words(text: str, what: str) -> str:
    """Return a text that goes on the record and may be empty. Raises `UsageError` when it is not Unicode."""
    if any(0xD800 <= ord(char) <= 0xDFFF for char in text):
        raise UsageError("text", f"{what}: not valid Unicode text: {text}", "is the terminal set to UTF-8?")
    return text


def flag_file(text: str, flag: str) -> str:
    """Return the text of the file that a flag names. Raises `UsageError` when it cannot be read as text."""
    try:
        with Path(text).open("rb") as file:
            data = file.read(MAX_FLAG_FILE + 1)
        if len(data) > MAX_FLAG_FILE:
            raise UsageError("flag-file", f"{flag} '{text}': larger than {MAX_FLAG_FILE >> 20} MiB")
        return data.decode("utf-8")
    except OSError as exc:
        raise UsageError("flag-file", f"{flag} '{text}': cannot be read: {exc.strerror or exc}") from exc
    except UnicodeDecodeError as exc:
        raise UsageError("flag-file", f"{flag} '{text}': not a text file in UTF-8") from exc
    except ValueError as exc:
        raise UsageError("flag-file", f"{flag} '{text}': not a path") from exc
