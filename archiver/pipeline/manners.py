"""How much is asked of a host, and what follows when it refuses: the numbers of docs/spec/politeness.md and why."""

import math
from dataclasses import dataclass
from typing import Final

PER_HOST: Final = 2  # as many as a person with two tabs; browsers open six
SPACING: Final = 1.0  # seconds; about as fast as a person who opens one link after the other
TRIES: Final = 3  # what a second retry does not help, a third seldom does
JITTER: Final = 0.5  # of the spacing, either way: a beat that is too regular meets other regular things every time
BACK_OFF: Final = 2.0  # seconds before the second try at most; doubled for each further one
MAX_BACK_OFF: Final = 60.0  # beyond that it is a pause, and told as one
MAX_WAIT: Final = 3600.0  # seconds that a host may ask for; a night has room for no more
RETRY_SHARE: Final = 0.2  # of the requests to a host may be retries …
RETRY_FLOOR: Final = 10  # … and so many on top, or a host with three rows could have none
IN_A_ROW: Final = 5  # refusals in a row until a host is paused
SILENT_IN_A_ROW: Final = 10  # hosts in a row for which no name server answered: the fault is on our side
PAUSES: Final = (60.0, 300.0, 900.0, 3600.0)  # seconds; refused again after the last, a host is given up
TOLD_FROM: Final = 10.0  # seconds; a shorter wait is nobody's business


@dataclass(frozen=True, slots=True)
class Manners:
    """How a host is treated: requests at a time (at least 1), seconds between two starts (0: none), tries of a row."""

    per_host: int = PER_HOST
    spacing: float = SPACING
    tries: int = TRIES


@dataclass(slots=True)
class Trouble:
    """Refusals in a row, at `most` so many without a pause, and the pauses so far; `until` is the end of the last."""

    most: int
    in_a_row: int = 0
    pauses: int = 0
    until: float = -math.inf

    def refused(self, begun: float, now: float, *, at_once: bool = False) -> float:
        """Count a refusal of a try begun at `begun`; return the pause that follows: 0 for none, infinity for good."""
        if begun < self.until:
            return 0.0  # under way before the pause was over: it says nothing that is not known
        self.in_a_row = self.most if at_once else self.in_a_row + 1
        if self.in_a_row < self.most:
            return 0.0
        if self.pauses == len(PAUSES):
            return math.inf
        pause = PAUSES[self.pauses]
        self.pauses += 1
        self.in_a_row = self.most - 1  # one refusal more is enough for the next pause
        self.until = now + pause
        return pause

    def over(self) -> None:
        """All is well again: forget everything."""
        self.in_a_row, self.pauses, self.until = 0, 0, -math.inf
