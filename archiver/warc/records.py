"""The records of one item, in order, as values: what `archiver-warc/1` says, before any byte is framed.

Pure: ids and dates are arguments, and the same item with the same ids gives the same records.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archiver.canon import dumps, sha256_hex
from archiver.model.exchange import Blob, Exchange, Tls
from archiver.model.item import ItemWarc, RecordType, Resource
from archiver.runtime import Ids
from archiver.warc import profile
from archiver.warc.exchange_json import exchange_json

_TLS_VERSION = re.compile(r"TLSv1(?:\.([1-3]))?")
_HTTP_VERSION = re.compile(rb"HTTP/1\.[01]")
_ALPN = frozenset({"http/1.0", "http/1.1", "h2", "h3"})
_VISIBLE = re.compile(rb"[!-~]")

MAX_COMMON_HEAD = 32_768  # bytes; FastWARC reads no longer HTTP head

Fields = dict[str, tuple[str, ...]]  # the values of each field; none for a field that is not there


@dataclass(frozen=True, slots=True)
class ExchangeIds:
    """The record ids (`urn:uuid:…`) of one exchange; None where it has no such record."""

    response: str | None
    request: str | None
    metadata: str

    @property
    def all(self) -> tuple[str, ...]:
        """The ids that are there, in record order."""
        return tuple(one for one in (self.response, self.request, self.metadata) if one is not None)


@dataclass(frozen=True, slots=True)
class RecordIds:
    """The id of every record of one WARC, drawn before it is written, so that the summary can name them."""

    warcinfo: str
    exchanges: tuple[ExchangeIds, ...]
    resources: tuple[str, ...]
    summary: str


@dataclass(frozen=True, slots=True)
class Draft:
    """One record: its fields in order, all printable ASCII, and its block."""

    id: str
    type: RecordType
    fields: tuple[tuple[str, str], ...]
    block: Blob


def draw_ids(exchanges: Sequence[Exchange], resources: Sequence[Resource], ids: Ids) -> RecordIds:
    """Return fresh ids for the records of an item, drawn in record order."""

    def fresh() -> str:
        return f"urn:uuid:{ids.uuid()}"

    return RecordIds(
        warcinfo=fresh(),
        exchanges=tuple(
            ExchangeIds(
                response=fresh() if _answered(exchange) else None,
                request=fresh() if exchange.request else None,
                metadata=fresh(),
            )
            for exchange in exchanges
        ),
        resources=tuple(fresh() for _ in resources),
        summary=fresh(),
    )


def drafts(item: ItemWarc, ids: RecordIds) -> Iterator[Draft]:
    """Yield the records of `item` in the order of docs/spec/warc-profile.md.

    Raises `ValueError`, as a bug guard, when a field would hold anything but printable ASCII, when `info` repeats a
    name or holds control characters, when a resource has an address that is not one of its part, or when `ids` were
    drawn for another item.
    """
    created: Fields = {"WARC-Date": (profile.warc_date(item.created_at),)}
    yield _draft(ids.warcinfo, "warcinfo", _info(item), created | {"Content-Type": (profile.WARC_FIELDS,)})
    for number, (exchange, its) in enumerate(zip(item.exchanges, ids.exchanges, strict=True), 1):
        uri = profile.item_uri(item.case, item.item, profile.exchange_part(number))
        yield from _exchange(exchange, its, uri, ids.warcinfo)
    for resource, record_id in zip(item.resources, ids.resources, strict=True):
        fields: Fields = {
            "WARC-Date": (profile.warc_date(resource.created_at),),
            "WARC-Target-URI": (_resource_uri(item, resource),),
            "WARC-Warcinfo-ID": (f"<{ids.warcinfo}>",),
            "WARC-Concurrent-To": _answer_of(resource, ids),
            "Content-Type": (resource.media_type,),
        }
        yield _draft(record_id, "resource", resource.blob, fields)
    fields = created | {
        "WARC-Target-URI": (profile.item_uri(item.case, item.item, profile.SUMMARY),),
        "WARC-Warcinfo-ID": (f"<{ids.warcinfo}>",),
        "Content-Type": (profile.JSON,),
    }
    yield _draft(ids.summary, "metadata", _blob(item.summary), fields)


def _exchange(exchange: Exchange, its: ExchangeIds, metadata_uri: str, warcinfo: str) -> Iterator[Draft]:
    tls = exchange.connection.tls
    cipher = {"WARC-Cipher-Suite": _some(tls.cipher if tls else "")}

    def draft(own: str, kind: RecordType, block: Blob, uri: str, fields: Fields) -> Draft:
        common = {
            "WARC-Date": (profile.warc_date(exchange.started_at),),
            "WARC-Target-URI": (uri,),
            "WARC-Warcinfo-ID": (f"<{warcinfo}>",),
            "WARC-Concurrent-To": tuple(f"<{other}>" for other in its.all if other != own),
            "WARC-IP-Address": _some(exchange.connection.peer_ip),
        }
        return _draft(own, kind, block, common | fields)

    if its.response is not None and exchange.response is not None:
        fields = cipher | {
            "WARC-Protocol": _protocol(exchange) + _tls_protocol(tls),
            "WARC-Truncated": _some(exchange.truncated or ""),
            "Archiver-Fidelity": () if exchange.fidelity == "wire" else (exchange.fidelity,),
            "WARC-Payload-Digest": _payload_digest(exchange),
            "Content-Type": (profile.HTTP_RESPONSE,),
        }
        yield draft(its.response, "response", exchange.response, exchange.address.url, fields)
    if its.request is not None:
        fields = cipher | {
            "WARC-Protocol": (("http/1.1",) if exchange.fidelity == "wire" else _negotiated(tls)) + _tls_protocol(tls),
            "Content-Type": (profile.HTTP_REQUEST,),
        }
        yield draft(its.request, "request", _blob(exchange.request), exchange.address.url, fields)
    block = _blob(dumps(exchange_json(exchange)))
    yield draft(its.metadata, "metadata", block, metadata_uri, {"Content-Type": (profile.JSON,)})


def _resource_uri(item: ItemWarc, resource: Resource) -> str:
    if resource.uri and profile.product_of(resource.uri) != resource.part:
        raise ValueError(f"part {resource.part[:100]!r} cannot have the address {resource.uri[:100]!r}")
    return resource.uri or profile.item_uri(item.case, item.item, resource.part)


def _answer_of(resource: Resource, ids: RecordIds) -> tuple[str, ...]:
    response = ids.exchanges[resource.of - 1].response if resource.of else None
    return (f"<{response}>",) if response is not None else ()


def _draft(record_id: str, kind: RecordType, block: Blob, fields: Fields) -> Draft:
    values = fields | {
        "WARC-Type": (kind,),
        "WARC-Record-ID": (f"<{record_id}>",),
        "WARC-Block-Digest": (profile.digest_label(block.sha256),),
        "Content-Length": (str(block.size),),
    }
    lines = tuple((name, value) for name in profile.FIELD_ORDER for value in values.get(name, ()))
    for name, value in lines:
        if not (value.isascii() and value.isprintable()) or not value or value != value.strip():
            raise ValueError(f"field {name} cannot hold {value[:100]!r}")
    return Draft(record_id, kind, lines, block)


def _info(item: ItemWarc) -> Blob:
    names = [name for name, _ in item.info]
    if len(set(names)) != len(names):
        raise ValueError("warcinfo has a line twice")
    lines = dict(profile.warcinfo_fields(item.case, item.item)) | dict(item.info)
    for name, value in lines.items():
        if not name.isidentifier() and not name.replace("-", "_").isidentifier():
            raise ValueError(f"warcinfo cannot have a line {name[:100]!r}")
        if not value.isprintable():
            raise ValueError(f"warcinfo line {name} cannot hold {value[:100]!r}")
    return _blob("".join(f"{name}: {value}\r\n" for name, value in lines.items()).encode("utf-8"))


def _answered(exchange: Exchange) -> bool:
    return exchange.response is not None and exchange.response.size > 0


def _payload_digest(exchange: Exchange) -> tuple[str, ...]:
    # docs/adr/0006: only where every reader takes the same bytes for the payload
    message, response = exchange.message, exchange.response
    if message is None or response is None or not message.plain:
        return ()
    if message.entity_size != message.body_size or message.head_size + message.body_size != response.size:
        return ()
    if message.head_size > MAX_COMMON_HEAD or not _splits_alike(_first(response, message.head_size)):
        return ()
    return (profile.digest_label(message.entity_sha256),)


def _splits_alike(head: bytes) -> bool:
    # warcio ends a head at the first line that str.rstrip() leaves empty, whatever blank characters it holds
    return head.endswith(b"\r\n\r\n") and all(_VISIBLE.search(line) for line in head[:-4].split(b"\n"))


def _first(blob: Blob, size: int) -> bytes:
    found = b""
    for chunk in blob.chunks():
        found += chunk[: size - len(found)]
        if len(found) == size:
            break
    return found


def _protocol(exchange: Exchange) -> tuple[str, ...]:
    message = exchange.message
    if exchange.fidelity != "wire":  # its head was put together in the spelling of HTTP/1.1, whatever was spoken
        return _negotiated(exchange.connection.tls)
    if message is None:
        return ()
    if message.framing == "http09":
        return ("http/0.9",)
    return (message.version.decode("ascii").lower(),) if _HTTP_VERSION.fullmatch(message.version) else ()


def _negotiated(tls: Tls | None) -> tuple[str, ...]:
    return (tls.alpn,) if tls is not None and tls.alpn in _ALPN else ()


def _tls_protocol(tls: Tls | None) -> tuple[str, ...]:
    match = _TLS_VERSION.fullmatch(tls.version) if tls else None
    return (f"tls/1.{match[1] or '0'}",) if match else ()


def _some(value: str) -> tuple[str, ...]:
    return (value,) if value else ()


def _blob(data: bytes) -> Blob:
    return Blob(len(data), sha256_hex(data), data)
