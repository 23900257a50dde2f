"""What the metadata of an exchange says against what else there is of it: event, answer, request. Pure."""

from collections.abc import Iterator

from archiver.canon import Json
from archiver.errors import UsageError
from archiver.model.address import Address
from archiver.model.http import Message
from archiver.verify.claim import listed, members
from archiver.verify.report import quoted

MAX_REQUEST_LINE = 128 * 1024  # bytes of a request that are looked at: an address of ours is shorter


def against_event(facts: dict[str, Json], stated: dict[str, Json], answer: str) -> Iterator[str]:
    """Yield where the metadata `facts` differ from what the event states; `answer` is the id of the record to name."""
    message = members(facts.get("message"))
    anomalies: list[Json] = [members(entry).get("name") for entry in listed(facts.get("anomalies"))]
    found: dict[str, Json] = {
        "url": facts.get("url"),
        "status": message.get("status"),
        "peer_ip": members(facts.get("connection")).get("peer_ip") or "",
        "end": message.get("end"),
        "truncated": facts.get("truncated"),
        "entity_sha256": message.get("entity_sha256"),
        "entity_size": message.get("entity_size"),
        "failure": members(facts.get("failure")).get("kind"),
        "anomalies": _names(anomalies),
        "record": answer,
        "fidelity": facts.get("fidelity"),
    }
    told = {
        "record": answer,
        **stated,
        "peer_ip": stated.get("peer_ip") or "",
        "anomalies": _names(stated.get("anomalies")),
    }
    for name, value in found.items():
        if told.get(name) != value:
            yield f"{name} is {quoted(value)} in the record and {quoted(told.get(name))} in the event"


def against_answer(facts: dict[str, Json], truncated: str, fidelity: str, message: Message | None) -> Iterator[str]:
    """Yield where the metadata differ from the answer `message`, whose record says `truncated` and `fidelity`.

    Each of the two is "" where the record says nothing.
    """
    stated = members(facts.get("message"))
    if (truncated or None) != facts.get("truncated"):
        yield f"WARC-Truncated is {quoted(truncated or None)}, and {quoted(facts.get('truncated'))} is in the metadata"
    if (fidelity or None) != facts.get("fidelity"):
        yield f"Archiver-Fidelity is {quoted(fidelity or None)}, and {quoted(facts.get('fidelity'))} is in the metadata"
    if message is None or facts.get("method") == "HEAD":  # an answer to HEAD cannot be read without its request
        return
    found: dict[str, Json] = {
        "status": message.status,
        "head_size": message.head_size,
        "body_size": message.body_size,
        "extra_size": message.extra_size,
    }
    for name, value in found.items():
        if stated.get(name) != value:
            yield f"{name} of the answer is {quoted(value)}, and {quoted(stated.get(name))} is in the metadata"


def against_entity(facts: dict[str, Json], message: Message | None) -> Iterator[str]:
    """Yield where the metadata differ from the entity of the answer `message`."""
    if message is None or facts.get("method") == "HEAD":  # see `against_answer`
        return
    stated = members(facts.get("message"))
    for name, value in (("entity_sha256", message.entity_sha256), ("entity_size", message.entity_size)):
        if stated.get(name) != value:
            yield f"{name} is {quoted(stated.get(name))} in the metadata, and {value} was computed"


def asks_for(block: bytes, facts: dict[str, Json]) -> bool:
    """Return whether the request `block` asks for the address that the metadata name, in the way they name."""
    url = str(facts.get("url"))
    try:
        target = Address.parse(url).target
    except UsageError:
        return False
    method, _, rest = block[:MAX_REQUEST_LINE].partition(b"\r\n")[0].partition(b" ")
    asked = rest.rpartition(b" ")[0]
    return method == str(facts.get("method")).encode() and asked in {target.encode(), url.encode()}


def _names(value: Json) -> list[Json]:
    return [*sorted({str(name) for name in listed(value)})]
