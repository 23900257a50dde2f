"""Honest cases, built once; every test changes a copy."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from verify_cases import full_case, small_case


@pytest.fixture(scope="session")
def masters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small and the full case."""
    root = tmp_path_factory.mktemp("cases")
    small_case(root / "small")
    full_case(root / "full")
    return root


@pytest.fixture
def copied(masters: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Returns a fresh copy of a case by name."""

    def copy(name: str) -> Path:
        return Path(shutil.copytree(masters / name, tmp_path / name))

    return copy


@pytest.fixture
def small(copied: Callable[[str], Path]) -> Path:
    return copied("small")


@pytest.fixture
def full(copied: Callable[[str], Path]) -> Path:
    return copied("full")
