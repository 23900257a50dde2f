"""Dialling for a browser that speaks for itself: the guard judges every address, and nobody here reads what is said."""

import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from archiver.capture.dial import Dialer, Trail
from archiver.capture.resolve import Resolver, SystemResolver
from archiver.capture.waiting import Failed, Patience
from archiver.errors import UsageError
from archiver.model.address import Address
from archiver.model.exchange import Connection, Failure, Limits, Route
from archiver.runtime import Runtime

MAX_KNOWN: Final = 10_000  # hosts and ports whose facts are remembered
MAX_PEERS: Final = 8  # addresses of one host and port


class Blind:
    """Opens tunnels along one route, as `Wire` opens connections: guard, name, address, connect-to, proxy.

    Any thread may call it. `deadline` is monotonic time; `stop` is asked at least twice a second. TLS is the browser's:
    whether a certificate is good, it decides. Raises `ConfigError` or `UsageError` when the route cannot be used.
    """

    def __init__(
        self,
        runtime: Runtime,
        route: Route,
        limits: Limits,
        *,
        deadline: float,
        stop: Callable[[], bool] = lambda: False,
        resolver: Resolver | None = None,
    ) -> None:
        self._dialer = Dialer(route, limits, resolver or SystemResolver())
        self._patience = Patience(runtime.clock, deadline, stop, runtime.waits)
        self._lock = threading.Lock()
        self._dialled: dict[tuple[str, int], tuple[Connection, ...]] = {}  # one for each address
        self._failed: dict[tuple[str, int], Failure] = {}

    def __call__(self, host: str, port: int) -> socket.socket:
        """Return a blocking socket to `host` and `port` in which nothing was said yet.

        Raises `Failed` with the reason, `Stopped`, or `StorageError` when this machine can open no connection.
        """
        trail = Trail()
        try:
            sock = self._dialer.reach(_address(host, port), self._patience, trail)
            sock.setblocking(True)
        except Failed as exc:
            self._note(host, port, trail.connection(), Failure(exc.kind, exc.detail))
            raise
        self._note(host, port, trail.connection(), None)
        return sock

    def reached(self, host: str, port: int) -> tuple[Connection, Failure | None]:
        """Return how tunnels to `host` and `port` were dialled, and the last reason why one could not be.

        Which of several tunnels an exchange went through is not known here: where they did not all end at the same
        address, none is named.
        """
        key = _key(host, port)
        with self._lock:
            dialled, failure = self._dialled.get(key, ()), self._failed.get(key)
        connected = [each for each in dialled if each.peer_ip]
        if len({(each.peer_ip, each.peer_port) for each in connected}) > 1:
            return replace(connected[0], peer_ip="", peer_port=0), failure
        return (*connected, *dialled, Connection())[0], failure

    def _note(self, host: str, port: int, connection: Connection, failure: Failure | None) -> None:
        key = _key(host, port)
        with self._lock:
            if len(self._dialled) >= MAX_KNOWN and key not in self._dialled:
                return
            if failure is not None:
                self._failed[key] = failure
            others = self._dialled.get(key, ())
            if all((each.peer_ip, each.peer_port) != (connection.peer_ip, connection.peer_port) for each in others):
                self._dialled[key] = (*others, connection)[:MAX_PEERS]


def _key(host: str, port: int) -> tuple[str, int]:
    return host.lower().removesuffix("."), port


def _address(host: str, port: int) -> Address:
    """Return the address whose server is meant; raises `Failed` for a host or port that none can have."""
    try:
        return Address.parse(f"https://{f'[{host}]' if ':' in host else host}:{port}/")
    except UsageError as exc:
        raise Failed("refused", "the host name is not one that can exist") from exc
