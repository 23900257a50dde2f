"""Fixtures for every package: raw servers, a certificate authority, a DNS server, a runtime with known time."""

import os
import signal
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from importlib.metadata import EntryPoint

import pytest
from authority import Authority
from server import RawServer

from archiver.platforms import registry
from archiver.runtime import Runtime, system_runtime


def pytest_configure() -> None:
    """Signals that whoever started us had ignored are heard again: tests send them, and children inherit."""
    for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where everything must be there (`ARCHIVER_REQUIRE_ALL`), a test that skips has failed."""
    report = yield
    if report.skipped and os.environ.get("ARCHIVER_REQUIRE_ALL"):
        report.outcome = "failed"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module that skips as a whole."""
    report = yield
    if report.outcome == "skipped" and os.environ.get("ARCHIVER_REQUIRE_ALL"):
        report.outcome = "failed"
    return report


@pytest.fixture(scope="session")
def ca() -> Authority:
    """A certificate authority that nobody knows; `ca.pem` makes it trusted."""
    return Authority(datetime.now(UTC))


@pytest.fixture
def raw_server() -> Iterator[RawServer]:
    """A plain server on loopback; give it `routes`."""
    with RawServer() as server:
        yield server


@pytest.fixture
def tls_server(ca: Authority) -> Iterator[RawServer]:
    """A TLS server on loopback with a good certificate for localhost, site.test and the loopback addresses."""
    with RawServer(context=ca.context("localhost", "site.test", "127.0.0.1", "::1")) as server:
        yield server


@pytest.fixture
def runtime() -> Runtime:
    """The runtime of a real process."""
    return system_runtime()


@pytest.fixture
def cinema(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The adapter of a cinema (`mediabench`), as a package of somebody else brings it."""
    point = EntryPoint("cinema", "mediabench:ADAPTER", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group, name: [point] if name == "cinema" else [])
    registry._of_others.cache_clear()
    yield
    registry._of_others.cache_clear()
