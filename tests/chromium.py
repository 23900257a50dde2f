"""The browser that tests use, where there is one."""

import os

import pytest

from archiver.browser.find import Program, found
from archiver.errors import UsageError

try:
    PROGRAM: Program | None = found(None, os.environ)
except UsageError:
    PROGRAM = None
needs_browser = pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed")


def program() -> Program:
    """Return the browser; only for tests that `needs_browser`."""
    assert PROGRAM is not None
    return PROGRAM
