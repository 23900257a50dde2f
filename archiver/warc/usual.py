"""One record of the usual form, taken from its span in one step: a plain gzip member, a regular head, its block. Pure.

What is taken this way has nothing odd by `archiver.warc.scan`, but for what concerns other records, and the digests.
"""

from dataclasses import dataclass

from isal import igzip_lib, isal_zlib

from archiver.warc.head import MAX_HEAD
from archiver.warc.regular import regular_fields

_PLAIN = b"\x1f\x8b\x08\0"  # how a gzip member without optional parts begins
_HEADER = 10  # bytes of such a member before its data
_END = b"\r\n\r\n"


@dataclass(slots=True)
class UsualRecord:
    """Its block, and what its head says; a text is empty where there is no such field.

    `warcinfo` has its angle brackets, `concurrent` are the whole lines; `payload_digest` and `block_digest` are as
    stated, and not compared with anything.
    """

    block: bytes
    type: str
    id: str
    date: str
    uri: str
    warcinfo: str
    concurrent: str
    ip: str
    truncated: str
    fidelity: str
    payload_digest: str
    block_digest: str


def usual_record(span: memoryview, limit: int) -> UsualRecord | None:
    """Return the record that the stored bytes `span` are, or None when they are anything else than just that.

    None, too, for more than `limit` unpacked bytes; never more than one beyond that are unpacked.
    """
    unpacked = _unpacked(span, limit)
    size = unpacked.find(_END) + len(_END)
    fields = regular_fields(unpacked[:size]) if size <= MAX_HEAD else None
    if fields is None or not unpacked.endswith(_END, size):
        return None
    block = unpacked[size : -len(_END)]
    *texts, length = fields
    return UsualRecord(block, *texts) if int(length) == len(block) else None


def _unpacked(span: memoryview, limit: int) -> bytes:
    """Return the content of one sound gzip member without optional parts, nothing for any other bytes."""
    size = int.from_bytes(span[-4:], "little")
    if span[:4] != _PLAIN or size > limit:
        return b""
    inflater = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_DEFLATE)
    try:
        unpacked: bytes = inflater.decompress(span[_HEADER:], max_length=size + 1)
    except igzip_lib.IsalError:  # type: ignore[misc]  # the library has no types
        return b""
    trailer = isal_zlib.crc32(unpacked).to_bytes(4, "little") + len(unpacked).to_bytes(4, "little")
    return unpacked if inflater.unused_data == trailer else b""  # which it has none of before its data end
