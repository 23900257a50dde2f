"""Whether a case was passed on and waits to be taken over, read from the end of its log. Only reads."""

from functools import partial
from pathlib import Path

from archiver.custody.ends import lines_backwards, parsed
from archiver.custody.handover import QUIET
from archiver.custody.layout import LOG
from archiver.custody.log import Event
from archiver.custody.read import Snapshot
from archiver.custody.shapes import shape_problems
from archiver.errors import CaseError


def passed_on(path: Path) -> Event | None:
    """Return the transfer that can still be acknowledged, None where there is none, or where it cannot be seen.

    The log is read back to the last line that adds to the case, however long it is. Raises nothing.
    """
    try:
        with Snapshot.open(path) as case:
            for _, raw in lines_backwards(partial(case.read, LOG), case.log_size):
                event = parsed(raw, 0)
                if event.event not in QUIET:
                    transferred = event.event == "custody.transferred" and not shape_problems(event.event, event.data)
                    return event if transferred else None
    except CaseError:  # what is done with the case says what is wrong with it
        return None
    return None
