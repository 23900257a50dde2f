"""A fresh case for each test."""

from pathlib import Path

import pytest
from batchbench import BatchBench, titled
from casebench import Bench
from server import RawServer

from archiver.pipeline.cases import init_case
from archiver.runtime import Runtime


@pytest.fixture
def bench(tmp_path: Path, runtime: Runtime) -> Bench:
    path = tmp_path / "case"
    init_case(path, title="Дело", collector="Ю. Коллектор", runtime=runtime)
    return Bench(path, runtime)


@pytest.fixture
def batches(bench: Bench, raw_server: RawServer, request: pytest.FixtureRequest) -> BatchBench:
    """A case and a server whose every page is titled with the name it was asked for."""
    raw_server.default = titled
    return BatchBench(bench.path, bench.runtime, raw_server, getattr(request, "param", None))
