"""A DNS server on loopback, over UDP and TCP, that answers as it is told."""

import socket
import socketserver
import threading
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

SILENCE = "silence"
CUT = "cut"  # over UDP only the flag that says so; the whole answer over TCP
JUNK = "junk"
NO_EDNS = "no-edns"  # FORMERR to whoever speaks EDNS
FOREIGN = "foreign"  # an answer to another question first, then the right one

Script = tuple[str, ...]  # addresses, CNAME:target, an RCODE, or one of the words above


@dataclass
class NameServer:
    """Answers (name, kind) from `zone`; NXDOMAIN for anything else. `asked` are the questions in order."""

    zone: dict[tuple[str, str], Script] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)

    def __enter__(self) -> Self:
        outer = self

        class Udp(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                data, sock = self.request
                for wire in outer.answers(data, "udp"):
                    sock.sendto(wire, self.client_address)

        class Tcp(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                size = int.from_bytes(self.request.recv(2), "big")
                for wire in outer.answers(self.request.recv(size), "tcp"):
                    self.request.sendall(len(wire).to_bytes(2, "big") + wire)

        while True:  # until both kinds of one port are free
            self._tcp = socketserver.TCPServer(("127.0.0.1", 0), Tcp)
            self.port: int = self._tcp.server_address[1]
            try:
                self._udp = socketserver.UDPServer(("127.0.0.1", self.port), Udp)
                break
            except OSError:
                self._tcp.server_close()
        self._threads = [
            threading.Thread(target=server.serve_forever, args=(0.02,)) for server in (self._udp, self._tcp)
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in (self._udp, self._tcp):
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join()

    def answers(self, data: bytes, over: str) -> list[bytes]:
        """The messages that go back for one query."""
        query = dns.message.from_wire(data)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind, over))
        script = self.zone.get((name, kind), ("NXDOMAIN",))
        wires = self._script(query, name, kind, script, over)
        self.sent += wires
        return wires

    def _script(self, query: dns.message.Message, name: str, kind: str, script: Script, over: str) -> list[bytes]:
        reply = dns.message.make_response(query, recursion_available=True)
        if NO_EDNS in script and query.edns >= 0:
            reply = dns.message.make_response(dns.message.from_wire(query.to_wire()))
            reply.use_edns(False)
            reply.set_rcode(dns.rcode.FORMERR)
            return [reply.to_wire()]
        if SILENCE in script or (CUT in script and SILENCE + over in script):
            return []
        if JUNK in script:
            return [query.to_wire()[:2] + b"\xff" * 7, b"x"]
        if CUT in script and over == "udp":
            reply.flags |= dns.flags.TC
            return [reply.to_wire()]
        owner = name + "."
        for each in script:
            if each.startswith("CNAME:"):
                target = each.removeprefix("CNAME:")
                reply.answer.append(dns.rrset.from_text(owner, 60, "IN", "CNAME", target))
                owner = target
            elif each in {"NXDOMAIN", "SERVFAIL", "REFUSED"}:
                reply.set_rcode(dns.rcode.from_text(each))
            elif each not in {CUT, FOREIGN, NO_EDNS}:
                reply.answer.append(dns.rrset.from_text(owner, 60, "IN", kind, each))
        wires = [reply.to_wire(max_size=65_535)]
        if FOREIGN in script:
            other = dns.message.make_query("other.example.", kind)
            other.id = query.id
            wires.insert(0, dns.message.make_response(other).to_wire())
            wires.insert(0, b"\0\0" + wires[-1][2:])
        return wires


def dead_port() -> int:
    """A UDP port on loopback where nobody listens."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    return port
