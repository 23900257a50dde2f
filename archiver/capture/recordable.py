"""What is still to be done with an exchange that was overheard: what `Wire` does with its own before it hands them on.

In this order (docs/adr/0010): an answer that will be decoded or searched is made durable, secrets of the user that
come back in it are masked, and what is wrong with its content coding is named.
"""

from dataclasses import replace

from archiver.capture.masking import mask
from archiver.capture.secrets import SHOWN, Secret, echoes, is_secret_header
from archiver.http.decode import decoded
from archiver.http.parse import entity_pieces, read_message
from archiver.keep import Spool, settled
from archiver.model.exchange import Blob, Exchange, Redaction
from archiver.model.http import Anomaly, Message


def recordable(exchange: Exchange, secrets: tuple[Secret, ...], *, salt: str, spool: Spool) -> Exchange:
    """Return `exchange` as it may stand on the record: without secret headers, without echoes of `secrets`.

    `salt` is 32 random hexadecimal digits. Raises `StorageError`.
    """
    shown, redactions = _shown(exchange.request)
    exchange = replace(exchange, request=shown, redactions=exchange.redactions + redactions)
    blob, message = exchange.response, exchange.message
    if blob is None or message is None:
        return exchange
    needles = echoes(secrets)
    coding = b", ".join(message.values("content-encoding")) if message.entity_size else b""
    if not needles and not coding:
        return exchange
    blob = settled(blob, spool)
    names: list[str] = []
    masked = mask(blob, message, exchange.method, needles, salt, spool) if needles else None
    if masked is not None:
        redactions = exchange.redactions + masked.redactions
        exchange = replace(exchange, redactions=redactions, private=(masked.private,), unmasked=message)
        blob, message = masked.blob, _again(masked.blob, exchange)
        names.append("secret-echoed")
    if coding:
        names += decoded(entity_pieces(blob.chunks(), exchange.method), coding).anomalies
    anomalies = exchange.anomalies + tuple(Anomaly(name) for name in names)
    return replace(exchange, response=blob, message=message, anomalies=anomalies)


def _again(blob: Blob, exchange: Exchange) -> Message:
    cut = exchange.truncated not in {None, "disconnect"}
    return read_message(blob.chunks(), exchange.method, clean=exchange.truncated != "disconnect", cut=cut)


def _shown(request: bytes) -> tuple[bytes, tuple[Redaction, ...]]:
    """Return `request` with the values of secret headers replaced; all else stays byte for byte."""
    head, end, body = request.partition(b"\r\n\r\n")
    lines: list[bytes] = []
    redactions: list[Redaction] = []
    for line in head.split(b"\r\n"):
        name, colon, value = line.partition(b":")
        label = name.decode("latin-1")
        if lines and colon and is_secret_header(label):
            redactions.append(Redaction(f"request header {label}", len(value.strip())))
            line = name + b": " + SHOWN
        lines.append(line)
    return b"\r\n".join(lines) + end + body, tuple(redactions)
