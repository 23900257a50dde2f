"""Cases for the verifier, built from the formats alone: real events, real WARCs, a known clock and known ids."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from archiver.canon import dumps, sha256_hex
from archiver.config.case_file import disclosed, new_case_yaml
from archiver.custody.events import interrupted
from archiver.custody.layout import item_path, private_path
from archiver.custody.log import FORMAT, GENESIS, Event, event_line, parse_line, timestamp
from archiver.custody.manifest import rendered
from archiver.custody.read import Snapshot
from archiver.custody.state import CaseState
from archiver.http.parse import read_message
from archiver.model.address import Address
from archiver.model.exchange import Blob, Connection, Exchange, Failure, Redaction, Tls
from archiver.model.item import ItemWarc, Resource
from archiver.model.verdict import Finding, Severity, Verdict
from archiver.verify.claim import Claim
from archiver.verify.log import LogCheck
from archiver.verify.run import verify_case
from archiver.warc.write import write_item

CASE = "urn:uuid:3f2b8c1e-0d4a-4c57-9a43-6e0f2b7d9c11"
START = datetime(2026, 11, 22, 6, 55, 58, 854810, tzinfo=UTC)
SOFTWARE = "archiver 0.1.0"
PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 22\r\n\r\n<title>Gone</title>..."
CHUNKED = b"HTTP/1.1 410 Gone\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n3\r\nghi\r\n0\r\n\r\n"

TLS_CONNECTION = Connection(
    peer_ip="192.0.2.7",
    peer_port=443,
    tls=Tls("TLSv1.3", "TLS_AES_256_GCM_SHA384", alpn="h2", sni="a.example", chain=(), verified=True),
)


class Ids:
    """Predictable ids."""

    def __init__(self) -> None:
        self.count = 0

    def uuid(self) -> str:
        self.count += 1
        return f"00000000-0000-4000-8000-{self.count:012d}"

    def nonce(self) -> str:
        return self.uuid().replace("-", "")


def blob(data: bytes) -> Blob:
    return Blob(len(data), sha256_hex(data), data)


@dataclass
class Builder:
    """Writes a case event by event; every step a second after the one before."""

    path: Path
    watch: Callable[[Path], object] = lambda _: None
    ids: Ids = field(default_factory=Ids)
    state: CaseState = field(default_factory=CaseState)
    at: datetime = START
    lines: list[bytes] = field(default_factory=list)
    policy: dict[str, Any] = field(default_factory=dict)
    actor: str = "Jane Doe"

    def tick(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at

    def add(self, name: str, data: dict[str, Any], at: datetime | None = None) -> Event:
        """Append an event to log and manifest; `oldest_open` is filled in where the event has it."""
        if name.startswith("item.") and name != "item.withheld":
            unclosed = (
                {*self.state.unclosed, data["item"]}
                if name == "item.requested"
                else (self.state.unclosed - {data["item"]})
            )
            data = {**data, "oldest_open": min(unclosed, default=0)}
        event = Event(
            CASE,
            self.state.seq + 1,
            self.state.head,
            timestamp(at or self.tick()),
            self.actor,
            name,
            data,
            self.ids.nonce(),
        )
        line = event_line(event)
        assert self.state.apply(event) == ()
        if name in {"case.opened", "case.amended"}:
            self.policy = {
                "line": event.seq,
                "offset": sum(map(len, self.lines)),
                "sha256": data["case_yaml"]["sha256"],
            }
        self.lines.append(line)
        with (self.path / "custody.jsonl").open("ab") as log:
            log.write(line)
        with (self.path / "manifest.yaml").open("ab") as manifest:
            manifest.write(rendered(event, sha256_hex(line)))
        self.watch(self.path)
        return event

    def opened(self, private: str = "") -> None:
        self.path.mkdir(parents=True)
        for folder in ("evidence", "seals", "trust", "private", "quarantine"):
            (self.path / folder).mkdir()
        (self.path / ".lock").touch()
        text = new_case_yaml(case_id=CASE, name="harbour", title="Harbour – Гавань", collector="Jane Doe") + private
        self.add("case.opened", {"format": FORMAT, "software": SOFTWARE, "case_yaml": self._case_yaml(text)})

    def amended(self, text: str) -> None:
        self.add("case.amended", {"reason": "a typo", "software": SOFTWARE, "case_yaml": self._case_yaml(text)})

    def _case_yaml(self, text: str) -> dict[str, Any]:
        (self.path / "case.yaml").write_text(text)
        shown, openings = disclosed(text, {"source": "ab" * 16})
        for opening in openings:
            (self.path / private_path(sha256_hex(opening), "json")).write_bytes(opening)
        return {"text": shown, "sha256": sha256_hex(shown.encode()), "size": len(shown.encode())}

    def requested(self, url: str, how: str = "capture", **more: Any) -> Event:
        settings: dict[str, Any] = {"source": "a USB stick"} if how == "import" else {"limits": {"max_bytes": 1}}
        return self.add(
            "item.requested",
            {
                "item": len(self.state.items) + 1,
                "how": how,
                "url": url,
                "request_url": Address.parse(url).url if how == "capture" else None,
                "note": "see \u202eflow",
                "tags": ["a", "b"],
                "settings": settings,
                "settings_sha256": sha256_hex(dumps(settings)),
                "case_yaml": self.policy,
                "software": SOFTWARE,
                **more,
            },
        )

    def exchange(self, url: str, raw: bytes | None, **more: Any) -> Exchange:
        address = Address.parse(url)
        at = self.tick()
        message = read_message([raw]) if raw is not None else None
        request = f"GET {address.target} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode()
        failure = None if raw is not None else Failure("refused", "the guard said no")
        values: dict[str, Any] = {
            "method": "GET",
            "request": request if raw is not None else b"",
            "connection": Connection(peer_ip="192.0.2.7", peer_port=80) if raw is not None else Connection(),
            "response": blob(raw) if raw is not None else None,
            "message": message,
            "anomalies": message.anomalies if message else (),
            "failure": failure,
        }
        return Exchange(address=address, started_at=at, ended_at=at + timedelta(milliseconds=120), **{**values, **more})

    def captured(
        self,
        requested: Event,
        *exchanges: Exchange,
        outcome: str = "complete",
        resources: tuple[Resource, ...] = (),
        **more: Any,
    ) -> Event:
        """Write the WARC of it all and the event that answers `requested`; `more` goes into both."""
        last = exchanges[-1]
        data = self._head(requested) | {
            "request_url": requested.data["request_url"],
            "outcome": outcome,
            "reasons": [] if outcome == "complete" else ["cut-length"],
            "final_url": last.address.url,
            "status": last.message.status if last.message else None,
            "started_at": timestamp(exchanges[0].started_at),
            "ended_at": timestamp(last.ended_at),
            "exchanges": [exchange_line(exchange) for exchange in exchanges],
            "redactions": sum(len(exchange.redactions) for exchange in exchanges),
            "private": sorted({file.sha256 for exchange in exchanges for file in exchange.private}),
            **more,
        }
        if outcome == "failed" and last.failure is not None:
            data["failure"] = {"kind": last.failure.kind, "detail": last.failure.detail}
        facts = {"title": None, "language": None, "media_type": None}
        kind = {"failed": "item.failed", "interrupted": "item.interrupted"}.get(outcome, "item.captured")
        if outcome == "interrupted":
            data["reason"] = "stopped"
        return self.add(kind, {**data, **facts, **self.warc(requested, data, exchanges, resources)})

    def imported(self, requested: Event, data: bytes) -> Event:
        at = self.tick()
        facts = self._head(requested) | {
            "outcome": "imported",
            "name": requested.data["url"],
            "source": "a USB stick",
            "media_type": "image/jpeg",
            "size": len(data),
            "sha256": sha256_hex(data),
            "private": [],
            "started_at": timestamp(at),
            "ended_at": timestamp(at),
        }
        resource = Resource("import", "image/jpeg", at, blob(data))
        return self.add("item.imported", {**facts, **self.warc(requested, facts, (), (resource,))})

    def warc(
        self,
        requested: Event,
        data: dict[str, Any],
        exchanges: tuple[Exchange, ...],
        resources: tuple[Resource, ...],
    ) -> dict[str, Any]:
        """Write the WARC of one item and return the members that describe it."""
        item = requested.data["item"]
        assert isinstance(item, int)
        more = {"schema": "archiver-item/1", "case": CASE, "requested_sha256": sha256_hex(event_line(requested))}
        summary = dumps({**data, **more})
        path = self.path / item_path(item)
        path.parent.mkdir(exist_ok=True)
        with path.open("wb") as file:
            entries = write_item(file, ItemWarc(CASE, item, self.at, (), exchanges, resources, summary), self.ids)
        stored = path.read_bytes()
        return {
            "file": {"path": item_path(item), "size": len(stored), "sha256": sha256_hex(stored)},
            "records": [
                {"id": e.id, "type": e.type, "offset": e.offset, "length": e.length, "sha256": e.sha256}
                for e in entries
            ],
        }

    def withheld(self, item: int, *, remove: bool = True) -> None:
        file = self.state.items[item].file
        assert file is not None
        stored = {"path": file.path, "size": file.size, "sha256": file.sha256}
        data = {"item": item, "reason": "court order 7/26", "authority": "Amtsgericht", "file": stored, "also": []}
        self.add("item.withheld", data)
        if remove:
            (self.path / file.path).unlink()

    @staticmethod
    def _head(requested: Event) -> dict[str, Any]:
        data = requested.data
        kept = {name: data[name] for name in ("item", "url", "note", "tags", "software")}
        return {**kept, "requested": requested.seq}


def exchange_line(exchange: Exchange) -> dict[str, Any]:
    message = exchange.message
    return ({} if exchange.fidelity == "wire" else {"fidelity": exchange.fidelity}) | {
        "url": exchange.address.url,
        "status": message.status if message else None,
        "peer_ip": exchange.connection.peer_ip,
        "end": message.end if message else None,
        "truncated": exchange.truncated,
        "entity_sha256": message.entity_sha256 if message else None,
        "entity_size": message.entity_size if message else None,
        "failure": exchange.failure.kind if exchange.failure else None,
        "anomalies": sorted({anomaly.name for anomaly in exchange.anomalies}),
    }


def small_case(path: Path) -> Builder:
    """One captured page, nothing else: small enough to flip every bit of."""
    case = Builder(path)
    case.opened()
    case.captured(asked := case.requested("http://a.example/x?y=1#z"), case.exchange(str(asked.data["url"]), PAGE))
    return case


def full_case(path: Path, watch: Callable[[Path], object] = lambda _: None) -> Builder:
    """An item of every kind: redirect, chunked, refused, cut, imported, withheld, interrupted, noted, amended.

    `watch` is called after every event.
    """
    case = Builder(path, watch)
    case.opened(private='private:\n  source: "Ivan"\n')
    first = case.requested("http://a.example/")
    moved = b"HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"
    masked = Redaction("request header Cookie", 20)
    case.captured(
        first,
        case.exchange("http://a.example/", moved),
        case.exchange("http://a.example/x", CHUNKED, redactions=(masked,)),
    )
    second, third = case.requested("http://10.0.0.1/"), case.requested("http://b.example/long")
    case.captured(third, case.exchange("http://b.example/long", PAGE[:-9], truncated="length"), outcome="partial")
    case.captured(second, case.exchange("http://10.0.0.1/", None), outcome="failed")
    case.add("note.added", {"text": "the second one was a mistake", "item": 2})
    case.imported(case.requested("photo.jpg", "import"), b"\xff\xd8 a photo")
    case.captured(case.requested("http://c.example/"), case.exchange("http://c.example/", PAGE))
    case.withheld(5)
    asked = case.requested("http://d.example/")
    case.add(*interrupted(asked, reason="found open after a crash"))
    case.amended((path / "case.yaml").read_text().replace("Гавань", "Hafen"))
    return case


def claims_of(case: Path) -> list[Claim]:
    """What the log says of every item that has a file."""
    found = []
    with Snapshot.open(case) as snapshot:
        log = LogCheck()
        for raw in snapshot.lines():
            list(log.line(raw, False))
            if (claim := log.claim()) is not None:
                found.append(claim)
    return found


def findings(verdict: Verdict, *severities: Severity) -> list[Finding]:
    wanted = severities or (Severity.BROKEN, Severity.UNCHECKED)
    return [finding for finding in verdict.findings if finding.severity in wanted]


def broken_checks(path: Path, **options: Any) -> set[str]:
    """The checks that find something broken, with whatever cannot be checked beside them."""
    return {finding.check for finding in findings(verify_case(path, **options))}


def text_of(verdict: Verdict) -> str:
    return "\n".join(f"{f.check} {f.severity.name} {f.subject} {f.where}: {f.message}" for f in verdict.findings)


def log_lines(case: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (case / "custody.jsonl").read_bytes().splitlines()]


def rewrite(case: Path, edit: Callable[[list[dict[str, Any]]], None], *, number: bool = True) -> None:
    """Edit the events and write log and manifest again so that chain and manifest agree: a forger with the folder."""
    events = log_lines(case)
    edit(events)
    lines, manifest, prev = [], [], GENESIS
    for seq, value in enumerate(events, 1):
        value["prev"] = prev
        if number:
            value["seq"] = seq
        line = dumps(value) + b"\n"
        prev = hashlib.sha256(line).hexdigest()
        lines.append(line)
        manifest.append(rendered(parse_line(line), prev))
    (case / "custody.jsonl").write_bytes(b"".join(lines))
    (case / "manifest.yaml").write_bytes(b"".join(manifest))
