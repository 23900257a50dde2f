"""A stub resolver that keeps the messages as they arrived (RFC 1035, RFC 6891; TCP for cut answers, RFC 7766)."""

import contextlib
import socket
from dataclasses import dataclass
from typing import Literal

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype

from archiver.capture.waiting import Patience
from archiver.errors import StorageError
from archiver.model.exchange import DnsAnswer

NO_ANSWER = "NO-ANSWER"  # in place of an RCODE, when nobody answered in time
PAYLOAD = 1232  # bytes of UDP answer asked for; larger ones tend to be lost on the way
TRY = 2.0  # seconds for one server, one time
MAX_DATAGRAM = 65_535


@dataclass(frozen=True, slots=True)
class DnsServer:
    """A server to ask; never on the record."""

    ip: str
    port: int


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask for."""

    name: str
    kind: Literal["A", "AAAA"]


@dataclass(slots=True)
class _Asked:
    question: Question
    query: dns.message.QueryMessage
    answer: DnsAnswer | None = None


def ask(questions: tuple[Question, ...], servers: tuple[DnsServer, ...], patience: Patience) -> tuple[DnsAnswer, ...]:
    """Return one answer for each question: the first useful one, else the last one that came, else NO-ANSWER.

    The servers are asked in turn with all questions at once; then once more without EDNS, which some old ones refuse
    (RFC 6891 §6.2.2). Raises `Stopped`, and `StorageError` when this machine can open no connection.
    """
    last: dict[Question, DnsAnswer] = {}
    for server, edns in [(server, edns) for edns in (True, False) for server in servers]:
        unsettled = [each for each in questions if not _settled(last.get(each))]
        asked = [_Asked(each, query) for each in unsettled if (query := _query(each, edns=edns))]
        if asked and patience.now() < patience.deadline:
            try:
                _ask_udp(asked, server, patience)
            except OSError as exc:  # a dead server is one that does not answer
                if (ours := StorageError.out_of_files(exc)) is not None:
                    raise ours from exc
        last.update({one.question: one.answer for one in asked if one.answer is not None})
    return tuple(last.get(each) or DnsAnswer(each.name, each.kind, NO_ANSWER, (), "dns") for each in questions)


def _settled(answer: DnsAnswer | None) -> bool:
    """Return whether `answer` is one that another server would hardly better."""
    return answer is not None and answer.rcode in {"NOERROR", "NXDOMAIN"}


def _query(question: Question, *, edns: bool) -> dns.message.QueryMessage | None:
    options = {"use_edns": 0, "payload": PAYLOAD} if edns else {"use_edns": False}
    try:
        return dns.message.make_query(question.name, question.kind, **options)
    except dns.exception.DNSException:  # a name that no question can hold
        return None


def _ask_udp(asked: list[_Asked], server: DnsServer, patience: Patience) -> None:
    waiting = {one.query.id: one for one in asked}
    until = patience.until(TRY)
    with socket.socket(_family(server), socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.connect((server.ip, server.port))
        for one in asked:
            sock.send(one.query.to_wire())
        while waiting and patience.ready(sock, until, read=True):
            with contextlib.suppress(BlockingIOError):
                _take(waiting, sock.recv(MAX_DATAGRAM), server, patience)


def _take(waiting: dict[int, _Asked], wire: bytes, server: DnsServer, patience: Patience) -> None:
    one = waiting.get(int.from_bytes(wire[:2], "big"))
    if one is None:
        return
    answer = _answer(one, wire)
    if answer is None:
        return
    if wire[2] & (dns.flags.TC >> 8):
        whole = _ask_tcp(one, server, patience)
        answer = (_answer(one, whole) if whole else None) or answer
    one.answer = answer
    del waiting[one.query.id]


def _answer(one: _Asked, wire: bytes) -> DnsAnswer | None:
    """Return what `wire` says, or None when it is no answer to the question."""
    question = one.question
    try:
        message = dns.message.from_wire(wire, ignore_trailing=True, raise_on_truncation=False)
        if not one.query.is_response(message):
            return None
        rcode = dns.rcode.to_text(message.rcode())
        addresses = _addresses(message) if isinstance(message, dns.message.QueryMessage) else ()
    except dns.exception.DNSException:
        return None
    return DnsAnswer(question.name, question.kind, rcode, addresses, "dns", wire)


def _addresses(message: dns.message.QueryMessage) -> tuple[str, ...]:
    try:
        found = message.resolve_chaining().answer
    except dns.exception.DNSException:
        return ()
    return () if found is None else tuple(record.address for record in found)


def _ask_tcp(one: _Asked, server: DnsServer, patience: Patience) -> bytes:
    """Return the answer over TCP, or nothing when none comes."""
    until = patience.until(TRY)
    query = one.query.to_wire()
    try:
        with socket.socket(_family(server), socket.SOCK_STREAM) as sock:
            sock.setblocking(False)
            sock.connect_ex((server.ip, server.port))
            if not patience.ready(sock, until, write=True):
                return b""
            sock.send(len(query).to_bytes(2, "big") + query)
            size = int.from_bytes(_exactly(sock, 2, until, patience), "big")
            return _exactly(sock, size, until, patience)
    except (OSError, EOFError):
        return b""


def _exactly(sock: socket.socket, size: int, until: float, patience: Patience) -> bytes:
    data = b""
    while len(data) < size:
        if not patience.ready(sock, until, read=True):
            raise EOFError
        piece = sock.recv(size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def _family(server: DnsServer) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in server.ip else socket.AF_INET
