"""Reading a recorded block again: the same reader, over chunks of bytes that are already there."""

from collections.abc import Iterable, Iterator

from archiver.http.reader import ResponseReader
from archiver.model.http import Message


def read_message(
    chunks: Iterable[bytes], method: str = "GET", *, clean: bool = True, cut: bool = False, upgrade: bool = False
) -> Message:
    """Return what the answer in `chunks` was, in an answer to `method`; never raises for any bytes.

    A recorded block does not say how its connection ended, or what the request asked for: `clean` and `cut` (see
    `ResponseReader.close`) and `upgrade` are for callers who know.
    """
    reader = ResponseReader(method, upgrade=upgrade)
    for chunk in chunks:
        reader.feed(chunk)
    return reader.close(clean=clean, cut=cut)


def entity_pieces(chunks: Iterable[bytes], method: str = "GET") -> Iterator[bytes]:
    """Yield the entity of the answer in `chunks` (transfer coding removed, content coding kept), as it can be read.

    `chunks` is not read past the end of the answer.
    """
    reader = ResponseReader(method)
    for chunk in chunks:
        for _, piece in reader.feed(chunk):
            yield piece
        if reader.done:
            return
    reader.close(clean=True)
    for _, piece in reader.late:
        yield piece
