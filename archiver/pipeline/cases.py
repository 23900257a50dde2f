"""The acts on a case as a whole: open it, amend it, note something, repair it."""

from pathlib import Path

from archiver.config.case_file import new_case_yaml
from archiver.custody import events
from archiver.custody.log import Event
from archiver.custody.store import CaseStore
from archiver.errors import UsageError
from archiver.pipeline.outcome import outcome_from_warc
from archiver.runtime import Runtime

MAX_NOTE = 100_000  # characters


def init_case(
    path: Path, *, title: str, collector: str, purpose: str = "", authority: str = "", runtime: Runtime
) -> Event:
    """Make the case folder `path` and return `case.opened`. Raises `CaseError` when the folder is there already."""
    raise NotImplementedError
