"""Secrets of the user's in what was said over a WebSocket: masked as in any answer, and told of in the exchange."""

from dataclasses import replace

from archiver.capture.masking import mask_talk
from archiver.keep import Spool, settled, storage_error
from archiver.model.exchange import Blob, Exchange
from archiver.model.http import Anomaly
from archiver.model.websocket import By, Talk
from archiver.runtime import Ids

ECHOED = Anomaly("secret-echoed")


def overheard(
    exchange: Exchange, talk: Talk, needles: tuple[bytes, ...], ids: Ids, spool: Spool
) -> tuple[Exchange, Talk]:
    """Return `talk` without the echoes of `needles`, and `exchange` with the declaration of what was masked.

    What was said is made durable before it is searched, where it is not (docs/adr/0010). Raises `StorageError`.
    """
    said: dict[By, Blob] = {"browser": settled(talk.browser, spool), "server": settled(talk.server, spool)}
    try:
        for by, blob in said.items():
            masked = mask_talk(blob, by, needles, ids.nonce(), spool)
            if masked is None:
                continue
            said[by] = masked.blob
            exchange = replace(
                exchange,
                redactions=exchange.redactions + masked.redactions,
                private=(*exchange.private, masked.private),
                anomalies=exchange.anomalies if ECHOED in exchange.anomalies else (*exchange.anomalies, ECHOED),
            )
    except OSError as exc:  # the files behind what was said
        raise storage_error(exc) from exc
    return exchange, replace(talk, browser=said["browser"], server=said["server"])
