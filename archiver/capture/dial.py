"""Opening the one connection of an exchange: guard, name, address, proxy, TLS; each step noted before the next."""

import contextlib
import errno
import ipaddress
import os
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from archiver.capture.dns import NO_ANSWER
from archiver.capture.guard import Guard
from archiver.capture.proxy import Proxy
from archiver.capture.resolve import Resolver
from archiver.capture.tls import client_context, doubts, is_literal, tls_facts
from archiver.capture.waiting import Failed, Patience, Stopped, reason
from archiver.errors import StorageError
from archiver.model.address import DEFAULT_PORTS, Address
from archiver.model.exchange import Connection, DnsAnswer, Limits, Route, Tls

NAME_TROUBLE = {
    "NXDOMAIN": "the name does not exist",
    "NOERROR": "the name has no address",
    NO_ANSWER: "no name server answered",
}
SLACK = 1.0  # seconds that every address of several gets at least
MAX_TOLD = 8  # troubles that a failure names one by one; a name server can hand out thousands of addresses


@dataclass(slots=True)
class Trail:
    """What has been learnt so far, for the record, whatever happens next."""

    dns: tuple[DnsAnswer, ...] = ()
    peer_ip: str = ""
    peer_port: int = 0
    via: list[str] = field(default_factory=list)
    tls: Tls | None = None
    reset: bool = False  # the connection was reset before anybody could read from it

    def connection(self) -> Connection:
        """Return it as a value."""
        return Connection(self.dns, self.peer_ip, self.peer_port, ", ".join(self.via), self.tls)


class Dialer:
    """Opens connections along one route. Nothing leaves the machine before the guard has agreed.

    Raises `ConfigError` or `UsageError` when the route itself cannot be used, `StorageError` when this machine can open
    no connection: that says nothing about a host, and must not stand in its record.
    """

    def __init__(self, route: Route, limits: Limits, resolver: Resolver) -> None:
        self._guard = Guard(route.allow)
        self._proxy = None if route.proxy is None else Proxy.parse(route.proxy)
        self._connect_to = {(c.host, c.port): (c.to_host, c.to_port) for c in reversed(route.connect_to)}
        self._insecure = route.insecure
        self._limits = limits
        self._resolver = resolver
        self._context = client_context(route.ca_pem, insecure=route.insecure)

    def open(self, address: Address, patience: Patience, trail: Trail) -> socket.socket:
        """Return a connection to `address`, ready for the request; what was seen on the way is in `trail`.

        Raises `Failed` with the reason, or `Stopped`. The socket is non-blocking.
        """
        sock = self.reach(address, patience, trail)
        if address.scheme == "http":
            return sock
        return self._secure(sock, address.host.removesuffix("."), patience, trail)

    def reach(self, address: Address, patience: Patience, trail: Trail) -> socket.socket:
        """Return a connection to the server of `address` in which nothing was said yet; as `open` otherwise."""
        if patience.stop():
            raise Stopped
        if patience.now() >= patience.deadline:
            raise Failed("timeout", "no time was left to begin")
        named = self._connect_to.get((address.host, address.port))
        if named is None or address.scheme not in DEFAULT_PORTS:
            refusal = self._guard.refusal(address, proxied=self._proxy is not None)
            if refusal is not None:
                raise Failed("refused", refusal)
        host, port = named or (address.host, address.port)
        if named is not None:
            trail.via.append(f"connect-to {_netloc(host, port)}")
        return self._judged(host, port, patience, trail, judged=named is None)

    def _judged(self, host: str, port: int, patience: Patience, trail: Trail, *, judged: bool) -> socket.socket:
        if self._proxy is not None:
            trail.via.append(f"proxy {self._proxy.shown}")
            return self._through(self._proxy, host, port, patience)
        return self._dial(host, port, patience, trail, judged=judged)

    def _through(self, proxy: Proxy, host: str, port: int, patience: Patience) -> socket.socket:
        try:
            sock = self._dial(proxy.host, proxy.port, patience, Trail(), judged=False)
        except Failed as exc:
            raise Failed("proxy", f"the proxy cannot be reached: {exc.detail}") from exc
        with _closed_on_error(sock):
            _converse(sock, proxy, host, port, patience, patience.until(self._limits.connect))
        return sock

    def _dial(self, host: str, port: int, patience: Patience, trail: Trail, *, judged: bool) -> socket.socket:
        """Return a connection to the first of the host's addresses that the guard passes and that answers."""
        limit = patience.until(self._limits.connect)
        addresses = self._addresses(host, patience, limit, trail)
        judge = self._guard.refusal_ip if judged else _no_refusal
        refusals = {ip: judge(ip, port, host) for ip in addresses}
        passed = [ip for ip, refusal in refusals.items() if refusal is None]
        troubles = [refusal for refusal in refusals.values() if refusal is not None]
        if not passed:
            raise Failed("refused", _told(troubles))
        timed_out = True
        for left, ip in zip(range(len(passed), 0, -1), passed, strict=True):
            now = patience.now()
            until = limit if left == 1 else min(limit, now + max((limit - now) / left, SLACK))
            try:
                sock, trail.reset = _connect(ip, port, patience, until)
                trail.peer_ip, trail.peer_port = _peer(sock, ip, port)
                return sock
            except TimeoutError:
                troubles.append(f"{_netloc(ip, port)} did not answer in time")
            except OSError as exc:
                if (ours := StorageError.out_of_files(exc)) is not None:
                    raise ours from exc
                timed_out = False
                troubles.append(f"{_netloc(ip, port)}: {reason(exc)}")
        raise Failed("timeout" if timed_out else "connect", _told(troubles))

    def _addresses(self, host: str, patience: Patience, limit: float, trail: Trail) -> tuple[str, ...]:
        if is_literal(host):
            return (host,)
        trail.dns = self._resolver.resolve(host, replace(patience, deadline=limit))
        found = tuple(dict.fromkeys(address for answer in trail.dns for address in answer.addresses))
        if not found:
            rcodes = dict.fromkeys(answer.rcode for answer in trail.dns)
            told = [NAME_TROUBLE.get(rcode, f"the name server answered {rcode}") for rcode in rcodes]
            raise Failed("dns", "; ".join(told) or NAME_TROUBLE["NOERROR"])
        return found

    def _secure(self, sock: socket.socket, host: str, patience: Patience, trail: Trail) -> ssl.SSLSocket:
        until = patience.until(self._limits.connect)
        with _closed_on_error(sock):
            try:
                secure = self._context.wrap_socket(
                    sock, server_hostname=host, do_handshake_on_connect=False, suppress_ragged_eofs=False
                )
            except (OSError, ValueError) as exc:
                raise Failed("tls", f"the handshake could not begin: {reason(exc)}") from exc
        with _closed_on_error(secure):
            self._shake_hands(secure, host, patience, until, trail)
        return secure

    def _shake_hands(self, sock: ssl.SSLSocket, host: str, patience: Patience, until: float, trail: Trail) -> None:
        verified: bool | None = None
        problem = ""
        try:
            while (wanted := _step(sock)) is not None:
                if not patience.ready(sock, until, read=wanted == "read", write=wanted == "write"):
                    raise Failed("timeout", "the handshake was not finished in time")
            verified = None if self._insecure else True
        except ssl.SSLCertVerificationError as exc:
            verified, problem = False, exc.verify_message.rstrip(".").lower()
            raise Failed("tls_verify", f"the certificate was not accepted: {problem}") from exc
        except OSError as exc:
            problem = reason(exc)
            raise Failed("tls", f"the handshake failed: {problem}") from exc
        finally:
            trail.tls = tls_facts(sock, host, verified=verified, problem=problem)
        if self._insecure and trail.tls is not None:
            seen = doubts(trail.tls.chain, host, patience.clock.now())
            trail.tls = replace(trail.tls, problem=f"not verified: {seen}" if seen else "not verified")


