"""A fresh case for each test."""

from pathlib import Path

import pytest
from casebench import Bench

from archiver.pipeline.cases import init_case
from archiver.runtime import Runtime


@pytest.fixture
def bench(tmp_path: Path, runtime: Runtime) -> Bench:
    path = tmp_path / "case"
    init_case(path, title="Дело", collector="Ю. Коллектор", runtime=runtime)
    return Bench(path, runtime)
