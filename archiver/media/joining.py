"""Which answers a file was put together from: found by its bytes, not by what a program says of them."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from archiver.media.body import Missing, pieces_of
from archiver.model.media import Answer, Piece

_TRIES: Final = 5  # answers with which the file may begin: one for each time that it was begun anew


def pieces_in(path: Path, answers: Sequence[Answer]) -> tuple[Piece, ...]:
    """Return the answers, in the order in which they came, that laid end to end are the file at `path`; () for none.

    An answer that is no part of it (a list of segments, a key, one that was asked for again) is left out. Raises
    `OSError`.
    """
    size = path.stat().st_size
    tries = 0
    with path.open("rb") as file:
        for first in range(len(answers)):
            if tries < _TRIES and _length(file, 0, answers[first]):
                tries += 1
                if found := _laid(file, size, answers[first:]):
                    return found
    return ()


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of the file at `path` as hexadecimal digits. Raises `OSError`."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _laid(file: BinaryIO, size: int, answers: Sequence[Answer]) -> tuple[Piece, ...]:
    found: list[Piece] = []
    at = 0
    for answer in answers:
        if length := _length(file, at, answer):
            found.append(Piece(answer.number, at, length))
            at += length
    return tuple(found) if at == size else ()


def _length(file: BinaryIO, at: int, answer: Answer) -> int:
    """Return how long the body of `answer` is, 0 where the file does not hold it at `at`."""
    file.seek(at)
    length = 0
    with suppress(Missing):  # one that was cut is used as far as it came
        for piece in pieces_of(answer.exchange, answer.headers):
            if file.read(len(piece)) != piece:
                return 0
            length += len(piece)
    return length
