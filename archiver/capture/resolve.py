"""From a name to addresses, with the answers as they came (RFC 1035).

Names are asked as they are: no search domains, no cache, A and AAAA at once, over UDP with TCP where an answer is cut.
Whose server answered is not kept: it would tell where the investigator was.
"""

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from archiver.capture.dns import NO_ANSWER, DnsServer, Question, ask
from archiver.capture.waiting import Patience
from archiver.model.exchange import DnsAnswer

HOSTS = Path("/etc/hosts")
CONFIGURATION = Path("/etc/resolv.conf")
LOOPBACK = ("127.0.0.1", "::1")
MAX_SERVERS = 3  # as many as resolv.conf(5) reads
KINDS: tuple[Literal["A", "AAAA"], ...] = ("A", "AAAA")

Lookup = Callable[[str], tuple[str, ...]]


def system_lookup(host: str) -> tuple[str, ...]:
    """Return what the system's own call gives for `host`, in its order; nothing when it fails."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(str(sockaddr[0]) for _, _, _, _, sockaddr in found)


class Resolver(Protocol):
    """Where addresses come from."""

    def resolve(self, host: str, patience: Patience) -> tuple[DnsAnswer, ...]:
        """Return the answers for `host`, which is no literal address, in the order in which they are to be tried.

        A name that does not exist, an error or silence is an answer without addresses, never an exception.
        Raises `Stopped` when the user asks to stop.
        """
        ...


@dataclass(frozen=True, slots=True)
class SystemResolver:
    """Answers as this machine is set up: its hosts file, else its DNS servers, else the system's own call.

    `localhost` and names under it are loopback without asking anybody (RFC 6761 §6.3). Without a configured server the
    system's call is used; it knows no deadline. `lookup` is that call.
    """

    hosts: Path = HOSTS
    configuration: Path = CONFIGURATION
    servers: tuple[DnsServer, ...] | None = None
    lookup: Lookup = system_lookup

    def resolve(self, host: str, patience: Patience) -> tuple[DnsAnswer, ...]:
        """Return one answer for A and one for AAAA, A first."""
        name = host.removesuffix(".")
        if name == "localhost" or name.endswith(".localhost"):
            return _split(host, LOOPBACK, "hosts")
        listed = hosts_addresses(_text(self.hosts), name)
        if listed:
            return _split(host, listed, "hosts")
        servers = self.servers
        if servers is None:
            servers = configured_servers(_text(self.configuration))
        if not servers:
            with patience.waits():
                found = self.lookup(host)
            return _split(host, found, "system")
        return ask(tuple(Question(host, kind) for kind in KINDS), servers, patience)


def hosts_addresses(text: str, name: str) -> tuple[str, ...]:
    """Return the addresses that a hosts file (hosts(5)) gives for `name`, in order."""
    found: list[str] = []
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if len(words) > 1 and name.lower() in {word.lower().removesuffix(".") for word in words[1:]}:
            found.append(words[0])
    return tuple(address for address in found if _version(address))


def configured_servers(text: str) -> tuple[DnsServer, ...]:
    """Return the servers that a resolv.conf(5) names, at most three."""
    found: list[DnsServer] = []
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 2 and words[0] == "nameserver" and _version(words[1]):
            found.append(DnsServer(words[1], 53))
    return tuple(found[:MAX_SERVERS])


def _split(host: str, addresses: tuple[str, ...], source: Literal["hosts", "system"]) -> tuple[DnsAnswer, ...]:
    answers: list[DnsAnswer] = []
    for kind, version in zip(KINDS, (4, 6), strict=True):
        chosen = tuple(address for address in addresses if _version(address) == version)
        rcode = "NOERROR" if addresses else NO_ANSWER
        answers.append(DnsAnswer(host, kind, rcode, chosen, source))
    return tuple(answers)


def _version(address: str) -> int:
    try:
        return ipaddress.ip_address(address).version
    except ValueError:
        return 0


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", errors="replace")
    except OSError:
        return ""
