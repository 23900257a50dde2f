"""An exchange as the JSON of its metadata record: schema `archiver-exchange/1` (docs/spec/warc-profile.md)."""

from base64 import b64encode

from archiver.canon import Json
from archiver.model.exchange import Connection, DnsAnswer, Exchange, Tls
from archiver.model.http import Message
from archiver.warc.profile import EXCHANGE_SCHEMA, warc_date

MAX_TEXT = 1024  # bytes of a version or reason that are repeated here; the response record holds all of them


def exchange_json(exchange: Exchange) -> dict[str, Json]:
    """Return all that is known of `exchange` beside its bytes; nothing in it names this machine.

    Every member is always there, null or empty where nothing is known, but for two: `role` is only there for what was
    asked for as something, and `fidelity` where the records are less than the bytes of the connection. Only integers,
    strings, booleans and null.
    """
    address, failure = exchange.address, exchange.failure
    some: dict[str, Json] = {"role": exchange.role} if exchange.role else {}
    if exchange.fidelity != "wire":
        some["fidelity"] = exchange.fidelity
    message = exchange.message if exchange.response is not None and exchange.response.size else None
    return some | {
        "schema": EXCHANGE_SCHEMA,
        "url": address.url,
        "submitted": address.submitted,
        "method": exchange.method,
        "started_at": warc_date(exchange.started_at),
        "ended_at": warc_date(exchange.ended_at),
        "connection": _connection(exchange.connection),
        "message": None if message is None else _message(message),
        "truncated": exchange.truncated,
        "anomalies": [{"name": anomaly.name, "at": anomaly.at} for anomaly in exchange.anomalies],
        "redactions": [
            {"place": redaction.place, "length": redaction.length, "commitment": redaction.commitment}
            for redaction in exchange.redactions
        ],
        "failure": None if failure is None else {"kind": failure.kind, "detail": failure.detail},
    }


def _connection(connection: Connection) -> dict[str, Json]:
    return {
        "dns": [_dns(answer) for answer in connection.dns],
        "peer_ip": connection.peer_ip,
        "peer_port": connection.peer_port,
        "via": connection.via,
        "tls": None if connection.tls is None else _tls(connection.tls),
    }


def _dns(answer: DnsAnswer) -> dict[str, Json]:
    return {
        "name": answer.name,
        "kind": answer.kind,
        "rcode": answer.rcode,
        "addresses": list(answer.addresses),
        "source": answer.source,
        "wire": b64encode(answer.wire).decode("ascii"),
    }


def _tls(tls: Tls) -> dict[str, Json]:
    return {
        "version": tls.version,
        "cipher": tls.cipher,
        "alpn": tls.alpn,
        "sni": tls.sni,
        "verified": tls.verified,
        "problem": tls.problem,
        "chain": [b64encode(certificate).decode("ascii") for certificate in tls.chain],
    }


def _message(message: Message) -> dict[str, Json]:
    return {
        "status": message.status,
        "version": message.version[:MAX_TEXT].decode("latin-1"),
        "reason": message.reason[:MAX_TEXT].decode("latin-1"),
        "framing": message.framing,
        "end": message.end,
        "head_size": message.head_size,
        "body_size": message.body_size,
        "extra_size": message.extra_size,
        "interim": list(message.interim),
        "entity_size": message.entity_size,
        "entity_sha256": message.entity_sha256,
    }
