"""Waiting for a page: until it has loaded and nothing moves any more, or a limit is reached."""

from collections.abc import Callable
from typing import Final

from archiver.browser.cdp import CallFailed, Reply, TookTooLong
from archiver.browser.journal import Journal
from archiver.browser.tab import Tab

QUIET: Final = 0.6  # seconds without a byte through the gate
PATIENCE: Final = 3.0  # the same, while something that was asked for has no end yet
LOAD: Final = 60.0  # seconds for a page to load
CALM: Final = 20.0  # seconds to become quiet afterwards
ANSWER: Final = 20.0  # seconds without an answer: the page hangs
SEEK: Final = 5.0  # seconds for a video to find the picture that it was told to show
_SEEKS: Final = (
    "[...document.querySelectorAll('video,audio')].slice(0, 100)"
    ".some(each => each.seeking || (each.readyState < 2 && each.networkState === 2))"
)
_PROBE: Final = 2.0  # seconds between two questions whether it lives


class Pulse:
    """Whether the page still answers: `beat` raises `TookTooLong` when it has not for `ANSWER` seconds."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab
        self._asked: Reply | None = None
        self._at = tab.now()

    def beat(self) -> None:
        """Look, and ask now and then."""
        now = self._tab.now()
        if self._asked is not None and self._asked.within(0):
            self._asked = None
        elif self._asked is not None and now - self._at > ANSWER:
            raise TookTooLong("the page does not answer")
        if self._asked is None and now - self._at > _PROBE:
            self._asked, self._at = self._tab.ask("Runtime.evaluate", {"expression": "1"}), now


def loaded(tab: Tab, journal: Journal, pulse: Pulse, most: float = LOAD) -> bool:
    """Wait until the main frame has loaded, at most `most` seconds; return whether it has. Raises `Trouble`."""
    end = tab.now() + most
    while journal.loading:
        if tab.now() > end:
            return False
        tab.pause(0.05)
        if journal.final_url:  # before the first answer there is nobody who could answer
            pulse.beat()
    return True


def quiet(tab: Tab, journal: Journal, pulse: Pulse, quiet_for: Callable[[], float], most: float = CALM) -> bool:
    """Wait until nothing moves, at most `most` seconds; return whether that came. Raises `Trouble`.

    That is 0.6 s without a byte through the gate and since the page loaded; 3 s, where something is still waited for.
    A video that looks for the picture to show is given 5 s more.
    """
    end, sought = tab.now() + most, 0.0
    while True:
        if not journal.loading and still(journal, min(quiet_for(), tab.now() - journal.since)):
            sought = sought or tab.now() + SEEK
            if tab.now() > sought or not _seeks(tab):
                return True
        if tab.now() > end:
            return False
        tab.pause(0.05)
        pulse.beat()


def _seeks(tab: Tab) -> bool:
    """Return whether a video or sound of the page is on its way to where it was told to be. Raises `Trouble`."""
    try:
        told = tab.call("Runtime.evaluate", {"expression": _SEEKS, "returnByValue": True}).get("result")
    except CallFailed:
        return False
    return isinstance(told, dict) and told.get("value") is True


def still(journal: Journal, seconds: float) -> bool:
    """Return whether `seconds` without a byte mean that nothing more comes."""
    return seconds >= (PATIENCE if journal.waiting() else QUIET)
