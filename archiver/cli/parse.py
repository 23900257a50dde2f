"""From the words of the command line to values; what cannot be used is named, with what would be right."""

from collections.abc import Mapping
from pathlib import Path

from archiver.config.name import NAME, NAME_HINT
from archiver.errors import UsageError

CASES_VARIABLE = "ARCHIVER_CASES"
MAX_FLAG_FILE = 16 << 20  # bytes of a --cookies or --ca-file text; the largest bundles in use are a few hundred KiB


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
    return flag_text(flag_bytes(text, flag), text, flag)


def flag_bytes(text: str, flag: str) -> bytes:
    """Return the bytes of the file that a flag names: once, as it may be a pipe. Raises `UsageError`."""
    try:
        with Path(text).open("rb") as file:
            data = file.read(MAX_FLAG_FILE + 1)
    except OSError as exc:
        raise UsageError("flag-file", f"{flag} '{text}': cannot be read: {exc.strerror or exc}") from exc
    except ValueError as exc:
        raise UsageError("flag-file", f"{flag} '{text}': not a path") from exc
    if len(data) > MAX_FLAG_FILE:
        raise UsageError("flag-file", f"{flag} '{text}': larger than {MAX_FLAG_FILE >> 20} MiB")
    return data


def flag_text(data: bytes, text: str, flag: str) -> str:
    """Return what `data` of the file `text`, which a flag names, says. Raises `UsageError` when it is no text."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as exc:
        hint = "if it is a text, save it in UTF-8"
        raise UsageError("flag-file", f"{flag} '{text}': not a text file in UTF-8", hint) from exc