def _told(troubles: list[str]) -> str:
    more = len(troubles) - MAX_TOLD
    return "; ".join([*troubles[:MAX_TOLD], *([f"and {more} addresses more"] if more > 0 else [])])


def _no_refusal(_ip: str, _port: int, _host: str) -> None:
    return None


def _connect(ip: str, port: int, patience: Patience, until: float) -> tuple[socket.socket, bool]:
    """Return the connected socket, and whether it was connected and reset already: bytes may be waiting in it."""
    family = socket.AF_INET6 if ":" in ip else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    with _closed_on_error(sock):
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        code = sock.connect_ex((ip, port))
        if code == errno.EINPROGRESS:
            if not patience.ready(sock, until, write=True):
                raise TimeoutError
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code not in {0, errno.ECONNRESET}:
            raise OSError(code, os.strerror(code))
    return sock, code != 0


def _peer(sock: socket.socket, ip: str, port: int) -> tuple[str, int]:
    with contextlib.suppress(OSError):  # reset already: then it was the address that was dialled
        ip, port = sock.getpeername()[:2]
    return str(ipaddress.ip_address(ip)), port


def _converse(sock: socket.socket, proxy: Proxy, host: str, port: int, patience: Patience, until: float) -> None:
    """Let the proxy open the way; raise `Failed` when it does not."""
    talk = proxy.talk(host, port)
    reply: bytes | None = None
    try:
        while True:
            try:
                out, size = talk.send(reply) if reply is not None else next(talk)
            except StopIteration:
                return
            _send_all(sock, out, patience, until)
            reply = _receive(sock, size, patience, until)
    except OSError as exc:
        raise Failed("proxy", f"the proxy went away: {reason(exc)}") from exc


def _send_all(sock: socket.socket, data: bytes, patience: Patience, until: float) -> None:
    while data:
        if not patience.ready(sock, until, write=True):
            raise Failed("proxy", "the proxy did not answer in time")
        data = data[sock.send(data) :]


def _receive(sock: socket.socket, size: int, patience: Patience, until: float) -> bytes:
    data = b""
    while len(data) < size:
        if not patience.ready(sock, until, read=True):
            raise Failed("proxy", "the proxy did not answer in time")
        piece = sock.recv(size - len(data))
        if not piece:
            raise Failed("proxy", "the proxy closed the connection")
        data += piece
    return data


def _step(sock: ssl.SSLSocket) -> str | None:
    """Go on with the handshake; return what it waits for, None when it is finished."""
    try:
        sock.do_handshake()
    except ssl.SSLWantReadError:
        return "read"
    except ssl.SSLWantWriteError:
        return "write"
    return None


@contextlib.contextmanager
def _closed_on_error(sock: socket.socket) -> Iterator[None]:
    try:
        yield
    except BaseException:
        sock.close()
        raise


def _netloc(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
