"""Items for the WARC tests, built by hand from raw answers; time and ids are known."""

import gzip
import hashlib
import io
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from archiver.canon import dumps
from archiver.http.parse import read_message
from archiver.model.address import Address
from archiver.model.exchange import Blob, Connection, DnsAnswer, Exchange, Tls
from archiver.model.item import ItemWarc, RecordEntry, Resource
from archiver.warc.profile import warc_date
from archiver.warc.write import write_item

CASE = "urn:uuid:3f2b8c1e-0d4a-4c57-9a43-6e0f2b7d9c11"
AT = datetime(2026, 11, 22, 6, 55, 58, 854810, tzinfo=UTC)
TIMESTAMP = "20261122065558"


class CountingIds:
    """Ids that anyone can predict."""

    def __init__(self) -> None:
        self._count = 0

    def uuid(self) -> str:
        """Return the next one."""
        self._count += 1
        return f"00000000-0000-4000-8000-{self._count:012d}"

    def nonce(self) -> str:
        """Return the next one."""
        return self.uuid().replace("-", "")


def blob(data: bytes) -> Blob:
    """A blob in memory."""
    return Blob(len(data), hashlib.sha256(data).hexdigest(), data)


def request_of(address: Address) -> bytes:
    """A small GET request."""
    return f"GET {address.target} HTTP/1.1\r\nHost: {address.netloc}\r\nConnection: close\r\n\r\n".encode()


TLS = Tls(
    version="TLSv1.3",
    cipher="TLS_AES_256_GCM_SHA384",
    alpn="http/1.1",
    sni="example.org",
    chain=(b"\x30\x03\x02\x01\x05",),
    verified=True,
)
DNS = DnsAnswer("example.org", "A", "NOERROR", ("192.0.2.7",), "dns", b"\x12\x34\x81\x80")


def exchange(url: str, raw: bytes, method: str = "GET") -> Exchange:
    """An exchange over TLS whose answer is `raw`, as the reader understands it."""
    address = Address.parse(url)
    message = read_message([raw], method)
    return Exchange(
        address=address,
        method=method,
        started_at=AT,
        ended_at=AT + timedelta(microseconds=120_000),
        request=request_of(address).replace(b"GET", method.encode(), 1),
        connection=Connection(dns=(DNS,), peer_ip="192.0.2.7", peer_port=443, tls=TLS),
        response=blob(raw),
        message=message,
        anomalies=message.anomalies,
    )


def item(
    *exchanges: Exchange,
    number: int = 42,
    resources: Iterable[Resource] = (),
    info: tuple[tuple[str, str], ...] = (),
    summary: bytes = b'{"schema":"archiver-item/1"}',
) -> ItemWarc:
    """An item with these exchanges and resources."""
    return ItemWarc(CASE, number, AT, info, exchanges, tuple(resources), summary)


def written(value: ItemWarc) -> tuple[bytes, tuple[RecordEntry, ...]]:
    """The bytes of the WARC of `value`, and where its records stand."""
    file = io.BytesIO()
    entries = write_item(file, value, CountingIds())
    return file.getvalue(), entries


def unpacked(value: ItemWarc) -> list[tuple[bytes, list[tuple[str, str]], bytes]]:
    """Every record of the WARC of `value`: version line, fields, block; read with gzip alone."""
    data, entries = written(value)
    records = []
    for entry in entries:
        raw = gzip.decompress(data[entry.offset : entry.offset + entry.length])
        head, _, rest = raw.partition(b"\r\n\r\n")
        version, *lines = head.split(b"\r\n")
        fields = [(name, text) for name, _, text in (line.decode("ascii").partition(": ") for line in lines)]
        assert rest.endswith(b"\r\n\r\n")
        records.append((version, fields, rest[:-4]))
    return records


def example() -> ItemWarc:
    """The item that is printed in docs/spec/warc-profile.md."""
    page = b"<!doctype html><title>Call</title><p>The call was read out on the square."
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n" % len(page)
    value = exchange("https://example.org/news?id=7", head + page)
    line = {
        "url": value.address.url,
        "status": 200,
        "peer_ip": "192.0.2.7",
        "end": "complete",
        "truncated": None,
        "entity_sha256": hashlib.sha256(page).hexdigest(),
        "entity_size": len(page),
        "failure": None,
        "anomalies": [],
    }
    summary = {
        "schema": "archiver-item/1",
        "case": CASE,
        "item": 42,
        "requested": 83,
        "requested_sha256": hashlib.sha256(b"the line of the log").hexdigest(),
        "url": value.address.submitted,
        "note": "",
        "tags": [],
        "software": "archiver 0.1.0",
        "request_url": value.address.url,
        "outcome": "complete",
        "reasons": [],
        "final_url": value.address.url,
        "status": 200,
        "started_at": warc_date(value.started_at),
        "ended_at": warc_date(value.ended_at),
        "exchanges": [line],
        "redactions": 0,
        "private": [],
    }
    info = (("software", "archiver/0.1.0"),)
    return item(value, info=info, summary=dumps(summary))
