"""A wire to try things with, over real sockets on loopback."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from capturing import QUICK, Ask, Spools

from archiver.capture.request import build_request
from archiver.capture.wire import Wire, WireRequest
from archiver.model.address import Address
from archiver.model.exchange import Exchange, Limits, Route
from archiver.runtime import Runtime


@pytest.fixture
def spools(tmp_path: Path) -> Spools:
    return Spools(tmp_path)


@pytest.fixture
def ask(runtime: Runtime, spools: Spools) -> Ask:
    """Make one exchange: `ask(url or WireRequest, Route(…), limits=…, seconds=…, resolver=…, headers=…)`."""

    def make(
        what: str | WireRequest,
        route: Route = Route(),  # noqa: B008  # frozen
        *,
        limits: Limits = QUICK,
        seconds: float = 20,
        resolver: Any = None,
        stop: Callable[[], bool] = lambda: False,
        **more: Any,
    ) -> Exchange:
        request = what
        if isinstance(request, str):
            request = build_request(Address.parse(request), now=runtime.clock.now(), **more)
        wire = Wire(runtime, route, limits, spool=spools, resolver=resolver)
        return wire.exchange(request, deadline=runtime.clock.monotonic() + seconds, stop=stop)

    return make
