"""Time stamps over the seal before items: asked for while these are captured, on record before their outcomes."""

import threading
from collections.abc import Callable
from typing import Final

from archiver.custody.log import Event
from archiver.custody.stamp import Stamps
from archiver.custody.store import CaseStore
from archiver.errors import ArchiverError

NOT_WAITED_FOR: Final = "the time stamps over the seal before were not waited for any longer; the next seal has its own"
TICK: Final = 0.1  # seconds between two looks at whether to stop
HOLD: Final = 3.0  # seconds for which outcomes wait in all, where a next page would wait as well


class Dating:
    """What makes the items of a command provably younger than a time stamp.

    The seal before the items stands already; its authorities are asked in a thread of their own, so that none of them
    holds up a page that may vanish. Outcomes alone wait, until `settle`: the chain then has each of them behind the
    stamps. `tokens` are the `token.added` events that came of it, `pending` says in words what did not come.
    """

    def __init__(self, seal: int = 0, ask: Callable[[], Stamps] | None = None) -> None:
        """Begin to `ask` for stamps over the seal with this number; without `ask`, nobody is waited for."""
        self.tokens: tuple[Event, ...] = ()
        self.pending: tuple[str, ...] = ()
        self._seal = seal
        self._ask = ask or Stamps
        self._stamps = Stamps()
        self._ticks = round(HOLD / TICK)
        self._over = False
        self._heard = threading.Event()
        if ask is None:
            self._over = True
            return
        try:
            threading.Thread(target=self._listen, name="dating", daemon=True).start()
        except RuntimeError:  # this machine has no thread left to give
            self._failed("nobody could be asked for the time: too much is going on here")

    def over(self) -> bool:
        """Whether no outcome has to wait any more."""
        return self._over or self._heard.is_set()

    def give_up(self) -> None:
        """Wait for nobody any more: what is not on record by now will not be."""
        if not self._over:
            self._over, self.pending = True, (NOT_WAITED_FOR,)

    def settle(self, store: CaseStore, stop: Callable[[], bool] = lambda: False) -> None:
        """Put the stamps on record, once, if the authorities answer within `HOLD` seconds.

        `stop` is asked ten times a second; once it says yes, nobody is waited for. To be called before an outcome is
        appended to `store`. Raises nothing that is about the case: no item may be lost over its time.
        """
        while not self.over() and self._ticks:
            self._ticks -= 1
            self._heard.wait(TICK)
            if stop():
                self.give_up()
        if self._over or not self._heard.is_set():
            return
        self._over = True
        stamps = self._stamps
        self.pending += tuple(reason for _, reason in stamps.pending)
        try:
            for stamp in stamps.tokens:
                self.tokens += (store.add_token(self._seal, stamp),)
        except ArchiverError as exc:
            self.pending += (f"a time stamp that came could not be kept: {exc.message}",)

    def _listen(self) -> None:
        try:
            self._stamps = self._ask()
            self._heard.set()
        except ArchiverError as exc:  # along this route nobody can be asked
            self._failed(exc.message)

    def _failed(self, reason: str) -> None:
        self.pending = (reason,)
        self._heard.set()


UNDATED: Final = Dating()
"""For items before which nobody is asked for the time."""
