"""Asking a proxy for a way to the target: CONNECT (RFC 9110 §9.3.6) or SOCKS 5 with remote names (RFC 1928, 1929).

Sans I/O. A talk is a generator: it yields what to send and how many bytes to read before the next piece, and is over
when the way is open. Replies are read exactly, byte for byte, so that not one byte of the target's is swallowed.
"""

import base64
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote_to_bytes, urlsplit

import socksio

from archiver.capture.waiting import Failed
from archiver.errors import UsageError
from archiver.model.address import ascii_host

MAX_REPLY = 65_536  # bytes of the head with which a proxy answers CONNECT
PORTS = {"http": 3128, "socks5": 1080, "socks5h": 1080}
SOCKS_REPLIES = {
    1: "general failure",
    2: "not allowed by its rules",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "time to live expired",
    7: "command not supported",
    8: "address type not supported",
}

Talk = Generator[tuple[bytes, int], bytes, None]  # (to send, how many bytes to read) → exactly those bytes


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where the proxy is and how to talk to it. Credentials show in no text made of it."""

    scheme: Literal["http", "socks5", "socks5h"]
    host: str
    port: int
    user: bytes = field(default=b"", repr=False)
    password: bytes = field(default=b"", repr=False)

    @classmethod
    def parse(cls, url: str) -> "Proxy":
        """Return the proxy that `url` names: http, socks5 or socks5h. Names are always left to the proxy.

        Raises `UsageError`, which does not repeat the address, for it may hold a password.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as exc:
            raise _unusable("its port or host cannot be read") from exc
        host = ascii_host(f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or "")
        if not host:
            raise _unusable("it names no host")
        user, password = (unquote_to_bytes(text or "") for text in (parts.username, parts.password))
        if max(len(user), len(password)) > 255:
            raise _unusable("its user name or password is longer than 255 bytes")
        match parts.scheme.lower():
            case "http" | "socks5" | "socks5h" as scheme:
                return cls(scheme, host, port or PORTS[scheme], user, password)
        raise _unusable("its scheme is not http, socks5 or socks5h")

    @property
    def shown(self) -> str:
        """The proxy's address as the record shows it: without credentials."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    def talk(self, host: str, port: int) -> Talk:
        """Return the talk that opens a way to `host:port`. It raises `Failed` (proxy) when there is none."""
        return self._connect(host, port) if self.scheme == "http" else self._socks(host, port)

    def _connect(self, host: str, port: int) -> Talk:
        target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
        if self.user or self.password:
            token = base64.b64encode(self.user + b":" + self.password).decode("ascii")
            lines.append(f"Proxy-Authorization: Basic {token}")
        reply = yield ("\r\n".join([*lines, "", ""]).encode("ascii"), 1)
        while not reply.endswith((b"\r\n\r\n", b"\n\n")):
            if len(reply) >= MAX_REPLY:
                raise Failed("proxy", "the proxy's answer has no end")
            reply += yield (b"", 1)
        words = reply.split(b"\n", 1)[0].split(None, 2)
        if len(words) < 2 or not words[0].upper().startswith(b"HTTP/") or not words[1].isdigit():
            raise Failed("proxy", "the proxy's answer is not one of HTTP")
        if not 200 <= int(words[1][:4]) <= 299:
            raise Failed("proxy", f"the proxy refused with status {int(words[1][:4])}")

    def _socks(self, host: str, port: int) -> Talk:
        method = socksio.SOCKS5AuthMethod
        has_login = bool(self.user or self.password)
        wanted = method.USERNAME_PASSWORD if has_login else method.NO_AUTH_REQUIRED
        reply = yield (socksio.SOCKS5AuthMethodsRequest([wanted]).dumps(), 2)
        if reply[:1] != b"\x05":
            raise Failed("proxy", "the proxy does not speak socks 5")
        if reply[1:] != wanted.value:
            raise Failed("proxy", "the proxy accepts no such login" if has_login else "the proxy demands a login")
        if has_login:
            reply = yield (socksio.SOCKS5UsernamePasswordRequest(self.user, self.password).dumps(), 2)
            if reply[1:] != b"\x00":
                raise Failed("proxy", "the proxy refused the login")
        request = socksio.SOCKS5CommandRequest.from_address(socksio.SOCKS5Command.CONNECT, (host, port))
        reply = yield (request.dumps(), 5)
        if reply[:1] != b"\x05":
            raise Failed("proxy", "the proxy does not speak socks 5")
        if reply[1]:
            raise Failed("proxy", f"the proxy refused: {SOCKS_REPLIES.get(reply[1], f'code {reply[1]}')}")
        sizes = {1: 4, 3: 1 + reply[4], 4: 16}
        if reply[3] not in sizes:
            raise Failed("proxy", "the proxy's answer cannot be read")
        yield (b"", sizes[reply[3]] + 1)  # the bound address and port, less the byte already read


def _unusable(why: str) -> UsageError:
    return UsageError("proxy", f"proxy address cannot be used: {why}", "give it as socks5h://host:port")
